/**
 * What the modelled kernel did besides returning values: for whoever watches it, as `replay` does.
 *
 * @module
 */
import type { ExtendedError } from "./site.ts";
import type { PendingSignal } from "./signals.ts";
import type { ThreadTrace } from "./walk_thread.ts";

/** One thing that happened. */
export type KernelEvent =
  | {
    /** A signal reached a thread. */
    kind: "signal";
    /** The thread. */
    tid: number;
    /** The signal. */
    signal: PendingSignal;
    /** What became of it. */
    fate: "handled" | "ignored" | "killed";
  }
  | {
    /** A failing call carried an extended error: ktrace's EXTERR record, before that of the call's return. */
    kind: "exterr";
    /** The thread. */
    tid: number;
    /** The error. */
    error: ExtendedError;
  }
  | {
    /** A restartable sequence was examined: cut short, cleared, or found wrong. */
    kind: "rseq";
    /** The thread. */
    tid: number;
    /** What was done. */
    action: "aborted" | "cleared" | "killed";
    /** Program counter before. */
    from: number;
    /** Program counter after. */
    to: number;
    /** What was wrong, if anything. */
    reason: string;
  }
  | {
    /** A longer time slice was given, or ended. */
    kind: "slice";
    /** The thread. */
    tid: number;
    /** How: given, given back by the thread, taken away. */
    action: "granted" | "yielded" | "revoked";
  }
  | {
    /** A fault was sent to its fixup. */
    kind: "fixup";
    /** The thread. */
    tid: number;
    /** Program counter before. */
    from: number;
    /** Program counter after. */
    to: number;
  }
  | {
    /** A trace that a tracer asked for. */
    kind: "unwind";
    /** The thread. */
    tid: number;
    /** The tracer. */
    tracer: number;
    /** What its request was given. */
    cookie: bigint;
    /** The frames. */
    trace: ThreadTrace;
  }
  | {
    /** A process ended. */
    kind: "exit";
    /** The process. */
    pid: number;
    /** Argument of exit, or 0. */
    code: number;
    /** The signal that killed it, or 0. */
    signal: number;
  }
  | {
    /** An error report was made. */
    kind: "report";
    /** Its title. */
    title: string;
  };

/** Events that are kept if nobody takes them; of more, the oldest go. */
export const MAX_EVENTS = 4096;
