/**
 * A vDSO image: what it offers, how far it can be unwound, whether it keeps to its constraints.
 *
 * @module
 */
import { viewOf } from "../../formats/base/byte_source.ts";
import type { FormatError } from "../../formats/base/error.ts";
import { decodeNotes, type ElfFile, PT } from "../../formats/elf/mod.ts";
import { BytesMemory, MACHINES, type Session } from "../mod.ts";
import { checkVdso, type VdsoBreach } from "./check.ts";
import { readCoverage, type VdsoCoverage } from "./coverage.ts";
import { readDynamic, TAG } from "./dynamic.ts";
import { readFixups, type VdsoFixups } from "./fixups.ts";
import { isSignalTrampoline } from "./functions.ts";
import { orElse, readVdsoSymbols, type VdsoSymbol } from "./symbols.ts";

/** What {@linkcode LINUX_NOTE_NAME} notes of type 0 hold: the kernel's version. */
const LINUX_NOTE_NAME = "Linux";
const LINUX_VERSION_TYPE = 0;
/** Enough of the code at a trampoline to know it by. */
const TRAMPOLINE_SIZE = 16;
/** Images are two pages or so; a file that claims to be one may be anything. */
const MAX_IMAGE_SIZE = 1 << 20;
const AT_SYSINFO_EHDR = 33;

/** What signal handlers return to. */
export interface VdsoTrampoline {
  /** Name of the function. */
  name: string;
  /** Address in the image. */
  address: number;
  /** Whether its instructions are those by which walkers know it; `undefined` for machines without such a rule. */
  isKnown: boolean | undefined;
  /** Whether a table has rows for it. */
  hasRows: boolean;
}

/** What {@linkcode readVdso} finds. */
export interface Vdso {
  /** `e_machine`. */
  machine: number;
  /** `DT_SONAME`; empty if there is none. */
  soname: string;
  /** Build ID, hexadecimal. */
  buildId: string | undefined;
  /** Version of the kernel, as its note has it: `6.18.44`. */
  kernelVersion: string | undefined;
  /** Bytes of the image. */
  size: number;
  /** The dynamic symbols. */
  symbols: VdsoSymbol[];
  /** The fixup table; `undefined` if there is none. */
  fixups: VdsoFixups | undefined;
  /** How far it can be unwound; `undefined` where that cannot be read. */
  coverage: VdsoCoverage | undefined;
  /** What signal handlers return to. */
  trampolines: VdsoTrampoline[];
  /** The constraints that it breaks. */
  breaches: VdsoBreach[];
  /** What could not be read. */
  errors: FormatError[];
}

/**
 * Finds the vDSO of a process by its auxiliary vector.
 *
 * @returns The image's bytes and address; `undefined` if there is none, or the core does not hold it.
 */
export async function findVdso(
  session: Session,
): Promise<{ bytes: Uint8Array; address: number } | undefined> {
  const address = session.core.auxv.get(AT_SYSINFO_EHDR);
  const segment = address === undefined
    ? -1
    : session.core.memory.find(address);
  if (address === undefined || segment < 0) return undefined;
  const end = session.core.memory.fileEnds[segment]!;
  const size = Math.min(end - address, MAX_IMAGE_SIZE);
  const bytes = await session.readMemory(address, size);
  return bytes.length === 0 ? undefined : { bytes, address };
}

/**
 * Reads a vDSO image. What is damaged goes to `errors`, and the rest is told.
 *
 * Source: Linux 7.2, Documentation/ABI/stable/vdso, arch/x86/entry/vdso, arch/arm64/kernel/vdso, arch/s390/kernel/vdso.
 */
export async function readVdso(elf: ElfFile): Promise<Vdso> {
  const errors: FormatError[] = [...elf.warnings];
  const dynamic = await readDynamic(elf);
  const soname = await dynamic?.string(dynamic.get(TAG.SONAME)) ?? "";
  const symbols = await orElse(
    () => readVdsoSymbols(elf, dynamic),
    [],
    errors,
  );
  const fixups = await orElse(() => readFixups(elf), undefined, errors);
  if (fixups?.error !== undefined) errors.push(fixups.error);
  const coverage = await orElse(
    () => readCoverage(elf, symbols),
    undefined,
    errors,
  );
  return {
    machine: elf.header.machine,
    soname,
    buildId: await orElse(() => elf.buildId(), undefined, errors),
    kernelVersion: await readKernelVersion(elf),
    size: elf.source.size,
    symbols,
    fixups,
    coverage,
    trampolines: await findTrampolines(elf, symbols, coverage),
    breaches: checkVdso({ elf, dynamic, soname, symbols, fixups }),
    errors,
  };
}

async function readKernelVersion(elf: ElfFile): Promise<string | undefined> {
  const index = elf.segments.findType(PT.NOTE);
  if (index < 0) return undefined;
  const bytes = await elf.readSegment(index);
  const { littleEndian } = elf.header;
  const { notes } = decodeNotes(
    bytes,
    littleEndian,
    elf.segments.alignments[index]!,
  );
  const note = notes.find(({ name, type, descSize }) =>
    name === LINUX_NOTE_NAME && type === LINUX_VERSION_TYPE && descSize >= 4
  );
  if (note === undefined) return undefined;
  const code = viewOf(bytes).getUint32(note.descOffset, littleEndian);
  return `${code >>> 16}.${(code >>> 8) & 255}.${code & 255}`;
}

async function findTrampolines(
  elf: ElfFile,
  symbols: readonly VdsoSymbol[],
  coverage: VdsoCoverage | undefined,
): Promise<VdsoTrampoline[]> {
  const machine = Object.values(MACHINES)
    .find(({ elfMachine }) => elfMachine === elf.header.machine);
  const { littleEndian } = elf.header;
  const found: VdsoTrampoline[] = [];
  for (const { name, address, isDefined } of symbols) {
    if (!isDefined || !isSignalTrampoline(name)) continue;
    const code = await readCode(elf, address);
    const memory = new BytesMemory(code, address, littleEndian);
    const own = coverage?.functions.find((one) => one.address === address);
    found.push({
      name,
      address,
      isKnown: machine?.isTrampoline(memory, address),
      hasRows: (own?.ehFrame ?? 0) + (own?.sframe ?? 0) > 0,
    });
  }
  return found;
}

/** The bytes at `address`, as many as there are up to the size of a trampoline. */
async function readCode(elf: ElfFile, address: number): Promise<Uint8Array> {
  const offset = elf.findOffset(address);
  return offset < 0
    ? new Uint8Array(0)
    : await elf.source.read(offset, TRAMPOLINE_SIZE);
}
