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
  HEADER_SIZE,
  MAX_SHARING,
  MIN_ROW_SIZE,
} from "./constants.ts";
import type { SFrameFunction, SFrameRow, SFrameSection } from "./decoded.ts";
import { decodeHeader, skipZeros } from "./header.ts";
import { readUnsigned, readWord } from "./rules.ts";
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
 * @example Counting rows
 * ```ts
 * import { decodeSFrame } from "@framewalk/framewalk/formats/sframe";
 * // Version 3 for AMD64: one function of four bytes at 0x1000, with one row, CFA = SP + 8.
 * const bytes = new Uint8Array([
 *   0xe2, 0xde, 3, 5, 3, 0, 0xf8, 0, 1, 0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0,
 *   0xe4, 0xef, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 4, 0, 0, 0, 0, 0, 0, 0,
 *   1, 0, 0, 0, 0, 0, 3, 8,
 * ]);
 * const { functions } = decodeSFrame(bytes, 0x2000);
 * if (functions[0]?.startAddress !== 0x1000) throw new Error("another function");
 * if (functions[0].rows[0]?.words[0] !== 8) throw new Error("another row");
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
  let rowsLeft = (header.freSize / MIN_ROW_SIZE) * MAX_SHARING;
  for (let index = 0; index < header.fdeCount; index++) {
    const decoded = decodeFunction(section, index, rowsLeft);
    rowsLeft -= decoded.rows.length;
    functions.push(decoded);
    if (decoded.error !== undefined) errors.push(decoded.error);
  }
  const { rowsEnd } = section;
  const out: SFrameSection = {
    header,
    offset,
    size: rowsEnd - offset,
    paddingSize: skipZeros(bytes, rowsEnd) - rowsEnd,
    functions,
    errors,
  };
  if (header.auxHeaderSize > 0) {
    const auxOffset = offset + HEADER_SIZE;
    out.auxHeader = bytes.slice(auxOffset, auxOffset + header.auxHeaderSize);
  }
  return out;
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
      startOffset: readUnsigned(view, at, startSize, littleEndian),
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
