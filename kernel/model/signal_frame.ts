/**
 * Frames that signal delivery puts on the user's stack, as Linux lays them out; what the walker reads back.
 *
 * | machine | SP points to | siginfo | ucontext | registers | mask | size |
 * | --- | --- | --- | --- | --- | --- | --- |
 * | x86-64 | return address | 312 | 8 | ucontext + 40 | ucontext + 296 | 440 |
 * | AArch64 | siginfo | 0 | 128 | ucontext + 176 | ucontext + 40 | 4688 |
 * | s390x | callee area | 168 | 296 | ucontext + 40 | ucontext + 384 | 688 |
 *
 * Source: kernel_abi.md 6.3a; struct rt_sigframe of each machine.
 *
 * @module
 */
import { readInt64, writeInt64 } from "../../formats/base/address.ts";
import { viewOf } from "../../formats/base/byte_source.ts";
import type { Kernel } from "./kernel.ts";
import {
  type PendingSignal,
  readMask,
  type SignalAction,
  writeMask,
} from "./signals.ts";
import type { Thread } from "./state.ts";

interface FrameLayout {
  size: number;
  siginfo: number;
  context: number;
  mask: number;
  /** Offset of each register, by DWARF number; the pc in the machine's column. */
  registers: ReadonlyMap<number, number>;
  /** Where the trampoline finds the frame: SP then, minus SP at the handler's first instruction. */
  trampolineSp: number;
  /** Registers of the handler's three arguments. */
  arguments: readonly [number, number, number];
}

const X86_ORDER = [8, 9, 10, 11, 12, 13, 14, 15, 5, 4, 6, 3, 1, 0, 2, 7, 16];

function consecutive(
  first: number,
  count: number,
  at: number,
): [number, number][] {
  return Array.from({ length: count }, (_, i) => [first + i, at + 8 * i]);
}

const LAYOUTS: Record<"x86-64" | "aarch64" | "s390x", FrameLayout> = {
  "x86-64": {
    size: 440,
    siginfo: 312,
    context: 8,
    mask: 304,
    registers: new Map(X86_ORDER.map((number, i) => [number, 48 + 8 * i])),
    trampolineSp: 8,
    arguments: [5, 4, 1],
  },
  aarch64: {
    size: 4688,
    siginfo: 0,
    context: 128,
    mask: 168,
    registers: new Map([...consecutive(0, 32, 312), [32, 568]]),
    trampolineSp: 0,
    arguments: [0, 1, 2],
  },
  s390x: {
    size: 688,
    siginfo: 168,
    context: 296,
    mask: 680,
    registers: new Map([...consecutive(0, 16, 352), [64, 344]]),
    trampolineSp: 0,
    arguments: [2, 3, 4],
  },
};

/** Bytes below SP that leaf functions may use (x86-64). */
const RED_ZONE = 128;

/** Puts the frame on the stack and lets the thread continue in the handler; false if the stack cannot be written. */
export function writeSignalFrame(
  kernel: Kernel,
  thread: Thread,
  signal: PendingSignal,
  action: SignalAction,
): boolean {
  const { machine, littleEndian } = kernel;
  const layout = LAYOUTS[machine.name];
  const { registers } = thread;
  const isX86 = machine.link < 0;
  const top = registers[machine.sp]! - (isX86 ? RED_ZONE : 0) - layout.size;
  // At a function's first instruction, x86-64 has SP 8 below a multiple of 16.
  const start = Math.floor(top / 16) * 16 - (isX86 ? 8 : 0);
  const bytes = new Uint8Array(layout.size);
  const view = viewOf(bytes);
  for (const [number, offset] of layout.registers) {
    writeInt64(view, offset, registers[number]!, littleEndian);
  }
  writeMask(view, layout.mask, thread.blocked, littleEndian);
  view.setInt32(layout.siginfo, signal.number, littleEndian);
  view.setInt32(layout.siginfo + 8, signal.code, littleEndian);
  writeInt64(view, layout.siginfo + 16, signal.address, littleEndian);
  if (isX86) writeInt64(view, 0, action.restorer, littleEndian);
  if (!kernel.spaceOf(thread).memory.copyOut(start, bytes)) return false;
  const [first, second, third] = layout.arguments;
  registers[first] = signal.number;
  registers[second] = start + layout.siginfo;
  registers[third] = start + layout.context;
  registers[machine.sp] = start;
  registers[machine.pc] = action.handler;
  if (!isX86) registers[machine.link] = action.restorer;
  return true;
}

/** Takes registers and mask back from the frame, with SP where the trampoline has it; false if it cannot be read. */
export function readSignalFrame(kernel: Kernel, thread: Thread): boolean {
  const { machine, littleEndian } = kernel;
  const layout = LAYOUTS[machine.name];
  const start = thread.registers[machine.sp]! - layout.trampolineSp;
  const bytes = kernel.spaceOf(thread).memory.copyIn(start, layout.size);
  if (bytes === undefined) return false;
  const view = viewOf(bytes);
  for (const [number, offset] of layout.registers) {
    thread.registers[number] = readInt64(view, offset, littleEndian);
  }
  thread.blocked = readMask(view, layout.mask, littleEndian);
  return true;
}
