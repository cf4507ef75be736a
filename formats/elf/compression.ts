/**
 * Compressed sections: their headers and limits. The decompressors come from the caller.
 *
 * @module
 */
import { readSafeUint64 } from "../base/address.ts";
import { viewOf } from "../base/byte_source.ts";
import {
  FormatError,
  TruncatedError,
  UnsupportedError,
} from "../base/error.ts";
import { ELFCOMPRESS } from "./constants.ts";
import { ELF, type ElfHeader } from "./header.ts";

/**
 * Decompresses `bytes`; handed in by the caller so that whoever needs no decompressor loads none.
 *
 * @param kind `zlib` (RFC 1950), `zstd` (RFC 8878) or `xz`.
 * @param bytes The whole compressed stream.
 * @param size Size of the result in bytes as the file states it; `undefined` where it states none.
 * @returns The decompressed bytes. Whatever it throws becomes the cause of a `FormatError`.
 */
export type Decompress = (
  kind: "zlib" | "zstd" | "xz",
  bytes: Uint8Array,
  size: number | undefined,
) => Uint8Array | Promise<Uint8Array>;

/** Deflate cannot do better than 1:1032; what claims to be beyond that and large besides is a bomb. */
const MAX_RATIO = 1032;
/** Harmless at any ratio: zstd packs pages of zeros far tighter than deflate. */
const ALWAYS_ALLOWED_SIZE = 1 << 24;

interface CompressedData {
  kind: "zlib" | "zstd";
  bytes: Uint8Array;
  size: number;
}

/**
 * Decompresses a section with `SHF_COMPRESSED`.
 *
 * | offset | size (64/32) | field |
 * | --- | --- | --- |
 * | 0 | 4 | `ch_type`: 1 zlib, 2 zstd |
 * | 8/4 | 8/4 | `ch_size`: size when decompressed |
 * | 16/8 | 8/4 | `ch_addralign` |
 * | 24/12 | ... | compressed bytes |
 *
 * Source: gABI 4.3, chapter 4, "Compressed Sections".
 *
 * @param offset Where `bytes` start in the file, for errors.
 * @throws {FormatError} `truncated`, `unsupported` (method, or no decompressor), `limit` (absurd size), `bad-value`
 */
export async function decompressSection(
  bytes: Uint8Array,
  header: ElfHeader,
  offset: number,
  decompress: Decompress | undefined,
): Promise<Uint8Array> {
  const { elfClass, littleEndian } = header;
  const headerSize = elfClass === 64 ? 24 : 12;
  if (bytes.length < headerSize) {
    throw new TruncatedError(
      ELF,
      "Elf_Chdr",
      offset,
      headerSize,
      bytes.length,
    );
  }
  const view = viewOf(bytes);
  const type = view.getUint32(0, littleEndian);
  if (type !== ELFCOMPRESS.ZLIB && type !== ELFCOMPRESS.ZSTD) {
    throw new UnsupportedError(
      ELF,
      "ch_type",
      offset,
      type,
      "1 (zlib) or 2 (zstd)",
    );
  }
  const size = elfClass === 64
    ? readSafeUint64(view, 8, littleEndian, ELF, "ch_size")
    : view.getUint32(4, littleEndian);
  const data: CompressedData = {
    kind: type === ELFCOMPRESS.ZLIB ? "zlib" : "zstd",
    bytes: bytes.subarray(headerSize),
    size,
  };
  return await run(data, offset, decompress);
}

/**
 * Decompresses a `.zdebug_*` section: `ZLIB`, a 64-bit big-endian size, the compressed bytes. A section without that
 * start is not compressed and comes back as it is.
 *
 * @param offset Where `bytes` start in the file, for errors.
 * @throws {FormatError} As {@linkcode decompressSection}.
 */
export async function decompressLegacySection(
  bytes: Uint8Array,
  offset: number,
  decompress: Decompress | undefined,
): Promise<Uint8Array> {
  const view = viewOf(bytes);
  if (bytes.length < 12 || view.getUint32(0, false) !== 0x5a4c4942) {
    return bytes;
  }
  const data: CompressedData = {
    kind: "zlib",
    bytes: bytes.subarray(12),
    size: readSafeUint64(view, 4, false, ELF, ".zdebug size"),
  };
  return await run(data, offset, decompress);
}

async function run(
  data: CompressedData,
  offset: number,
  decompress: Decompress | undefined,
): Promise<Uint8Array> {
  const limit = Math.max(ALWAYS_ALLOWED_SIZE, data.bytes.length * MAX_RATIO);
  if (data.size > limit) {
    throw new FormatError({
      code: "limit",
      format: ELF,
      field: "ch_size",
      offset,
      value: data.size,
      expected: `a size of at most ${limit} for ${data.bytes.length} bytes`,
    });
  }
  const bytes = await callDecompressor(
    data.kind,
    data.bytes,
    data.size,
    offset,
    decompress,
  );
  if (bytes.length !== data.size) {
    throw new FormatError({
      code: "bad-value",
      format: ELF,
      field: "ch_size",
      offset,
      value: data.size,
      expected: `the size of the decompressed bytes, ${bytes.length}`,
    });
  }
  return bytes;
}

/**
 * Calls the decompressor that the caller gave.
 *
 * @throws {FormatError} `unsupported` if there is none, `bad-value` with the cause if it fails
 */
export async function callDecompressor(
  kind: "zlib" | "zstd" | "xz",
  bytes: Uint8Array,
  size: number | undefined,
  offset: number,
  decompress: Decompress | undefined,
): Promise<Uint8Array> {
  if (decompress === undefined) {
    throw new UnsupportedError(
      ELF,
      "compressed data",
      offset,
      kind,
      "uncompressed data, as no decompressor was given",
    );
  }
  try {
    return await decompress(kind, bytes, size);
  } catch (cause) {
    if (cause instanceof FormatError) throw cause;
    throw new FormatError({
      code: "bad-value",
      format: ELF,
      field: "compressed data",
      offset,
      value: cause instanceof Error ? cause.message : String(cause),
      expected: `a valid ${kind} stream`,
      cause,
    });
  }
}
