/**
 * An ELF file as its own address space: where its sections are, what is in them after relocation, names. Objects that
 * are not linked get addresses, one section behind the other, so that everything else need not tell them apart.
 *
 * @module
 */
import { viewOf } from "../../formats/base/byte_source.ts";
import { FormatError } from "../../formats/base/error.ts";
import { upperBound } from "../../formats/base/search.ts";
import {
  type ElfFile,
  type ElfSection,
  ET,
  openSymbols,
  SHF,
  SHT,
  STT,
  type SymbolTable,
} from "../../formats/elf/mod.ts";
import { RangeIndex } from "./range_index.ts";
import { readRelocations, type Relocations } from "./relocations.ts";

/** Sections of an object that is not linked begin at multiples of this, so that a wrong address stays in none. */
const OBJECT_GAP = 1 << 12;

/** A section that is in memory, and where. */
export interface PlacedSection {
  /** Its header. */
  section: ElfSection;
  /** First address: the file's own, or in an object that is not linked one that was given. */
  start: number;
  /** Address behind the last. */
  end: number;
}

/** A symbol in front of an address. */
export interface ImageSymbol {
  /** Its name. */
  name: string;
  /** Bytes from it to the address. */
  offset: number;
}

/** See the module's description. Made by {@linkcode openImage}. */
export class ElfImage {
  /** The file. */
  readonly elf: ElfFile;
  /** Sections that are in memory. */
  readonly sections: readonly PlacedSection[];
  /** What relocations store, by address. */
  readonly relocations: Relocations;
  private readonly index: RangeIndex;
  private readonly symbols: SymbolTable | undefined;
  private readonly names: ObjectNames | undefined;

  /** For {@linkcode openImage}. */
  constructor(
    elf: ElfFile,
    sections: readonly PlacedSection[],
    relocations: Relocations,
    symbols: SymbolTable | undefined,
  ) {
    this.elf = elf;
    this.sections = sections;
    this.relocations = relocations;
    this.index = new RangeIndex(sections);
    this.symbols = symbols;
    this.names = elf.header.type === ET.REL && symbols !== undefined
      ? new ObjectNames(symbols, sections)
      : undefined;
  }

  /** The section that holds `address`. */
  sectionAt(address: number): PlacedSection | undefined {
    return this.sections[this.index.find(address)];
  }

  /** Whether instructions may be at `address`. */
  isCode(address: number): boolean {
    const flags = this.sectionAt(address)?.section.flags ?? 0;
    return (flags & SHF.EXECINSTR) !== 0;
  }

  /**
   * Reads a section whole, its relocations applied: those of whole words from its start on, which is all that arrays of
   * addresses have.
   *
   * @throws {FormatError} As `ElfFile.readSection`.
   */
  async readPlaced(
    { section, start, end }: PlacedSection,
  ): Promise<Uint8Array> {
    const bytes = (await this.elf.readSection(section)).slice();
    const view = viewOf(bytes);
    const { littleEndian } = this.elf.header;
    const { values } = this.relocations;
    for (let at = 0; at + 8 <= bytes.length && start + at < end; at += 8) {
      const value = values.get(start + at);
      if (value !== undefined) view.setBigUint64(at, value, littleEndian);
    }
    return bytes;
  }

  /** Reads the file's bytes at an address; `undefined` if they are not all in one section. */
  async read(address: number, size: number): Promise<Uint8Array | undefined> {
    const placed = this.sectionAt(address);
    if (placed === undefined || address + size > placed.end) return undefined;
    const { type, flags, offset } = placed.section;
    if (type === SHT.NOBITS || (flags & SHF.COMPRESSED) !== 0) return undefined;
    const at = offset + address - placed.start;
    const bytes = await this.elf.source.read(at, size);
    return bytes.length === size ? bytes : undefined;
  }

  /** The code symbol that covers `address`. */
  symbolAt(address: number): ImageSymbol | undefined {
    if (this.names !== undefined) return this.names.find(address);
    const found = this.symbols?.find(address) ?? -1;
    if (found < 0) return undefined;
    return {
      name: this.symbols!.name(found),
      offset: address - this.symbols!.start(found),
    };
  }
}

/**
 * Opens a file as an address space.
 *
 * @param wanted Sections whose relocations are needed.
 * @throws {FormatError} As `ElfFile.sections`.
 */
export async function openImage(
  elf: ElfFile,
  wanted: (section: ElfSection) => boolean,
): Promise<ElfImage> {
  const sections = placeSections(elf, await elf.sections());
  const symbols = await tryOpenSymbols(elf, ".symtab") ??
    await tryOpenSymbols(elf, ".dynsym");
  const relocations = await readRelocations(
    elf,
    sections,
    sections.filter(({ section }) => wanted(section)),
  );
  return new ElfImage(elf, sections, relocations, symbols);
}

/** A symbol table of a file; `undefined` if it has none, or a broken one. */
export async function tryOpenSymbols(
  elf: ElfFile,
  which: ".symtab" | ".dynsym",
): Promise<SymbolTable | undefined> {
  try {
    return await openSymbols(elf, which);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

function placeSections(
  elf: ElfFile,
  sections: readonly ElfSection[],
): PlacedSection[] {
  const isObject = elf.header.type === ET.REL;
  const placed: PlacedSection[] = [];
  let next = OBJECT_GAP;
  for (const section of sections) {
    const { flags, type, size } = section;
    const isThreadLocal = (flags & SHF.TLS) !== 0 && type === SHT.NOBITS;
    if ((flags & SHF.ALLOC) === 0 || isThreadLocal || !(size > 0)) continue;
    const start = isObject ? next : section.address;
    const end = start + size;
    if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end)) continue;
    next = Math.ceil(end / OBJECT_GAP + 1) * OBJECT_GAP;
    placed.push({ section, start, end });
  }
  return placed;
}

/** Names of code in an object that is not linked: values of symbols are relative to their sections there. */
class ObjectNames {
  private readonly starts: Float64Array;
  private readonly numbers: readonly number[];
  private readonly symbols: SymbolTable;

  constructor(symbols: SymbolTable, sections: readonly PlacedSection[]) {
    this.symbols = symbols;
    const places = new Map(
      sections.map(({ section, start }) => [section.index, start]),
    );
    const found: [address: number, index: number][] = [];
    for (let i = 1; i < symbols.count; i++) {
      if (symbols.type(i) !== STT.FUNC) continue;
      const start = places.get(symbols.sectionIndex(i));
      if (start !== undefined) found.push([start + symbols.start(i), i]);
    }
    found.sort((a, b) => a[0] - b[0]);
    this.starts = Float64Array.from(found, ([address]) => address);
    this.numbers = found.map(([, index]) => index);
  }

  find(address: number): ImageSymbol | undefined {
    const at = upperBound(this.starts, this.starts.length, address) - 1;
    if (at < 0) return undefined;
    const number = this.numbers[at]!;
    const offset = address - this.starts[at]!;
    return offset < this.symbols.size(number)
      ? { name: this.symbols.name(number), offset }
      : undefined;
  }
}
