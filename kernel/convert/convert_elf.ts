/**
 * The tables of an ELF file, and what to make of them.
 *
 * @module
 */
import { FormatError, UnsupportedError } from "../../formats/base/error.ts";
import {
  type CfiMachine,
  type CfiOptions,
  type CfiTable,
  openEhFrame,
} from "../../formats/eh_frame/mod.ts";
import {
  type ElfFile,
  type ElfSection,
  EM,
  ET,
  PT,
  SHT,
} from "../../formats/elf/mod.ts";
import { convertEhFrame } from "./convert_eh_frame.ts";
import type { Conversion, ConvertOptions } from "./options.ts";
import { PLT_ORDER, type PltSection } from "./plt.ts";

/** Alignment of the section. */
const SECTION_ALIGNMENT = 8;

/** Largest page of each machine: a segment added to a file starts on such a boundary. */
const PAGE_SIZES: Readonly<Record<CfiMachine, number>> = {
  "x86-64": 0x1000,
  "aarch64": 0x1_0000,
  "s390x": 0x1000,
};

/** What a file offers for conversion and comparison. */
export interface ElfTables {
  /** The file's machine. */
  machine: CfiMachine;
  /** Byte order of the file. */
  littleEndian: boolean;
  /** Call frame information, if the file has `.eh_frame`. */
  ehFrame: CfiTable | undefined;
  /** `.sframe`, if the file has one that is not empty. */
  sframe: { bytes: Uint8Array; address: number } | undefined;
  /** The linker's own sections. */
  pltSections: PltSection[];
}

/**
 * Opens the tables of a linked ELF file.
 *
 * @throws {FormatError} `unsupported` for another machine or an object that is not linked, whose tables have no addresses yet;
 * and whatever reading sections throws.
 */
export async function openElfTables(elf: ElfFile): Promise<ElfTables> {
  const { littleEndian } = elf.header;
  const machine = machineOf(elf);
  if (elf.header.type === ET.REL) {
    throw new UnsupportedError(
      "ELF",
      "e_type",
      16,
      elf.header.type,
      "a linked file: in a relocatable object functions have no addresses",
    );
  }
  const sections = await elf.sections();
  const sframe = find(sections, ".sframe");
  const bytes = sframe && await elf.readSection(sframe);
  return {
    machine,
    littleEndian,
    ehFrame: await openTable(elf, machine, sections),
    sframe: sframe === undefined || bytes === undefined || bytes.length === 0
      ? undefined
      : { bytes, address: sframe.address },
    pltSections: sections
      .filter(({ name }) => PLT_ORDER.includes(name))
      .map(({ name, address, size, entrySize }) => ({
        name,
        address,
        size,
        entrySize,
      })),
  };
}

/**
 * Converts the `.eh_frame` of a linked ELF file.
 *
 * @param address Address of the section to be made; default: {@linkcode placeOf}.
 * @throws {FormatError} As {@linkcode openElfTables}; `bad-value` if there is no `.eh_frame`.
 */
export async function convertElf(
  elf: ElfFile,
  options: ConvertOptions & { address?: number } = {},
): Promise<Conversion> {
  const tables = await openElfTables(elf);
  const { ehFrame, ...rest } = tables;
  if (ehFrame === undefined) {
    throw new FormatError({
      code: "bad-value",
      format: "ELF",
      field: "section table",
      offset: 0,
      expected: "a section .eh_frame",
    });
  }
  const sectionAddress = options.address ?? placeOf(elf, tables);
  return convertEhFrame({ ...rest, table: ehFrame, sectionAddress }, options);
}

/**
 * Where a section for the file belongs: where its `.sframe` is, or else on the first page behind all that the file
 * loads, which is where a section can be added to a finished file.
 */
export function placeOf(elf: ElfFile, tables: ElfTables): number {
  if (tables.sframe !== undefined) return tables.sframe.address;
  const { count, types, addresses, memorySizes } = elf.segments;
  let end = 0;
  for (let i = 0; i < count; i++) {
    if (types[i] !== PT.LOAD) continue;
    end = Math.max(end, addresses[i]! + memorySizes[i]!);
  }
  const page = PAGE_SIZES[tables.machine];
  const place = Math.ceil(end / page) * page;
  return Math.ceil(place / SECTION_ALIGNMENT) * SECTION_ALIGNMENT;
}

function machineOf(elf: ElfFile): CfiMachine {
  const { machine, elfClass } = elf.header;
  if (elfClass === 64) {
    if (machine === EM.X86_64) return "x86-64";
    if (machine === EM.AARCH64) return "aarch64";
    if (machine === EM.S390) return "s390x";
  }
  throw new UnsupportedError(
    "ELF",
    "e_machine",
    18,
    machine,
    "a 64-bit file for x86-64, AArch64 or s390x",
  );
}

async function openTable(
  elf: ElfFile,
  machine: CfiMachine,
  sections: readonly ElfSection[],
): Promise<CfiTable | undefined> {
  const section = find(sections, ".eh_frame");
  if (section === undefined) return undefined;
  const options: CfiOptions = {
    littleEndian: elf.header.littleEndian,
    machine,
  };
  const header = find(sections, ".eh_frame_hdr");
  if (header !== undefined) options.dataAddress = header.address;
  const bytes = await elf.readSection(section);
  return openEhFrame(bytes, section.address, options);
}

function find(
  sections: readonly ElfSection[],
  name: string,
): ElfSection | undefined {
  return sections.find((section) =>
    section.name === name && section.type !== SHT.NOBITS
  );
}
