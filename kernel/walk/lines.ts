/**
 * Source lines of one module: its debug information, and the files that belong to it.
 *
 * @module
 */
import {
  type ByteSource,
  BytesSource,
  SubSource,
} from "../../formats/base/byte_source.ts";
import type { FormatError } from "../../formats/base/error.ts";
import {
  type Dwarf,
  type DwarfSections,
  openDwarf,
  type SourceFrame,
} from "../../formats/dwarf/mod.ts";
import { type ElfFile, SHF, SHT } from "../../formats/elf/mod.ts";

/** The debugging sections of an ELF file. Compressed ones are decompressed whole when they are asked for. */
export function debugSections(elf: ElfFile): DwarfSections {
  return {
    littleEndian: elf.header.littleEndian,
    find: (name) => findSection(elf, name),
  };
}

async function findSection(
  elf: ElfFile,
  name: string,
): Promise<ByteSource | undefined> {
  const section = await elf.findSection(name) ??
    await elf.findSection(name.replace(".debug_", ".zdebug_"));
  if (section === undefined || section.type === SHT.NOBITS) return undefined;
  const isPacked = (section.flags & SHF.COMPRESSED) !== 0 ||
    section.name !== name;
  return isPacked
    ? new BytesSource(await elf.readSection(section))
    : new SubSource(elf.source, section.offset, section.size);
}

/** The functions and lines of one module, by address of its file. */
export class ModuleLines {
  private readonly dwarf: Dwarf;
  private readonly found: Map<number, readonly SourceFrame[]> = new Map();
  private readonly warn: (error: FormatError) => void;
  private warningCount = 0;

  /** Reads `elf`; `warn` takes what is broken in it. */
  constructor(elf: ElfFile, warn: (error: FormatError) => void) {
    this.dwarf = openDwarf(debugSections(elf));
    this.warn = warn;
  }

  /** Reads what {@linkcode ModuleLines.at} answers of this address. */
  async load(address: number): Promise<void> {
    if (this.found.has(address)) return;
    this.found.set(address, await this.dwarf.locate(address));
    const { warnings } = this.dwarf;
    while (this.warningCount < warnings.length) {
      this.warn(warnings[this.warningCount++]!);
    }
  }

  /** The functions at an address that was loaded, innermost first; empty if nothing is known. */
  at(address: number): readonly SourceFrame[] {
    return this.found.get(address) ?? NOTHING;
  }
}

const NOTHING: readonly SourceFrame[] = [];
