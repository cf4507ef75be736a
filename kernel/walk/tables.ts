/**
 * The unwind tables of one ELF file: where they are, and opening them.
 *
 * @module
 */
import { FormatError } from "../../formats/base/error.ts";
import type { UnwindTable } from "../../formats/base/unwind_row.ts";
import {
  type CfiOptions,
  CfiTable,
  openDebugFrame,
  openEhFrame,
} from "../../formats/eh_frame/mod.ts";
import {
  type ElfFile,
  type ElfSection,
  PT,
  SHT,
} from "../../formats/elf/reader.ts";
import type { Machine } from "./machine.ts";
import type { OpenedSidecar } from "./sidecar.ts";
import type { TableSource } from "./table_sources.ts";

/** What {@linkcode openTables} gives: the good tables, and what was wrong with the others. */
export interface OpenedTables {
  /** Tables in the order of the sources asked for. */
  tables: UnwindTable[];
  /** One for each table that cannot be used. */
  errors: FormatError[];
}

interface Part {
  bytes: Uint8Array;
  address: number;
}

/** A file with its sections, as far as they can be read. */
interface OpenFile {
  elf: ElfFile;
  sections: readonly ElfSection[];
}

/**
 * Opens the tables of `elf` named by `sources`. `.debug_frame` may also come from the separate `debugFile`.
 * What is broken is left out and told; only reading itself can fail.
 *
 * @param openSidecar Opens the module's sidecar, asked where `sources` names it.
 * @param isImage The bytes are what a core holds of the file: section headers are rarely among them.
 */
export async function openTables(
  elf: ElfFile,
  debugFile: ElfFile | undefined,
  sources: readonly TableSource[],
  machine: Machine,
  isImage: boolean,
  openSidecar: () => Promise<OpenedSidecar>,
): Promise<OpenedTables> {
  const opened: OpenedTables = { tables: [], errors: [] };
  const options = {
    littleEndian: elf.header.littleEndian,
    machine: machine.name,
  };
  const file = {
    elf,
    sections: await readSections(elf, isImage ? undefined : opened),
  };
  for (const source of sources) {
    try {
      if (source === "sframe") await openSFrame(file, opened);
      if (source === "sidecar") {
        const { table, errors } = await openSidecar();
        if (table !== undefined) opened.tables.push(table);
        opened.errors.push(...errors);
      }
      if (source === "eh_frame") await openCfi(file, options, opened);
      if (source === "debug_frame") {
        await openDebug(file, debugFile, options, opened);
      }
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      opened.errors.push(error);
    }
  }
  const cfi = opened.tables.find((table) => table.kind === "eh_frame");
  if (cfi instanceof CfiTable && cfi !== opened.tables[0]) {
    const { PltTable } = await import("./plt_table.ts");
    opened.tables.unshift(new PltTable(file.sections, cfi));
  }
  return opened;
}

/** Without sections the segments still tell where the tables are. */
async function readSections(
  elf: ElfFile,
  opened: OpenedTables | undefined,
): Promise<readonly ElfSection[]> {
  try {
    return await elf.sections();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    opened?.errors.push(error);
    return [];
  }
}

async function openSFrame(file: OpenFile, opened: OpenedTables): Promise<void> {
  const part = await findPart(file, ".sframe") ??
    await findSegment(file.elf, PT.GNU_SFRAME);
  if (part === undefined || part.bytes.length === 0) return;
  const { openSFrameSections } = await import(
    "../../formats/sframe/reader.ts"
  );
  const { tables, error } = openSFrameSections(part.bytes, part.address, {
    plt: "correct",
  });
  opened.tables.push(...tables);
  if (error !== undefined) opened.errors.push(error);
}

async function openDebug(
  file: OpenFile,
  debugFile: ElfFile | undefined,
  options: CfiOptions,
  opened: OpenedTables,
): Promise<void> {
  const separate = debugFile &&
    { elf: debugFile, sections: await readSections(debugFile, opened) };
  const part = await findPart(file, ".debug_frame") ??
    (separate && await findPart(separate, ".debug_frame"));
  if (part !== undefined) {
    opened.tables.push(openDebugFrame(part.bytes, options));
  }
}

async function openCfi(
  file: OpenFile,
  options: CfiOptions,
  opened: OpenedTables,
): Promise<void> {
  const header = await findPart(file, ".eh_frame_hdr") ??
    await findSegment(file.elf, PT.GNU_EH_FRAME);
  const section = await findPart(file, ".eh_frame") ??
    (header && await followHeader(file.elf, header));
  if (section === undefined || section.bytes.length === 0) return;
  const all: CfiOptions = { ...options };
  if (header !== undefined && header.bytes.length > 0) {
    all.header = header;
    all.dataAddress = header.address;
  }
  opened.tables.push(openEhFrame(section.bytes, section.address, all));
}

async function findPart(
  { elf, sections }: OpenFile,
  name: string,
): Promise<Part | undefined> {
  const section = sections.find((candidate) => candidate.name === name);
  if (section === undefined || section.type === SHT.NOBITS) return undefined;
  return { bytes: await elf.readSection(section), address: section.address };
}

async function findSegment(
  elf: ElfFile,
  type: number,
): Promise<Part | undefined> {
  const index = elf.segments.types.indexOf(type);
  if (index < 0) return undefined;
  return {
    bytes: await elf.readSegment(index),
    address: elf.segments.addresses[index]!,
  };
}

/** `.eh_frame` of a file without section headers: the header's first pointer, up to the end of its segment. */
async function followHeader(
  elf: ElfFile,
  header: Part,
): Promise<Part | undefined> {
  const address = readFramePointer(header, elf.header.littleEndian);
  if (address === undefined) return undefined;
  const { segments } = elf;
  for (let i = 0; i < segments.count; i++) {
    const start = segments.addresses[i]!;
    if (
      segments.types[i] !== PT.LOAD || address < start ||
      address >= start + segments.fileSizes[i]!
    ) continue;
    const bytes = await elf.readAddress(
      address,
      start + segments.fileSizes[i]! - address,
    );
    return bytes && { bytes, address };
  }
  return undefined;
}

/** `eh_frame_ptr` in the encoding that linkers write: 32 bits, relative to itself. */
function readFramePointer(
  { bytes, address }: Part,
  littleEndian: boolean,
): number | undefined {
  const PCREL_SDATA4 = 0x1b;
  if (bytes.length < 8 || bytes[0] !== 1 || bytes[1] !== PCREL_SDATA4) {
    return undefined;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return address + 4 + view.getInt32(4, littleEndian);
}
