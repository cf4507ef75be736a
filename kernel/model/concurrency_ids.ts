/**
 * Concurrency IDs (`mm_cid`): small numbers by which the threads of an address space tell each other apart while they run.
 *
 * Every living thread of the model counts as running, so a thread's ID is less than the number of threads of its address
 * space when it was given. A thread takes the lowest free one when it first runs, and again whenever it is preempted.
 *
 * Source: kernel_abi.md 1.1.
 *
 * @module
 */
import type { Kernel } from "./kernel.ts";
import type { AddressSpace, Thread } from "./state.ts";

/** Gives `thread` the lowest ID that nobody else in its address space has. */
export function takeConcurrencyId(kernel: Kernel, thread: Thread): void {
  const space = kernel.spaceOf(thread);
  const ids = space.concurrencyIds;
  const own = thread.rseq.concurrencyId;
  if (ids[own] === thread.tid) ids[own] = 0;
  let id = 0;
  while (isTaken(kernel, space, id)) id++;
  ids[id] = thread.tid;
  thread.rseq.concurrencyId = id;
  trim(ids);
}

/** Gives the thread's ID back. */
export function dropConcurrencyId(kernel: Kernel, thread: Thread): void {
  const ids = kernel.spaceOf(thread).concurrencyIds;
  const own = thread.rseq.concurrencyId;
  if (ids[own] === thread.tid) ids[own] = 0;
  thread.rseq.concurrencyId = -1;
  trim(ids);
}

/** An ID whose thread has gone to another program is free: exec leaves its old address space without a word. */
function isTaken(kernel: Kernel, space: AddressSpace, id: number): boolean {
  const holder = kernel.threads.get(space.concurrencyIds[id] ?? 0);
  return holder !== undefined && holder.rseq.concurrencyId === id &&
    kernel.spaceOf(holder) === space;
}

function trim(ids: number[]): void {
  while (ids.at(-1) === 0) ids.pop();
}
