/**
 * Numbers of the perf.data format.
 *
 * Source: Linux `include/uapi/linux/perf_event.h` and `tools/perf/Documentation/perf.data-file-format.txt`.
 *
 * @module
 */

/** Name of the format in errors. */
export const FORMAT = "perf.data";

/** Types of records; below 64 the kernel writes them, above `perf record`. */
export const RecordType = {
  MMAP: 1,
  LOST: 2,
  COMM: 3,
  EXIT: 4,
  THROTTLE: 5,
  UNTHROTTLE: 6,
  FORK: 7,
  READ: 8,
  SAMPLE: 9,
  MMAP2: 10,
  AUX: 11,
  ITRACE_START: 12,
  LOST_SAMPLES: 13,
  SWITCH: 14,
  SWITCH_CPU_WIDE: 15,
  NAMESPACES: 16,
  KSYMBOL: 17,
  BPF_EVENT: 18,
  CGROUP: 19,
  TEXT_POKE: 20,
  AUX_OUTPUT_HW_ID: 21,
  CALLCHAIN_DEFERRED: 22,
  ATTR: 64,
  EVENT_TYPE: 65,
  TRACING_DATA: 66,
  BUILD_ID: 67,
  FINISHED_ROUND: 68,
  ID_INDEX: 69,
  AUXTRACE_INFO: 70,
  AUXTRACE: 71,
  AUXTRACE_ERROR: 72,
  THREAD_MAP: 73,
  CPU_MAP: 74,
  STAT_CONFIG: 75,
  STAT: 76,
  STAT_ROUND: 77,
  EVENT_UPDATE: 78,
  TIME_CONV: 79,
  FEATURE: 80,
  COMPRESSED: 81,
  FINISHED_INIT: 82,
  COMPRESSED2: 83,
} as const;

/** First type that `perf record` writes itself; such records have no sample id behind them. */
export const FIRST_USER_TYPE = 64;

/** Bits of `misc` in a record's header. */
export const Misc = {
  /** The processor's mode: 1 kernel, 2 user, 3 hypervisor, 4 guest kernel, 5 guest user. */
  CPU_MODE: 7,
  /** MMAP of data; COMM at an exec; FORK by an exec. */
  DATA_OR_EXEC: 0x2000,
  /** MMAP2 holds a build ID in place of the file's device and inode. */
  BUILD_ID: 0x4000,
  /** A build ID record says how long the ID is. */
  BUILD_ID_SIZE: 0x8000,
} as const;

/** Bits of `sample_type`: what a sample holds. */
export const SampleBit = {
  IP: 0x1,
  TID: 0x2,
  TIME: 0x4,
  ADDR: 0x8,
  READ: 0x10,
  CALLCHAIN: 0x20,
  ID: 0x40,
  CPU: 0x80,
  PERIOD: 0x100,
  STREAM_ID: 0x200,
  RAW: 0x400,
  BRANCH_STACK: 0x800,
  REGS_USER: 0x1000,
  STACK_USER: 0x2000,
  WEIGHT: 0x4000,
  DATA_SRC: 0x8000,
  IDENTIFIER: 0x10000,
  TRANSACTION: 0x20000,
  REGS_INTR: 0x40000,
  PHYS_ADDR: 0x80000,
  AUX: 0x100000,
  CGROUP: 0x200000,
  DATA_PAGE_SIZE: 0x400000,
  CODE_PAGE_SIZE: 0x800000,
  WEIGHT_STRUCT: 0x1000000,
} as const;

/** Bits of `read_format`. */
export const ReadBit = {
  ENABLED: 1,
  RUNNING: 2,
  ID: 4,
  GROUP: 8,
  LOST: 16,
} as const;

/** Bits of an event's flags, by the number that little-endian producers give them. */
export const AttrFlag = {
  INHERIT: 1,
  FREQ: 10,
  SAMPLE_ID_ALL: 18,
  DEFER_CALLCHAIN: 38,
  DEFER_OUTPUT: 39,
} as const;

/** Numbers of the features, each a section of its own behind the records. */
export const Feature = {
  TRACING_DATA: 1,
  BUILD_ID: 2,
  HOSTNAME: 3,
  OSRELEASE: 4,
  VERSION: 5,
  ARCH: 6,
  NRCPUS: 7,
  CPUDESC: 8,
  CPUID: 9,
  TOTAL_MEM: 10,
  CMDLINE: 11,
  EVENT_DESC: 12,
  SAMPLE_TIME: 21,
  CLOCKID: 23,
  COMPRESSED: 27,
  CLOCK_DATA: 29,
  E_MACHINE: 33,
} as const;

/** Bits of the feature bitmap that are read; the highest that can be set. */
export const FEATURE_COUNT = 256;

/** Values in call chains that say what the addresses behind them are. */
export const ChainMarker = {
  HYPERVISOR: -32,
  KERNEL: -128,
  USER: -512,
  USER_DEFERRED: -640,
  GUEST: -2048,
  GUEST_KERNEL: -2176,
  GUEST_USER: -2560,
  /** The least of them: addresses from here to -1 are markers. */
  FIRST: -4095,
} as const;
