/**
 * Turning the words of a row into rules.
 *
 * @module
 */
import { Base, Lookup, RowFlag, type UnwindRow } from "../base/unwind_row.ts";
import {
  FdeType,
  FreInfo,
  MAX_REGISTER,
  MAX_WORD_COUNT,
  S390X_CFA_BIAS,
  S390X_CFA_SCALE,
} from "./constants.ts";
import {
  type FunctionEntry,
  type Section,
  wordCount,
  wordSize,
} from "./section.ts";

/**
 * Turns the row whose info byte is at `infoOffset` into the rules of `row`, flags included; leaves its range alone.
 *
 * @returns `Lookup.FOUND` or `Lookup.BAD`.
 */
export function readRules(
  section: Section,
  entry: FunctionEntry,
  infoOffset: number,
  row: UnwindRow,
): number {
  const info = section.view.getUint8(infoOffset);
  const count = wordCount(info);
  const size = wordSize(info);
  if (
    size === 0 || count > MAX_WORD_COUNT ||
    infoOffset + 1 + count * size > section.rowsEnd
  ) {
    return Lookup.BAD;
  }
  clearRules(row);
  if (count === 0) return readOutermost(section, row);
  if ((info & FreInfo.MANGLED_RA) !== 0) row.flags |= RowFlag.RA_SIGNED;
  const type = entry.info2 & FdeType.MASK;
  const words = infoOffset + 1;
  if (type === FdeType.DEFAULT) return readDefault(section, info, words, row);
  // The other types are reserved. binutils 2.47 prints them as DEFAULT, the kernel refuses them; rules of a layout
  // that nobody has defined would be a guess.
  return type === FdeType.FLEX
    ? readFlex(section, info, words, row)
    : Lookup.BAD;
}

/** Sets `row` to a frame without caller: no CFA, RA undefined. */
export function setOutermost(row: UnwindRow): void {
  clearRules(row);
  row.raBase = Base.UNDEFINED;
  row.flags |= RowFlag.OUTERMOST;
}

/** No CFA; RA and FP as they are. */
export function clearRules(row: UnwindRow): void {
  row.cfaBase = Base.UNDEFINED;
  row.cfaOffset = 0;
  row.cfaDeref = false;
  row.raBase = Base.SAME;
  row.raOffset = 0;
  row.raDeref = false;
  row.fpBase = Base.SAME;
  row.fpOffset = 0;
  row.fpDeref = false;
  row.flags = 0;
}

/** A row without words says "RA undefined" since errata 2 of V2; V1 never had a meaning for it. */
function readOutermost(section: Section, row: UnwindRow): number {
  if (section.version === 1) return Lookup.BAD;
  setOutermost(row);
  return Lookup.FOUND;
}

/**
 * CFA = (SP or FP) + word 1; RA = load(CFA + word 2) unless fixed; FP = load(CFA + next word).
 */
function readDefault(
  section: Section,
  info: number,
  words: number,
  row: UnwindRow,
): number {
  const { view, littleEndian } = section;
  const size = wordSize(info);
  const count = wordCount(info);
  const cfa = readWord(view, words, size, littleEndian);
  row.cfaBase = (info & FreInfo.BASE_SP) !== 0 ? Base.SP : Base.FP;
  row.cfaOffset = section.isS390x
    ? cfa * S390X_CFA_SCALE + S390X_CFA_BIAS
    : cfa;
  let next = 1;
  if (section.fixedRaOffset !== 0) setSavedRa(row, section.fixedRaOffset);
  else if (count > next) {
    const word = readWord(view, words + size, size, littleEndian);
    next++;
    // 0 is padding: RA is still in its register, and the word is there only because one for FP follows.
    if (word !== 0) {
      if (!isRegisterWord(section, word)) setSavedRa(row, word);
      else if (word < 0 || word >> 1 > MAX_REGISTER) return Lookup.BAD;
      else row.raBase = word >> 1;
    }
  }
  // libsframe prefers the fixed offset even where a row has a word for FP.
  if (section.fixedFpOffset !== 0) setSavedFp(row, section.fixedFpOffset);
  else if (count > next) {
    const word = readWord(view, words + next * size, size, littleEndian);
    if (!isRegisterWord(section, word)) setSavedFp(row, word);
    else if (word < 0 || word >> 1 > MAX_REGISTER) return Lookup.BAD;
    else row.fpBase = namedBase(section, word >> 1);
  }
  return Lookup.FOUND;
}

