/**
 * What a CIE gives its functions to start with, in the few numbers that `PlainFde` and `RowScan` work with.
 *
 * @module
 */
import { FormatError } from "../base/error.ts";
import type { Cie, CieCache } from "./cie.ts";
import { PointerEncoding } from "./constants.ts";
import { MACHINES } from "./machine.ts";
import { CfaProgram } from "./program.ts";
import { RegisterRules, RuleKind } from "./rules.ts";
import type { CfiSection } from "./section.ts";

/** In place of an offset: the register keeps its value. */
export const KEPT = 0x3fff_ffff;

/** Offsets from here on, and negative ones likewise, are left to the full rules. */
const MAX_OFFSET = 1 << 24;
/** Offsets of the CFA from here on, and negative ones, are left to the full rules. */
const MAX_CFA_OFFSET = 1 << 21;
/** Factors that leave products of an advance or an offset far below 2^31. */
const MAX_ALIGNMENT = 8;

const PCREL_SDATA4 = PointerEncoding.PCREL | PointerEncoding.SDATA4;

/** The layout of a CIE's FDEs, where it is plain, and its initial rules. */
export class InitialRules {
  /** Whether the rules are plain; if not, they and the factors here mean nothing. */
  readonly isPlain: boolean;
  /** Whether starts are 4 bytes relative to themselves; otherwise 8 bytes and absolute. */
  readonly isRelative: boolean;
  /** Whether FDEs have augmentation data behind a size. */
  readonly hasAugmentationData: boolean;
  /** Bytes that augmentation data have at least, if any: those of the LSDA pointer. */
  readonly lsdaSize: number;
  /** `code_alignment_factor` */
  readonly codeAlignment: number;
  /** `data_alignment_factor` */
  readonly dataAlignment: number;
  /** CFA = this register + {@linkcode cfaOffset}. */
  readonly cfaRegister: number;
  /** Offset of the CFA, bytes. */
  readonly cfaOffset: number;
  /** RA = memory[CFA + this], or {@linkcode KEPT}. */
  readonly raOffset: number;
  /** FP = memory[CFA + this], or {@linkcode KEPT}. */
  readonly fpOffset: number;

  /** For {@linkcode findInitialRules}. */
  constructor(
    cie: Cie,
    isPlain: boolean,
    lsdaSize: number,
    rules: RegisterRules,
    raOffset: number,
    fpOffset: number,
  ) {
    this.isPlain = isPlain;
    this.isRelative = cie.pointerEncoding === PCREL_SDATA4;
    this.hasAugmentationData = cie.hasAugmentationData;
    this.lsdaSize = lsdaSize;
    this.codeAlignment = cie.codeAlignment;
    this.dataAlignment = cie.dataAlignment;
    this.cfaRegister = rules.cfaRegister;
    this.cfaOffset = rules.cfaOffset;
    this.raOffset = raOffset;
    this.fpOffset = fpOffset;
  }
}

/**
 * What the CIE at `cieOffset` gives its functions; undefined if their layout is not plain, or it makes no sense.
 * Never throws.
 */
export function findInitialRules(
  section: CfiSection,
  cies: CieCache,
  cieOffset: number,
): InitialRules | undefined {
  const rules = new RegisterRules();
  let cie: Cie;
  try {
    cie = cies.get(cieOffset);
    runInitial(section, cie, rules);
  } catch (error) {
    // Whoever needs the full rules meets it again, and keeps it.
    if (!(error instanceof FormatError)) throw error;
    return undefined;
  }
  const lsdaSize = findLsdaSize(cie);
  if (
    cie.segmentSize !== 0 || Number.isNaN(lsdaSize) || !hasPlainPointers(cie)
  ) return undefined;
  const { spRegister, fpRegister, raRegister } = MACHINES[section.machine];
  const raOffset = findSaved(rules, raRegister);
  const fpOffset = findSaved(rules, fpRegister);
  const isPlain = isFactor(cie.codeAlignment) && cie.codeAlignment > 0 &&
    isFactor(cie.dataAlignment) &&
    cie.returnColumn === raRegister && rules.flags === 0 &&
    rules.cfaRegister >= 0 && isCfaOffset(rules.cfaOffset) &&
    rules.kinds[spRegister] === RuleKind.UNSPECIFIED &&
    !Number.isNaN(raOffset + fpOffset);
  return new InitialRules(cie, isPlain, lsdaSize, rules, raOffset, fpOffset);
}

/** Runs the initial instructions, as for a function without any of its own. */
function runInitial(
  section: CfiSection,
  cie: Cie,
  rules: RegisterRules,
): void {
  const none = {
    offset: cie.offset,
    cie,
    startPc: 0,
    endPc: 0,
    lsdaAddress: NaN,
    instructionsOffset: 0,
    instructionsEndOffset: 0,
  };
  new CfaProgram(section).begin(none, rules);
}

function hasPlainPointers({ pointerEncoding, addressSize }: Cie): boolean {
  return pointerEncoding === PCREL_SDATA4 ||
    (pointerEncoding === PointerEncoding.ABSPTR && addressSize === 8);
}

/** Bytes that the LSDA pointer takes; NaN if that depends on its value. One behind a pointer is not read at all. */
function findLsdaSize({ lsdaEncoding }: Cie): number {
  if ((lsdaEncoding & PointerEncoding.INDIRECT) !== 0) return 0;
  const format = lsdaEncoding & 0x0f;
  const is4Bytes = format === PointerEncoding.SDATA4 ||
    format === PointerEncoding.UDATA4;
  return is4Bytes && (lsdaEncoding & 0x70) <= PointerEncoding.DATAREL ? 4 : NaN;
}

/** Where `register` is saved, or {@linkcode KEPT}; NaN for other rules. */
function findSaved(rules: RegisterRules, register: number): number {
  const kind = rules.kinds[register];
  if (kind === RuleKind.UNSPECIFIED || kind === RuleKind.SAME) return KEPT;
  const offset = rules.values[register]!;
  return kind === RuleKind.OFFSET && isOffset(offset) ? offset : NaN;
}

function isOffset(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) < MAX_OFFSET;
}

function isCfaOffset(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < MAX_CFA_OFFSET;
}

function isFactor(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) <= MAX_ALIGNMENT;
}
