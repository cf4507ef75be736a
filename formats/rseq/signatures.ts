/**
 * What stands in front of abort handlers, by machine.
 *
 * @module
 */

/** The usual signature of a machine; a program may register another. */
export interface RseqSignature {
  /** Name of the machine. */
  machine: string;
  /** `e_machine` in ELF files. */
  elfMachine: number;
  /** The four bytes as a number, little-endian data; `undefined` if the machine has none. */
  little: number | undefined;
  /** The same for big-endian data; on arm and arm64 code stays little-endian, so the number differs. */
  big: number | undefined;
  /** The instruction that the bytes make: one that traps, so that nothing runs into a handler. */
  instruction: string;
}

/**
 * `RSEQ_SIG` of each machine. MIPS has one for each of its instruction sets, which are left out.
 *
 * Source: tools/testing/selftests/rseq/rseq-*.h of Linux 7.2; sysdeps/unix/sysv/linux of the GNU C library, bits/rseq.h.
 */
export const RSEQ_SIGNATURES: readonly RseqSignature[] = [
  {
    machine: "x86-64",
    elfMachine: 62,
    little: 0x5305_3053,
    big: undefined,
    instruction: "the operand of ud1, of which 0f b9 3d stand before it",
  },
  {
    machine: "i386",
    elfMachine: 3,
    little: 0x5305_3053,
    big: undefined,
    instruction: "the operand of ud1, of which 0f b9 3d stand before it",
  },
  {
    machine: "aarch64",
    elfMachine: 183,
    little: 0xd428_bc00,
    big: 0x00bc_28d4,
    instruction: "brk #0x45e0",
  },
  {
    machine: "arm",
    elfMachine: 40,
    little: 0xe7f5_def3,
    big: 0xf3de_f5e7,
    instruction: "udf #24035",
  },
  {
    machine: "s390x",
    elfMachine: 22,
    little: undefined,
    big: 0xb2ff_0fff,
    instruction: "trap4 4095(%r0)",
  },
  {
    machine: "riscv",
    elfMachine: 243,
    little: 0xf140_1073,
    big: undefined,
    instruction: "csrw mhartid, x0",
  },
  {
    machine: "ppc",
    elfMachine: 20,
    little: 0x0fe5_000b,
    big: 0x0fe5_000b,
    instruction: "twui r5, 11",
  },
  {
    machine: "ppc64",
    elfMachine: 21,
    little: 0x0fe5_000b,
    big: 0x0fe5_000b,
    instruction: "twui r5, 11",
  },
];

/**
 * The usual signature of a machine as the number that is registered; `undefined` if none is known.
 *
 * @param elfMachine `e_machine`.
 * @param littleEndian Byte order of data.
 */
export function rseqSignature(
  elfMachine: number,
  littleEndian: boolean,
): number | undefined {
  const found = RSEQ_SIGNATURES.find((entry) =>
    entry.elfMachine === elfMachine
  );
  return littleEndian ? found?.little : found?.big;
}
