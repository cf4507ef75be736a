/**
 * Threads: their registers out of `NT_PRSTATUS` and the notes that follow it.
 *
 * @module
 */
import { readInt64 } from "../base/address.ts";
import { viewOf } from "../base/byte_source.ts";
import { TruncatedError } from "../base/error.ts";
import {
  LAYOUTS,
  MACHINE_REGISTERS,
  type MachineName,
  type RegisterPlace,
  s390xFloatOfDwarf,
} from "./machines.ts";
import { CORE } from "./warnings.ts";

/** Offset of `pr_reg` in `struct elf_prstatus` of 64-bit machines. */
const REGISTERS_OFFSET = 112;
const TWO_32 = 0x1_0000_0000;
const S390X_ACCESS_REGISTERS_OFFSET = 144;
const S390X_FPREGS_SIZE = 136;
/** Bits 48 to 54: where pointer authentication codes are with 48-bit addresses. */
const DEFAULT_PAC_MASK_HIGH = 0x007f_0000;
/** Bit 55, which tells the two halves of the address space of aarch64 apart. */
const KERNEL_HALF_BIT = 0x0080_0000;

/** Register bytes as the kernel stored them, for values that a Number cannot hold. */
export interface RawRegisters {
  /** Whose layout it is. */
  readonly machine: MachineName;
  /** Byte order. */
  readonly littleEndian: boolean;
  /** `pr_reg`. */
  readonly general: Uint8Array;
  /** `NT_FPREGSET` of s390x, which may hold saved general registers; `undefined` elsewhere. */
  floating: Uint8Array | undefined;
  /** `NT_ARM_TLS` of aarch64; `undefined` elsewhere. */
  tls: Uint8Array | undefined;
}

/** A thread of the dumped process. */
export interface CoreThread {
  /** Thread id. */
  readonly tid: number;
  /** `pr_cursig`: the signal that ended the process, 0 if none. The kernel writes it for every thread. */
  signal: number;
  /** Program counter; on aarch64 and x86-64 also a column of `registers`. */
  pc: number;
  /** Stack pointer. */
  sp: number;
  /**
   * Registers by DWARF number, signed canonical, NaN where not known; `MACHINE_REGISTERS` has the columns. Values that
   * are no safe integers are rounded: {@linkcode registerText} has them exactly.
   */
  readonly registers: Float64Array;
  /** Thread pointer; NaN if the core does not have it. */
  threadPointer: number;
  /** Name, where known: the Linux writer stores none. */
  name: string | undefined;
  /** `insn_mask` of this thread's `NT_ARM_PAC_MASK`, its upper 32 bits; `undefined` without the note. */
  pacMask: number | undefined;
  /** The bytes from which all this was read. */
  readonly rawRegisters: RawRegisters;
}

/** A register in text. */
export interface NamedRegister {
  /** Name in the manner of debuggers: `rax`, `x0`, `pswm`. */
  name: string;
  /** `0x` and hexadecimal digits without leading zeros, exact. */
  hex: string;
}

/**
 * Clears the pointer authentication code from an aarch64 code address (sets it in the kernel's half).
 *
 * @param high Upper 32 bits of the address.
 * @param mask Upper 32 bits of the mask of code bits.
 * @returns The upper 32 bits without the code, as a signed integer.
 */
export function stripCodeHigh(high: number, mask: number): number {
  return (high & KERNEL_HALF_BIT) === 0 ? high & ~mask : high | mask;
}

/**
 * Decodes `NT_PRSTATUS`.
 *
 * | offset | size | field |
 * | --- | --- | --- |
 * | 12 | 2 | `pr_cursig` |
 * | 32 | 4 | `pr_pid`, the thread's id |
 * | 112 | machine | `pr_reg` |
 *
 * Source: include/linux/elfcore.h; the machines' `elf_gregset_t`.
 *
 * @param bytes Holds the note.
 * @param offset Where the descriptor starts in `bytes`.
 * @param size Size of the descriptor.
 * @param fileOffset Where it is in the file, for errors.
 * @throws {FormatError} `truncated`
 */
export function decodeThread(
  machine: MachineName,
  littleEndian: boolean,
  bytes: Uint8Array,
  offset: number,
  size: number,
  fileOffset: number,
): CoreThread {
  const layout = LAYOUTS[machine];
  const needed = REGISTERS_OFFSET + layout.registersSize;
  if (size < needed) {
    throw new TruncatedError(CORE, "NT_PRSTATUS", fileOffset, needed, size);
  }
  const start = offset + REGISTERS_OFFSET;
  // A copy: a view would keep the whole window of notes in memory for each thread.
  const general = bytes.slice(start, start + layout.registersSize);
  const view = viewOf(bytes);
  const thread = makeThread(
    machine,
    littleEndian,
    view.getInt32(offset + 32, littleEndian),
    general,
  );
  thread.signal = view.getInt16(offset + 12, littleEndian);
  return thread;
}

/**
 * A thread by its register block, `elf_gregset_t`, such as `PTRACE_GETREGSET` hands out: nothing else is known of it.
 *
 * @param general As many bytes as the machine's block has, the thread's to keep.
 * @throws {FormatError} `truncated`
 */
export function makeThread(
  machine: MachineName,
  littleEndian: boolean,
  tid: number,
  general: Uint8Array,
): CoreThread {
  const needed = LAYOUTS[machine].registersSize;
  if (general.length < needed) {
    throw new TruncatedError(CORE, "pr_reg", 0, needed, general.length);
  }
  const thread: CoreThread = {
    tid,
    signal: 0,
    pc: NaN,
    sp: NaN,
    registers: new Float64Array(MACHINE_REGISTERS[machine].count).fill(NaN),
    threadPointer: NaN,
    name: undefined,
    pacMask: undefined,
    rawRegisters: {
      machine,
      littleEndian,
      general,
      floating: undefined,
      tls: undefined,
    },
  };
  fillRegisters(thread);
  return thread;
}

