/**
 * What the walker must know of a machine. Each machine is one file beside this one.
 *
 * @module
 */
import type { Memory } from "./memory.ts";

/** One machine: register numbers are DWARF's. */
export interface Machine {
  /** Name as `bt` prints it. */
  readonly name: "x86-64" | "aarch64" | "s390x";
  /** `e_machine` of its ELF files. */
  readonly elfMachine: number;
  /** Number of the stack pointer. */
  readonly sp: number;
  /** Number of the frame pointer. */
  readonly fp: number;
  /** Number of the register that holds the return address after a call; -1 if a call pushes it. */
  readonly link: number;
  /** Column of the return address in CFI. */
  readonly returnColumn: number;
  /** Column in which register sets keep the pc. */
  readonly pc: number;
  /** The caller's SP minus the CFA. */
  readonly callerSpOffset: number;
  /** CFA minus SP just after a call. */
  readonly entryCfaOffset: number;
  /** Bits of the high word of a code address, where the core does not say. */
  readonly codeHighMask: number;
  /**
   * Where code without tables keeps its frame record `[saved FP, RA]`, to which FP points: at the `top` of the frame,
   * just below the CFA; at the `bottom`, so that the CFA is not known; or there is none.
   */
  readonly frameRecord: "top" | "bottom" | "none";
  /** Whether the instructions at `pc` are those that return from a signal handler; `undefined` if they cannot be read. */
  isTrampoline(memory: Memory, pc: number): boolean | undefined;
  /** Whether what lies at `sp` looks like a signal frame; asked where the code cannot be read. */
  looksLikeSignalFrame(memory: Memory, sp: number): boolean;
  /** Fills `registers` from the signal frame at `sp`; what cannot be read is NaN. */
  readSignalFrame(memory: Memory, sp: number, registers: Float64Array): void;
}

/**
 * Compares code bytes with a pattern: `undefined` if they cannot be read. Bytes, not words, since the code of
 * big-endian AArch64 is little-endian.
 */
export function matchesCode(
  memory: Memory,
  address: number,
  pattern: readonly number[],
): boolean | undefined {
  for (let i = 0; i < pattern.length; i++) {
    const byte = memory.readByte(address + i);
    if (byte !== byte) return undefined;
    if (byte !== pattern[i]) return false;
  }
  return true;
}
