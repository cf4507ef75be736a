/**
 * Signals: sent, held back, delivered on the way to user mode.
 *
 * @module
 */
import { readAddress, writeInt64 } from "../../formats/base/address.ts";
import { viewOf } from "../../formats/base/byte_source.ts";
import { Errno } from "./errno.ts";
import type { Kernel } from "./kernel.ts";
import { readSignalFrame, writeSignalFrame } from "./signal_frame.ts";
import { Category, defineSites } from "./site.ts";
import type { Thread } from "./state.ts";
import type { Subsystem } from "./subsystem.ts";

/** Numbers of the signals that the model itself sends. */
export const Signal = {
  ILL: 4,
  TRAP: 5,
  BUS: 7,
  FPE: 8,
  KILL: 9,
  SEGV: 11,
} as const;

/** Codes of SIGSEGV. */
export const SegvCode = { MAPERR: 1, ACCERR: 2, KERNEL: 0x80 } as const;

/** The highest signal number. */
export const MAX_SIGNAL = 64;
/** SIGCHLD, SIGCONT, SIGURG, SIGWINCH: nothing happens unless there is a handler. */
const IGNORED: readonly number[] = [17, 18, 23, 28];
/** SIGKILL and SIGSTOP. */
const UNCATCHABLE: readonly number[] = [9, 19];
const SIG_IGN = 1;
const SA_NODEFER = 0x4000_0000;
/** u64 handler, flags, restorer, mask. */
const ACTION_SIZE = 32;

/** A signal on its way to a thread. */
export interface PendingSignal {
  /** Number. */
  number: number;
  /** `si_code`. */
  code: number;
  /** Faulting address, or 0. */
  address: number;
  /** Whether the thread itself caused it: then it can be neither blocked nor ignored. */
  forced: boolean;
}

/** What a process does on a signal. */
export interface SignalAction {
  /** Address of the handler; 0 default, 1 ignore. */
  handler: number;
  /** SA_... bits. */
  flags: number;
  /** Address of the code that calls sigreturn. */
  restorer: number;
  /** Signals blocked while the handler runs. */
  mask: SignalMask;
}

/** Signals 1 to 32 and 33 to 64 as bits. */
export type SignalMask = [low: number, high: number];

const SITES = defineSites(Category.SIGNAL, {
  number: [1, Errno.EINVAL, "no signal %jd"],
  uncatchable: [2, Errno.EINVAL, "signal %jd cannot be caught"],
  action: [3, Errno.EFAULT, "action at %#jx cannot be read"],
  frame: [4, Errno.EFAULT, "signal frame at %#jx cannot be read"],
  target: [5, Errno.ESRCH, "no thread %jd"],
});

/** Whether `mask` holds signal `number`. */
export function holdsSignal(mask: SignalMask, number: number): boolean {
  return (mask[number > 32 ? 1 : 0] >>> ((number - 1) & 31) & 1) !== 0;
}

/** `mask` with signal `number` in it. */
export function withSignal(mask: SignalMask, number: number): SignalMask {
  const copy: SignalMask = [mask[0], mask[1]];
  const word = number > 32 ? 1 : 0;
  copy[word] = (copy[word] | 1 << ((number - 1) & 31)) >>> 0;
  return copy;
}

/** Queues a signal for `thread`; one that is pending already is not queued twice. */
export function sendSignal(thread: Thread, signal: PendingSignal): void {
  if (!thread.pending.some(({ number }) => number === signal.number)) {
    thread.pending.push(signal);
  }
}

/** Delivers what is pending and not blocked: builds frames, or ends the process. */
export function deliverSignals(kernel: Kernel, thread: Thread): void {
  while (thread.alive) {
    const index = thread.pending.findIndex((signal) =>
      signal.forced || UNCATCHABLE.includes(signal.number) ||
      !holdsSignal(thread.blocked, signal.number)
    );
    if (index < 0) return;
    const [signal] = thread.pending.splice(index, 1);
    deliver(kernel, thread, signal!);
  }
}

