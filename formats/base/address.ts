/**
 * 64-bit values without bigint. An address is a Number in signed canonical form: the value of the 64 bits read as a
 * two's complement integer. That is exact for every canonical 48-bit address; whatever is not a safe integer is no
 * code address (`Number.isSafeInteger`).
 *
 * @module
 */
import { FormatError } from "./error.ts";

const TWO_32 = 0x1_0000_0000;

/** Reads a 64-bit value as a signed Number; beyond 2^53 the low bits are rounded away. */
export function readInt64(
  view: DataView,
  offset: number,
  littleEndian: boolean,
): number {
  return littleEndian
    ? view.getInt32(offset + 4, true) * TWO_32 + view.getUint32(offset, true)
    : view.getInt32(offset, false) * TWO_32 + view.getUint32(offset + 4, false);
}

/** Reads an address in signed canonical form: {@linkcode readInt64} under the name of its use. */
export const readAddress: (
  view: DataView,
  offset: number,
  littleEndian: boolean,
) => number = readInt64;

/**
 * Reads a 64-bit size, offset or count.
 *
 * @throws {FormatError} `out-of-bounds` if the value is 2^53 or more: no file has that size.
 */
export function readSafeUint64(
  view: DataView,
  offset: number,
  littleEndian: boolean,
  format: string,
  field: string,
): number {
  const high = view.getUint32(littleEndian ? offset + 4 : offset, littleEndian);
  const low = view.getUint32(littleEndian ? offset : offset + 4, littleEndian);
  if (high >= 0x20_0000) {
    throw new FormatError({
      code: "out-of-bounds",
      format,
      field,
      offset,
      value: (BigInt(high) << 32n) | BigInt(low),
      expected: "a value below 2^53",
    });
  }
  return high * TWO_32 + low;
}

/** Writes a signed canonical Number as 64 bits. */
export function writeInt64(
  view: DataView,
  offset: number,
  value: number,
  littleEndian: boolean,
): void {
  const high = Math.floor(value / TWO_32);
  view.setInt32(littleEndian ? offset + 4 : offset, high, littleEndian);
  view.setUint32(
    littleEndian ? offset : offset + 4,
    value - high * TWO_32,
    littleEndian,
  );
}

/** Formats an address as `0x...` without leading zeros, negative ones as the upper half of 64 bits. */
export function formatAddress(address: number): string {
  return `0x${formatHex(address)}`;
}

/** Formats the 64 bits of a signed canonical Number as hexadecimal digits, padded with zeros to `width`. */
export function formatHex(value: number, width = 1): string {
  const high = Math.floor(value / TWO_32);
  const low = value - high * TWO_32;
  const text = high === 0
    ? low.toString(16)
    : (high >>> 0).toString(16) + low.toString(16).padStart(8, "0");
  return text.length < width ? text.padStart(width, "0") : text;
}
