/**
 * Options of a modelled kernel: where real kernels, or the proposals, differ.
 *
 * @module
 */

/** Options of a {@linkcode Kernel}; all have defaults. */
export interface KernelOptions {
  /** Machine of its programs; default x86-64. */
  machine?: "x86-64" | "aarch64" | "s390x" | undefined;
  /** NUMA node of each CPU; default two CPUs of node 0. */
  nodes?: readonly number[] | undefined;
  /** Bytes that one address space may map; default 64 MiB. All may map 1 GiB together, or as much as one if that is more. */
  memoryLimit?: number | undefined;
  /** Feature size of struct rseq: 20, 24, 28 or 33; default 33. */
  rseqFeatureSize?: number | undefined;
  /**
   * `strict`: every check of the classic code (to Linux 6.18, and of newer ones with their debug switch) before a
   * critical section is aborted; `lenient`: those of the current fast path. Default strict.
   */
  rseqChecks?: "strict" | "lenient" | undefined;
  /**
   * `current`: rseq registers and unregisters, and answers EINVAL to other flags; `ktls`: it is the multiplexer that was
   * proposed for thread areas, which is always there as `rseq_ktls`. Default current.
   */
  rseqCall?: "current" | "ktls" | undefined;
  /** What follows a faulting copyout of an extended error: FreeBSD's signal, or nothing. Default signal. */
  faultedCopyout?: "signal" | "silent" | undefined;
  /** Whether messages are kept (FreeBSD's EXTERR_STRINGS); default true. */
  exterrStrings?: boolean | undefined;
  /** `strict`: codectl reads all of a section when it is registered; `lenient`: its header. Default lenient. */
  codeValidation?: "strict" | "lenient" | undefined;
  /** Whether the threads of a process share credentials or each has its own; default shared. */
  credentials?: "shared" | "per-thread" | undefined;
  /** What random bytes follow from; default 0. */
  seed?: number | undefined;
  /** Most frames of a stack walk; default 510, what fits a page of Linux's cache. */
  maxFrames?: number | undefined;
  /** Error reports kept; default 16. */
  reportCapacity?: number | undefined;
  /** Most bytes of a report's text; default 4096. */
  reportSize?: number | undefined;
}

/** Options with their defaults filled in. */
export type KernelSettings = {
  readonly [K in keyof KernelOptions]-?: Exclude<KernelOptions[K], undefined>;
};

/** Fills the defaults in. */
export function settle(options: KernelOptions): KernelSettings {
  return {
    machine: options.machine ?? "x86-64",
    nodes: options.nodes ?? [0, 0],
    memoryLimit: options.memoryLimit ?? 64 << 20,
    rseqFeatureSize: options.rseqFeatureSize ?? 33,
    rseqChecks: options.rseqChecks ?? "strict",
    rseqCall: options.rseqCall ?? "current",
    faultedCopyout: options.faultedCopyout ?? "signal",
    exterrStrings: options.exterrStrings ?? true,
    codeValidation: options.codeValidation ?? "lenient",
    credentials: options.credentials ?? "shared",
    seed: options.seed ?? 0,
    maxFrames: options.maxFrames ?? 510,
    reportCapacity: options.reportCapacity ?? 16,
    reportSize: options.reportSize ?? 4096,
  };
}
