/**
 * membarrier(command, flags, cpu), as far as it concerns restartable sequences: it cuts short the sections of the other
 * threads of the address space, all or those on one CPU.
 *
 * | command | does |
 * | --- | --- |
 * | 0 | tells which commands there are |
 * | 0x80 | looks at the others' sections; `flags` 1: only of threads on `cpu` |
 * | 0x100 | says that 0x80 is wanted; before, that is EPERM |
 *
 * EINVAL: other commands, other flags. A CPU that does not exist has no threads. A forked process keeps what its parent
 * said; a new program has said nothing.
 *
 * Source: Linux 6.18, kernel/sched/membarrier.c; kernel_abi.md 1.6.
 *
 * @module
 */
import { Errno } from "./errno.ts";
import type { Kernel } from "./kernel.ts";
import { Category, defineSites } from "./site.ts";
import type { Thread } from "./state.ts";
import type { Subsystem } from "./subsystem.ts";

/** Commands that the model knows. */
export const MembarrierCommand = {
  QUERY: 0,
  PRIVATE_EXPEDITED_RSEQ: 0x80,
  REGISTER_PRIVATE_EXPEDITED_RSEQ: 0x100,
} as const;

const FLAG_CPU = 1;

const SITES = defineSites(Category.RSEQ, {
  command: [30, Errno.EINVAL, "unknown command %jd with flags %#jx"],
  notRegistered: [31, Errno.EPERM, "the process has not asked for barriers"],
});

function membarrier(
  kernel: Kernel,
  thread: Thread,
  args: readonly number[],
): number {
  const [command, flags, cpu] = args as [number, number, number];
  const { QUERY, PRIVATE_EXPEDITED_RSEQ, REGISTER_PRIVATE_EXPEDITED_RSEQ } =
    MembarrierCommand;
  const allowed = command === PRIVATE_EXPEDITED_RSEQ ? [0, FLAG_CPU] : [0];
  if (!allowed.includes(flags)) {
    return kernel.fail(thread, SITES.command, command, flags);
  }
  const space = kernel.spaceOf(thread);
  switch (command) {
    case QUERY:
      return PRIVATE_EXPEDITED_RSEQ | REGISTER_PRIVATE_EXPEDITED_RSEQ;
    case REGISTER_PRIVATE_EXPEDITED_RSEQ:
      space.hasRseqBarriers = true;
      return 0;
    case PRIVATE_EXPEDITED_RSEQ:
      if (!space.hasRseqBarriers) {
        return kernel.fail(thread, SITES.notRegistered);
      }
      for (const other of kernel.threadsIn(space)) {
        const isMeant = flags === 0 || other.cpu === cpu;
        // one that is killed takes its process along
        if (other !== thread && isMeant && other.alive) cut(kernel, other);
      }
      return 0;
    default:
      return kernel.fail(thread, SITES.command, command, flags);
  }
}

/** An interrupt that counts as an event. */
function cut(kernel: Kernel, thread: Thread): void {
  Object.assign(thread.rseq, {
    isInterrupted: true,
    isEventPending: true,
    isUpdateDue: true,
  });
  kernel.returnToUser(thread);
}

/** Barriers as a part of the kernel. */
export const MEMBARRIER: Subsystem = {
  calls: { membarrier },
  spaceCopied(_kernel, space, copy): void {
    copy.hasRseqBarriers = space.hasRseqBarriers;
  },
};
