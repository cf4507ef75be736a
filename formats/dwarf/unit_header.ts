/**
 * Headers of units.
 *
 * @module
 */
import type { Cursor } from "../base/cursor.ts";
import { FormatError, UnsupportedError } from "../base/error.ts";
import { DWARF, UT } from "./constants.ts";
import type { UnitShape } from "./forms.ts";

/** Longest header of a unit in bytes: a type unit's in the 64-bit format. */
export const MAX_UNIT_HEADER_SIZE = 40;

/** A unit's header. */
export interface UnitHeader extends UnitShape {
  /** Offset of the unit in its section. */
  readonly offset: number;
  /** Size of the unit in bytes, its length field included. */
  readonly size: number;
  /** `DW_UT_...`; before version 5 always `DW_UT_compile`. */
  readonly unitType: number;
  /** `debug_abbrev_offset` */
  readonly abbreviationsOffset: number;
  /** Upper and lower half of `dwo_id`, where the header has one. */
  readonly dwoId: readonly [high: number, low: number] | undefined;
  /** Offset of the root entry from the start of the unit. */
  readonly rootOffset: number;
}

/** A size in front of some data, and the format that it tells. */
export interface InitialLength {
  /** Bytes that follow the length. */
  length: number;
  /** Size of offsets in the data: 4 or 8 bytes. */
  offsetSize: 4 | 8;
}

/**
 * Reads an `initial length`: 4 bytes, or 0xffffffff and 8 bytes.
 *
 * Source: DWARF 5 section 7.4.
 *
 * @param offset Where the cursor's bytes start in their section, for errors.
 * @throws {FormatError} `truncated`, `bad-value`
 */
export function readInitialLength(
  cursor: Cursor,
  offset: number,
): InitialLength {
  const length = cursor.u32("unit_length");
  if (length < 0xffff_fff0) return { length, offsetSize: 4 };
  const long = length === 0xffff_ffff ? cursor.i64("unit_length") : -1;
  if (!(long >= 0 && Number.isSafeInteger(long))) {
    throw new FormatError({
      code: "bad-value",
      format: DWARF,
      field: "unit_length",
      offset,
      value: length === 0xffff_ffff ? long : length,
      expected: "a length",
    });
  }
  return { length: long, offsetSize: 8 };
}

/** Reads an offset of 4 or 8 bytes. @throws {FormatError} `truncated` */
export function readOffset(
  cursor: Cursor,
  offsetSize: number,
  field: string,
): number {
  return offsetSize === 8 ? cursor.i64(field) : cursor.u32(field);
}

/**
 * Decodes the header of a unit.
 *
 * | field | size in version 5 | in versions 2 to 4 |
 * | --- | --- | --- |
 * | `unit_length` | 4 or 12 | 4 or 12 |
 * | `version` | 2 | 2 |
 * | `unit_type` | 1 | |
 * | `address_size` | 1 | behind the next |
 * | `debug_abbrev_offset` | 4 or 8 | 4 or 8 |
 * | `dwo_id` or `type_signature` | 8, of skeleton, split and type units | |
 * | `type_offset` | 4 or 8, of type units | |
 *
 * Source: DWARF 5 section 7.5.1.
 *
 * @param cursor Starts at the unit.
 * @param offset Offset of the unit in its section.
 * @throws {FormatError} `truncated`, `bad-value`; `unsupported` for other versions and address sizes
 */
export function decodeUnitHeader(cursor: Cursor, offset: number): UnitHeader {
  const { length, offsetSize } = readInitialLength(cursor, offset);
  const size = cursor.offset + length;
  const version = cursor.u16("version");
  if (version < 2 || version > 5) {
    throw new UnsupportedError(DWARF, "version", offset, version, "2 to 5");
  }
  let unitType: number = UT.COMPILE;
  let addressSize = 0;
  if (version === 5) {
    unitType = cursor.u8("unit_type");
    addressSize = cursor.u8("address_size");
  }
  const abbreviationsOffset = readOffset(
    cursor,
    offsetSize,
    "debug_abbrev_offset",
  );
  if (version < 5) addressSize = cursor.u8("address_size");
  if (addressSize !== 8 && addressSize !== 4) {
    throw new UnsupportedError(
      DWARF,
      "address_size",
      offset,
      addressSize,
      "4 or 8",
    );
  }
  const dwoId = readUnitId(cursor, unitType, offsetSize);
  return {
    offset,
    size,
    version,
    unitType,
    addressSize,
    offsetSize,
    abbreviationsOffset,
    dwoId,
    rootOffset: cursor.offset,
  };
}

function readUnitId(
  cursor: Cursor,
  unitType: number,
  offsetSize: number,
): [high: number, low: number] | undefined {
  if (unitType === UT.TYPE || unitType === UT.SPLIT_TYPE) {
    cursor.take(8 + offsetSize, "type_signature");
    return undefined;
  }
  return unitType === UT.SKELETON || unitType === UT.SPLIT_COMPILE
    ? readId(cursor)
    : undefined;
}

/** Reads an id of 64 bits as two halves. @throws {FormatError} `truncated` */
export function readId(cursor: Cursor): [high: number, low: number] {
  const first = cursor.u32("dwo_id");
  const second = cursor.u32("dwo_id");
  return cursor.littleEndian ? [second, first] : [first, second];
}
