/**
 * The whole section as objects: for looking at it, comparing it and writing it anew. Lookups need none of this.
 *
 * @module
 */
import { FormatError, TruncatedError } from "../base/error.ts";
import {
  ATTRIBUTE_SIZE,
  FdeInfo,
  FdeType,
  FORMAT,
  FreInfo,
} from "./constants.ts";
import { decodeHeader, type SFrameHeader } from "./header.ts";
import { readWord } from "./rows.ts";
import {
  FunctionEntry,
  readAttributes,
  readDescriptor,
  rowStartSize,
  Section,
  wordCount,
  wordSize,
} from "./section.ts";
import type { SFrameOptions } from "./table.ts";

/** One row (`FRE`). */
export interface SFrameRow {
  /** Where the row starts, bytes from the function's start; repeating functions: from the start of a repetition. */
  startOffset: number;
  /** `fre_info` as it stands. */
  info: number;
  /** Bytes of each word in the section: 1, 2 or 4. */
  wordSize: number;
  /** The words, signed. Flexible functions: control words are the same bits read as unsigned, {@linkcode controlWord}. */
  words: number[];
  /** Base of the CFA. Without meaning in flexible functions. */
  base: "sp" | "fp";
  /** Whether the return address carries a pointer authentication code. */
  mangledRa: boolean;
}

/** One function (`FDE`), with V3's attributes. */
export interface SFrameFunction {
  /** Position in the table. */
  index: number;
  /** Offset of the descriptor in the bytes. */
  offset: number;
  /** `sfde_func_start_address` as it stands. */
  startField: number;
  /** Address of the first instruction, in the file's own address space. */
  startAddress: number;
  /** `sfde_func_size`, bytes. */
  size: number;
  /** `sfde_func_start_fre_off`: bytes from the start of all rows; V3: to the attribute record. */
  freOffset: number;
  /** `sfde_func_num_fres` as it stands; `rows` has fewer if `error` is set. */
  freCount: number;
  /** `sfde_func_info` as it stands. */
  info: number;
  /** `sfde_func_info2` as it stands; 0 before V3. */
  info2: number;
  /** `sfde_func_rep_size` as it stands; 0 in V1, which has no such field. */
  repSize: number;
  /** `sfde_func_padding2` of V2 as it stands; 0 in the others. */
  padding: number;
  /** Bytes of a row's start: 1, 2 or 4; 0 if the info byte has no valid width. */
  startSize: number;
  /** Whether words have fixed meanings or are pairs with control words. Reserved types count as `default`. */
  type: "default" | "flex";
  /** Whether rows run once from the start (`inc`) or repeat (`mask`). */
  pcType: "inc" | "mask";
  /** Key of pointer authentication; means something on AArch64 only. */
  pauthKey: "A" | "B";
  /** Whether this is a signal trampoline. Always false before V3. */
  signal: boolean;
  /** The rows up to the first bad one. */
  rows: SFrameRow[];
  /** What is wrong with the function or its rows. */
  error?: FormatError;
}

/** A decoded section. */
export interface SFrameSection {
  /** The header. */
  header: SFrameHeader;
  /** Offset of the header in the bytes. */
  offset: number;
  /** Bytes that the section occupies, from its header to the end of its rows. */
  size: number;
  /** All functions in the order of the table. */
  functions: SFrameFunction[];
  /** The errors of all functions. */
  errors: FormatError[];
}

/** A section can hold one row in two bytes at the least; functions may share rows, but not without end. */
const MAX_SHARING = 4;

/**
 * Decodes a section. Functions that are bad have an `error`, and the good ones come out nevertheless.
 *
 * Functions that share rows are decoded each for itself up to a total of four times the rows that the section's bytes
 * can hold; behind that, functions have the error `limit`.
 *
 * @param bytes Bytes of the section, which may go on behind it.
 * @param sectionAddress Address of `bytes[0]` in the file's own address space (`sh_addr`).
 * @throws {FormatError} For the header only: `truncated`, `bad-magic`, `bad-value`, `unsupported`, `out-of-bounds`.
 *
 * @example Printing the functions
 * ```ts
 * import { decodeSFrame } from "@framewalk/framewalk/formats/sframe";
 * // A section of version 3 for AMD64 with one function of one row: CFA = SP + 8.
 * const bytes = new Uint8Array([
 *   0xe2, 0xde, 3, 5, 3, 0, 0xf8, 0, 1, 0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0,
 *   0xe4, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 4, 0, 0, 0, 0, 0, 0, 0,
 *   1, 0, 0, 0, 0, 0, 3, 8,
 * ]);
 * const section = decodeSFrame(bytes, 0x1000);
 * for (const f of section.functions) console.log(f.startAddress, f.size, f.rows[0]?.words); // 4096 4 [ 8 ]
 * ```
 *
 * Source: The SFrame Format, versions 1 to 3.
 */
