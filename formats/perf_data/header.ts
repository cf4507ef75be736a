/**
 * The head of a perf.data file: which way round it is written, where its records and its other parts are.
 *
 * @module
 */
import { readSafeUint64 } from "../base/address.ts";
import { FormatError, TruncatedError } from "../base/error.ts";
import { FORMAT } from "./constants.ts";

/** Bytes of the head of a file. */
export const FILE_HEADER_SIZE = 104;
/** Bytes of the head of a stream (`perf record -o -`). */
export const PIPE_HEADER_SIZE = 16;
/** Where the bitmap of features is in a file's head. */
const FEATURES_OFFSET = 72;
const FEATURE_WORDS = 8;

/** A part of the file. */
export interface FileSection {
  /** Bytes from the start of the file. */
  offset: number;
  /** Size in bytes. */
  size: number;
}

/** The decoded head. */
export interface PerfHeader {
  /** Byte order of everything behind the magic. */
  littleEndian: boolean;
  /** Whether this is a stream: the records follow at once, and describe their events themselves. */
  isPipe: boolean;
  /** Bytes of an entry of the table of events. */
  attrSize: number;
  /** The table of events. */
  attrs: FileSection;
  /** The records; size 0 if the recorder did not live to write it. */
  data: FileSection;
  /** Numbers of the features, ascending: their sections are described behind the records. */
  features: number[];
}

/**
 * Decodes the head.
 *
 * | offset | size | field |
 * | --- | --- | --- |
 * | 0 | 8 | magic `PERFILE2` as a 64-bit number |
 * | 8 | 8 | size of the head: 16 for streams, which end here |
 * | 16 | 8 | size of an entry of the table of events |
 * | 24 | 16 | offset and size of that table |
 * | 40 | 16 | offset and size of the records |
 * | 72 | 32 | bitmap of features |
 *
 * @param bytes The first {@linkcode FILE_HEADER_SIZE} bytes of the file, or what there is.
 * @throws {FormatError} `bad-magic`, `truncated`, `bad-value`, `unsupported`
 */
export function decodeHeader(bytes: Uint8Array): PerfHeader {
  const littleEndian = readMagic(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < PIPE_HEADER_SIZE) {
    throw new TruncatedError(
      FORMAT,
      "header",
      0,
      PIPE_HEADER_SIZE,
      bytes.length,
    );
  }
  const u64 = (offset: number, field: string): number =>
    readSafeUint64(view, offset, littleEndian, FORMAT, field);
  const size = u64(8, "header size");
  const none = { offset: 0, size: 0 };
  if (size === PIPE_HEADER_SIZE) {
    return {
      littleEndian,
      isPipe: true,
      attrSize: 0,
      attrs: none,
      data: none,
      features: [],
    };
  }
  if (size < FILE_HEADER_SIZE) {
    throw new FormatError({
      code: "bad-value",
      format: FORMAT,
      field: "header size",
      offset: 8,
      value: size,
      expected: `${PIPE_HEADER_SIZE} or at least ${FILE_HEADER_SIZE}`,
    });
  }
  if (bytes.length < FILE_HEADER_SIZE) {
    throw new TruncatedError(
      FORMAT,
      "header",
      0,
      FILE_HEADER_SIZE,
      bytes.length,
    );
  }
  return {
    littleEndian,
    isPipe: false,
    attrSize: u64(16, "attr size"),
    attrs: { offset: u64(24, "attrs offset"), size: u64(32, "attrs size") },
    data: { offset: u64(40, "data offset"), size: u64(48, "data size") },
    features: readBitmap(view, littleEndian),
  };
}

/** Returns the byte order. */
function readMagic(bytes: Uint8Array): boolean {
  const magic = String.fromCharCode(...bytes.subarray(0, 8));
  if (magic === "PERFILE2") return true;
  if (magic === "2ELIFREP") return false;
  if (magic === "PERFFILE") {
    throw new FormatError({
      code: "unsupported",
      format: FORMAT,
      field: "magic",
      offset: 0,
      value: magic,
      expected: "version 2 (files of perf 2.6.36 and later)",
    });
  }
  throw new FormatError({
    code: "bad-magic",
    format: FORMAT,
    field: "magic",
    offset: 0,
    expected: "PERFILE2 in either byte order",
  });
}

/** The bitmap is an array of 64-bit words: bit 0 is in the first byte of a little-endian file, in the 8th otherwise. */
function readBitmap(view: DataView, littleEndian: boolean): number[] {
  const features: number[] = [];
  for (let word = 0; word < FEATURE_WORDS; word++) {
    const at = FEATURES_OFFSET + 4 * (littleEndian ? word : word ^ 1);
    const bits = view.getUint32(at, littleEndian);
    for (let bit = 0; bit < 32; bit++) {
      if (((bits >>> bit) & 1) !== 0) features.push(32 * word + bit);
    }
  }
  return features;
}
