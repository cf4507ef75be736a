/**
 * The checksum of `.gnu_debuglink`, of embedding records and of sidecars.
 *
 * @module
 */

/** CRC-32 of ISO 3309, reflected. */
const POLYNOMIAL = 0xedb88320;

/** Four tables: the effect of a byte with 0 to 3 bytes behind it. Four bytes a step halve the time for large files. */
const TABLES: readonly Int32Array[] = makeTables();

function makeTables(): Int32Array[] {
  const tables = Array.from({ length: 4 }, () => new Int32Array(256));
  const first = tables[0]!;
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) {
      value = (value & 1) !== 0 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
    }
    first[byte] = value;
  }
  for (let table = 1; table < 4; table++) {
    for (let byte = 0; byte < 256; byte++) {
      const before = tables[table - 1]![byte]!;
      tables[table]![byte] = (before >>> 8) ^ first[before & 0xff]!;
    }
  }
  return tables;
}

/**
 * Computes a CRC-32: of a debug file as its `.gnu_debuglink` states it, and of our own records.
 *
 * @param bytes The bytes, or their next part.
 * @param previous Result for the part before this one; 0 at the start.
 * @returns An unsigned 32-bit value.
 */
export function crc32(bytes: Uint8Array, previous = 0): number {
  const [t0, t1, t2, t3] = TABLES as [
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  let crc = ~previous;
  const whole = bytes.length - (bytes.length % 4);
  let at = 0;
  for (; at < whole; at += 4) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) |
      (bytes[at + 3]! << 24);
    crc = t3[crc & 0xff]! ^ t2[(crc >>> 8) & 0xff]! ^
      t1[(crc >>> 16) & 0xff]! ^ t0[crc >>> 24]!;
  }
  for (; at < bytes.length; at++) {
    crc = (crc >>> 8) ^ t0[(crc ^ bytes[at]!) & 0xff]!;
  }
  return ~crc >>> 0;
}
