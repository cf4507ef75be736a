/**
 * `struct uexterror`: what a failing system call leaves for the thread that made it.
 *
 * @module
 */
import { viewOf } from "../base/byte_source.ts";
import { TruncatedError, UnsupportedError } from "../base/error.ts";
import { MESSAGE_SIZE, RECORD_SIZE, UEXTERROR, VERSION } from "./constants.ts";

const MESSAGE_OFFSET = 72;
const RESERVED_OFFSET = 40;
const RESERVED_COUNT = 4;

/** A decoded record. Every byte of the 200 is in one of the fields, so that it encodes to the same bytes. */
export interface Uexterror {
  /** `ver`: a value of `VERSION`. */
  version: number;
  /** `error`: errno of the failed call; 0 if the last failure had no extended data. Unsigned. */
  error: number;
  /** `cat`: number of the source file that failed the call. */
  category: number;
  /** `src_line`: line in that file. */
  sourceLine: number;
  /** `flags`: none are defined. */
  flags: number;
  /** `rsrv0`: 0. */
  reserved0: number;
  /** `p1`: first parameter of the message, unsigned. */
  p1: bigint;
  /** `p2`: second parameter of the message, unsigned. */
  p2: bigint;
  /** `rsrv1`: four zeros. */
  reserved1: readonly bigint[];
  /** `msg`: all 128 bytes: a template with a NUL behind it, normally zeros behind that. */
  message: Uint8Array;
}

/** What {@linkcode makeRecord} takes; what is left out is zero. */
export interface RecordFields {
  /** `ver`; {@linkcode VERSION.CURRENT} if left out. */
  version?: number;
  /** `error`, an errno. */
  error: number;
  /** `cat`. */
  category?: number;
  /** `src_line`. */
  sourceLine?: number;
  /** `p1`; negative values are sign-extended as the kernel does. */
  p1?: bigint | number;
  /** `p2`; negative values are sign-extended as the kernel does. */
  p2?: bigint | number;
  /** `msg`: cut to 127 bytes of UTF-8. */
  message?: string;
}

/** Makes a record as the kernel does: missing parameters are zero, the message is cut to 127 bytes. */
export function makeRecord(fields: RecordFields): Uexterror {
  const message = new Uint8Array(MESSAGE_SIZE);
  new TextEncoder().encodeInto(
    (fields.message ?? "").replace(/\0.*$/s, ""),
    message.subarray(0, MESSAGE_SIZE - 1),
  );
  return {
    version: fields.version ?? VERSION.CURRENT,
    error: fields.error >>> 0,
    category: (fields.category ?? 0) >>> 0,
    sourceLine: (fields.sourceLine ?? 0) >>> 0,
    flags: 0,
    reserved0: 0,
    p1: BigInt.asUintN(64, BigInt(fields.p1 ?? 0)),
    p2: BigInt.asUintN(64, BigInt(fields.p2 ?? 0)),
    reserved1: new Array(RESERVED_COUNT).fill(0n),
    message,
  };
}

/**
 * Decodes the record at `offset`.
 *
 * | offset | size | field |
 * | --- | --- | --- |
 * | 0 | 4 | `ver`, written by the program before it registers the record |
 * | 4 | 4 | `error`, an errno; 0: no extended data |
 * | 8 | 4 | `cat`, the source file |
 * | 12 | 4 | `src_line` |
 * | 16 | 4 | `flags`, 0 |
 * | 20 | 4 | `rsrv0`, 0 |
 * | 24 | 8 | `p1` |
 * | 32 | 8 | `p2` |
 * | 40 | 32 | `rsrv1`, zeros |
 * | 72 | 128 | `msg`, NUL-terminated |
 *
 * Source: FreeBSD 15, sys/sys/_uexterror.h.
 *
 * @param littleEndian Byte order of the machine that the record is from.
 * @param baseOffset Where the bytes start in the file, for errors.
 * @throws {FormatError} `truncated`; `unsupported` for an unknown `ver`
 */
export function decodeRecord(
  bytes: Uint8Array,
  offset: number,
  littleEndian: boolean,
  baseOffset = 0,
): Uexterror {
  const from = baseOffset + offset;
  if (!(offset >= 0) || offset + RECORD_SIZE > bytes.length) {
    const available = bytes.length - offset;
    throw new TruncatedError(UEXTERROR, "ver", from, RECORD_SIZE, available);
  }
  const view = viewOf(bytes);
  const word = (at: number) => view.getUint32(offset + at, littleEndian);
  const wide = (at: number) => view.getBigUint64(offset + at, littleEndian);
  const version = word(0);
  if (!isKnownVersion(version)) {
    throw new UnsupportedError(
      UEXTERROR,
      "ver",
      from,
      version,
      "0x10010001, 0x10010002 or 0 (a trace record)",
    );
  }
  const message = offset + MESSAGE_OFFSET;
  return {
    version,
    error: word(4),
    category: word(8),
    sourceLine: word(12),
    flags: word(16),
    reserved0: word(20),
    p1: wide(24),
    p2: wide(32),
    reserved1: Array.from(
      { length: RESERVED_COUNT },
      (_, i) => wide(RESERVED_OFFSET + 8 * i),
    ),
    message: bytes.slice(message, message + MESSAGE_SIZE),
  };
}

/**
 * Encodes a record to its 200 bytes; what the kernel copies out is all of it but the first four.
 *
 * @throws {RangeError} If `message` is longer than 128 bytes, or `reserved1` than four values.
 */
export function encodeRecord(
  record: Uexterror,
  littleEndian: boolean,
): Uint8Array<ArrayBuffer> {
  const { message, reserved1 } = record;
  if (message.length > MESSAGE_SIZE || reserved1.length > RESERVED_COUNT) {
    throw new RangeError("The message or the reserved words are too long");
  }
  const bytes = new Uint8Array(RECORD_SIZE);
  const view = viewOf(bytes);
  const words = [
    record.version,
    record.error,
    record.category,
    record.sourceLine,
    record.flags,
    record.reserved0,
  ];
  words.forEach((word, i) => view.setUint32(4 * i, word, littleEndian));
  view.setBigUint64(24, record.p1, littleEndian);
  view.setBigUint64(32, record.p2, littleEndian);
  reserved1.forEach((word, i) =>
    view.setBigUint64(RESERVED_OFFSET + 8 * i, word, littleEndian)
  );
  bytes.set(message, MESSAGE_OFFSET);
  return bytes;
}

/** The record's message template as text, up to its NUL; not expanded. */
export function messageTemplate(record: Uexterror): string {
  const end = record.message.indexOf(0);
  const bytes = end < 0 ? record.message : record.message.subarray(0, end);
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

/** Whether `version` is one whose layout is known. */
export function isKnownVersion(version: number): boolean {
  return version === VERSION.CURRENT || version === VERSION.FIRST ||
    version === VERSION.TRACE;
}

/**
 * Whether the 200 bytes of `bytes` start with a version that programs register, in one of the byte orders.
 *
 * @returns The byte order, little-endian or not; `undefined` if it is no record.
 */
export function detectRecordOrder(bytes: Uint8Array): boolean | undefined {
  if (bytes.length < RECORD_SIZE) return undefined;
  const view = viewOf(bytes);
  for (const littleEndian of [true, false]) {
    const version = view.getUint32(0, littleEndian);
    if (version !== VERSION.TRACE && isKnownVersion(version)) {
      return littleEndian;
    }
  }
  return undefined;
}