function deliver(kernel: Kernel, thread: Thread, signal: PendingSignal): void {
  const process = kernel.processOf(thread);
  const { number } = signal;
  const action = UNCATCHABLE.includes(number)
    ? undefined
    : process.actions[number];
  const handler = action?.handler ?? 0;
  // A forced signal that is blocked or ignored kills, as in Linux: nobody would see it otherwise.
  const isHidden = handler === SIG_IGN || holdsSignal(thread.blocked, number);
  if (handler === SIG_IGN && !signal.forced) {
    return kernel.tell({
      kind: "signal",
      tid: thread.tid,
      signal,
      fate: "ignored",
    });
  }
  if (handler === 0 && IGNORED.includes(number)) {
    return kernel.tell({
      kind: "signal",
      tid: thread.tid,
      signal,
      fate: "ignored",
    });
  }
  if (action === undefined || handler === 0 || isHidden) {
    kernel.tell({ kind: "signal", tid: thread.tid, signal, fate: "killed" });
    return kernel.endProcess(process, { code: 0, signal: number });
  }
  kernel.beforeSignal(thread, number);
  if (!writeSignalFrame(kernel, thread, signal, action)) {
    const lost = { number: Signal.SEGV, code: SegvCode.KERNEL, address: 0 };
    kernel.tell({
      kind: "signal",
      tid: thread.tid,
      signal: { ...lost, forced: true },
      fate: "killed",
    });
    return kernel.endProcess(process, { code: 0, signal: Signal.SEGV });
  }
  kernel.tell({ kind: "signal", tid: thread.tid, signal, fate: "handled" });
  thread.blocked = [
    (thread.blocked[0] | action.mask[0]) >>> 0,
    (thread.blocked[1] | action.mask[1]) >>> 0,
  ];
  // Bit operations are right here: the flags are 32 bits.
  if ((action.flags & SA_NODEFER) === 0) {
    thread.blocked = withSignal(thread.blocked, number);
  }
}

/** sigaction(number, action): `action` is u64 handler, flags, restorer, mask. */
function sigaction(
  kernel: Kernel,
  thread: Thread,
  [number, at]: readonly number[],
): number {
  if (!isSignal(number!)) return kernel.fail(thread, SITES.number, number);
  if (UNCATCHABLE.includes(number!)) {
    return kernel.fail(thread, SITES.uncatchable, number);
  }
  const bytes = kernel.spaceOf(thread).memory.copyIn(at!, ACTION_SIZE);
  if (bytes === undefined) return kernel.fail(thread, SITES.action, at);
  const view = viewOf(bytes);
  const { littleEndian } = kernel;
  kernel.processOf(thread).actions[number!] = {
    handler: readAddress(view, 0, littleEndian),
    flags: view.getUint32(littleEndian ? 8 : 12, littleEndian),
    restorer: readAddress(view, 16, littleEndian),
    mask: readMask(view, 24, littleEndian),
  };
  return 0;
}

/** sigreturn(): takes the registers from the frame at SP. */
function sigreturn(kernel: Kernel, thread: Thread): number | undefined {
  if (readSignalFrame(kernel, thread)) return undefined;
  const address = thread.registers[kernel.machine.sp]!;
  kernel.force(thread, Signal.SEGV, SegvCode.KERNEL, 0);
  return kernel.fail(thread, SITES.frame, address);
}

/** tkill(tid, number) */
function tkill(
  kernel: Kernel,
  thread: Thread,
  [tid, number]: readonly number[],
): number {
  const target = kernel.threads.get(tid!);
  if (target === undefined || !target.alive) {
    return kernel.fail(thread, SITES.target, tid);
  }
  if (number === 0) return 0;
  if (!isSignal(number!)) return kernel.fail(thread, SITES.number, number);
  kernel.signal(target.tid, number!);
  return 0;
}

function isSignal(number: number): boolean {
  return Number.isInteger(number) && number >= 1 && number <= MAX_SIGNAL;
}

/** Reads a u64 of signals. */
export function readMask(
  view: DataView,
  offset: number,
  littleEndian: boolean,
): SignalMask {
  const first = view.getUint32(offset, littleEndian);
  const second = view.getUint32(offset + 4, littleEndian);
  return littleEndian ? [first, second] : [second, first];
}

/** Writes a u64 of signals. */
export function writeMask(
  view: DataView,
  offset: number,
  [low, high]: SignalMask,
  littleEndian: boolean,
): void {
  view.setUint32(littleEndian ? offset : offset + 4, low, littleEndian);
  view.setUint32(littleEndian ? offset + 4 : offset, high, littleEndian);
}

/** Bytes of an action as {@linkcode SIGNALS} reads it, for programs of the model. */
export function encodeAction(
  action: SignalAction,
  littleEndian: boolean,
): Uint8Array {
  const bytes = new Uint8Array(ACTION_SIZE);
  const view = viewOf(bytes);
  writeInt64(view, 0, action.handler, littleEndian);
  writeInt64(view, 8, action.flags, littleEndian);
  writeInt64(view, 16, action.restorer, littleEndian);
  writeMask(view, 24, action.mask, littleEndian);
  return bytes;
}

/** Signals as a part of the kernel. */
export const SIGNALS: Subsystem = {
  calls: { sigaction, sigreturn, tkill },
  threadMade(_kernel, parent, child): void {
    child.blocked = [parent.blocked[0], parent.blocked[1]];
  },
  exec(kernel, thread): void {
    const process = kernel.processOf(thread);
    // handlers are gone with the program; what was ignored stays ignored
    for (const [number, action] of Object.entries(process.actions)) {
      if (action.handler !== SIG_IGN) delete process.actions[Number(number)];
    }
  },
};
