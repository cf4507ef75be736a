/**
 * What call frame information leaves to the machine: register numbers and the default rule of the stack pointer.
 *
 * Source: System V ABI AMD64 3.6.2 (figure 3.36); DWARF for the Arm 64-bit Architecture 4.1; ELF ABI s390x 1.2.
 *
 * @module
 */

/** Machines whose call frame information is understood. */
export type CfiMachine = "x86-64" | "aarch64" | "s390x";

/** DWARF register numbers of one machine. */
export interface CfiMachineTraits {
  /** Stack pointer. */
  readonly spRegister: number;
  /** Frame pointer. */
  readonly fpRegister: number;
  /** Link register, or the column that stands for the return address. */
  readonly raRegister: number;
  /** Caller's stack pointer - CFA where no rule is given, bytes. */
  readonly spFromCfa: number;
  /** Whether functions save their caller's stack pointer like any other register, the value being the default. */
  readonly savesSp: boolean;
}

/**
 * Register numbers by machine.
 *
 * On s390x the CFA is the caller's SP + 160 by definition. Functions store that same SP with the other registers
 * (`stmg ...,%r15,...`, mostly at CFA - 40) or, if they are leaves, in a floating-point register: such rules add nothing.
 */
export const MACHINES: Readonly<Record<CfiMachine, CfiMachineTraits>> = {
  "x86-64": {
    spRegister: 7,
    fpRegister: 6,
    raRegister: 16,
    spFromCfa: 0,
    savesSp: false,
  },
  "aarch64": {
    spRegister: 31,
    fpRegister: 29,
    raRegister: 30,
    spFromCfa: 0,
    savesSp: false,
  },
  "s390x": {
    spRegister: 15,
    fpRegister: 11,
    raRegister: 14,
    spFromCfa: -160,
    savesSp: true,
  },
};
