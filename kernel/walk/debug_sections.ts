/**
 * The sections of an ELF file that hold debug information.
 *
 * @module
 */
import {
  type ByteSource,
  BytesSource,
  SubSource,
} from "../../formats/base/byte_source.ts";
import type { DwarfSections } from "../../formats/dwarf/mod.ts";
import { type ElfFile, SHF, SHT } from "../../formats/elf/reader.ts";

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
