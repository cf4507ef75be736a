/**
 * AArch64, both byte orders.
 *
 * @module
 */
import { type Machine, matchesCode } from "./machine.ts";

/** `mov x8, #139; svc #0`: rt_sigreturn. Code is little-endian whatever the data. */
const TRAMPOLINE = [0x68, 0x11, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4];

/** Offset from SP of x0 in the signal frame: 128 bytes of siginfo, the ucontext's head, the fault address. */
const X0 = 312;
/** Offset from SP of the first extension record, which names its kind. */
const EXTENSIONS = 592;
/** Kind of the record of floating-point registers, which the kernel always writes. */
const FPSIMD_MAGIC = [0x01, 0x80, 0x50, 0x46];

/** AArch64: a call leaves the return address in x30; frame records lie at x29. */
export const AARCH64: Machine = {
  name: "aarch64",
  elfMachine: 183,
  sp: 31,
  fp: 29,
  link: 30,
  returnColumn: 30,
  pc: 32,
  callerSpOffset: 0,
  entryCfaOffset: 0,
  codeHighMask: 0xffff, // 48-bit addresses; NT_ARM_PAC_MASK says better
  frameRecord: "bottom",
  isTrampoline(memory, pc) {
    return matchesCode(memory, pc, TRAMPOLINE);
  },
  looksLikeSignalFrame(memory, sp) {
    const magic = memory.littleEndian
      ? FPSIMD_MAGIC
      : FPSIMD_MAGIC.toReversed();
    return matchesCode(memory, sp + EXTENSIONS, magic) === true;
  },
  readSignalFrame(memory, sp, registers) {
    registers.fill(NaN);
    for (let i = 0; i <= 32; i++) {
      registers[i] = memory.readWord(sp + X0 + 8 * i); // x0-x30, sp, pc
    }
    registers[30] = memory.readCode(sp + X0 + 8 * 30);
    registers[32] = memory.readCode(sp + X0 + 8 * 32);
  },
};
