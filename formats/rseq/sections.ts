/**
 * The arrays in ELF files that tell debuggers of critical sections: contents of `__rseq_cs` (`__rseq_table` of very old
 * code), `__rseq_cs_ptr_array` and `__rseq_exit_point_array`. The kernel reads none of them. In objects that are linked
 * to run anywhere their addresses come from relocations.
 *
 * @module
 */
import { viewOf } from "../base/byte_source.ts";
import { type FormatError, TruncatedError } from "../base/error.ts";
import { RSEQ, RSEQ_CS_SIZE, RSEQ_SECTION } from "./constants.ts";
import { decodeRseqCs, encodeRseqCs, type RseqCs } from "./critical_section.ts";

const POINTER_SIZE = 8;
const EXIT_POINT_SIZE = 16;

/** A further way out of a critical section, other than its end and its abort handler. */
export interface RseqExitPoint {
  /** `start_ip` of the section. */
  startIp: bigint;
  /** Address that is gone to. */
  exitIp: bigint;
}

/** The whole entries of an array. */
export interface RseqArray<T> {
  /** The entries in order. */
  entries: T[];
  /** `truncated`, if the bytes end in the middle of one. */
  error: FormatError | undefined;
}

/**
 * Decodes `__rseq_cs`: descriptors of 32 bytes each, as {@linkcode decodeRseqCs} reads them.
 *
 * Source: tools/testing/selftests/rseq/rseq-*.h of Linux 7.2.
 */
export function decodeRseqCsArray(
  bytes: Uint8Array,
  littleEndian: boolean,
): RseqArray<RseqCs> {
  return decodeArray(
    bytes,
    RSEQ_CS_SIZE,
    RSEQ_SECTION.CS,
    (at) => decodeRseqCs(bytes, at, littleEndian),
  );
}

/** Encodes `__rseq_cs`. */
export function encodeRseqCsArray(
  entries: readonly RseqCs[],
  littleEndian: boolean,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(entries.length * RSEQ_CS_SIZE);
  entries.forEach((entry, i) =>
    bytes.set(encodeRseqCs(entry, littleEndian), i * RSEQ_CS_SIZE)
  );
  return bytes;
}

/**
 * Decodes `__rseq_cs_ptr_array`: addresses of 8 bytes, each of one descriptor.
 *
 * Source: as {@linkcode decodeRseqCsArray}.
 */
export function decodeRseqPointers(
  bytes: Uint8Array,
  littleEndian: boolean,
): RseqArray<bigint> {
  const view = viewOf(bytes);
  return decodeArray(
    bytes,
    POINTER_SIZE,
    RSEQ_SECTION.CS_PTR_ARRAY,
    (at) => view.getBigUint64(at, littleEndian),
  );
}

/** Encodes `__rseq_cs_ptr_array`. */
export function encodeRseqPointers(
  entries: readonly bigint[],
  littleEndian: boolean,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(entries.length * POINTER_SIZE);
  const view = viewOf(bytes);
  entries.forEach((entry, i) =>
    view.setBigUint64(i * POINTER_SIZE, entry, littleEndian)
  );
  return bytes;
}

/**
 * Decodes `__rseq_exit_point_array`.
 *
 * | offset | size | field |
 * | --- | --- | --- |
 * | 0 | 8 | `start_ip` of the section |
 * | 8 | 8 | `exit_ip` |
 *
 * Source: as {@linkcode decodeRseqCsArray}.
 */
export function decodeRseqExitPoints(
  bytes: Uint8Array,
  littleEndian: boolean,
): RseqArray<RseqExitPoint> {
  const view = viewOf(bytes);
  return decodeArray(
    bytes,
    EXIT_POINT_SIZE,
    RSEQ_SECTION.EXIT_POINT_ARRAY,
    (at) => ({
      startIp: view.getBigUint64(at, littleEndian),
      exitIp: view.getBigUint64(at + 8, littleEndian),
    }),
  );
}

/** Encodes `__rseq_exit_point_array`. */
export function encodeRseqExitPoints(
  entries: readonly RseqExitPoint[],
  littleEndian: boolean,
): Uint8Array<ArrayBuffer> {
  return encodeRseqPointers(
    entries.flatMap(({ startIp, exitIp }) => [startIp, exitIp]),
    littleEndian,
  );
}

function decodeArray<T>(
  bytes: Uint8Array,
  size: number,
  name: string,
  decode: (offset: number) => T,
): RseqArray<T> {
  const entries: T[] = [];
  let at = 0;
  for (; at + size <= bytes.length; at += size) entries.push(decode(at));
  const rest = bytes.length - at;
  return {
    entries,
    error: rest === 0
      ? undefined
      : new TruncatedError(RSEQ, name, at, size, rest),
  };
}
