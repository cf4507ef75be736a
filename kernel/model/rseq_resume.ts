/**
 * What becomes of a thread's restartable sequence on its way to user mode.
 *
 * With `rseqChecks: "strict"`, the classic way (Linux to 6.18): after an event, and before a signal frame is built,
 *
 * 1. `rseq_cs` is read; 0 leads to step 6;
 * 2. the descriptor is copied from there;
 * 3. its rules are checked, also with the thread outside of the section;
 * 4. outside: `rseq_cs` is set to 0;
 * 5. inside: flags must be 0; if there was an event, `rseq_cs` is set to 0 and the thread goes on at `abort_ip`;
 * 6. the ID fields are written.
 *
 * With `"lenient"`, the current way: the section is looked at only if an interrupt or a fault led into the kernel, and of
 * the rules only those count that keep the abort itself safe; before a signal frame the IDs are not written.
 *
 * Whatever fails forces SIGSEGV. If the signal whose frame is to be built is SIGSEGV itself, its handler is taken away
 * first. So a bad section ends the process even if it handles SIGSEGV, since that handler's frame meets the same section;
 * unless the rule counts only inside of it (flags) and another handler's frame has led the thread out.
 *
 * A registration of version 2 has its ID fields rewritten only if they change, and compared before that with what the
 * kernel wrote: a difference forces SIGSEGV too.
 *
 * Source: kernel_abi.md 1.3, 1.6.
 *
 * @module
 */
import { viewOf } from "../../formats/base/byte_source.ts";
import {
  decodeRseqCs,
  describeRseqRule,
  resolveCriticalSection,
  RSEQ_CS_SIZE,
  RSEQ_FLAG,
  RSEQ_OFFSET,
} from "../../formats/rseq/mod.ts";
import { takeConcurrencyId } from "./concurrency_ids.ts";
import type { Kernel } from "./kernel.ts";
import { hasSlices, idsEnd, isVersion2 } from "./rseq_area.ts";
import { SegvCode, Signal } from "./signals.ts";
import type { Thread } from "./state.ts";
import { USER_END } from "./user_memory.ts";

/** Bits of the area's `flags` that are the kernel's. */
const KERNEL_FLAGS = RSEQ_FLAG.SLICE_EXT_AVAILABLE |
  RSEQ_FLAG.SLICE_EXT_ENABLED;

/** The thread is about to run user code. */
export function resumeRseq(kernel: Kernel, thread: Thread): void {
  const state = thread.rseq;
  if (state.concurrencyId < 0) takeConcurrencyId(kernel, thread);
  if (state.address === 0 || !state.isUpdateDue) return;
  state.isUpdateDue = false;
  const isClassic = kernel.settings.rseqChecks === "strict";
  const isGood = isClassic
    ? resolveSection(kernel, thread, 0) && publishIds(kernel, thread)
    : publishIds(kernel, thread) && resolveSection(kernel, thread, 0);
  if (isGood) state.isEventPending = false;
}

/** The frame of signal `number` is about to be built. */
export function interruptRseq(
  kernel: Kernel,
  thread: Thread,
  number: number,
): void {
  const state = thread.rseq;
  if (state.address === 0) return;
  state.isEventPending = true;
  const isClassic = kernel.settings.rseqChecks === "strict";
  const isGood = resolveSection(kernel, thread, number) &&
    (!isClassic || publishIds(kernel, thread, number));
  if (isGood) state.isEventPending = false;
}

/** Forces SIGSEGV; while `delivering` SIGSEGV, one that nobody can handle. */
export function forceKill(
  kernel: Kernel,
  thread: Thread,
  delivering: number,
  reason: string,
): void {
  const from = thread.registers[kernel.machine.pc]!;
  const { tid } = thread;
  kernel.tell({ kind: "rseq", tid, action: "killed", from, to: from, reason });
  if (delivering === Signal.SEGV) {
    delete kernel.processOf(thread).actions[Signal.SEGV];
  }
  kernel.force(thread, Signal.SEGV, SegvCode.KERNEL, 0);
}

