/**
 * Where the machines keep their registers in the notes of a core dump.
 *
 * Source: `struct elf_prstatus` (include/linux/elfcore.h) with each machine's `elf_gregset_t`; DWARF numbers from the
 * machines' psABI supplements.
 *
 * @module
 */
import { EM } from "../elf/mod.ts";

/** Machines whose cores are read. */
export type MachineName = "x86-64" | "aarch64" | "s390x";

/** Columns of {@linkcode CoreThread.registers} with a role. */
export interface MachineRegisters {
  /** Program counter: its DWARF number, or a column of its own where DWARF has none. */
  readonly pc: number;
  /** Stack pointer, DWARF number. */
  readonly sp: number;
  /** Frame pointer by convention, DWARF number. */
  readonly fp: number;
  /** Return address, DWARF number: the link register, or the return address column of x86-64. */
  readonly ra: number;
  /** Columns of a register set. */
  readonly count: number;
}

/** The columns by machine. s390x keeps its pc, the address half of the PSW, in column 64. */
export const MACHINE_REGISTERS: Readonly<
  Record<MachineName, MachineRegisters>
> = {
  "x86-64": { pc: 16, sp: 7, fp: 6, ra: 16, count: 17 },
  "aarch64": { pc: 32, sp: 31, fp: 29, ra: 30, count: 33 },
  "s390x": { pc: 64, sp: 15, fp: 11, ra: 14, count: 65 },
};

/** Name, offset in bytes from the start of `pr_reg`, and size in bytes of a register as the kernel stores it. */
export type RegisterPlace = readonly [
  name: string,
  offset: number,
  size: 4 | 8,
];

/** What the decoder must know of a machine. */
export interface MachineLayout {
  /** Size of `pr_reg` in bytes. */
  readonly registersSize: number;
  /** Offset in `pr_reg` of each column's register; -1 where it is not there. */
  readonly columns: readonly number[];
  /** All registers in the order in which they are shown. */
  readonly places: readonly RegisterPlace[];
  /** Offset in `pr_reg` of the thread pointer; -1 if it is in a note of its own or composed of halves. */
  readonly threadPointerOffset: number;
}

const X86_64_ORDER =
  ("r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss " +
    "fs_base gs_base ds es fs gs").split(" ");
const X86_64_DWARF =
  "rax rdx rcx rbx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip".split(
    " ",
  );
const X86_64_SHOWN =
  ("rax rbx rcx rdx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip eflags cs ss ds es fs gs " +
    "fs_base gs_base orig_rax").split(" ");

function x86Offset(name: string): number {
  return 8 * X86_64_ORDER.indexOf(name);
}

function numbered(
  prefix: string,
  count: number,
  offset: number,
  size: 4 | 8,
): RegisterPlace[] {
  return Array.from(
    { length: count },
    (_, n) => [`${prefix}${n}`, offset + size * n, size],
  );
}

function offsets(count: number, start: number): number[] {
  return Array.from({ length: count }, (_, n) => start + 8 * n);
}

/** Layouts by machine. */
export const LAYOUTS: Readonly<Record<MachineName, MachineLayout>> = {
  "x86-64": {
    registersSize: 8 * X86_64_ORDER.length,
    columns: X86_64_DWARF.map(x86Offset),
    places: X86_64_SHOWN.map((name) => [name, x86Offset(name), 8]),
    threadPointerOffset: x86Offset("fs_base"),
  },
  "aarch64": {
    registersSize: 272,
    columns: offsets(33, 0),
    places: [
      ...numbered("x", 31, 0, 8),
      ["sp", 248, 8],
      ["pc", 256, 8],
      ["pstate", 264, 8],
    ],
    threadPointerOffset: -1,
  },
  "s390x": {
    registersSize: 216,
    columns: [...offsets(16, 16), ...Array(48).fill(-1), 8],
    places: [
      ["pswm", 0, 8],
      ["pswa", 8, 8],
      ...numbered("r", 16, 16, 8),
      ...numbered("acr", 16, 144, 4),
      ["orig_r2", 208, 8],
    ],
    threadPointerOffset: -1,
  },
};

/** Floating-point register of s390x that DWARF number 16 + `n` names: f0, f2, f4, f6, f1, f3 ..., then 8 to 15 alike. */
export function s390xFloatOfDwarf(n: number): number {
  return ((n & 3) << 1) | ((n & 4) >> 2) | (n & 8);
}

/** The machine that `e_machine` names, if its cores are read. */
export function machineOf(elfMachine: number): MachineName | undefined {
  switch (elfMachine) {
    case EM.X86_64:
      return "x86-64";
    case EM.AARCH64:
      return "aarch64";
    case EM.S390:
      return "s390x";
    default:
      return undefined;
  }
}

const OTHER_MACHINES: Readonly<Record<number, string>> = {
  2: "SPARC",
  3: "i386",
  4: "Motorola 68000",
  8: "MIPS",
  15: "PA-RISC",
  18: "SPARC V8+",
  20: "PowerPC",
  21: "PowerPC64",
  40: "ARM",
  42: "SuperH",
  43: "SPARC V9",
  50: "Itanium",
  92: "OpenRISC",
  94: "Xtensa",
  164: "Hexagon",
  188: "TILEPro",
  189: "MicroBlaze",
  195: "ARC",
  243: "RISC-V",
  247: "BPF",
  252: "C-SKY",
  258: "LoongArch",
  0x9026: "Alpha",
};

/** Name of a machine for messages, `machine 1234` where it is not a common one. */
export function describeElfMachine(elfMachine: number): string {
  return machineOf(elfMachine) ?? OTHER_MACHINES[elfMachine] ??
    `machine ${elfMachine}`;
}
