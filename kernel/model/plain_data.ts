/**
 * Plain data to bytes and back: numbers, strings, booleans, null, bigints, byte arrays, arrays of doubles, and objects and
 * lists of these.
 *
 * | offset | size | field |
 * | --- | --- | --- |
 * | 0 | 4 | magic, `FWKC` |
 * | 4 | 4 | version |
 * | 8 | 4 | CRC-32 of everything behind it |
 * | 12 | 4 | size of the text |
 * | 16 | ... | text: JSON, where `{"$bytes": [o, n]}` and `{"$floats": [o, n]}` stand for `n` bytes at `o` of the rest |
 * | ... | ... | the rest |
 *
 * All in little-endian order.
 *
 * @module
 */
import { viewOf } from "../../formats/base/byte_source.ts";
import { crc32 } from "../../formats/base/crc32.ts";
import { FormatError, TruncatedError } from "../../formats/base/error.ts";

const FORMAT = "checkpoint";
/** `FWKC`, read as a little-endian word. */
const MAGIC = 0x434b5746;
const CHECKPOINT_VERSION = 1;
const HEADER_SIZE = 16;

/** Encodes `value`. Fields that are `undefined` are left out. */
export function encodePlainData(value: unknown): Uint8Array<ArrayBuffer> {
  const blobs: Uint8Array[] = [];
  let blobSize = 0;
  const place = (bytes: Uint8Array): [number, number] => {
    const at = blobSize;
    blobs.push(bytes);
    blobSize += bytes.length;
    return [at, bytes.length];
  };
  const json = JSON.stringify(value, (_key, item: unknown) => {
    if (item instanceof Uint8Array) return { $bytes: place(item) };
    if (item instanceof Float64Array) return { $floats: place(doubles(item)) };
    if (typeof item === "bigint") return { $int: `${item}` };
    return item;
  });
  const text = new TextEncoder().encode(json);
  const bytes = new Uint8Array(HEADER_SIZE + text.length + blobSize);
  const view = viewOf(bytes);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, CHECKPOINT_VERSION, true);
  view.setUint32(12, text.length, true);
  bytes.set(text, HEADER_SIZE);
  let at = HEADER_SIZE + text.length;
  for (const blob of blobs) {
    bytes.set(blob, at);
    at += blob.length;
  }
  view.setUint32(8, crc32(bytes.subarray(12)), true);
  return bytes;
}

/** Byte order does not depend on the machine. */
function doubles(values: Float64Array): Uint8Array {
  const bytes = new Uint8Array(8 * values.length);
  const view = viewOf(bytes);
  values.forEach((value, i) => view.setFloat64(8 * i, value, true));
  return bytes;
}

/**
 * Decodes what {@linkcode encodePlainData} made; arrays are copies.
 *
 * @throws {FormatError} `truncated`, `bad-magic`, `unsupported`, `bad-value` for a wrong sum.
 */
export function decodePlainData(bytes: Uint8Array): unknown {
  if (bytes.length < HEADER_SIZE) {
    throw new TruncatedError(FORMAT, "header", 0, HEADER_SIZE, bytes.length);
  }
  const view = viewOf(bytes);
  const check = (
    field: string,
    offset: number,
    expected: number,
    code: FormatError["code"],
  ): void => {
    const value = view.getUint32(offset, true);
    if (value === expected) return;
    const format = FORMAT;
    throw new FormatError({
      code,
      format,
      field,
      offset,
      value,
      expected: `${expected}`,
    });
  };
  check("magic", 0, MAGIC, "bad-magic");
  check("version", 4, CHECKPOINT_VERSION, "unsupported");
  check("CRC-32", 8, crc32(bytes.subarray(12)), "bad-value");
  const blobStart = HEADER_SIZE + view.getUint32(12, true);
  const text = new TextDecoder().decode(bytes.subarray(HEADER_SIZE, blobStart));
  const blob = ([at, size]: [number, number]): Uint8Array =>
    bytes.slice(blobStart + at, blobStart + at + size);
  return JSON.parse(text, (_key, item) => {
    if (typeof item !== "object" || item === null) return item;
    if ("$bytes" in item) return blob(item.$bytes);
    if ("$floats" in item) return toDoubles(blob(item.$floats));
    if ("$int" in item) return BigInt(item.$int);
    return item;
  });
}

function toDoubles(bytes: Uint8Array): Float64Array {
  const view = viewOf(bytes);
  const values = new Float64Array(bytes.length / 8);
  for (let i = 0; i < values.length; i++) {
    values[i] = view.getFloat64(8 * i, true);
  }
  return values;
}
