/**
 * `.debug_aranges`: which unit an address belongs to, without looking into the units.
 *
 * @module
 */
import type { Cursor } from "../base/cursor.ts";
import { FormatError, UnsupportedError } from "../base/error.ts";
import { DWARF } from "./constants.ts";
import { RangeStore } from "./range_store.ts";
import { readInitialLength, readOffset } from "./unit_header.ts";

/** What was found in the section. */
export interface AddressRanges {
  /** Ranges; the owner of each is an index into `units`. */
  store: RangeStore;
  /** Offset in `.debug_info` of each unit that the section lists. */
  units: number[];
  /** Where it stopped making sense, if it did; what is in front of that is right. */
  error: FormatError | undefined;
}

/**
 * Decodes all of `.debug_aranges`. For each unit:
 *
 * | field | size |
 * | --- | --- |
 * | `unit_length` | 4 or 12 |
 * | `version` | 2, always 2 |
 * | `debug_info_offset` | 4 or 8 |
 * | `address_size`, `segment_selector_size` | 1, 1 |
 * | padding | to a multiple of the size of a pair |
 * | pairs of address and length | until two zeros |
 *
 * Source: DWARF 5 section 6.1.2.
 */
export function decodeAranges(cursor: Cursor): AddressRanges {
  const store = new RangeStore(Infinity);
  const units: number[] = [];
  const { end } = cursor;
  try {
    while (cursor.offset < end) {
      const next = decodeSet(cursor, units, store);
      cursor.offset = next;
      cursor.end = end;
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return { store, units, error };
  }
  return { store, units, error: undefined };
}

/** Returns the offset behind the set. */
function decodeSet(
  cursor: Cursor,
  units: number[],
  store: RangeStore,
): number {
  const setOffset = cursor.offset;
  const { length, offsetSize } = readInitialLength(cursor, setOffset);
  const next = cursor.take(length, "unit_length") + length;
  cursor.offset = next - length;
  cursor.end = next;
  const version = cursor.u16("version");
  if (version !== 2) {
    throw new UnsupportedError(DWARF, "aranges", setOffset, version, "2");
  }
  const unit = units.push(
    readOffset(cursor, offsetSize, "debug_info_offset"),
  ) - 1;
  const addressSize = cursor.u8("address_size");
  const segmentSize = cursor.u8("segment_selector_size");
  if ((addressSize !== 8 && addressSize !== 4) || segmentSize !== 0) {
    throw new UnsupportedError(
      DWARF,
      "address_size",
      setOffset,
      addressSize,
      "4 or 8, without segments",
    );
  }
  const pairSize = addressSize * 2;
  const headerSize = cursor.offset - setOffset;
  cursor.offset += (pairSize - headerSize % pairSize) % pairSize;
  while (cursor.offset + pairSize <= next) {
    const is64 = addressSize === 8;
    const start = is64 ? cursor.i64("address") : cursor.u32("address");
    const size = is64 ? cursor.i64("length") : cursor.u32("length");
    if (start === 0 && size === 0) break;
    store.add(unit, start, start + size);
  }
  return next;
}