export function decodeSFrame(
  bytes: Uint8Array,
  sectionAddress: number,
  options: Pick<SFrameOptions, "offset" | "fieldRelative"> = {},
): SFrameSection {
  const offset = options.offset ?? 0;
  const header = decodeHeader(bytes, offset);
  const section = new Section(
    bytes,
    header,
    offset,
    sectionAddress,
    options.fieldRelative,
  );
  const functions: SFrameFunction[] = [];
  const errors: FormatError[] = [];
  let rowsLeft = (header.freSize / 2) * MAX_SHARING;
  for (let index = 0; index < header.fdeCount; index++) {
    const decoded = decodeFunction(section, index, rowsLeft);
    rowsLeft -= decoded.rows.length;
    functions.push(decoded);
    if (decoded.error !== undefined) errors.push(decoded.error);
  }
  return { header, offset, size: section.rowsEnd - offset, functions, errors };
}

/** The bits of a word of `size` bytes as the unsigned number that a control word is. */
export function controlWord(word: number, size: number): number {
  if (size === 1) return word & 0xff;
  return size === 2 ? word & 0xffff : word >>> 0;
}

function decodeFunction(
  section: Section,
  index: number,
  rowLimit: number,
): SFrameFunction {
  const entry = new FunctionEntry();
  readDescriptor(section, index, entry);
  const inBounds = readAttributes(section, entry);
  const { version, view } = section;
  const out: SFrameFunction = {
    index,
    offset: entry.offset,
    startField: entry.startField,
    startAddress: entry.startAddress,
    size: entry.size,
    freOffset: entry.freOffset,
    freCount: entry.rowCount,
    info: entry.info,
    info2: entry.info2,
    repSize: version === 1 ? 0 : entry.repSize,
    padding: version === 2
      ? view.getUint16(entry.offset + 18, section.littleEndian)
      : 0,
    startSize: rowStartSize(entry.info),
    type: (entry.info2 & FdeType.MASK) === FdeType.FLEX ? "flex" : "default",
    pcType: (entry.info & FdeInfo.PC_MASK) !== 0 ? "mask" : "inc",
    pauthKey: (entry.info & FdeInfo.PAUTH_KEY_B) !== 0 ? "B" : "A",
    signal: version === 3 && (entry.info & FdeInfo.SIGNAL) !== 0,
    rows: [],
  };
  const error = inBounds ? checkFunction(section, entry) : new FormatError({
    code: "out-of-bounds",
    format: FORMAT,
    field: "func_start_fre_off",
    offset: entry.offset + (version === 3 ? 12 : 8),
    value: entry.freOffset,
    expected: "an offset within the rows",
  });
  const problem = error ?? decodeRows(section, entry, out.rows, rowLimit);
  if (problem !== undefined) out.error = problem;
  return out;
}

function checkFunction(
  section: Section,
  entry: FunctionEntry,
): FormatError | undefined {
  if (
    !Number.isSafeInteger(entry.startField) ||
    !Number.isSafeInteger(entry.startAddress)
  ) {
    return new FormatError({
      code: "bad-value",
      format: FORMAT,
      field: "func_start_address",
      offset: entry.offset,
      value: entry.startField,
      expected: "an address below 2^53",
    });
  }
  if (rowStartSize(entry.info) !== 0) return undefined;
  return new FormatError({
    code: "bad-value",
    format: FORMAT,
    field: "func_info",
    offset: section.version === 3
      ? entry.rowsOffset - ATTRIBUTE_SIZE + 2
      : entry.offset + 16,
    value: entry.info,
    expected: "0, 1 or 2 in the low four bits",
  });
}

function decodeRows(
  section: Section,
  entry: FunctionEntry,
  rows: SFrameRow[],
  rowLimit: number,
): FormatError | undefined {
  const { view, littleEndian, rowsEnd } = section;
  const startSize = rowStartSize(entry.info);
  let at = entry.rowsOffset;
  for (let i = 0; i < entry.rowCount; i++) {
    const infoOffset = at + startSize;
    if (infoOffset >= rowsEnd) return truncatedRow(at, startSize + 1, rowsEnd);
    const info = view.getUint8(infoOffset);
    const size = wordSize(info);
    if (size === 0) {
      return badRow(
        "fre_info",
        "bad-value",
        infoOffset,
        info,
        "a word size of 1, 2 or 4 bytes",
      );
    }
    const end = infoOffset + 1 + wordCount(info) * size;
    if (end > rowsEnd) return truncatedRow(at, end - at, rowsEnd);
    if (rows.length >= rowLimit) {
      return badRow(
        "num_fres",
        "limit",
        at,
        entry.rowCount,
        "no more rows than the section can hold",
      );
    }
    const words: number[] = [];
    for (let word = infoOffset + 1; word < end; word += size) {
      words.push(readWord(view, word, size, littleEndian));
    }
    rows.push({
      startOffset: readStart(view, at, startSize, littleEndian),
      info,
      wordSize: size,
      words,
      base: (info & FreInfo.BASE_SP) !== 0 ? "sp" : "fp",
      mangledRa: (info & FreInfo.MANGLED_RA) !== 0,
    });
    at = end;
  }
  return undefined;
}

function readStart(
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

function truncatedRow(
  offset: number,
  needed: number,
  end: number,
): FormatError {
  return new TruncatedError(FORMAT, "row", offset, needed, end - offset);
}

function badRow(
  field: string,
  code: "bad-value" | "limit",
  offset: number,
  value: number,
  expected: string,
): FormatError {
  return new FormatError({
    code,
    format: FORMAT,
    field,
    offset,
    value,
    expected,
  });
}
