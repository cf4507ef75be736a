/**
 * Headers of ktrace records.
 *
 * @module
 */
import { readInt64, writeInt64 } from "../base/address.ts";
import { viewOf } from "../base/byte_source.ts";
import { FormatError, TruncatedError } from "../base/error.ts";
import {
  COMM_SIZE,
  KTR_DROP,
  KTR_TYPE_MASK,
  KTR_VERSIONED,
  KTRACE,
} from "./constants.ts";

/** The machine that wrote the file: nothing in the file says it. */
export interface KtraceLayout {
  /** Byte order. */
  littleEndian: boolean;
  /** Size of a `long` in bytes: 4 for i386, whose kernel packs everything closer. */
  wordSize: 4 | 8;
}

/** A decoded header. Encodes to the same bytes as long as seconds and thread IDs are below 2^53. */
export interface KtraceHeader {
  /** Whether the header has a version, and with it nanoseconds and a processor. */
  isVersioned: boolean;
  /** `ktr_version`: 1; padding without a version. */
  version: number;
  /** `ktr_type` without its flags: a value of `KTR`. */
  type: number;
  /** Whether records were lost before this one. */
  isAfterLoss: boolean;
  /** `ktr_len`: bytes behind the header. */
  payloadSize: number;
  /** `ktr_pid`: the process. */
  pid: number;
  /** `ktr_comm`: 20 bytes, the command's name with a NUL behind it. */
  comm: Uint8Array;
  /** Seconds since 1970. */
  seconds: number;
  /** Fraction of the second: nanoseconds with a version, microseconds without. */
  fraction: number;
  /** `ktr_tid`: the thread; very old files have an address there, which is negative. */
  tid: number;
  /** `ktr_cpu`: the processor; 0 without a version. */
  cpu: number;
  /** Padding behind `cpu` where the machine has any. */
  padding: number;
}

/** Bytes of a header that tell how long it is. */
export const PROBE_SIZE = 8;

const PID_OFFSET = 8;
const COMM_OFFSET = 12;
const TIME_OFFSET = COMM_OFFSET + COMM_SIZE;

/** Size of a header in bytes. */
export function headerSize(
  isVersioned: boolean,
  { wordSize }: KtraceLayout,
): number {
  if (wordSize === 4) return isVersioned ? 48 : 44;
  return isVersioned ? 64 : 56;
}

/** Whether the header at `offset`, of which 8 bytes must be there, has a version. */
export function hasVersion(
  view: DataView,
  offset: number,
  { littleEndian }: KtraceLayout,
): boolean {
  return (view.getUint16(offset + 4, littleEndian) & KTR_VERSIONED) !== 0;
}

/**
 * Decodes the header at `offset`.
 *
 * | field | v0 | v1 | i386 v0 | i386 v1 |
 * | --- | --- | --- | --- | --- |
 * | `ktr_len`, i32 | 0 | 0 | 0 | 0 |
 * | `ktr_type`, u16: 0x8000 lost, 0x4000 versioned | 4 | 4 | 4 | 4 |
 * | `ktr_version`, i16 | - | 6 | - | 6 |
 * | `ktr_pid`, i32 | 8 | 8 | 8 | 8 |
 * | `ktr_comm`, 20 bytes | 12 | 12 | 12 | 12 |
 * | seconds, long | 32 | 32 | 32 | 32 |
 * | microseconds (v0), nanoseconds (v1), long | 40 | 40 | 36 | 36 |
 * | `ktr_tid`, long | 48 | 48 | 40 | 40 |
 * | `ktr_cpu`, i32 | - | 56 | - | 44 |
 * | size | 56 | 64 | 44 | 48 |
 *
 * Source: FreeBSD 15, sys/sys/ktrace.h, `struct ktr_header` and `ktr_header_v0`.
 *
 * @param baseOffset Where the bytes start in the file, for errors.
 * @throws {FormatError} `truncated`; `bad-value` for a negative length
 */
export function decodeHeader(
  bytes: Uint8Array,
  offset: number,
  layout: KtraceLayout,
  baseOffset = 0,
): KtraceHeader {
  const available = bytes.length - offset;
  const view = viewOf(bytes);
  const probed = offset >= 0 && available >= PROBE_SIZE;
  const isVersioned = probed && hasVersion(view, offset, layout);
  const size = headerSize(isVersioned, layout);
  if (!probed || available < size) {
    const from = baseOffset + offset;
    throw new TruncatedError(KTRACE, "ktr_header", from, size, available);
  }
  const { littleEndian, wordSize } = layout;
  const payloadSize = view.getInt32(offset, littleEndian);
  if (payloadSize < 0) {
    throw new FormatError({
      code: "bad-value",
      format: KTRACE,
      field: "ktr_len",
      offset: baseOffset + offset,
      value: payloadSize,
      expected: "a length that is not negative",
    });
  }
  const word = (index: number) =>
    wordSize === 4
      ? view.getInt32(offset + TIME_OFFSET + 4 * index, littleEndian)
      : readInt64(view, offset + TIME_OFFSET + 8 * index, littleEndian);
  const type = view.getUint16(offset + 4, littleEndian);
  const cpuOffset = offset + TIME_OFFSET + 3 * wordSize;
  return {
    isVersioned,
    version: view.getInt16(offset + 6, littleEndian),
    type: type & KTR_TYPE_MASK,
    isAfterLoss: (type & KTR_DROP) !== 0,
    payloadSize,
    pid: view.getInt32(offset + PID_OFFSET, littleEndian),
    comm: bytes.subarray(offset + COMM_OFFSET, offset + TIME_OFFSET),
    seconds: word(0),
    fraction: word(1),
    tid: word(2),
    cpu: isVersioned ? view.getInt32(cpuOffset, littleEndian) : 0,
    padding: isVersioned && wordSize === 8
      ? view.getUint32(cpuOffset + 4, littleEndian)
      : 0,
  };
}

/** Encodes a header. */
export function encodeHeader(
  header: KtraceHeader,
  layout: KtraceLayout,
): Uint8Array<ArrayBuffer> {
  const { isVersioned } = header;
  const { littleEndian, wordSize } = layout;
  const bytes = new Uint8Array(headerSize(isVersioned, layout));
  const view = viewOf(bytes);
  const flags = (header.isAfterLoss ? KTR_DROP : 0) |
    (isVersioned ? KTR_VERSIONED : 0);
  view.setInt32(0, header.payloadSize, littleEndian);
  view.setUint16(4, header.type | flags, littleEndian);
  view.setInt16(6, header.version, littleEndian);
  view.setInt32(PID_OFFSET, header.pid, littleEndian);
  bytes.set(header.comm.subarray(0, COMM_SIZE), COMM_OFFSET);
  [header.seconds, header.fraction, header.tid].forEach((value, index) => {
    const at = TIME_OFFSET + index * wordSize;
    if (wordSize === 4) view.setInt32(at, value, littleEndian);
    else writeInt64(view, at, value, littleEndian);
  });
  if (isVersioned) {
    const cpuOffset = TIME_OFFSET + 3 * wordSize;
    view.setInt32(cpuOffset, header.cpu, littleEndian);
    if (wordSize === 8) {
      view.setUint32(cpuOffset + 4, header.padding, littleEndian);
    }
  }
  return bytes;
}

/** Nanoseconds of a header's fraction of a second. */
export function nanosecondsOf({ isVersioned, fraction }: KtraceHeader): number {
  return isVersioned ? fraction : fraction * 1000;
}

/** The thread of a header; 0 for the addresses of very old files. */
export function threadOf({ tid }: KtraceHeader): number {
  return tid > 0 ? tid : 0;
}
