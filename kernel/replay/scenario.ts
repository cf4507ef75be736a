/**
 * Scenarios: what happens to a modelled kernel, one event after the other.
 *
 * @module
 */
import type { KernelOptions } from "../model/mod.ts";

/**
 * A number: itself, hexadecimal text, or text with variables: `"$area + 0x10"`, `"-0x20"`. Addresses beyond 2^53 cannot
 * be said and are not needed.
 */
export type Value = number | string;

/** Something that a thread does, or that is done to it. */
export type Action =
  | {
    /** A new process with one thread. */
    do: "spawn";
    /** Variable that gets the thread's ID. */
    as: string;
    /** Name of the process. */
    name?: string | undefined;
  }
  | {
    /** A system call. */
    do: "call";
    /** The thread that calls. */
    thread: Value;
    /** Name of the call. */
    call: string;
    /** Its arguments. */
    args?: readonly Value[] | undefined;
    /** Variable that gets the result. */
    as?: string | undefined;
  }
  | {
    /** The thread calls a function of the vDSO. */
    do: "vdso";
    /** The thread that calls. */
    thread: Value;
    /** Name of the function. */
    call: string;
    /** Its arguments. */
    args?: readonly Value[] | undefined;
    /** Variable that gets the result. */
    as?: string | undefined;
  }
  | {
    /** The thread writes to its memory: hexadecimal digits, words of 8 or 4 bytes, or text with a NUL behind it. */
    do: "write";
    /** The thread that writes. */
    thread: Value;
    /** Where to. */
    at: Value;
    /** Bytes as pairs of hexadecimal digits; blanks are ignored. */
    hex?: string | undefined;
    /** 64-bit words. */
    u64?: readonly Value[] | undefined;
    /** 32-bit words. */
    u32?: readonly Value[] | undefined;
    /** Text; a NUL is added. */
    text?: string | undefined;
  }
  | {
    /** Shows memory of the thread. */
    do: "read";
    /** The thread that reads. */
    thread: Value;
    /** Where from. */
    at: Value;
    /** Bytes. */
    size: Value;
  }
  | {
    /** The thread has run: its registers are these. */
    do: "set";
    /** The thread. */
    thread: Value;
    /** Values by register name (`rip`, `x29`, `r15`; `pc`, `sp` and `fp` on every machine). */
    registers: Readonly<Record<string, Value>>;
  }
  | {
    /** The thread loses its CPU and gets it back. */
    do: "preempt";
    /** The thread. */
    thread: Value;
  }
  | {
    /** The thread goes on on another CPU. */
    do: "migrate";
    /** The thread. */
    thread: Value;
    /** The CPU. */
    cpu: Value;
  }
  | {
    /** A signal is sent to the thread from outside, which interrupts it. */
    do: "signal";
    /** The thread. */
    thread: Value;
    /** Number of the signal. */
    number: Value;
  }
  | {
    /** The instruction at the thread's pc faults. */
    do: "fault";
    /** The thread. */
    thread: Value;
    /** Number of the trap, as x86-64 counts them. */
    trap: Value;
    /** The hardware's error code. */
    code?: Value | undefined;
    /** Faulting address. */
    address?: Value | undefined;
  }
  | {
    /** The thread's stack is walked as the kernel walks it. */
    do: "walk";
    /** The thread. */
    thread: Value;
  }
  | {
    /** A tracer asks for the thread's stack, which is walked when the thread goes back to user mode. */
    do: "unwind";
    /** The thread. */
    thread: Value;
    /** Number of the tracer; 0 if left out. */
    tracer?: Value | undefined;
  }
  | {
    /** A subsystem reports an error. */
    do: "report";
    /** Who found it. */
    detector: string;
    /** One line. */
    title: string;
    /** The rest. */
    text?: string | undefined;
    /** The thread that ran. */
    thread?: Value | undefined;
  }
  | {
    /** A reader of error reports looks for new ones; it is made, before all reports to come, when it is first named. */
    do: "poll";
    /** Name of the reader. */
    reader: string;
  }
  | {
    /** A file appears, or changes. */
    do: "file";
    /** Its path. */
    path: string;
    /** Its bytes as pairs of hexadecimal digits. */
    hex: string;
  }
  | {
    /** Time passes. */
    do: "time";
    /** Microseconds. */
    us: Value;
  }
  | {
    /** The kernel is saved and goes on as what is restored from that. */
    do: "checkpoint";
  };

/** An action with what belongs to all of them. */
export type ScenarioEvent = Action & {
  /** Why this is done. */
  note?: string | undefined;
  /** What must come of it: each key of the outcome that is named here must have this value. */
  expect?: Readonly<Record<string, unknown>> | undefined;
};

/** A scenario. */
export interface Scenario {
  /** One line that names the rule it is about. */
  title: string;
  /** Where the rule is stated. */
  source?: string | undefined;
  /** Options of the kernel. */
  kernel?: KernelOptions | undefined;
  /** What happens. */
  events: readonly ScenarioEvent[];
}
