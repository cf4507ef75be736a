/**
 * What happens to a running thread from outside: preemption, migration, interrupts.
 *
 * @module
 */
import { takeConcurrencyId } from "./concurrency_ids.ts";
import { Errno } from "./errno.ts";
import type { Kernel } from "./kernel.ts";
import { clearSlice, grantSlice } from "./rseq_slice.ts";
import type { Thread } from "./state.ts";

/**
 * The thread loses its CPU to another one and gets it back; unless it is granted a longer slice. It may have another
 * concurrency ID then.
 *
 * @returns 0, or -ESRCH if there is no such thread.
 */
export function preempt(kernel: Kernel, tid: number): number {
  const thread = kernel.threads.get(tid);
  if (thread === undefined) return -Errno.ESRCH;
  thread.rseq.isInterrupted = true;
  if (!grantSlice(kernel, thread)) reschedule(kernel, thread);
  kernel.returnToUser(thread);
  return 0;
}

/**
 * The thread is moved to `cpu`.
 *
 * @returns 0, -ESRCH if there is no such thread, -EINVAL if there is no such CPU.
 */
export function migrate(kernel: Kernel, tid: number, cpu: number): number {
  const thread = kernel.threads.get(tid);
  if (thread === undefined) return -Errno.ESRCH;
  if (kernel.settings.nodes[cpu] === undefined) return -Errno.EINVAL;
  thread.rseq.isInterrupted = true;
  thread.cpu = cpu;
  reschedule(kernel, thread);
  kernel.returnToUser(thread);
  return 0;
}

/**
 * An interrupt reaches the thread while it runs: pending signals are delivered, a longer slice that is over is taken away,
 * nothing else happens.
 *
 * @returns 0, or -ESRCH if there is no such thread.
 */
export function interrupt(kernel: Kernel, tid: number): number {
  const thread = kernel.threads.get(tid);
  if (thread === undefined) return -Errno.ESRCH;
  const state = thread.rseq;
  state.isInterrupted = true;
  const isOver = kernel.globals.timeUs >= state.sliceEndUs;
  if (state.isSliceGranted && isOver) reschedule(kernel, thread);
  kernel.returnToUser(thread);
  return 0;
}

/** The thread has lost its CPU and got one again. */
export function reschedule(kernel: Kernel, thread: Thread): void {
  const state = thread.rseq;
  takeConcurrencyId(kernel, thread);
  if (state.address === 0) return;
  clearSlice(kernel, thread);
  state.isEventPending = true;
  state.isUpdateDue = true;
}
