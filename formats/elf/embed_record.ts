/**
 * The record by which an embedded section can be taken out again without a trace.
 *
 * @module
 */
import { viewOf } from "../base/byte_source.ts";
import { crc32 } from "../base/crc32.ts";
import { FormatError, UnsupportedError } from "../base/error.ts";
import { decodeElfHeader, ELF } from "./header.ts";

/** Bytes of the record, which lies right before the moved program headers. */
export const EMBED_RECORD_SIZE = 104;

/** Size of the 64-bit ELF header, the only old bytes that embedding changes. */
const ELF_HEADER_SIZE = 64;
const MAGIC = new TextEncoder().encode("FW-EMBED");
const VERSION = 1;

/**
 * Writes the record for `original` into `file` so that it ends at `end`.
 *
 * All fields are little endian, whatever the machine.
 *
 * | offset | size | field |
 * | --- | --- | --- |
 * | 0 | 8 | `FW-EMBED` |
 * | 8 | 2 | version: 1 |
 * | 10 | 2 | size of the record: 104 |
 * | 12 | 4 | CRC-32 of the record, with zeros in this field |
 * | 16 | 8 | size of the original file |
 * | 24 | 8 | size of the new file |
 * | 32 | 4 | CRC-32 of the original file |
 * | 36 | 4 | 0 |
 * | 40 | 64 | ELF header of the original file |
 */
export function writeEmbedRecord(
  file: Uint8Array,
  end: number,
  original: Uint8Array,
): void {
  const at = end - EMBED_RECORD_SIZE;
  const view = viewOf(file);
  file.set(MAGIC, at);
  view.setUint16(at + 8, VERSION, true);
  view.setUint16(at + 10, EMBED_RECORD_SIZE, true);
  view.setUint32(at + 12, 0, true);
  view.setBigUint64(at + 16, BigInt(original.length), true);
  view.setBigUint64(at + 24, BigInt(file.length), true);
  view.setUint32(at + 32, crc32(original), true);
  view.setUint32(at + 36, 0, true);
  file.set(original.subarray(0, ELF_HEADER_SIZE), at + 40);
  view.setUint32(at + 12, crc32(file.subarray(at, end)), true);
}

/**
 * Takes out what {@linkcode embedSFrame} put in.
 *
 * @param bytes The whole file, unchanged since.
 * @returns The file as it was before, byte for byte; its checksum was compared.
 * @throws {FormatError} `unsupported` if the file has no such record, or has been changed since; `bad-magic`,
 * `bad-value`, `truncated` if it is no ELF file
 */
export function stripSFrame(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { programHeaderOffset: end } = decodeElfHeader(bytes);
  const at = end - EMBED_RECORD_SIZE;
  if (!(at >= ELF_HEADER_SIZE && end <= bytes.length) || !isRecord(bytes, at)) {
    throw new UnsupportedError(
      ELF,
      "embedding record",
      Math.max(0, at),
      "none",
      "a file into which this program put an .sframe, unchanged since",
    );
  }
  const view = viewOf(bytes);
  const version = view.getUint16(at + 8, true);
  if (version !== VERSION) {
    throw new UnsupportedError(
      ELF,
      "embedding record version",
      at + 8,
      version,
      `${VERSION}`,
    );
  }
  const size = Number(view.getBigUint64(at + 16, true));
  const newSize = Number(view.getBigUint64(at + 24, true));
  if (newSize !== bytes.length || !(size <= at)) {
    throw changed("file size", at + 24, newSize, bytes.length);
  }
  const original = bytes.slice(0, size) as Uint8Array<ArrayBuffer>;
  original.set(bytes.subarray(at + 40, at + 40 + ELF_HEADER_SIZE));
  const sum = crc32(original);
  const stated = view.getUint32(at + 32, true);
  if (sum !== stated) throw changed("checksum", at + 32, stated, sum);
  return original;
}

function isRecord(bytes: Uint8Array, at: number): boolean {
  if (!MAGIC.every((byte, i) => bytes[at + i] === byte)) return false;
  const record = bytes.slice(at, at + EMBED_RECORD_SIZE);
  const view = viewOf(record);
  const stated = view.getUint32(12, true);
  view.setUint32(12, 0, true);
  return crc32(record) === stated;
}

function changed(
  field: string,
  offset: number,
  stated: number,
  found: number,
): FormatError {
  return new FormatError({
    code: "unsupported",
    format: ELF,
    field: `embedding record ${field}`,
    offset,
    value: stated,
    expected: `${found}, as the file has been changed since`,
  });
}
