/**
 * What both kinds of sidecar say of the binary beside which they are kept.
 *
 * @module
 */
import { readInt64 } from "../base/address.ts";
import { FormatError } from "../base/error.ts";

/** The format's name in errors. */
export const SIDECAR = "sidecar";

/** The binary to which a sidecar belongs. */
export interface SidecarMeta {
  /** Build ID, hexadecimal; empty if the binary has none. */
  buildId: string;
  /** `e_machine` of the binary. */
  machine: number;
  /** First address of its code, in its own address space. */
  textStart: number;
  /** First address behind its code. */
  textEnd: number;
}

/** Compresses bytes to one zstd frame; handed in, as no compressor is part of this package. */
export type ZstdCompress = (
  bytes: Uint8Array,
) => Uint8Array | Promise<Uint8Array>;

/** Decompresses one zstd frame to `size` bytes. It may throw anything: the part then counts as damaged. */
export type ZstdDecompress = (
  bytes: Uint8Array,
  size: number,
) => Uint8Array | Promise<Uint8Array>;

/** Longest build ID, bytes: the same limit for writing and reading. */
const MAX_BUILD_ID_SIZE = 64;

/** The bytes of a build ID. @throws {RangeError} If it is not hexadecimal or too long. */
export function buildIdBytes(buildId: string): Uint8Array {
  const size = buildId.length / 2;
  if (!/^([0-9a-f]{2})*$/.test(buildId) || size > MAX_BUILD_ID_SIZE) {
    throw new RangeError(
      `Cannot write build ID ${buildId}: it is not up to ${MAX_BUILD_ID_SIZE} bytes in hexadecimal`,
    );
  }
  return Uint8Array.from(
    { length: size },
    (_, i) => parseInt(buildId.slice(2 * i, 2 * i + 2), 16),
  );
}

/** The hexadecimal digits of a build ID. */
export function buildIdText(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/**
 * Where a directory of sidecars has the one of a binary: `ab/cdef....sframe.zst` (seekable zstd) and `ab/cdef....sfc`
 * (compact), with the build ID split behind its first byte as in `/usr/lib/debug/.build-id`. Empty for a build ID of
 * less than two bytes, or that is no hexadecimal number.
 */
export function sidecarPaths(buildId: string): string[] {
  if (!/^[0-9a-f]{4,128}$/.test(buildId)) return [];
  const base = `${buildId.slice(0, 2)}/${buildId.slice(2)}`;
  return [`${base}.sframe.zst`, `${base}.sfc`];
}

/** An error in a sidecar. */
export function badSidecar(
  code: FormatError["code"],
  field: string,
  offset: number,
  value: number | string | undefined,
  expected: string,
): FormatError {
  return new FormatError({
    code,
    format: SIDECAR,
    field,
    offset,
    value,
    expected,
  });
}

/**
 * Reads an address of a header, 64 bits, little-endian.
 *
 * @throws {FormatError} `bad-value` if it is none: sums with it could not be exact.
 */
export function readHeaderAddress(
  view: DataView,
  offset: number,
  field: string,
): number {
  const address = readInt64(view, offset, true);
  if (Math.abs(address) < 2 ** 52) return address;
  throw badSidecar("bad-value", field, offset, address, "an address");
}
