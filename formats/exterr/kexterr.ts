/**
 * `struct kexterr`: the kernel's own record of one thread or block-I/O request, as a dump of kernel memory has it.
 *
 * @module
 */
import { viewOf } from "../base/byte_source.ts";
import { TruncatedError } from "../base/error.ts";
import { KERNEL_RECORD_SIZE } from "./constants.ts";
import { makeRecord, type Uexterror } from "./record.ts";

/** A decoded `struct kexterr`; encodes to the same bytes. */
export interface Kexterr {
  /** `error`, signed: the kernel's pseudo-errors are negative. */
  error: number;
  /** The four bytes behind `error`, which mean nothing. */
  padding: number;
  /** `msg`: address of the message in the kernel; 0 in a kernel without messages. */
  messageAddress: bigint;
  /** `p1`. */
  p1: bigint;
  /** `p2`. */
  p2: bigint;
  /** `cat`. */
  category: number;
  /** `src_line`. */
  sourceLine: number;
}

/**
 * Decodes the record at `offset`, as a 64-bit kernel lays it out.
 *
 * | offset | size | field |
 * | --- | --- | --- |
 * | 0 | 4 | `error`, signed |
 * | 8 | 8 | `msg`, address of a constant string |
 * | 16 | 8 | `p1` |
 * | 24 | 8 | `p2` |
 * | 32 | 4 | `cat` |
 * | 36 | 4 | `src_line` |
 *
 * Source: FreeBSD 15, sys/sys/_exterr.h.
 *
 * @throws {FormatError} `truncated`
 */
export function decodeKexterr(
  bytes: Uint8Array,
  offset: number,
  littleEndian: boolean,
): Kexterr {
  if (!(offset >= 0) || offset + KERNEL_RECORD_SIZE > bytes.length) {
    throw new TruncatedError(
      "kexterr",
      "error",
      offset,
      KERNEL_RECORD_SIZE,
      bytes.length - offset,
    );
  }
  const view = viewOf(bytes);
  return {
    error: view.getInt32(offset, littleEndian),
    padding: view.getUint32(offset + 4, littleEndian),
    messageAddress: view.getBigUint64(offset + 8, littleEndian),
    p1: view.getBigUint64(offset + 16, littleEndian),
    p2: view.getBigUint64(offset + 24, littleEndian),
    category: view.getUint32(offset + 32, littleEndian),
    sourceLine: view.getUint32(offset + 36, littleEndian),
  };
}

/** Encodes the record to its 40 bytes. */
export function encodeKexterr(
  record: Kexterr,
  littleEndian: boolean,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(KERNEL_RECORD_SIZE);
  const view = viewOf(bytes);
  view.setInt32(0, record.error, littleEndian);
  view.setUint32(4, record.padding, littleEndian);
  view.setBigUint64(8, record.messageAddress, littleEndian);
  view.setBigUint64(16, record.p1, littleEndian);
  view.setBigUint64(24, record.p2, littleEndian);
  view.setUint32(32, record.category, littleEndian);
  view.setUint32(36, record.sourceLine, littleEndian);
  return bytes;
}

/**
 * The record that the kernel copies out of its own: the message is cut to 127 bytes, `ver` is the caller's to set (0
 * in traces).
 *
 * @param message What `messageAddress` points to, if that is known.
 */
export function userRecord(
  { error, category, sourceLine, p1, p2 }: Kexterr,
  message: string | undefined,
  version = 0,
): Uexterror {
  return makeRecord({
    version,
    error,
    category,
    sourceLine,
    p1,
    p2,
    ...(message === undefined ? {} : { message }),
  });
}

/** One line for the record, in the shape of the kernel debugger's. */
export function describeKexterr(
  { error, category, sourceLine, p1, p2 }: Kexterr,
  message: string | undefined,
): string {
  return `errno ${error} cat ${category} msg ${message ?? "<none>"} ` +
    `p1 0x${p1.toString(16)} p2 0x${p2.toString(16)} line ${sourceLine}`;
}