function fillRegisters(thread: CoreThread): void {
  const { machine, littleEndian, general } = thread.rawRegisters;
  const { columns, threadPointerOffset } = LAYOUTS[machine];
  const roles = MACHINE_REGISTERS[machine];
  const view = viewOf(general);
  for (let column = 0; column < columns.length; column++) {
    const at = columns[column]!;
    if (at >= 0) {
      thread.registers[column] = readInt64(view, at, littleEndian);
    }
  }
  if (threadPointerOffset >= 0) {
    thread.threadPointer = readInt64(view, threadPointerOffset, littleEndian);
  } else if (machine === "s390x") {
    // Access registers 0 and 1 are the two halves, the upper one first.
    thread.threadPointer = readInt64(
      view,
      S390X_ACCESS_REGISTERS_OFFSET,
      littleEndian,
    );
  }
  if (machine === "aarch64") stripReturnAddress(thread, undefined);
  thread.pc = thread.registers[roles.pc]!;
  thread.sp = thread.registers[roles.sp]!;
}

/**
 * Sets the link register of an aarch64 thread without its authentication code.
 *
 * @param coreMask The mask of the whole core, for threads without one of their own. Without either, bits 48 to 54 are
 * cleared: qemu-user writes signed addresses and no mask.
 */
export function stripReturnAddress(
  thread: CoreThread,
  coreMask: number | undefined,
): void {
  const { general, littleEndian } = thread.rawRegisters;
  const mask = thread.pacMask ?? coreMask ?? DEFAULT_PAC_MASK_HIGH;
  const column = MACHINE_REGISTERS.aarch64.ra;
  const at = LAYOUTS.aarch64.columns[column]!;
  const view = viewOf(general);
  const high = view.getInt32(littleEndian ? at + 4 : at, littleEndian);
  const low = view.getUint32(littleEndian ? at : at + 4, littleEndian);
  thread.registers[column] = stripCodeHigh(high, mask) * TWO_32 + low;
}

/**
 * Takes over the floating-point registers of an s390x thread: compilers save general registers there.
 *
 * Layout: `fpc` at 0, four bytes of padding, `f0` to `f15` from 8 on.
 *
 * @throws {FormatError} `truncated`
 */
export function addFloatingRegisters(
  thread: CoreThread,
  bytes: Uint8Array,
  offset: number,
  size: number,
  fileOffset: number,
): void {
  if (size < S390X_FPREGS_SIZE) {
    throw new TruncatedError(
      CORE,
      "NT_FPREGSET",
      fileOffset,
      S390X_FPREGS_SIZE,
      size,
    );
  }
  const { littleEndian } = thread.rawRegisters;
  const floating = bytes.slice(offset, offset + S390X_FPREGS_SIZE);
  thread.rawRegisters.floating = floating;
  const view = viewOf(floating);
  for (let n = 0; n < 16; n++) {
    const at = 8 + 8 * s390xFloatOfDwarf(n);
    thread.registers[16 + n] = readInt64(view, at, littleEndian);
  }
}

/**
 * Takes over the thread pointer of an aarch64 thread, `NT_ARM_TLS`: `tpidr_el0`, which `tpidr2_el0` may follow.
 *
 * @throws {FormatError} `truncated`
 */
export function addThreadPointer(
  thread: CoreThread,
  bytes: Uint8Array,
  offset: number,
  size: number,
  fileOffset: number,
): void {
  if (size < 8) {
    throw new TruncatedError(CORE, "NT_ARM_TLS", fileOffset, 8, size);
  }
  const tls = bytes.slice(offset, offset + 8);
  thread.rawRegisters.tls = tls;
  thread.threadPointer = readInt64(
    viewOf(tls),
    0,
    thread.rawRegisters.littleEndian,
  );
}

/** The general and special registers of a thread in the machine's customary order, exact to the last bit. */
export function namedRegisters(thread: CoreThread): NamedRegister[] {
  const { machine, littleEndian, general, floating, tls } = thread.rawRegisters;
  const named = LAYOUTS[machine].places.map((place) =>
    nameRegister(general, place, littleEndian)
  );
  if (floating !== undefined) {
    named.push(nameRegister(floating, ["fpc", 0, 4], littleEndian));
    for (let n = 0; n < 16; n++) {
      named.push(nameRegister(floating, [`f${n}`, 8 + 8 * n, 8], littleEndian));
    }
  }
  if (tls !== undefined) {
    named.push(nameRegister(tls, ["tpidr", 0, 8], littleEndian));
  }
  return named;
}

/** The value of the register `name` as exact hexadecimal text; the empty string if there is none of that name. */
export function registerText(thread: CoreThread, name: string): string {
  return namedRegisters(thread).find((one) => one.name === name)?.hex ?? "";
}

function nameRegister(
  bytes: Uint8Array,
  [name, offset, size]: RegisterPlace,
  littleEndian: boolean,
): NamedRegister {
  const view = viewOf(bytes);
  if (size === 4) {
    return {
      name,
      hex: `0x${view.getUint32(offset, littleEndian).toString(16)}`,
    };
  }
  return {
    name,
    hex: `0x${view.getBigUint64(offset, littleEndian).toString(16)}`,
  };
}
