/**
 * From the words of a decoded row back to its rules.
 *
 * @module
 */
import {
  controlWord,
  SFrameAbi,
  type SFrameFunction,
  type SFrameHeader,
  type SFrameRow,
  type SFrameRowSpec,
  type SFrameValueRule,
} from "../../formats/sframe/mod.ts";

/** s390x: CFA offsets are stored less this bias and divided by {@linkcode S390X_SCALE}. */
const S390X_BIAS = 160;
/** s390x: unit of stored CFA offsets. */
const S390X_SCALE = 8;

/** AMD64: where the return address is unless a row says otherwise, bytes from the CFA. */
const AMD64_RA_OFFSET = -8;

/** Highest register that a control word may name. */
const MAX_REGISTER = 127;

/**
 * The rules of `row`, a row of `f`.
 *
 * @returns The row, or why it has no rules.
 */
export function rulesOfRow(
  header: SFrameHeader,
  f: SFrameFunction,
  row: SFrameRow,
): SFrameRowSpec | string {
  const { startOffset, words } = row;
  if (words.length === 0) {
    return header.version === 1
      ? "a row has no words"
      : { startOffset, ra: "undefined" };
  }
  if ((f.info2 & 0x1f) > 1) return `functions of type ${f.info2 & 0x1f}`;
  const spec = f.type === "flex"
    ? flexRules(header, row)
    : defaultRules(header, row);
  if (typeof spec !== "string" && row.mangledRa) spec.mangled = true;
  return spec;
}

function defaultRules(
  header: SFrameHeader,
  { startOffset, words, base }: SFrameRow,
): SFrameRowSpec {
  const spec: SFrameRowSpec = {
    startOffset,
    cfa: { base, offset: cfaOffset(header, words[0]!) },
  };
  let next = 1;
  const ra = header.fixedRaOffset !== 0
    ? fixedRa(header)
    : slotRule(header, words[next++]);
  if (ra !== undefined) spec.ra = ra;
  const fp = header.fixedFpOffset !== 0
    ? saved(header.fixedFpOffset)
    : slotRule(header, words[next]);
  if (fp !== undefined) spec.fp = fp;
  return spec;
}

function flexRules(
  header: SFrameHeader,
  { startOffset, words, wordSize }: SFrameRow,
): SFrameRowSpec | string {
  const control = (i: number) => controlWord(words[i]!, wordSize);
  const cfaControl = control(0);
  if ((cfaControl & 1) === 0 || words.length < 2) return "the CFA has no base";
  const register = cfaControl >>> 3;
  if (register > MAX_REGISTER) return `there is no register ${register}`;
  const spec: SFrameRowSpec = {
    startOffset,
    cfa: {
      base: register,
      offset: cfaOffset(header, words[1]!),
      deref: (cfaControl & 2) !== 0,
    },
  };
  const usual = fixedRa(header);
  if (usual !== undefined) spec.ra = usual;
  let next = 2;
  for (const name of ["ra", "fp"] as const) {
    if (next >= words.length) break;
    const value = control(next++);
    if (value === 0) continue;
    if (next >= words.length) return "a control word has no offset";
    if ((value & 1) !== 0 && value >>> 3 > MAX_REGISTER) {
      return `there is no register ${value >>> 3}`;
    }
    spec[name] = {
      base: (value & 1) !== 0 ? value >>> 3 : "cfa",
      offset: words[next++]!,
      deref: (value & 2) !== 0,
    };
  }
  return spec;
}

function cfaOffset(header: SFrameHeader, word: number): number {
  return isS390x(header) ? word * S390X_SCALE + S390X_BIAS : word;
}

/** RA of AMD64 is at its place without a rule. */
function fixedRa({ abi, fixedRaOffset }: SFrameHeader):
  | SFrameValueRule
  | undefined {
  const isUsual = abi === SFrameAbi.AMD64_ENDIAN_LITTLE &&
    fixedRaOffset === AMD64_RA_OFFSET;
  return isUsual || fixedRaOffset === 0 ? undefined : saved(fixedRaOffset);
}

/** A word for RA or FP; 0 is padding, and in s390x V2 an odd word is a register. */
function slotRule(
  header: SFrameHeader,
  word: number | undefined,
): SFrameValueRule | undefined {
  if (word === undefined || word === 0) return undefined;
  return (word & 1) !== 0 && header.version === 2 && isS390x(header)
    ? { base: word >> 1, offset: 0, deref: false }
    : saved(word);
}

function saved(offset: number): SFrameValueRule {
  return { base: "cfa", offset, deref: true };
}

function isS390x({ abi }: SFrameHeader): boolean {
  return abi === SFrameAbi.S390X_ENDIAN_BIG;
}
