/**
 * Signals and their codes in words.
 *
 * Numbers are those of Linux on x86-64, aarch64 and s390x. Source: include/uapi/asm-generic/signal.h, siginfo.h.
 *
 * @module
 */

/** A signal in words. */
export interface SignalDescription {
  /** The constant's name: `SIGSEGV`. */
  name: string;
  /** What it means, as a phrase in lower case. */
  meaning: string;
}

/** A signal's code in words. */
export interface SignalCodeDescription {
  /** The constant's name: `SEGV_MAPERR`; the number as text where none is known. */
  name: string;
  /** What it means, as a phrase in lower case; empty where nothing is known. */
  meaning: string;
}

const SIGNALS: readonly (readonly [name: string, meaning: string])[] = [
  ["0", "no signal"],
  ["SIGHUP", "terminal closed"],
  ["SIGINT", "interrupted from the keyboard"],
  ["SIGQUIT", "quit from the keyboard"],
  ["SIGILL", "illegal instruction"],
  ["SIGTRAP", "breakpoint or trace trap"],
  ["SIGABRT", "program aborted itself"],
  ["SIGBUS", "memory access that the hardware or the file behind it refuses"],
  ["SIGFPE", "arithmetic error"],
  ["SIGKILL", "killed"],
  ["SIGUSR1", "user-defined signal 1"],
  ["SIGSEGV", "invalid memory reference"],
  ["SIGUSR2", "user-defined signal 2"],
  ["SIGPIPE", "write to a pipe that nobody reads"],
  ["SIGALRM", "timer expired"],
  ["SIGTERM", "asked to terminate"],
  ["SIGSTKFLT", "coprocessor stack fault"],
  ["SIGCHLD", "child changed its state"],
  ["SIGCONT", "continued"],
  ["SIGSTOP", "stopped"],
  ["SIGTSTP", "stopped from the terminal"],
  ["SIGTTIN", "background read from the terminal"],
  ["SIGTTOU", "background write to the terminal"],
  ["SIGURG", "urgent data on a socket"],
  ["SIGXCPU", "processor time limit exceeded"],
  ["SIGXFSZ", "file size limit exceeded"],
  ["SIGVTALRM", "virtual timer expired"],
  ["SIGPROF", "profiling timer expired"],
  ["SIGWINCH", "window size changed"],
  ["SIGIO", "input or output possible"],
  ["SIGPWR", "power failure"],
  ["SIGSYS", "refused system call"],
];

const FIRST_REALTIME = 32;
const FIRST_FREE_REALTIME = 34;
const LAST_SIGNAL = 64;

type Codes = Readonly<
  Record<number, readonly [name: string, meaning: string]>
>;

/** Codes of a signal that a process or the kernel's general machinery sent. */
const GENERAL_CODES: Codes = {
  0: ["SI_USER", "sent with kill"],
  0x80: ["SI_KERNEL", "sent by the kernel"],
  [-1]: ["SI_QUEUE", "sent with sigqueue"],
  [-2]: ["SI_TIMER", "a timer expired"],
  [-3]: ["SI_MESGQ", "a message arrived in a queue"],
  [-4]: ["SI_ASYNCIO", "asynchronous input or output completed"],
  [-5]: ["SI_SIGIO", "input or output was queued"],
  [-6]: ["SI_TKILL", "sent with tkill or tgkill"],
};

const CODES: Readonly<Record<number, Codes>> = {
  4: {
    1: ["ILL_ILLOPC", "illegal opcode"],
    2: ["ILL_ILLOPN", "illegal operand"],
    3: ["ILL_ILLADR", "illegal addressing mode"],
    4: ["ILL_ILLTRP", "illegal trap"],
    5: ["ILL_PRVOPC", "privileged opcode"],
    6: ["ILL_PRVREG", "privileged register"],
    7: ["ILL_COPROC", "coprocessor error"],
    8: ["ILL_BADSTK", "internal stack error"],
    9: ["ILL_BADIADDR", "instruction address not available"],
  },
  5: {
    1: ["TRAP_BRKPT", "breakpoint"],
    2: ["TRAP_TRACE", "single step"],
    3: ["TRAP_BRANCH", "branch taken"],
    4: ["TRAP_HWBKPT", "hardware breakpoint or watchpoint"],
    5: ["TRAP_UNK", "trap of unknown kind"],
    6: ["TRAP_PERF", "performance event"],
  },
  7: {
    1: ["BUS_ADRALN", "misaligned address"],
    2: ["BUS_ADRERR", "no memory behind the address"],
    3: ["BUS_OBJERR", "hardware error of the object"],
    4: ["BUS_MCEERR_AR", "memory error met, action required"],
    5: ["BUS_MCEERR_AO", "memory error found, action optional"],
  },
  8: {
    1: ["FPE_INTDIV", "integer division by zero"],
    2: ["FPE_INTOVF", "integer overflow"],
    3: ["FPE_FLTDIV", "floating-point division by zero"],
    4: ["FPE_FLTOVF", "floating-point overflow"],
    5: ["FPE_FLTUND", "floating-point underflow"],
    6: ["FPE_FLTRES", "inexact floating-point result"],
    7: ["FPE_FLTINV", "invalid floating-point operation"],
    8: ["FPE_FLTSUB", "subscript out of range"],
    14: ["FPE_FLTUNK", "floating-point error of unknown kind"],
    15: ["FPE_CONDTRAP", "trap on condition"],
  },
  11: {
    1: ["SEGV_MAPERR", "address not mapped"],
    2: ["SEGV_ACCERR", "access not permitted"],
    3: ["SEGV_BNDERR", "bounds check failed"],
    4: ["SEGV_PKUERR", "protection key check failed"],
    5: ["SEGV_ACCADI", "memory tagging not enabled for the address"],
    6: ["SEGV_ADIDERR", "disrupting memory tag mismatch"],
    7: ["SEGV_ADIPERR", "precise memory tag mismatch"],
    8: ["SEGV_MTEAERR", "asynchronous memory tag check failed"],
    9: ["SEGV_MTESERR", "memory tag check failed"],
    10: ["SEGV_CPERR", "control protection check failed"],
  },
  31: {
    1: ["SYS_SECCOMP", "refused by a seccomp filter"],
    2: ["SYS_USER_DISPATCH", "handed back to user space"],
  },
};

/** Describes a signal by its number. */
export function describeSignal(number: number): SignalDescription {
  const known = SIGNALS[number];
  if (known !== undefined) return { name: known[0], meaning: known[1] };
  if (number >= FIRST_REALTIME && number <= LAST_SIGNAL) {
    return number < FIRST_FREE_REALTIME
      ? { name: `signal ${number}`, meaning: "used inside the C library" }
      : {
        name: number === FIRST_FREE_REALTIME
          ? "SIGRTMIN"
          : `SIGRTMIN+${number - FIRST_FREE_REALTIME}`,
        meaning: "real-time signal",
      };
  }
  return { name: `signal ${number}`, meaning: "unknown signal" };
}

/** Describes a signal's code, `si_code`: why it was sent. */
export function describeSignalCode(
  signal: number,
  code: number,
): SignalCodeDescription {
  const known = CODES[signal]?.[code] ?? GENERAL_CODES[code];
  return known === undefined
    ? { name: `${code}`, meaning: "" }
    : { name: known[0], meaning: known[1] };
}
