/**
 * Parts of a sidecar that are loaded when a lookup first needs them.
 *
 * @module
 */
import type { ByteSource } from "../base/byte_source.ts";
import { crc32 } from "../base/crc32.ts";
import { FormatError, TruncatedError } from "../base/error.ts";
import { SIDECAR, type ZstdDecompress } from "./meta.ts";

/** States of a part. */
export const PartState = {
  /** Not loaded yet. */
  ABSENT: 0,
  /** Loaded. */
  READY: 1,
  /** Loaded and found to be damaged. */
  BAD: 2,
} as const;

/** One part as it lies in the sidecar. */
export interface Part {
  /** Where it is, bytes from the start of the sidecar. */
  offset: number;
  /** Bytes in the sidecar. */
  storedSize: number;
  /** Bytes after decompression; `storedSize` if it is not compressed. */
  size: number;
  /** Whether it is a zstd frame. */
  compressed: boolean;
  /** CRC-32 of the stored bytes; without it the content carries its own checks. */
  checksum?: number;
}

/** Reads and decompresses a part. @throws {FormatError} `truncated`, `bad-value` for a wrong checksum or stream */
export async function readPart(
  source: ByteSource,
  part: Part,
  decompress: ZstdDecompress | undefined,
): Promise<Uint8Array> {
  const { offset, storedSize, size, checksum } = part;
  const stored = await source.read(offset, storedSize);
  if (stored.length < storedSize) {
    throw new TruncatedError(
      SIDECAR,
      "part",
      offset,
      storedSize,
      stored.length,
    );
  }
  if (checksum !== undefined) checkSum(stored, checksum, offset, "part");
  if (!part.compressed) return stored;
  // Decompressors may not know what to do with nothing.
  if (size === 0) return new Uint8Array(0);
  if (decompress === undefined) {
    throw new FormatError({
      code: "unsupported",
      format: SIDECAR,
      field: "part",
      offset,
      value: "zstd",
      expected: "a decompressor for zstd",
    });
  }
  let bytes: Uint8Array;
  try {
    bytes = await decompress(stored, size);
  } catch (cause) {
    throw badStream(offset, undefined, cause);
  }
  if (bytes.length !== size) throw badStream(offset, bytes.length);
  return bytes;
}

/** Compares a checksum. @throws {FormatError} `bad-value` */
export function checkSum(
  bytes: Uint8Array,
  stated: number,
  offset: number,
  field: string,
): void {
  const found = crc32(bytes);
  if (found === stated) return;
  throw new FormatError({
    code: "bad-value",
    format: SIDECAR,
    field: `${field} checksum`,
    offset,
    value: stated,
    expected: `${found}`,
  });
}

function badStream(
  offset: number,
  value: number | undefined,
  cause?: unknown,
): FormatError {
  return new FormatError({
    code: "bad-value",
    format: SIDECAR,
    field: "part",
    offset,
    value,
    expected: "a zstd frame of the stated size",
    cause,
  });
}
