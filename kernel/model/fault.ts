/**
 * Faults of user code: what is mended, what a fixup takes over, what becomes a signal.
 *
 * Traps have x86-64's numbers on every machine of the model. The order, for a fault from user mode:
 *
 * 1. a page fault at an address that allows the access is nothing;
 * 2. no fixup for #DB (1) and #BP (3);
 * 3. the fixup list of the text at the pc, if the instruction is in it: the pc is set to the fixup, three registers to trap
 *    number, error code and address, and no signal is sent;
 * 4. the signal of the trap, forced.
 *
 * | machine | trap number | error code | address |
 * | --- | --- | --- | --- |
 * | x86-64 | rdi | rsi | rdx |
 * | AArch64 | x0 | x1 | x2 |
 * | s390x | r2 | r3 | r4 |
 *
 * Those are the vDSO's of SGX on x86-64; on the others, the registers of the first three arguments, so that a fixup can be
 * a function on each. Restartable sequences come after: a fixup that the pc was sent to is not an event; if there was one,
 * the section is judged by where the thread goes on, which is the fixup. A signal's frame has the abort handler's address.
 *
 * Source: kernel_abi.md 3.3, 3.5.
 *
 * @module
 */
import { Errno } from "./errno.ts";
import { findFixup } from "./fixup_list.ts";
import { fixupListAt, reportBadList } from "./fixups.ts";
import type { Kernel } from "./kernel.ts";
import { SegvCode, Signal } from "./signals.ts";
import type { Thread } from "./state.ts";
import { Protection } from "./user_memory.ts";

/** Numbers of the traps that a program can cause. */
export const Trap = {
  DIVIDE: 0,
  DEBUG: 1,
  BREAKPOINT: 3,
  OVERFLOW: 4,
  BOUND: 5,
  INVALID_OPCODE: 6,
  SEGMENT: 11,
  STACK: 12,
  PROTECTION: 13,
  PAGE: 14,
  X87: 16,
  ALIGNMENT: 17,
  SIMD: 19,
} as const;

/** Bits of a page fault's error code. */
export const PageFault = { WRITE: 2, FETCH: 16 } as const;

/** Registers in which a fixup finds trap number, error code and address; DWARF numbers. */
const FIXUP_REGISTERS = {
  "x86-64": [5, 4, 1],
  aarch64: [0, 1, 2],
  s390x: [2, 3, 4],
} as const;

interface TrapSignal {
  number: number;
  code: number;
  /** What `si_addr` is. */
  address: "pc" | "fault" | "none";
}

const SIGNALS: Readonly<Record<number, TrapSignal>> = {
  [Trap.DIVIDE]: { number: Signal.FPE, code: 1, address: "pc" },
  [Trap.DEBUG]: { number: Signal.TRAP, code: 2, address: "pc" },
  [Trap.BREAKPOINT]: {
    number: Signal.TRAP,
    code: SegvCode.KERNEL,
    address: "none",
  },
  [Trap.OVERFLOW]: {
    number: Signal.SEGV,
    code: SegvCode.KERNEL,
    address: "none",
  },
  [Trap.BOUND]: { number: Signal.SEGV, code: SegvCode.KERNEL, address: "none" },
  [Trap.INVALID_OPCODE]: { number: Signal.ILL, code: 2, address: "pc" },
  [Trap.SEGMENT]: {
    number: Signal.BUS,
    code: SegvCode.KERNEL,
    address: "none",
  },
  [Trap.STACK]: { number: Signal.BUS, code: SegvCode.KERNEL, address: "none" },
  [Trap.PROTECTION]: {
    number: Signal.SEGV,
    code: SegvCode.KERNEL,
    address: "none",
  },
  [Trap.PAGE]: {
    number: Signal.SEGV,
    code: SegvCode.MAPERR,
    address: "fault",
  },
  [Trap.X87]: { number: Signal.FPE, code: 1, address: "pc" },
  [Trap.ALIGNMENT]: { number: Signal.BUS, code: 1, address: "fault" },
  [Trap.SIMD]: { number: Signal.FPE, code: 1, address: "pc" },
};

/**
 * Thread `tid` causes trap `trap` at its pc.
 *
 * @param errorCode What the machine says of it; of a page fault, 2 is a write and 16 a fetch.
 * @param address Address that was accessed, 0 if there is none.
 * @returns 0, -ESRCH if there is no such thread, -EINVAL if there is no such trap.
 */
export function fault(
  kernel: Kernel,
  tid: number,
  trap: number,
  errorCode: number,
  address: number,
): number {
  const thread = kernel.threads.get(tid);
  if (thread === undefined) return -Errno.ESRCH;
  const signal = SIGNALS[trap];
  if (signal === undefined) return -Errno.EINVAL;
  thread.rseq.isInterrupted = true;
  const isMended = trap === Trap.PAGE &&
    isAllowed(kernel, thread, errorCode, address);
  if (!isMended && !applyFixup(kernel, thread, trap, errorCode, address)) {
    sendTrap(kernel, thread, signal, address);
  }
  kernel.returnToUser(thread);
  return 0;
}

function isAllowed(
  kernel: Kernel,
  thread: Thread,
  errorCode: number,
  address: number,
): boolean {
  const needed = (errorCode & PageFault.FETCH) !== 0
    ? Protection.EXEC
    : (errorCode & PageFault.WRITE) !== 0
    ? Protection.WRITE
    : Protection.READ;
  const mapping = kernel.spaceOf(thread).memory.mappingAt(address);
  return mapping !== undefined && (mapping.protection & needed) !== 0;
}

function applyFixup(
  kernel: Kernel,
  thread: Thread,
  trap: number,
  errorCode: number,
  address: number,
): boolean {
  if (trap === Trap.DEBUG || trap === Trap.BREAKPOINT) return false;
  const { registers, tid } = thread;
  const { machine } = kernel;
  const from = registers[machine.pc]!;
  const space = kernel.spaceOf(thread);
  const list = fixupListAt(space, from);
  if (list === undefined || list.isBad) return false;
  const to = findFixup(space.memory, list, from);
  if (typeof to === "string") {
    reportBadList(kernel, thread, list, to);
    return false;
  }
  if (to === undefined) return false;
  const [first, second, third] = FIXUP_REGISTERS[machine.name];
  registers[first] = trap;
  registers[second] = errorCode;
  registers[third] = address;
  registers[machine.pc] = to;
  kernel.tell({ kind: "fixup", tid, from, to });
  return true;
}

function sendTrap(
  kernel: Kernel,
  thread: Thread,
  { number, code, address: kind }: TrapSignal,
  address: number,
): void {
  const pc = thread.registers[kernel.machine.pc]!;
  const isMapped = kind === "fault" && number === Signal.SEGV &&
    kernel.spaceOf(thread).memory.mappingAt(address) !== undefined;
  const at = kind === "pc" ? pc : kind === "fault" ? address : 0;
  kernel.force(thread, number, isMapped ? SegvCode.ACCERR : code, at);
}
