/**
 * What the records of a ktrace file hold, by type. Padding is kept so that every payload encodes to the same bytes.
 *
 * @module
 */
import type { Uexterror } from "../exterr/mod.ts";

/** A system call begins. */
export interface SyscallPayload {
  /** The type. */
  kind: "SYSCALL";
  /** `ktr_code`: number of the call. */
  code: number;
  /** Padding. */
  padding: number;
  /** `ktr_args`, as registers have them; their number is `ktr_narg`. */
  args: bigint[];
}

/** A system call returns. */
export interface SysretPayload {
  /** The type. */
  kind: "SYSRET";
  /** `ktr_code`: number of the call. */
  code: number;
  /** `ktr_eosys`: not used. */
  eosys: number;
  /** `ktr_error`: errno; 0 if it succeeded, negative for the kernel's pseudo-errors. */
  error: number;
  /** `ktr_retval`. */
  retval: bigint;
}

/** Bytes without a structure of the trace's own: a path, a sysctl's name, strings, data of `utrace`. */
export interface BytesPayload {
  /** The type: `PROCDTOR` is empty. */
  kind: "NAMEI" | "USER" | "SYSCTL" | "ARGS" | "ENVS" | "PROCDTOR";
  /** All of the payload: `NAMEI` has no NUL, `SYSCTL` has, `ARGS` and `ENVS` have one behind each string. */
  bytes: Uint8Array;
}

/** Data is read or written. */
export interface GenioPayload {
  /** The type. */
  kind: "GENIO";
  /** `ktr_fd`: the descriptor. */
  fd: number;
  /** `ktr_rw`: 0 read, 1 written. */
  direction: number;
  /** The data, as much as the kernel was set to keep. */
  data: Uint8Array;
}

/** A signal is delivered. */
export interface PsigPayload {
  /** The type. */
  kind: "PSIG";
  /** `signo`. */
  signal: number;
  /** Padding. */
  padding: number;
  /** `action`: address of the handler; 0 default, 1 ignored. */
  handler: bigint;
  /** `code`: why the signal was sent. */
  code: number;
  /** First word of `mask`: the blocked signals 1 to 32. */
  mask: number;
  /** Second word: 33 to 64. */
  mask2: number;
  /** Third word: 65 to 96. */
  mask3: number;
  /** Fourth word: 97 to 128. */
  mask4: number;
  /** Padding at the end. */
  tail: number;
}

/** The thread leaves the processor or gets one. */
export interface CswPayload {
  /** The type. */
  kind: "CSW";
  /** `out`: 1 if it leaves. */
  out: number;
  /** `user`: 1 in user mode. */
  user: number;
  /** `wmesg`: 8 bytes, what it waits for; missing in old records. */
  waitMessage?: Uint8Array;
}

/** A structure that a call got or gives. */
export interface StructPayload {
  /** The type. */
  kind: "STRUCT";
  /** Its name: `stat`, `sockaddr` ...; each character is one byte. */
  name: string;
  /** The structure; empty if it could not be read. */
  data: Uint8Array;
}

/** An array of structures. */
export interface StructArrayPayload {
  /** The type. */
  kind: "STRUCT_ARRAY";
  /** `struct_size`: bytes of one element. */
  elementSize: bigint;
  /** Name of the structure; each character is one byte. */
  name: string;
  /** The elements. */
  data: Uint8Array;
}

/** A process begins, or starts another program. */
export interface ProcctorPayload {
  /** The type. */
  kind: "PROCCTOR";
  /** `sv_flags`: the program's ABI. */
  flags: number;
}

/** A capability check fails, as kernels before 15 tell it. */
export interface OldCapfailPayload {
  /** The type; records of 40 bytes. */
  kind: "CAPFAIL_OLD";
  /** `cap_type`. */
  failure: number;
  /** Padding. */
  padding: number;
  /** `cap_needed`: rights, 16 bytes. */
  needed: Uint8Array;
  /** `cap_held`: rights, 16 bytes. */
  held: Uint8Array;
}

/** A capability check fails. */
export interface CapfailPayload {
  /** The type. */
  kind: "CAPFAIL";
  /** `cap_type`. */
  failure: number;
  /** `cap_code`: number of the system call. */
  code: number;
  /** Padding. */
  padding: number;
  /** `cap_svflags`: the program's ABI. */
  flags: number;
  /** Padding. */
  padding2: number;
  /** `cap_data`: 1024 bytes by `failure`: rights needed and held, a number, an address, a path. */
  data: Uint8Array;
}

/** A page fault begins. */
export interface FaultPayload {
  /** The type. */
  kind: "FAULT";
  /** `vaddr`. */
  address: bigint;
  /** `type`: the access, VM_PROT bits: 1 read, 2 write, 4 execute. */
  access: number;
  /** Padding. */
  padding: number;
}

/** A page fault ends. */
export interface FaultendPayload {
  /** The type. */
  kind: "FAULTEND";
  /** `result`: KERN_... value; 0 success. */
  result: number;
}

/** An extended error. */
export interface ExterrPayload {
  /** The type. */
  kind: "EXTERR";
  /** The record; its version is 0, as the kernel does not set it here. */
  record: Uexterror;
}

/** What a record holds. */
export type KtracePayload =
  | SyscallPayload
  | SysretPayload
  | BytesPayload
  | GenioPayload
  | PsigPayload
  | CswPayload
  | StructPayload
  | StructArrayPayload
  | ProcctorPayload
  | OldCapfailPayload
  | CapfailPayload
  | FaultPayload
  | FaultendPayload
  | ExterrPayload
  | RawPayload;

/** A record of a type that is not known. */
export interface RawPayload {
  /** Not one of the types. */
  kind: "UNKNOWN";
  /** All of the payload. */
  bytes: Uint8Array;
}
