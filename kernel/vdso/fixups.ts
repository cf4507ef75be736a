/**
 * The table by which a vDSO's own faults become values: `__ex_table`.
 *
 * @module
 */
import { viewOf } from "../../formats/base/byte_source.ts";
import { type FormatError, TruncatedError } from "../../formats/base/error.ts";
import type { ElfFile, ElfSection } from "../../formats/elf/mod.ts";

const ENTRY_SIZE = 8;
const NAME = "__ex_table";

/** An entry. */
export interface VdsoFixup {
  /** Address of the instruction that may fault, in the image. */
  instruction: number;
  /** Address at which the thread goes on. */
  fixup: number;
  /** What is wrong with it; empty if nothing is. */
  problem: string;
}

/** The table. */
export interface VdsoFixups {
  /** Address of the section in the image; 0 if it is not loaded. */
  address: number;
  /** Its entries. */
  entries: VdsoFixup[];
  /** `truncated`, if it ends in the middle of an entry. */
  error: FormatError | undefined;
}

/**
 * Reads the fixup table of a vDSO; `undefined` if it has none, which is the rule outside x86-64 kernels with SGX.
 *
 * | offset | size | field |
 * | --- | --- | --- |
 * | 0 | 4 | instruction, signed, from the start of the table |
 * | 4 | 4 | fixup, signed, from the start of the table |
 *
 * Source: Linux 7.2, arch/x86/entry/vdso/extable.h.
 *
 * @throws {FormatError} As `ElfFile.sections` and `ElfFile.readSection`.
 */
export async function readFixups(
  elf: ElfFile,
): Promise<VdsoFixups | undefined> {
  const section = await elf.findSection(NAME);
  if (section === undefined) return undefined;
  return decodeFixups(elf, section, await elf.readSection(section));
}

function decodeFixups(
  { header, segments }: ElfFile,
  { address }: ElfSection,
  bytes: Uint8Array,
): VdsoFixups {
  const view = viewOf(bytes);
  const entries: VdsoFixup[] = [];
  const seen = new Set<number>();
  const isCode = (at: number): boolean => segments.isExecutable(at);
  let at = 0;
  for (; at + ENTRY_SIZE <= bytes.length; at += ENTRY_SIZE) {
    const instruction = address + view.getInt32(at, header.littleEndian);
    const fixup = address + view.getInt32(at + 4, header.littleEndian);
    const problem = !isCode(instruction)
      ? "the instruction is not in code"
      : !isCode(fixup)
      ? "the fixup is not in code"
      : seen.has(instruction)
      ? "the instruction was there before"
      : "";
    seen.add(instruction);
    entries.push({ instruction, fixup, problem });
  }
  const rest = bytes.length - at;
  const error = rest === 0
    ? undefined
    : new TruncatedError("ELF", NAME, at, ENTRY_SIZE, rest);
  return { address, entries, error };
}
