/**
 * What looking at a live process asks of the system. Everything above takes it as a parameter, so that tests play a
 * process; `live_linux.ts` is the real one.
 *
 * @module
 */

/** Error numbers that mean something here. */
export const ERRNO = {
  PERM: 1,
  SRCH: 3,
  INTR: 4,
  IO: 5,
  CHILD: 10,
  FAULT: 14,
  INVAL: 22,
  NOSYS: 38,
} as const;

/** Sets of registers that `PTRACE_GETREGSET` knows. */
export const NT_SET = {
  PRSTATUS: 1,
  PRFPREG: 2,
  ARM_TLS: 0x401,
  ARM_PAC_MASK: 0x406,
} as const;

/** What a look for the state of a tracee yields. */
export interface WaitResult {
  /** The thread's id if it changed its state, 0 if it did not, or an error number below 0. */
  readonly tid: number;
  /** The state as `waitpid` gives it. */
  readonly status: number;
}

/** Linux, as far as it is needed. Numbers below 0 are error numbers of the system, negated. */
export interface LiveSystem {
  /** `process.arch` of this program in the names of the kernel: `x86_64`, `aarch64`. */
  readonly machine: string;
  /** This program's own process id. */
  readonly ownPid: number;
  /** Milliseconds since some moment. */
  now(): number;
  /** Sleeps. */
  pause(microseconds: number): void;
  /** Text of a file below `/proc`, or in a few words why not. @throws {InputError} if permissions lack. */
  readText(path: string): { text: string } | string;
  /** Bytes of a file below `/proc`. */
  readBytes(path: string): Uint8Array | string;
  /** Names in a directory. */
  names(path: string): string[] | string;
  /** Device (`fd:00`) and inode of a file. */
  identity(path: string): { device: string; inode: number } | undefined;
  /** `PTRACE_SEIZE`: begins to trace, without stopping. */
  seize(tid: number): number;
  /** `PTRACE_INTERRUPT`: asks for a stop. */
  interrupt(tid: number): number;
  /** `waitpid` without waiting. */
  wait(tid: number): WaitResult;
  /** `PTRACE_GETREGSET`. @returns The set's bytes, or an error number. */
  readRegisters(tid: number, set: number): Uint8Array | number;
  /** `PTRACE_GET_RSEQ_CONFIGURATION`. @returns The structure's bytes, or an error number. */
  readRseqConfiguration(tid: number): Uint8Array | number;
  /** `PTRACE_DETACH`: lets go, and hands `signal` over if it is not 0. */
  detach(tid: number, signal: number): number;
  /** `process_vm_readv` of one range. @returns How many bytes there were. */
  readMemory(pid: number, address: number, target: Uint8Array): number;
  /**
   * `process_vm_readv` of several ranges one behind the other into `target`.
   *
   * @returns How many bytes there were, up to the first that cannot be read.
   */
  readRanges(
    pid: number,
    starts: readonly number[],
    sizes: readonly number[],
    target: Uint8Array,
  ): number;
}
