/**
 * Moving a finished section to another address.
 *
 * @module
 */
import { readInt64, writeInt64 } from "../base/address.ts";
import { viewOf } from "../base/byte_source.ts";
import { FormatError } from "../base/error.ts";
import { FDE_SIZES, FORMAT } from "./constants.ts";
import { decodeHeader, functionsOffset, rowsOffset } from "./header.ts";

/**
 * Rewrites the function starts of a section, which in every version are relative to its address, so that they mean the
 * same functions at another address. Sections that follow each other are all rewritten.
 *
 * @param bytes The section.
 * @param oldAddress The address for which it was made.
 * @param newAddress The address at which it will be.
 * @returns A new section of the same size.
 * @throws {FormatError} As {@linkcode openSFrame}; `out-of-bounds` if a start no longer fits its field, which in versions
 * 1 and 2 reaches 2 GiB.
 */
export function rebaseSFrame(
  bytes: Uint8Array,
  oldAddress: number,
  newAddress: number,
): Uint8Array<ArrayBuffer> {
  const moved = new Uint8Array(bytes);
  const view = viewOf(moved);
  const distance = oldAddress - newAddress;
  let offset = 0;
  while (offset < moved.length) {
    const header = decodeHeader(moved, offset);
    const { littleEndian, version } = header;
    let at = offset + functionsOffset(header);
    for (let left = header.fdeCount; left > 0; left--) {
      if (version === 3) {
        const start = readInt64(view, at, littleEndian) + distance;
        writeInt64(view, at, start, littleEndian);
      } else {
        const start = view.getInt32(at, littleEndian) + distance;
        if (start !== (start | 0)) throw tooFar(at, start);
        view.setInt32(at, start, littleEndian);
      }
      at += FDE_SIZES[version]!;
    }
    offset += rowsOffset(header) + header.freSize;
    while (offset < moved.length && moved[offset] === 0) offset++;
  }
  return moved;
}

function tooFar(offset: number, value: number): FormatError {
  return new FormatError({
    code: "out-of-bounds",
    format: FORMAT,
    field: "func_start_address",
    offset,
    value,
    expected: "a function within 2 GiB of the section: version 3 reaches all",
  });
}
