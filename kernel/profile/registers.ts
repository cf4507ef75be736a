/**
 * Where a sample's registers are, and what DWARF calls them.
 *
 * @module
 */
import type { EventAttr } from "../../formats/perf_data/mod.ts";
import type { Machine } from "../walk/machine.ts";

/** DWARF numbers of perf's registers on x86-64: ax bx cx dx si di bp sp ip, flags and segments, r8 to r15. */
const X86_64 = [0, 3, 2, 1, 4, 5, 6, 7, 16, -1, -1, -1, -1, -1, -1, -1]
  .concat([8, 9, 10, 11, 12, 13, 14, 15]);
/** On AArch64: x0 to x30, sp, pc. */
const AARCH64 = Array.from({ length: 33 }, (_, i) => i);
/** On s390x: r0 to r15, f0 to f15, the two halves of the PSW. */
const S390X = [
  ...Array.from({ length: 16 }, (_, i) => i),
  ...[16, 20, 17, 21, 18, 22, 19, 23, 24, 28, 25, 29, 26, 30, 27, 31],
  -1,
  64,
];

const BY_MACHINE: Record<Machine["name"], readonly number[]> = {
  "x86-64": X86_64,
  "aarch64": AARCH64,
  "s390x": S390X,
};

/** Where the registers of one event's samples are. */
export interface RegisterLayout {
  /** DWARF number of each register that a sample holds, in its order; -1 for those without. */
  dwarf: Int16Array;
  /** Offset of the program counter from the first register, or -1. */
  pcOffset: number;
  /** Offset of the stack pointer, or -1. */
  spOffset: number;
  /** Offset of the frame pointer, or -1. */
  fpOffset: number;
}

/** Lays the user registers of an event's samples out. */
export function layOutRegisters(
  attr: EventAttr,
  machine: Machine,
): RegisterLayout {
  const names = BY_MACHINE[machine.name];
  const dwarf: number[] = [];
  for (let bit = 0; bit < 64; bit++) {
    const word = bit < 32 ? attr.userRegistersLow : attr.userRegistersHigh;
    if (((word >>> (bit & 31)) & 1) !== 0) dwarf.push(names[bit] ?? -1);
  }
  const offsetOf = (register: number): number => {
    const index = dwarf.indexOf(register);
    return index < 0 ? -1 : 8 * index;
  };
  return {
    dwarf: Int16Array.from(dwarf),
    pcOffset: offsetOf(machine.pc),
    spOffset: offsetOf(machine.sp),
    fpOffset: offsetOf(machine.fp),
  };
}
