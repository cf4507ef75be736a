/**
 * Numbers of the rseq interface under its own names, without the prefix: `RSEQ_CPU_ID_UNINITIALIZED` is
 * `RSEQ_CPU_ID.UNINITIALIZED`.
 *
 * Source: Linux 7.2, include/uapi/linux/rseq.h, include/uapi/linux/ptrace.h, include/uapi/linux/prctl.h.
 *
 * @module
 */

/** Name of the format in errors. */
export const RSEQ = "rseq";

/** Where the fields of `struct rseq` start, bytes from the start of the area. */
export const RSEQ_OFFSET = {
  /** u32, written by the kernel: always a possible CPU number. */
  CPU_ID_START: 0,
  /** u32, written by the kernel: the CPU, or a value of {@linkcode RSEQ_CPU_ID}. */
  CPU_ID: 4,
  /** u64, written by the program, cleared by the kernel: address of the `struct rseq_cs` in force, 0 for none. */
  RSEQ_CS: 8,
  /** u32: bits of {@linkcode RSEQ_FLAG}. */
  FLAGS: 16,
  /** u32, written by the kernel: the NUMA node. */
  NODE_ID: 20,
  /** u32, written by the kernel: the concurrency id, dense within the address space. */
  MM_CID: 24,
  /** u32: control of the time slice extension, of which the following are parts. */
  SLICE_CTRL: 28,
  /** u8: the program sets it, either side clears it. */
  SLICE_REQUEST: 28,
  /** u8, written by the kernel. */
  SLICE_GRANTED: 29,
  /** u16, reserved. */
  SLICE_RESERVED: 30,
  /** u8, reserved: it makes the feature size 33 instead of the ambiguous 32. */
  RESERVED: 32,
} as const;

/** What a feature size must be at least for a field to be in use: where the field ends. */
export const RSEQ_FIELD_END = {
  /** `cpu_id_start`. */
  CPU_ID_START: 4,
  /** `cpu_id`. */
  CPU_ID: 8,
  /** `rseq_cs`. */
  RSEQ_CS: 16,
  /** `flags`. */
  FLAGS: 20,
  /** `node_id`. */
  NODE_ID: 24,
  /** `mm_cid`. */
  MM_CID: 28,
  /** `slice_ctrl`. */
  SLICE_CTRL: 32,
} as const;

/** Feature sizes that kernels announce. */
export const RSEQ_FEATURE_SIZE = {
  /** Linux 4.18 to 6.2, which announce nothing: up to `flags`. */
  ORIGINAL: 20,
  /** Linux 6.3 and later: up to `mm_cid`. */
  MM_CID: 28,
  /** Kernels with `slice_ctrl`. */
  SLICE_CTRL: 33,
} as const;

/** `ORIG_RSEQ_SIZE`: bytes and alignment of the original area, and the least of any. */
export const RSEQ_ORIGINAL_SIZE = 32;

/** Values of `cpu_id`, as signed numbers, that are no CPU. */
export const RSEQ_CPU_ID = {
  /** Not registered, or no more: the C library and the kernel write it. */
  UNINITIALIZED: -1,
  /** Registration failed or was not wanted: written by the C library only. */
  REGISTRATION_FAILED: -2,
} as const;

/** Bits of `flags` in `struct rseq`. */
export const RSEQ_FLAG = {
  /** Dead: the section was not to be restarted at preemption. */
  NO_RESTART_ON_PREEMPT: 1,
  /** Dead: the same for signals. */
  NO_RESTART_ON_SIGNAL: 2,
  /** Dead: the same for migration. */
  NO_RESTART_ON_MIGRATE: 4,
  /** The kernel has the time slice extension. */
  SLICE_EXT_AVAILABLE: 0x10,
  /** The time slice extension is enabled for the thread. */
  SLICE_EXT_ENABLED: 0x20,
} as const;

/** Bits of the `flags` argument of the system call. */
export const RSEQ_REGISTER_FLAG = {
  /** `RSEQ_FLAG_UNREGISTER`. */
  UNREGISTER: 1,
  /** `RSEQ_FLAG_SLICE_EXT_DEFAULT_ON`: from the kernels with `slice_ctrl` on. */
  SLICE_EXT_DEFAULT_ON: 2,
} as const;

/** Where the fields of `struct rseq_cs` start; the structure has {@linkcode RSEQ_CS_SIZE} bytes. */
export const RSEQ_CS_OFFSET = {
  /** u32, 0. */
  VERSION: 0,
  /** u32, 0: the bits that it had are dead. */
  FLAGS: 4,
  /** u64: address of the first instruction. */
  START_IP: 8,
  /** u64: bytes from `start_ip` to behind the committing instruction. */
  POST_COMMIT_OFFSET: 16,
  /** u64: address of the abort handler. */
  ABORT_IP: 24,
} as const;

/** Bytes of `struct rseq_cs`, which is also its alignment. */
export const RSEQ_CS_SIZE = 32;

/** Bytes of the signature in front of an abort handler. */
export const RSEQ_SIGNATURE_SIZE = 4;

/** Tags of the auxiliary vector that tell what the kernel knows. */
export const RSEQ_AT = {
  /** `AT_RSEQ_FEATURE_SIZE`. */
  FEATURE_SIZE: 27,
  /** `AT_RSEQ_ALIGN`. */
  ALIGN: 28,
} as const;

/** Requests and numbers of the calls around rseq. */
export const RSEQ_CALL = {
  /** `PTRACE_GET_RSEQ_CONFIGURATION`. */
  PTRACE_GET_CONFIGURATION: 0x420f,
  /** `PR_RSEQ_SLICE_EXTENSION`, an operation of prctl(2). */
  PRCTL_SLICE_EXTENSION: 79,
  /** `PR_RSEQ_SLICE_EXTENSION_GET`, its second argument. */
  PRCTL_SLICE_GET: 1,
  /** `PR_RSEQ_SLICE_EXTENSION_SET`, its second argument. */
  PRCTL_SLICE_SET: 2,
  /** `PR_RSEQ_SLICE_EXT_ENABLE`, a bit of its third. */
  PRCTL_SLICE_ENABLE: 1,
  /** Number of rseq(2) on x86-64. */
  SYSCALL_X86_64: 334,
  /** Number of rseq(2) on machines with the generic table. */
  SYSCALL_GENERIC: 293,
  /** Number of `rseq_slice_yield`. */
  SYSCALL_SLICE_YIELD: 471,
} as const;

/** Names of ELF sections about critical sections. None is read by the kernel. */
export const RSEQ_SECTION = {
  /** Array of `struct rseq_cs`. */
  CS: "__rseq_cs",
  /** Its name in very old code. */
  TABLE: "__rseq_table",
  /** Addresses of the entries of the array. */
  CS_PTR_ARRAY: "__rseq_cs_ptr_array",
  /** Pairs of addresses: a section's start, a further way out of it. */
  EXIT_POINT_ARRAY: "__rseq_exit_point_array",
  /** Code of abort handlers. */
  FAILURE: "__rseq_failure",
} as const;
