/**
 * Where the symbols of a file are: by its sections, or by its dynamic segment when it has none.
 *
 * @module
 */
import { FormatError } from "../base/error.ts";
import { SHT } from "./constants.ts";
import { readDynamicSymbols } from "./dynamic.ts";
import type { ElfFile } from "./elf_file.ts";
import type { ElfSection } from "./sections.ts";
import { decodeSymbols, type SymbolTable } from "./symbols.ts";

/**
 * Opens a symbol table of a file.
 *
 * A file whose section table is gone or broken still has its `.dynsym` for the dynamic linker, and so for us.
 *
 * @param which `.symtab` has all symbols and is often stripped; `.dynsym` has what other files may use.
 * @returns The table, or `undefined` if the file has none.
 * @throws {FormatError} As {@linkcode ElfFile.sections} and {@linkcode ElfFile.readSection}; for a broken section
 * table with `.dynsym` only if the dynamic segment does not help either
 */
export async function openSymbols(
  elf: ElfFile,
  which: ".symtab" | ".dynsym",
): Promise<SymbolTable | undefined> {
  try {
    const sections = await elf.sections();
    if (sections.length > 0) {
      return await openFromSections(elf, which, sections);
    }
  } catch (error) {
    if (which === ".symtab" || !(error instanceof FormatError)) throw error;
    const found = await openFromSegments(elf);
    if (found === undefined) throw error;
    elf.warn(error);
    return found;
  }
  return which === ".dynsym" ? await openFromSegments(elf) : undefined;
}

async function openFromSections(
  elf: ElfFile,
  which: ".symtab" | ".dynsym",
  sections: readonly ElfSection[],
): Promise<SymbolTable | undefined> {
  const type = which === ".symtab" ? SHT.SYMTAB : SHT.DYNSYM;
  const section = sections.find((section) => section.type === type);
  const stringsSection = sections[section?.link ?? 0];
  if (section === undefined || stringsSection === undefined) return undefined;
  const symbols = await elf.readSection(section);
  const strings = await elf.readSection(stringsSection);
  const extended = sections.find((other) =>
    other.type === SHT.SYMTAB_SHNDX && other.link === section.index
  );
  const { elfClass, machine, littleEndian } = elf.header;
  return decodeSymbols(symbols, strings, littleEndian, {
    elfClass,
    machine,
    sections,
    ...(extended === undefined
      ? {}
      : { sectionIndexes: await elf.readSection(extended) }),
  });
}

async function openFromSegments(
  elf: ElfFile,
): Promise<SymbolTable | undefined> {
  const found = await readDynamicSymbols(elf);
  if (found === undefined) return undefined;
  const { elfClass, machine, littleEndian } = elf.header;
  const { segments } = elf;
  return decodeSymbols(found.symbols, found.strings, littleEndian, {
    elfClass,
    machine,
    segments,
  });
}
