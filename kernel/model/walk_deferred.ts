/**
 * Deferred unwinding: a tracer asks in any context, the walk is made once when the thread goes back to user mode.
 *
 * All tracers that ask during one stay in the kernel get the same trace and the same cookie, each with an event of kind
 * `unwind`. It always comes, at the thread's exit if not before, possibly without frames.
 *
 * Source: kernel_abi 5.3; Linux kernel/unwind/deferred.c.
 *
 * @module
 */
import { Errno } from "./errno.ts";
import type { Kernel } from "./kernel.ts";
import type { Thread } from "./state.ts";
import type { Subsystem } from "./subsystem.ts";
import { type ThreadTrace, walkThread } from "./walk_thread.ts";

/** A thread's requests. */
export interface UnwindState {
  /** Cookie of this stay in the kernel; 0 while nobody has asked. */
  cookie: bigint;
  /** Tracers that wait for the trace. */
  tracers: number[];
}

/** What a tracer is told at once. */
export interface UnwindRequest {
  /** 0 the request is queued, 1 it was already, or -EINVAL. */
  result: number;
  /** The cookie by which the trace will be known; 0 if there will be none. */
  cookie: bigint;
}

/** Tracers that there may be: one bit each in Linux. */
const TRACER_LIMIT = 64;
const NO_TRACE: ThreadTrace = { frames: [], stop: "end-of-stack" };

/** The state of a thread of which nobody wants a trace. */
export function noUnwind(): UnwindState {
  return { cookie: 0n, tracers: [] };
}

/**
 * Tracer `tracer` (0 to 63) asks for a trace of thread `tid`. EINVAL for a thread that does not live, for another
 * tracer, and where traces hold no frames (`maxFrames` 0).
 */
export function requestUnwind(
  kernel: Kernel,
  tid: number,
  tracer = 0,
): UnwindRequest {
  const thread = kernel.threads.get(tid);
  const isTracer = Number.isInteger(tracer) && tracer >= 0 &&
    tracer < TRACER_LIMIT;
  if (thread?.alive !== true || !isTracer || kernel.settings.maxFrames === 0) {
    return { result: -Errno.EINVAL, cookie: 0n };
  }
  const { unwind } = thread;
  if (unwind.cookie === 0n) unwind.cookie = makeCookie(kernel, thread.cpu);
  if (unwind.tracers.includes(tracer)) {
    return { result: 1, cookie: unwind.cookie };
  }
  unwind.tracers.push(tracer);
  return { result: 0, cookie: unwind.cookie };
}

/** Two words in memory order: the CPU plus one, and a count of that CPU's cookies that is always odd. */
function makeCookie(kernel: Kernel, cpu: number): bigint {
  const { cookieCounts } = kernel.globals;
  const count = ((cookieCounts[cpu] ?? 0) + 2 | 1) >>> 0;
  cookieCounts[cpu] = count;
  const words = kernel.littleEndian ? [count, cpu + 1] : [cpu + 1, count];
  return BigInt(words[0]!) << 32n | BigInt(words[1]!);
}

/** Walks for whoever has asked. Where a sidecar has to be read first, the thread counts as on its way until that is done. */
function perform(kernel: Kernel, thread: Thread): void {
  const { cookie } = thread.unwind;
  if (cookie === 0n || kernel.waitingWalks.has(cookie)) return;
  const trace = walkThread(kernel, thread.tid);
  if (!(trace instanceof Promise)) return finish(kernel, thread, trace);
  const waiting = trace.then((late) => {
    kernel.waitingWalks.delete(cookie);
    if (thread.unwind.cookie === cookie) finish(kernel, thread, late);
  });
  kernel.waitingWalks.set(cookie, waiting);
}

function finish(kernel: Kernel, thread: Thread, trace: ThreadTrace): void {
  const { cookie, tracers } = thread.unwind;
  thread.unwind = noUnwind();
  for (const tracer of tracers) {
    kernel.tell({ kind: "unwind", tid: thread.tid, tracer, cookie, trace });
  }
}

/** Resolves once all traces that waited for sidecars have been told. */
export async function unwindsDone(kernel: Kernel): Promise<void> {
  while (kernel.waitingWalks.size > 0) {
    await Promise.all(kernel.waitingWalks.values());
  }
}

/** Deferred unwinding as a part of the kernel. */
export const UNWIND: Subsystem = {
  returnToUser: perform,
  threadGone(kernel, thread): void {
    perform(kernel, thread);
    // The thread cannot wait for a sidecar any more.
    if (thread.unwind.cookie !== 0n) finish(kernel, thread, NO_TRACE);
  },
};