/** s390x V2 keeps a register in an odd word: slots on the stack are even. V3 has flexible functions for that. */
function isRegisterWord(section: Section, word: number): boolean {
  return (word & 1) !== 0 && section.isS390x && section.version === 2;
}

/**
 * Pairs (control, offset) for CFA, RA and FP. Control: bit 0 register base (else CFA), bit 1 load, bits 3 up the
 * register. A control of 0 has no offset and no rule behind it.
 */
function readFlex(
  section: Section,
  info: number,
  words: number,
  row: UnwindRow,
): number {
  const { view, littleEndian } = section;
  const size = wordSize(info);
  const end = words + wordCount(info) * size;
  let at = words;
  const cfaControl = readUnsigned(view, at, size, littleEndian);
  const cfaBase = flexBase(section, cfaControl);
  // The CFA cannot be relative to itself, so a register is the only base.
  if (
    cfaBase === Base.CFA || cfaBase === Base.UNDEFINED || at + 2 * size > end
  ) return Lookup.BAD;
  const cfa = readWord(view, at + size, size, littleEndian);
  row.cfaBase = cfaBase;
  row.cfaOffset = section.isS390x
    ? cfa * S390X_CFA_SCALE + S390X_CFA_BIAS
    : cfa;
  row.cfaDeref = (cfaControl & 2) !== 0;
  at += 2 * size;
  if (section.fixedRaOffset !== 0) setSavedRa(row, section.fixedRaOffset);
  if (section.fixedFpOffset !== 0) setSavedFp(row, section.fixedFpOffset);
  if (at >= end) return Lookup.FOUND;

  const raControl = readUnsigned(view, at, size, littleEndian);
  at += size;
  if (raControl !== 0) {
    const raBase = flexBase(section, raControl);
    if (raBase === Base.UNDEFINED || at + size > end) return Lookup.BAD;
    row.raBase = raBase;
    row.raOffset = readWord(view, at, size, littleEndian);
    row.raDeref = (raControl & 2) !== 0;
    at += size;
  }
  if (at >= end) return Lookup.FOUND;

  const fpControl = readUnsigned(view, at, size, littleEndian);
  at += size;
  if (fpControl === 0 || section.fixedFpOffset !== 0) return Lookup.FOUND;
  const fpBase = flexBase(section, fpControl);
  if (fpBase === Base.UNDEFINED || at + size > end) return Lookup.BAD;
  row.fpBase = fpBase;
  row.fpOffset = readWord(view, at, size, littleEndian);
  row.fpDeref = (fpControl & 2) !== 0;
  return Lookup.FOUND;
}

/** Base that a control word names; `UNDEFINED` if there is no such register. */
function flexBase(section: Section, control: number): number {
  if ((control & 1) === 0) return Base.CFA;
  const register = control >>> 3;
  return register > MAX_REGISTER
    ? Base.UNDEFINED
    : namedBase(section, register);
}

function namedBase(section: Section, register: number): number {
  if (register === section.spRegister) return Base.SP;
  return register === section.fpRegister ? Base.FP : register;
}

function setSavedRa(row: UnwindRow, offset: number): void {
  row.raBase = Base.CFA;
  row.raOffset = offset;
  row.raDeref = true;
}

function setSavedFp(row: UnwindRow, offset: number): void {
  row.fpBase = Base.CFA;
  row.fpOffset = offset;
  row.fpDeref = true;
}

/** Reads a signed word of 1, 2 or 4 bytes. */
export function readWord(
  view: DataView,
  at: number,
  size: number,
  littleEndian: boolean,
): number {
  if (size === 1) return view.getInt8(at);
  return size === 2
    ? view.getInt16(at, littleEndian)
    : view.getInt32(at, littleEndian);
}

/** Reads an unsigned word of 1, 2 or 4 bytes. */
export function readUnsigned(
  view: DataView,
  at: number,
  size: number,
  littleEndian: boolean,
): number {
  if (size === 1) return view.getUint8(at);
  return size === 2
    ? view.getUint16(at, littleEndian)
    : view.getUint32(at, littleEndian);
}
