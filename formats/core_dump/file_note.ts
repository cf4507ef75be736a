/**
 * `NT_FILE`: which files were mapped where.
 *
 * @module
 */
import { readInt64 } from "../base/address.ts";
import { viewOf } from "../base/byte_source.ts";
import { TruncatedError } from "../base/error.ts";
import { readString } from "../base/string_table.ts";
import { CORE, coreError, type Warnings } from "./warnings.ts";

/** A range of memory that maps a file. */
export interface FileMapping {
  /** First address, signed canonical. */
  readonly start: number;
  /** First address behind the mapping. */
  readonly end: number;
  /** Where in the file the mapping starts, bytes. */
  readonly fileOffset: number;
  /** Path as the kernel saw it; ` (deleted)` at the end of one that was unlinked. */
  readonly path: string;
}

/** What {@linkcode decodeFileNote} yields. */
export interface FileNote {
  /** Mappings in address order. */
  mappings: FileMapping[];
  /** The unit of file offsets in the note, as a rule the page size; bytes. */
  pageSize: number;
}

const HEADER_SIZE = 16;
const ENTRY_SIZE = 24;
const PATH_LIMIT = 1 << 16;

/**
 * Decodes `NT_FILE`.
 *
 * | offset | size | field |
 * | --- | --- | --- |
 * | 0 | 8 | `count` |
 * | 8 | 8 | `page_size` |
 * | 16 | 24 x `count` | start, end, file offset in units of `page_size` |
 * | ... | | `count` NUL-terminated paths in the same order |
 *
 * Mappings that make no sense are left out with a warning, as are those whose path the note does not hold.
 *
 * Source: fs/binfmt_elf.c, `fill_files_note`.
 *
 * @param fileOffset Where the descriptor is in the core, for errors.
 * @throws {FormatError} `truncated`, `bad-value` (`page_size`), `out-of-bounds` (`count`)
 */
export function decodeFileNote(
  littleEndian: boolean,
  bytes: Uint8Array,
  offset: number,
  size: number,
  fileOffset: number,
  warnings: Warnings,
): FileNote {
  if (size < HEADER_SIZE) {
    throw new TruncatedError(CORE, "NT_FILE", fileOffset, HEADER_SIZE, size);
  }
  const view = viewOf(bytes);
  const stated = readInt64(view, offset, littleEndian);
  const pageSize = readInt64(view, offset + 8, littleEndian);
  if (!(pageSize >= 1 && pageSize <= 0x1_0000_0000)) {
    throw coreError({
      code: "bad-value",
      field: "NT_FILE page_size",
      offset: fileOffset + 8,
      value: pageSize,
      expected: "a page size",
    });
  }
  // An entry and the NUL of its path take 25 bytes: more mappings than that cannot be in the note.
  const most = Math.floor((size - HEADER_SIZE) / (ENTRY_SIZE + 1));
  if (!(stated >= 0 && stated <= most)) {
    throw coreError({
      code: "out-of-bounds",
      field: "NT_FILE count",
      offset: fileOffset,
      value: stated,
      expected: `at most ${most} mappings in ${size} bytes`,
    });
  }
  const note = bytes.subarray(offset, offset + size);
  const mappings = readMappings(note, littleEndian, stated, pageSize);
  if (mappings.length < stated) {
    warnings.add(coreError({
      code: "bad-value",
      field: "NT_FILE entries",
      offset: fileOffset + HEADER_SIZE,
      value: `${stated - mappings.length} of ${stated} mappings that are not`,
      expected: "mappings with a range, an offset and a path",
    }));
  }
  return { mappings: mappings.sort((a, b) => a.start - b.start), pageSize };
}

function readMappings(
  note: Uint8Array,
  littleEndian: boolean,
  count: number,
  pageSize: number,
): FileMapping[] {
  const view = viewOf(note);
  const mappings: FileMapping[] = [];
  let path = "";
  let pathStart = 0;
  let pathEnd = 0;
  let at = HEADER_SIZE + count * ENTRY_SIZE;
  for (let i = 0; i < count; i++) {
    const nul = note.indexOf(0, at);
    if (nul < 0) break;
    // Neighbours mostly map the same file: one string serves them all.
    if (!isSame(note, at, nul, pathStart, pathEnd)) {
      path = readString(note, at, Math.min(nul - at, PATH_LIMIT));
    }
    pathStart = at;
    pathEnd = nul;
    at = nul + 1;
    const entry = HEADER_SIZE + i * ENTRY_SIZE;
    const start = readInt64(view, entry, littleEndian);
    const end = readInt64(view, entry + 8, littleEndian);
    const fileOffset = readInt64(view, entry + 16, littleEndian) * pageSize;
    if (
      Number.isSafeInteger(start) && Number.isSafeInteger(end) &&
      start < end && fileOffset >= 0 && Number.isSafeInteger(fileOffset)
    ) mappings.push({ start, end, fileOffset, path });
  }
  return mappings;
}

function isSame(
  bytes: Uint8Array,
  start: number,
  end: number,
  otherStart: number,
  otherEnd: number,
): boolean {
  if (end - start !== otherEnd - otherStart) return false;
  for (let i = end - start - 1; i >= 0; i--) {
    if (bytes[start + i] !== bytes[otherStart + i]) return false;
  }
  return true;
}
