/**
 * What relocations store in the sections that tell of critical sections: whole addresses.
 *
 * @module
 */
import { readInt64 } from "../../formats/base/address.ts";
import { viewOf } from "../../formats/base/byte_source.ts";
import { FormatError } from "../../formats/base/error.ts";
import {
  decodeSymbols,
  type ElfFile,
  type ElfSection,
  EM,
  ET,
  SHF,
  SHN,
  SHT,
  type SymbolTable,
} from "../../formats/elf/mod.ts";
import type { PlacedSection } from "./image.ts";
import { RangeIndex } from "./range_index.ts";

/** `SHT_RELR`. */
const SHT_RELR = 19;
const ENTRY_SIZE = 24;
const WORD_SIZE = 8;
/** Words that one bitmap of RELR stands for. */
const BITMAP_WORDS = 63;

/** Types that store bias + addend, and symbol + addend, by machine. */
const TYPES: Record<number, { relative: number; absolute: number }> = {
  [EM.X86_64]: { relative: 8, absolute: 1 },
  [EM.AARCH64]: { relative: 1027, absolute: 257 },
  [EM.S390]: { relative: 12, absolute: 22 },
  [EM.RISCV]: { relative: 3, absolute: 2 },
  [EM.PPC64]: { relative: 22, absolute: 38 },
  [EM.LOONGARCH]: { relative: 3, absolute: 2 },
};

/** What {@linkcode readRelocations} yields. */
export interface Relocations {
  /** Value by address: unsigned 64 bits, in the file's own address space. */
  values: Map<number, bigint>;
  /** Relocations of the sections in question of another type, or by a symbol that is elsewhere. */
  skippedCount: number;
  /** Tables that could not be read. */
  errors: FormatError[];
}

/**
 * Reads the relocations of some sections: in linked files the relative ones (`R_*_RELATIVE`, RELR) and those by symbols
 * of the file, in objects those by any symbol.
 *
 * Entries of `SHT_RELA` have 24 bytes: `r_offset`, `r_info`, `r_addend`. `SHT_RELR` is a list of words: an even one is
 * an address, an odd one a bitmap of the 63 words behind the last address; the value is what stands there already.
 *
 * Source: gABI 4.3, chapter 4, "Relocation" and "Relative Relocation Table"; psABIs of the machines.
 *
 * @param sections All sections that have addresses.
 * @param wanted Those whose relocations are read.
 */
export async function readRelocations(
  elf: ElfFile,
  sections: readonly PlacedSection[],
  wanted: readonly PlacedSection[],
): Promise<Relocations> {
  const reader = new RelocationReader(elf, sections, wanted);
  if (wanted.length === 0 || elf.header.elfClass !== 64) return reader.result;
  // Thousands of headers may all point to the same bytes: no more is read than the file is long.
  let left = elf.source.size;
  for (const table of await elf.sections()) {
    if (table.type !== SHT.RELA && table.type !== SHT_RELR) continue;
    left -= table.size;
    if (left < 0) break;
    try {
      await reader.readTable(table);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      reader.result.errors.push(error);
    }
  }
  return reader.result;
}

class RelocationReader {
  readonly result: Relocations = {
    values: new Map(),
    skippedCount: 0,
    errors: [],
  };
  private readonly elf: ElfFile;
  private readonly places: Map<number, PlacedSection>;
  private readonly wanted: RangeIndex;
  private readonly wantedSections: readonly PlacedSection[];
  private readonly wantedIndexes: ReadonlySet<number>;
  private readonly symbolTables: Map<number, SymbolTable | undefined> =
    new Map();

  constructor(
    elf: ElfFile,
    sections: readonly PlacedSection[],
    wanted: readonly PlacedSection[],
  ) {
    this.elf = elf;
    this.places = new Map(sections.map((one) => [one.section.index, one]));
    this.wanted = new RangeIndex(wanted);
    this.wantedSections = wanted;
    this.wantedIndexes = new Set(wanted.map(({ section }) => section.index));
  }

  async readTable(table: ElfSection): Promise<void> {
    const isObject = this.elf.header.type === ET.REL;
    if (table.type === SHT.RELA) {
      if (isObject) await this.readObjectTable(table);
      // In a linked file other tables are for those who link it anew.
      else if ((table.flags & SHF.ALLOC) !== 0) await this.readRela(table, 0);
    } else if (!isObject) await this.readRelr(table);
  }

