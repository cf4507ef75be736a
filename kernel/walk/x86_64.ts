/**
 * x86-64.
 *
 * @module
 */
import { type Machine, matchesCode } from "./machine.ts";

/** `mov $15, %rax; syscall`: rt_sigreturn, as libcs and the kernel's selftests write it. */
const TRAMPOLINE = [0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05];
/** `mov $15, %eax; syscall`, as Go and others write it. */
const SHORT_TRAMPOLINE = [0xb8, 0x0f, 0, 0, 0, 0x0f, 0x05];

/** Offsets in the ucontext at SP of DWARF registers 0 to 16 (rax rdx rcx rbx rsi rdi rbp rsp r8-r15 rip). */
const CONTEXT = [
  144,
  136,
  152,
  128,
  112,
  104,
  120,
  160,
  40,
  48,
  56,
  64,
  72,
  80,
  88,
  96,
  168,
];
/** Offset of the segment selectors; the first 16 bits are CS. */
const SELECTORS = 184;

/** x86-64: a call pushes the return address; frame records lie at rbp. */
export const X86_64: Machine = {
  name: "x86-64",
  elfMachine: 62,
  sp: 7,
  fp: 6,
  link: -1,
  returnColumn: 16,
  pc: 16,
  callerSpOffset: 0,
  entryCfaOffset: 8,
  codeHighMask: -1,
  frameRecord: "top",
  isTrampoline(memory, pc) {
    return matchesCode(memory, pc, TRAMPOLINE) ||
      matchesCode(memory, pc, SHORT_TRAMPOLINE);
  },
  looksLikeSignalFrame(memory, sp) {
    return memory.readByte(sp + SELECTORS) === 0x33 &&
      memory.readByte(sp + SELECTORS + 1) === 0;
  },
  readSignalFrame(memory, sp, registers) {
    registers.fill(NaN);
    for (let i = 0; i < CONTEXT.length; i++) {
      registers[i] = memory.readWord(sp + CONTEXT[i]!);
    }
  },
};
