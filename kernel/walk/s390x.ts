/**
 * s390x.
 *
 * @module
 */
import { type Machine, matchesCode } from "./machine.ts";

/** `svc 173`: rt_sigreturn. */
const TRAMPOLINE = [0x0a, 0xad];

/** Offset from SP of the siginfo, behind 160 bytes for the callee and the system call's instruction. */
const SIGINFO = 168;
/** Offset from SP of the PSW mask in the ucontext. */
const PSW_MASK = 336;
/** Upper half of the PSW mask of any user program: DAT, I/O, external, machine check, wait off, problem state. */
const USER_MASK = [0x07, 0x05];
/** Lower half: 64-bit addressing. */
const WIDE_MASK = [0x80, 0, 0, 0];
/** Offset from SP of the PSW address in the ucontext. */
const PSW_ADDRESS = 344;
/** Offset from SP of r0. */
const R0 = 352;
/** Offset from SP of the floating-point registers: behind 16 access registers and the control word. */
const F0 = R0 + 16 * 8 + 16 * 4 + 8;

/** Number of the floating-point register that DWARF calls 16 + n: even ones first within each group of eight. */
const FLOAT_ORDER = [0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15];

/** s390x: a call leaves the return address in r14; a frame's 160 bytes below the CFA belong to the callee. */
export const S390X: Machine = {
  name: "s390x",
  elfMachine: 22,
  sp: 15,
  fp: 11,
  link: 14,
  returnColumn: 14,
  pc: 64,
  callerSpOffset: -160,
  entryCfaOffset: 160,
  codeHighMask: -1,
  frameRecord: "none",
  isTrampoline(memory, pc) {
    return matchesCode(memory, pc, TRAMPOLINE);
  },
  looksLikeSignalFrame(memory, sp) {
    const signal = Math.floor(memory.readWord(sp + SIGINFO) / 0x1_0000_0000);
    return signal >= 1 && signal <= 64 &&
      matchesCode(memory, sp + PSW_MASK, USER_MASK) === true &&
      matchesCode(memory, sp + PSW_MASK + 4, WIDE_MASK) === true;
  },
  readSignalFrame(memory, sp, registers) {
    registers.fill(NaN);
    for (let i = 0; i < 16; i++) {
      registers[i] = memory.readWord(sp + R0 + 8 * i);
    }
    for (let i = 0; i < 16; i++) {
      registers[16 + i] = memory.readWord(sp + F0 + 8 * FLOAT_ORDER[i]!);
    }
    registers[64] = memory.readCode(sp + PSW_ADDRESS);
  },
};
