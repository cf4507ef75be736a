/**
 * Preamble and header, and the bounds that follow from them.
 *
 * @module
 */
import {
  FormatError,
  TruncatedError,
  UnsupportedError,
} from "../base/error.ts";
import { Struct } from "../base/struct.ts";
import {
  ABI_REGISTERS,
  FDE_SIZES,
  FORMAT,
  HEADER_FIELDS,
  HEADER_SIZE,
  SFRAME_MAGIC,
  VALID_FLAGS,
} from "./constants.ts";

/**
 * The header, 28 bytes in every version.
 *
 * | offset | type | field |
 * | --- | --- | --- |
 * | 0 | u16 | magic 0xdee2, which gives the byte order |
 * | 2 | u8 | `version` |
 * | 3 | u8 | `flags` |
 * | 4 | u8 | `abi` |
 * | 5 | i8 | `fixedFpOffset` |
 * | 6 | i8 | `fixedRaOffset` |
 * | 7 | u8 | `auxHeaderSize` |
 * | 8 | u32 | `fdeCount` |
 * | 12 | u32 | `freCount` |
 * | 16 | u32 | `freSize` |
 * | 20 | u32 | `fdeOffset` |
 * | 24 | u32 | `freOffset` |
 */
export interface SFrameHeader {
  /** `sfp_version`. */
  version: 1 | 2 | 3;
  /** `sfp_flags`: bits of {@linkcode SFrameFlag}. */
  flags: number;
  /** `sfh_abi_arch`: a value of {@linkcode SFrameAbi}. */
  abi: number;
  /** Byte order of the section, as its magic shows. */
  littleEndian: boolean;
  /** `sfh_cfa_fixed_fp_offset`: where FP is saved, bytes from the CFA; 0 if rows say it. */
  fixedFpOffset: number;
  /** `sfh_cfa_fixed_ra_offset`: where RA is saved, bytes from the CFA; 0 if rows say it. */
  fixedRaOffset: number;
  /** `sfh_auxhdr_len`: bytes of the auxiliary header, which is skipped. */
  auxHeaderSize: number;
  /** `sfh_num_fdes`: number of functions. */
  fdeCount: number;
  /** `sfh_num_fres`: number of rows, as the producer states it; nothing depends on it. */
  freCount: number;
  /** `sfh_fre_len`: bytes of the rows of all functions. */
  freSize: number;
  /** `sfh_fdeoff`: bytes from the end of the header to the table of functions. */
  fdeOffset: number;
  /** `sfh_freoff`: bytes from the end of the header to the rows. */
  freOffset: number;
}

const HEADER = new Struct(FORMAT, "header", HEADER_FIELDS);

/**
 * Tells whether `bytes` start like an SFrame section: magic, a known version, no unknown flag. Never throws.
 */
export function isSFrame(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && byteOrder(bytes, 0) !== undefined &&
    hasKnownFlags(bytes[2]!, bytes[3]!);
}

/**
 * Decodes and checks the header at `offset`: magic, version, flags, ABI, and that both tables lie in the bytes.
 *
 * @param bytes Bytes of the section, which may go on behind it.
 * @param offset Where the header starts, bytes.
 * @throws {FormatError} `truncated`, `bad-magic`, `bad-value`, `unsupported` (version or ABI), `out-of-bounds`.
 */
export function decodeHeader(bytes: Uint8Array, offset: number): SFrameHeader {
  if (!(offset >= 0) || offset + 4 > bytes.length) {
    throw new TruncatedError(
      FORMAT,
      "preamble",
      offset,
      4,
      bytes.length - offset,
    );
  }
  const littleEndian = byteOrder(bytes, offset);
  if (littleEndian === undefined) {
    throw new FormatError({
      code: "bad-magic",
      format: FORMAT,
      field: "magic",
      offset,
      value: bytes[offset]! * 256 + bytes[offset + 1]!,
      expected: "0xdee2 in either byte order",
    });
  }
  checkVersion(bytes, offset);
  const { magic: _, version, ...rest } = HEADER.decode(
    bytes,
    offset,
    littleEndian,
  );
  const header: SFrameHeader = {
    version: version as 1 | 2 | 3,
    littleEndian,
    ...rest,
  };
  if (header.abi === 0 || header.abi >= ABI_REGISTERS.length) {
    throw new UnsupportedError(
      FORMAT,
      "abi_arch",
      offset + 4,
      header.abi,
      "1 to 4",
    );
  }
  checkBounds(header, offset, bytes.length);
  return header;
}

/** Offset of the table of functions from the start of the header. */
export function functionsOffset(header: SFrameHeader): number {
  return HEADER_SIZE + header.auxHeaderSize + header.fdeOffset;
}

/** Offset of the rows from the start of the header. */
export function rowsOffset(header: SFrameHeader): number {
  return HEADER_SIZE + header.auxHeaderSize + header.freOffset;
}

/** Offset of the first byte from `offset` on that is not zero, or the end: zeros behind a section are padding. */
export function skipZeros(bytes: Uint8Array, offset: number): number {
  let at = offset;
  while (at < bytes.length && bytes[at] === 0) at++;
  return at;
}

function byteOrder(bytes: Uint8Array, offset: number): boolean | undefined {
  const low = SFRAME_MAGIC & 0xff;
  const high = SFRAME_MAGIC >> 8;
  if (bytes[offset] === low && bytes[offset + 1] === high) return true;
  if (bytes[offset] === high && bytes[offset + 1] === low) return false;
  return undefined;
}

function hasKnownFlags(version: number, flags: number): boolean {
  const valid = VALID_FLAGS[version];
  return version !== 0 && valid !== undefined && (flags & ~valid) === 0;
}

function checkVersion(bytes: Uint8Array, offset: number): void {
  const version = bytes[offset + 2]!;
  const flags = bytes[offset + 3]!;
  if (version === 0 || version >= VALID_FLAGS.length) {
    throw new UnsupportedError(
      FORMAT,
      "version",
      offset + 2,
      version,
      "1, 2 or 3",
    );
  }
  if (!hasKnownFlags(version, flags)) {
    throw new FormatError({
      code: "bad-value",
      format: FORMAT,
      field: "flags",
      offset: offset + 3,
      value: flags,
      expected: `no bits but 0x${
        VALID_FLAGS[version]!.toString(16)
      } in version ${version}`,
    });
  }
}

/** The rows must follow the table of functions, which is what every producer writes and every reader expects. */
function checkBounds(header: SFrameHeader, offset: number, size: number): void {
  const available = size - offset;
  const tableEnd = functionsOffset(header) +
    header.fdeCount * FDE_SIZES[header.version]!;
  const rows = rowsOffset(header);
  if (tableEnd > rows) {
    throw new FormatError({
      code: "out-of-bounds",
      format: FORMAT,
      field: "num_fdes",
      offset: offset + 8,
      value: header.fdeCount,
      expected: `a table of functions that ends before the rows at 0x${
        rows.toString(16)
      }`,
    });
  }
  if (rows + header.freSize > available) {
    throw new FormatError({
      code: "out-of-bounds",
      format: FORMAT,
      field: "fre_len",
      offset: offset + 16,
      value: header.freSize,
      expected: `rows that end within the ${available} bytes at hand`,
    });
  }
}
