/**
 * From a decoded section back to rules: to write it in another version, to compare it, to show it.
 *
 * @module
 */
import {
  FdeType,
  MAX_REGISTER,
  MAX_WORD_COUNT,
  S390X_CFA_BIAS,
  S390X_CFA_SCALE,
  SFrameAbi,
  SFrameFlag,
} from "./constants.ts";
import {
  controlWord,
  type SFrameFunction,
  type SFrameRow,
  type SFrameSection,
} from "./decoded.ts";
import type { SFrameHeader } from "./header.ts";
import type {
  SFrameFunctionSpec,
  SFrameRowSpec,
  SFrameSpec,
  SFrameValueRule,
} from "./spec.ts";

/**
 * Yields what {@linkcode buildSFrame} makes the section from: rules instead of words. Widths are left to the builder;
 * the order of the rows is kept in `freOrder`. Functions with an `error`, and those with a row that has no meaning, are
 * left out.
 */
export function specOfSection(
  section: SFrameSection,
  sectionAddress: number,
): SFrameSpec {
  const { header } = section;
  const functions: SFrameFunctionSpec[] = [];
  const freOffsets: number[] = [];
  for (const f of section.functions) {
    const made = specOfFunction(header, f);
    if (made === undefined) continue;
    functions.push(made);
    freOffsets.push(f.freOffset);
  }
  const freOrder = functions.map((_, i) => i);
  freOrder.sort((a, b) => freOffsets[a]! - freOffsets[b]! || a - b);
  return {
    version: header.version,
    abi: header.abi,
    sectionAddress: sectionAddress + section.offset,
    sorted: (header.flags & SFrameFlag.FDE_SORTED) !== 0,
    pcrel: (header.flags & SFrameFlag.FDE_FUNC_START_PCREL) !== 0,
    functions,
    freOrder,
  };
}

/** As {@linkcode specOfSection} for one function; `undefined` if it has an `error` or a row without meaning. */
export function specOfFunction(
  header: SFrameHeader,
  f: SFrameFunction,
): SFrameFunctionSpec | undefined {
  if (f.error !== undefined) return undefined;
  const rows: SFrameRowSpec[] = [];
  for (const row of f.rows) {
    const made = specOfRow(header, f, row);
    if (made === undefined) return undefined;
    rows.push(made);
  }
  const spec: SFrameFunctionSpec = {
    startAddress: f.startAddress,
    size: f.size,
    rows,
    pcType: f.pcType === "mask" ? "mask" : "increment",
  };
  if (f.repSize !== 0) spec.repSize = f.repSize;
  if (f.pauthKey === "B") spec.pauthKey = "B";
  if (f.signal) spec.signal = true;
  if (f.type === "flex") spec.flex = true;
  if (f.startSize !== 0) spec.startSize = f.startSize as 1 | 2 | 4;
  return spec;
}

/**
 * The rules of a decoded row of `f`; `undefined` if its words make no sense: too many, a register that does not exist,
 * a CFA that is based on itself.
 */
export function specOfRow(
  header: SFrameHeader,
  f: SFrameFunction,
  row: SFrameRow,
): SFrameRowSpec | undefined {
  if (row.words.length > MAX_WORD_COUNT) return undefined;
  const spec: SFrameRowSpec = { startOffset: row.startOffset };
  if (row.mangledRa) spec.mangled = true;
  if (row.words.length === 0) {
    if (header.version === 1) return undefined;
    spec.ra = "undefined";
    return spec;
  }
  if (f.type === "flex") return readFlex(header, row, spec);
  // Reserved function types have no rules that anyone has defined.
  if ((f.info2 & FdeType.MASK) !== FdeType.DEFAULT) return undefined;
  return readDefault(header, row, spec);
}

function readDefault(
  header: SFrameHeader,
  { words, base }: SFrameRow,
  spec: SFrameRowSpec,
): SFrameRowSpec | undefined {
  spec.cfa = { base, offset: cfaOffset(header, words[0]!) };
  let next = 1;
  if (header.fixedRaOffset === 0) {
    const word = words[next++];
    if (word !== undefined && word !== 0) spec.ra = savedRule(header, word);
  } else applyFixed(header, spec);
  const word = words[next];
  if (header.fixedFpOffset !== 0) applyFixed(header, spec);
  else if (word !== undefined) spec.fp = savedRule(header, word);
  return isSensible(spec.ra) && isSensible(spec.fp) ? spec : undefined;
}

function readFlex(
  header: SFrameHeader,
  { words, wordSize }: SFrameRow,
  spec: SFrameRowSpec,
): SFrameRowSpec | undefined {
  const control = controlWord(words[0]!, wordSize);
  if ((control & 1) === 0 || words.length < 2) return undefined;
  const register = control >>> 3;
  if (register > MAX_REGISTER) return undefined;
  spec.cfa = { base: register, offset: cfaOffset(header, words[1]!) };
  if ((control & 2) !== 0) spec.cfa.deref = true;
  applyFixed(header, spec);
  let at = 2;
  for (const key of ["ra", "fp"] as const) {
    if (at >= words.length) break;
    const control = controlWord(words[at++]!, wordSize);
    if (control === 0) continue;
    const offset = words[at++];
    if (offset === undefined) return undefined;
    if (key === "fp" && header.fixedFpOffset !== 0) break;
    spec[key] = flexRule(control, offset);
  }
  return isSensible(spec.ra) && isSensible(spec.fp) ? spec : undefined;
}

/** What the header says for every row; RA of AMD64 is what a row without a rule means anyway. */
function applyFixed(header: SFrameHeader, spec: SFrameRowSpec): void {
  const { fixedRaOffset, fixedFpOffset, abi } = header;
  const isUsual = abi === SFrameAbi.AMD64_ENDIAN_LITTLE && fixedRaOffset === -8;
  if (fixedRaOffset !== 0 && !isUsual) {
    spec.ra = { base: "cfa", offset: fixedRaOffset, deref: true };
  }
  if (fixedFpOffset !== 0) {
    spec.fp = { base: "cfa", offset: fixedFpOffset, deref: true };
  }
}

function cfaOffset({ abi }: SFrameHeader, word: number): number {
  return abi === SFrameAbi.S390X_ENDIAN_BIG
    ? word * S390X_CFA_SCALE + S390X_CFA_BIAS
    : word;
}

/** s390x V2 keeps a register in an odd word. */
function savedRule(header: SFrameHeader, word: number): SFrameValueRule {
  const isRegister = (word & 1) !== 0 && header.version === 2 &&
    header.abi === SFrameAbi.S390X_ENDIAN_BIG;
  return isRegister
    ? { base: word >> 1, offset: 0, deref: false }
    : { base: "cfa", offset: word, deref: true };
}

function flexRule(control: number, offset: number): SFrameValueRule {
  return {
    base: (control & 1) === 0 ? "cfa" : control >>> 3,
    offset,
    deref: (control & 2) !== 0,
  };
}

function isSensible(rule: SFrameRowSpec["ra"]): boolean {
  return rule === undefined || rule === "undefined" || rule.base === "cfa" ||
    rule.base >= 0 && rule.base <= MAX_REGISTER;
}
