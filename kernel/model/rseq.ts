/**
 * Restartable sequences: registrations, the sections that are cut short, time slice extensions.
 *
 * The calls are `rseq(area, length, flags, signature)`, `prctl(79, ...)` and `rseq_slice_yield()`; what happens to a thread
 * from outside are the kernel's `preempt`, `migrate`, `interrupt`, `signal` and `fault`. A call by itself is no event: a
 * section in which one is made goes on. (Kernels with a debug switch kill for it; the model does not.)
 *
 * A forked process keeps its parent's registration; a thread, or a process that shares the address space, starts with
 * none; a new program has none.
 *
 * Source: kernel_abi.md 1.
 *
 * @module
 */
import { dropConcurrencyId } from "./concurrency_ids.ts";
import type { Kernel } from "./kernel.ts";
import { reschedule } from "./rseq_events.ts";
import { rseqCall } from "./rseq_register.ts";
import { interruptRseq, resumeRseq } from "./rseq_resume.ts";
import { endSlice, SLICE_YIELD, slicePrctl, sliceYield } from "./rseq_slice.ts";
import { noRseq } from "./rseq_state.ts";
import type { Thread } from "./state.ts";
import type { Subsystem } from "./subsystem.ts";
import { ktlsCall } from "./thread_area.ts";

function rseq(
  kernel: Kernel,
  thread: Thread,
  args: readonly number[],
): number {
  return kernel.settings.rseqCall === "ktls"
    ? ktlsCall(kernel, thread, args)
    : rseqCall(kernel, thread, args);
}

/** Restartable sequences as a part of the kernel. */
export const RSEQ: Subsystem = {
  calls: { rseq, prctl: slicePrctl, [SLICE_YIELD]: sliceYield },
  enter(kernel, thread, name): number | undefined {
    thread.rseq.isInterrupted = false;
    if (!thread.rseq.isSliceGranted) return undefined;
    const isKnown = endSlice(kernel, thread, name);
    reschedule(kernel, thread);
    return isKnown && name === SLICE_YIELD ? 1 : undefined;
  },
  threadMade(_kernel, parent, child, { isFork, sharesSpace }): void {
    if (!isFork || sharesSpace) return;
    child.rseq = { ...parent.rseq, concurrencyId: -1, isUpdateDue: true };
  },
  exec(_kernel, thread): void {
    thread.rseq = noRseq();
  },
  threadGone(kernel, thread): void {
    dropConcurrencyId(kernel, thread);
    thread.rseq = noRseq();
  },
  returnToUser: resumeRseq,
  beforeSignal: interruptRseq,
};