/** Steps 1 to 5; false if the thread was killed. */
function resolveSection(
  kernel: Kernel,
  thread: Thread,
  delivering: number,
): boolean {
  const { address, signature, isEventPending, isInterrupted } = thread.rseq;
  const { rseqChecks } = kernel.settings;
  if (rseqChecks === "lenient" && !isInterrupted) return true;
  const die = (reason: string): false => {
    forceKill(kernel, thread, delivering, reason);
    return false;
  };
  const { memory } = kernel.spaceOf(thread);
  const { littleEndian } = kernel;
  const area = memory.copyIn(address, RSEQ_OFFSET.NODE_ID);
  if (area === undefined) return die("area cannot be read");
  const view = viewOf(area);
  const pointer = view.getBigUint64(RSEQ_OFFSET.RSEQ_CS, littleEndian);
  if (pointer === 0n) {
    // the classic code takes this for a section of length 0, and clears it like any other
    return rseqChecks === "lenient" || clearSection(kernel, thread) ||
      die("area cannot be written");
  }
  if (pointer >= BigInt(USER_END)) return die("rseq_cs is not in user space");
  const descriptor = memory.copyIn(Number(pointer), RSEQ_CS_SIZE);
  if (descriptor === undefined) return die("descriptor cannot be read");
  const ip = thread.registers[kernel.machine.pc]!;
  const section = decodeRseqCs(descriptor, 0, littleEndian);
  const { action, rule } = resolveCriticalSection(
    section,
    toUnsigned(ip),
    rseqChecks,
    {
      userEnd: BigInt(USER_END),
      signature,
      readSignature: (at) => readWord(kernel, thread, at),
      areaFlags: view.getUint32(RSEQ_OFFSET.FLAGS, littleEndian) &
        ~(hasSlices(kernel) ? KERNEL_FLAGS : 0),
    },
    isEventPending,
  );
  if (rule !== undefined) return die(describeRseqRule(rule));
  if (action === "keep") return true;
  if (!clearSection(kernel, thread)) return die("area cannot be written");
  const isAborted = action === "abort";
  const to = isAborted ? Number(section.abortIp) : ip;
  thread.registers[kernel.machine.pc] = to;
  kernel.tell({
    kind: "rseq",
    tid: thread.tid,
    action: isAborted ? "aborted" : "cleared",
    from: ip,
    to,
    reason: "",
  });
  return true;
}

function clearSection(kernel: Kernel, thread: Thread): boolean {
  const at = thread.rseq.address + RSEQ_OFFSET.RSEQ_CS;
  return kernel.spaceOf(thread).memory.copyOut(at, new Uint8Array(8));
}

/** A program counter that the user made up may be anything. */
function toUnsigned(ip: number): bigint {
  return BigInt.asUintN(64, BigInt(Number.isFinite(ip) ? Math.trunc(ip) : 0));
}

function readWord(
  kernel: Kernel,
  thread: Thread,
  address: bigint,
): number | undefined {
  const bytes = kernel.spaceOf(thread).memory.copyIn(Number(address), 4);
  return bytes && viewOf(bytes).getUint32(0, kernel.littleEndian);
}

/** Step 6: writes CPU, node and concurrency ID, as far as the area has them; false if the thread was killed. */
function publishIds(kernel: Kernel, thread: Thread, delivering = 0): boolean {
  const state = thread.rseq;
  const { cpu } = thread;
  const node = kernel.settings.nodes[cpu] ?? 0;
  const { concurrencyId } = state;
  const isNew = state.publishedCpu !== cpu || state.publishedNode !== node ||
    state.publishedConcurrencyId !== concurrencyId;
  if (isVersion2(kernel, state)) {
    if (!isNew) return true;
    if (state.publishedCpu >= 0 && !holdsPublishedIds(kernel, thread)) {
      forceKill(kernel, thread, delivering, "ID fields were changed");
      return false;
    }
  }
  Object.assign(state, {
    publishedCpu: cpu,
    publishedNode: node,
    publishedConcurrencyId: concurrencyId,
  });
  const { memory } = kernel.spaceOf(thread);
  const { first, second } = encodeIds(kernel, thread);
  const isWritten = memory.copyOut(state.address, first) &&
    memory.copyOut(state.address + RSEQ_OFFSET.NODE_ID, second);
  if (!isWritten) {
    forceKill(kernel, thread, delivering, "area cannot be written");
  }
  return isWritten;
}

/** The published IDs as bytes: those before `rseq_cs`, those behind `flags`. */
function encodeIds(
  kernel: Kernel,
  { rseq }: Thread,
): { first: Uint8Array; second: Uint8Array } {
  const bytes = new Uint8Array(RSEQ_OFFSET.SLICE_CTRL);
  const view = viewOf(bytes);
  const { littleEndian } = kernel;
  view.setUint32(RSEQ_OFFSET.CPU_ID_START, rseq.publishedCpu, littleEndian);
  view.setUint32(RSEQ_OFFSET.CPU_ID, rseq.publishedCpu, littleEndian);
  view.setUint32(RSEQ_OFFSET.NODE_ID, rseq.publishedNode, littleEndian);
  view.setUint32(RSEQ_OFFSET.MM_CID, rseq.publishedConcurrencyId, littleEndian);
  return {
    first: bytes.subarray(0, RSEQ_OFFSET.RSEQ_CS),
    second: bytes.subarray(RSEQ_OFFSET.NODE_ID, idsEnd(kernel, rseq)),
  };
}

function holdsPublishedIds(kernel: Kernel, thread: Thread): boolean {
  const { memory } = kernel.spaceOf(thread);
  const { address } = thread.rseq;
  const { first, second } = encodeIds(kernel, thread);
  return isThere(memory.copyIn(address, first.length), first) &&
    isThere(
      memory.copyIn(address + RSEQ_OFFSET.NODE_ID, second.length),
      second,
    );
}

function isThere(found: Uint8Array | undefined, wanted: Uint8Array): boolean {
  return found !== undefined && wanted.every((byte, i) => byte === found[i]);
}