  private async readObjectTable(table: ElfSection): Promise<void> {
    const target = this.places.get(table.info);
    if (target === undefined || !this.wantedIndexes.has(table.info)) return;
    await this.readRela(table, target.start);
  }

  private async readRela(table: ElfSection, base: number): Promise<void> {
    const { machine, littleEndian } = this.elf.header;
    const types = TYPES[machine];
    const entries = viewOf(await this.elf.readSection(table));
    for (let at = 0; at + ENTRY_SIZE <= entries.byteLength; at += ENTRY_SIZE) {
      const address = base + readInt64(entries, at, littleEndian);
      if (this.wanted.find(address) < 0) continue;
      const [low, high] = littleEndian ? [8, 12] : [12, 8];
      const type = entries.getUint32(at + low, littleEndian);
      const symbol = entries.getUint32(at + high, littleEndian);
      const addend = entries.getBigInt64(at + 16, littleEndian);
      const start = type === types?.relative
        ? 0
        : type === types?.absolute
        ? await this.symbolAddress(table.link, symbol)
        : NaN;
      if (Number.isSafeInteger(start)) {
        const value = BigInt.asUintN(64, BigInt(start) + addend);
        this.result.values.set(address, value);
      } else this.result.skippedCount++;
    }
  }

  private async readRelr(table: ElfSection): Promise<void> {
    const { littleEndian } = this.elf.header;
    const words = viewOf(await this.elf.readSection(table));
    let next = 0;
    for (let at = 0; at + WORD_SIZE <= words.byteLength; at += WORD_SIZE) {
      const word = words.getBigUint64(at, littleEndian);
      if ((word & 1n) === 0n) {
        const address = Number(BigInt.asIntN(64, word));
        if (this.wanted.find(address) >= 0) await this.keepInPlace(address);
        next = address + WORD_SIZE;
        continue;
      }
      for (let bit = 1; bit <= BITMAP_WORDS; bit++) {
        if (((word >> BigInt(bit)) & 1n) === 0n) continue;
        const address = next + (bit - 1) * WORD_SIZE;
        if (this.wanted.find(address) >= 0) await this.keepInPlace(address);
      }
      next += BITMAP_WORDS * WORD_SIZE;
    }
  }

  /** The file's own bytes are the value: counted so that a caller can tell a relocated word from one that is not. */
  private async keepInPlace(address: number): Promise<void> {
    const { section, start } = this.wantedSections[this.wanted.find(address)]!;
    const at = section.offset + address - start;
    const bytes = await this.elf.source.read(at, WORD_SIZE);
    if (bytes.length < WORD_SIZE) return;
    const { littleEndian } = this.elf.header;
    this.result.values.set(
      address,
      viewOf(bytes).getBigUint64(0, littleEndian),
    );
  }

  /** Address of a symbol of the table in section `link`; NaN if it is not in this file. */
  private async symbolAddress(link: number, symbol: number): Promise<number> {
    if (symbol === 0) return 0;
    if (!this.symbolTables.has(link)) {
      this.symbolTables.set(link, await this.openTable(link));
    }
    const table = this.symbolTables.get(link);
    if (table === undefined) return NaN;
    const index = table.sectionIndex(symbol);
    if (index === SHN.UNDEF || index < 0) return NaN;
    if (index === SHN.ABS || this.elf.header.type !== ET.REL) {
      return table.start(symbol);
    }
    const place = this.places.get(index);
    return place === undefined ? NaN : place.start + table.start(symbol);
  }

  private async openTable(link: number): Promise<SymbolTable | undefined> {
    const sections = await this.elf.sections();
    const section = sections[link];
    if (section?.type !== SHT.SYMTAB && section?.type !== SHT.DYNSYM) {
      return undefined;
    }
    const bytes = await this.elf.readSection(section);
    const { littleEndian, elfClass } = this.elf.header;
    const extended = sections.find(({ type, link }) =>
      type === SHT.SYMTAB_SHNDX && link === section.index
    );
    return decodeSymbols(bytes, new Uint8Array(0), littleEndian, {
      elfClass,
      ...(extended === undefined
        ? {}
        : { sectionIndexes: await this.elf.readSection(extended) }),
    });
  }
}
