/**
 * Turning the rules of a row into its words.
 *
 * @module
 */
import {
  ABI_REGISTERS,
  MAX_REGISTER,
  S390X_CFA_BIAS,
  S390X_CFA_SCALE,
  SFrameAbi,
} from "./constants.ts";
import type {
  SFrameCfaRule,
  SFrameFunctionSpec,
  SFrameRowSpec,
  SFrameValueRule,
} from "./spec.ts";

/** Where AMD64 keeps RA, bytes from the CFA: the header says so, and rows need not. */
const AMD64_RA_OFFSET = -8;

/** What decides how a row is written. */
export interface RowContext {
  /** Version of the format. */
  version: 1 | 2 | 3;
  /** A value of `SFrameAbi`. */
  abi: number;
  /** Lowest value that takes one byte: -128, or -127 with gas before 2.47. The same less of a margin holds for two. */
  isSymmetric: boolean;
}

/** The words of one row; filled anew for each. */
export class RowWords {
  /** How many words there are. */
  count: number = 0;
  /** Bytes that the widest of them needs. */
  size: number = 1;
  /** The words. */
  readonly words: Float64Array = new Float64Array(6);
  private readonly margin: number;

  /** Starts empty. */
  constructor(context: RowContext) {
    this.margin = context.isSymmetric ? 1 : 0;
  }

  /** Empties it. */
  clear(size: number): void {
    this.count = 0;
    this.size = size;
  }

  /** Adds a signed word. */
  addOffset(value: number): void {
    if (!Number.isInteger(value) || value !== (value | 0)) {
      throw new RangeError(`Cannot encode the offset ${value} in 32 bits`);
    }
    this.words[this.count++] = value;
    const { margin } = this;
    if (value > 0x7fff || value < -0x8000 + margin) this.size = 4;
    else if ((value > 0x7f || value < -0x80 + margin) && this.size < 2) {
      this.size = 2;
    }
  }

  /** Adds an unsigned word. */
  addControl(value: number): void {
    this.words[this.count++] = value;
    if (value > 0xff && this.size < 2) this.size = 2;
  }
}

/**
 * Tells whether a row needs control words: a register other than SP or FP leads to the CFA, a register or another place
 * than usual to RA or FP.
 */
export function needsFlex(row: SFrameRowSpec, abi: number): boolean {
  const { cfa, ra, fp } = row;
  if (ra === "undefined") return false;
  if (cfa !== undefined && (cfa.deref === true || !isNamed(cfa.base, abi))) {
    return true;
  }
  if (ra !== undefined && !isUsualRa(ra, abi)) return true;
  return fp !== undefined && !isSaved(fp);
}

/** Tells whether one of a function's rows needs control words. */
export function functionNeedsFlex(f: SFrameFunctionSpec, abi: number): boolean {
  return f.rows.some((row) => needsFlex(row, abi));
}

/**
 * Fills `out` with the words of a row whose words have fixed places.
 *
 * @throws {RangeError} If it cannot be expressed so.
 */
export function defaultWords(
  row: SFrameRowSpec,
  context: RowContext,
  out: RowWords,
): void {
  const { version, abi } = context;
  const { cfa, ra, fp } = row;
  if (ra === "undefined") {
    if (version === 1) {
      throw new RangeError("V1 cannot say that RA is undefined");
    }
    return;
  }
  if (cfa === undefined) throw new RangeError("A row needs a rule for the CFA");
  if (!isNamed(cfa.base, abi) || cfa.deref === true) {
    throw new RangeError(
      `V${version} has no words for a CFA that is not SP or FP plus an offset`,
    );
  }
  out.addOffset(cfaWord(cfa, abi));
  if (abi === SFrameAbi.AMD64_ENDIAN_LITTLE) {
    if (ra !== undefined && !isUsualRa(ra, abi)) {
      throw new RangeError(`V${version} has no words for RA on AMD64`);
    }
  } else if (ra !== undefined) out.addOffset(slotWord(ra, context));
  else if (fp !== undefined) {
    if (abi !== SFrameAbi.S390X_ENDIAN_BIG) {
      throw new RangeError("AArch64 cannot save FP without RA");
    }
    out.addOffset(0);
  }
  if (fp !== undefined) out.addOffset(slotWord(fp, context));
}

