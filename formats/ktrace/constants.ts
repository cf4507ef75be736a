/**
 * Record types and flags of ktrace files.
 *
 * Source: FreeBSD 15, sys/sys/ktrace.h.
 *
 * @module
 */

/** Name of the format in errors. */
export const KTRACE = "ktrace";

/** Record types. */
export const KTR = {
  /** A system call begins. */
  SYSCALL: 1,
  /** It returns. */
  SYSRET: 2,
  /** A path is looked up. */
  NAMEI: 3,
  /** Data is read or written. */
  GENIO: 4,
  /** A signal is delivered. */
  PSIG: 5,
  /** The thread leaves the processor or gets one. */
  CSW: 6,
  /** Data of `utrace`. */
  USER: 7,
  /** A structure that a call got or gives. */
  STRUCT: 8,
  /** A sysctl's name. */
  SYSCTL: 9,
  /** A process begins, or starts another program. */
  PROCCTOR: 10,
  /** A process ends. */
  PROCDTOR: 11,
  /** A capability check fails. */
  CAPFAIL: 12,
  /** A page fault begins. */
  FAULT: 13,
  /** It ends. */
  FAULTEND: 14,
  /** An array of structures. */
  STRUCT_ARRAY: 15,
  /** Arguments of an exec. */
  ARGS: 16,
  /** Environment of an exec. */
  ENVS: 17,
  /** An extended error. */
  EXTERR: 18,
} as const;

/** Set in the type of a record before which at least one was lost; nobody counts them. */
export const KTR_DROP = 0x8000;

/** Set in the type of records whose header has a version. */
export const KTR_VERSIONED = 0x4000;

/** What of the type field is the type. */
export const KTR_TYPE_MASK = 0x3fff;

/** Size of a command's name in a header, its NUL included. */
export const COMM_SIZE = 20;

/** Name of a record type as its constant has it, without `KTR_`; `UNKNOWN(n)` for others. */
export function typeName(type: number): string {
  return NAMES.get(type) ?? `UNKNOWN(${type})`;
}

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(KTR).map(([name, number]) => [number, name]),
);