/**
 * Fills `out` with the words of a row of a flexible function.
 *
 * @throws {RangeError} If it cannot be expressed so.
 */
export function flexWords(
  row: SFrameRowSpec,
  context: RowContext,
  out: RowWords,
): void {
  const { abi } = context;
  const { cfa, ra, fp } = row;
  if (ra === "undefined") return;
  if (cfa === undefined) throw new RangeError("A row needs a rule for the CFA");
  out.addControl(
    registerControl(registerOf(cfa.base, abi), cfa.deref === true),
  );
  out.addOffset(cfaWord(cfa, abi));
  const isUsual = ra === undefined ||
    abi === SFrameAbi.AMD64_ENDIAN_LITTLE && isUsualRa(ra, abi);
  if (!isUsual) addValue(ra, out);
  else if (fp !== undefined) out.addControl(0);
  if (fp !== undefined) addValue(fp, out);
}

function addValue(rule: SFrameValueRule, out: RowWords): void {
  const control = rule.base === "cfa"
    ? (rule.deref ? 2 : 0)
    : registerControl(rule.base, rule.deref);
  // The CFA plus an offset, not loaded, would be the padding word.
  if (control === 0) {
    throw new RangeError("RA and FP cannot be the CFA plus an offset");
  }
  out.addControl(control);
  out.addOffset(rule.offset);
}

function registerControl(register: number, deref: boolean): number {
  if (!(register >= 0 && register <= MAX_REGISTER)) {
    throw new RangeError(`There is no register ${register}`);
  }
  return register * 8 + (deref ? 3 : 1);
}

/** The word for the CFA's offset: on s390x without the bias, in eights. */
function cfaWord({ offset }: SFrameCfaRule, abi: number): number {
  if (abi !== SFrameAbi.S390X_ENDIAN_BIG) return offset;
  const word = (offset - S390X_CFA_BIAS) / S390X_CFA_SCALE;
  if (Number.isInteger(word)) return word;
  throw new RangeError(
    `s390x cannot express a CFA offset of ${offset}: it is no multiple of 8`,
  );
}

/** The word for RA or FP: where it is saved, or in s390x V2 which register holds it. */
function slotWord(
  rule: SFrameValueRule,
  { version, abi }: RowContext,
): number {
  const keepsRegisters = version === 2 && abi === SFrameAbi.S390X_ENDIAN_BIG;
  if (isSaved(rule)) {
    if (rule.offset === 0) {
      throw new RangeError("RA and FP cannot be saved at the CFA itself");
    }
    if (keepsRegisters && (rule.offset & 1) !== 0) {
      throw new RangeError("An odd offset would name a register");
    }
    return rule.offset;
  }
  if (
    keepsRegisters && !rule.deref && rule.base !== "cfa" && rule.offset === 0
  ) return rule.base * 2 + 1;
  throw new RangeError(
    `V${version} has no words for RA and FP but where they are saved`,
  );
}

function isSaved({ base, deref }: SFrameValueRule): boolean {
  return base === "cfa" && deref;
}

function isUsualRa(rule: SFrameValueRule, abi: number): boolean {
  return isSaved(rule) &&
    (abi !== SFrameAbi.AMD64_ENDIAN_LITTLE || rule.offset === AMD64_RA_OFFSET);
}

function registerOf(base: "sp" | "fp" | number, abi: number): number {
  return typeof base === "number" ? base : ABI_REGISTERS[abi]![base];
}

/** Whether a base is SP or FP, by name or by number. */
export function isNamed(base: "sp" | "fp" | number, abi: number): boolean {
  const { sp, fp } = ABI_REGISTERS[abi]!;
  return typeof base === "string" || base === sp || base === fp;
}

/** Whether a base is SP, by name or by number. */
export function isStackPointer(
  base: "sp" | "fp" | number,
  abi: number,
): boolean {
  return base === "sp" || base === ABI_REGISTERS[abi]!.sp;
}
