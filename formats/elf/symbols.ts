/**
 * Symbol tables.
 *
 * @module
 */
import { readInt64 } from "../base/address.ts";
import { viewOf } from "../base/byte_source.ts";
import { readString } from "../base/string_table.ts";
import { collectCode } from "./code_symbols.ts";
import { SHN, STB } from "./constants.ts";
import type { ElfSection } from "./sections.ts";
import { type ElfSegments, readUint64 } from "./segments.ts";
import { SymbolIndex, UNSURE } from "./symbol_index.ts";

/** One character a byte, whatever the bytes are. */
const LATIN1 = new TextDecoder("latin1");

/** What is known of the file that a symbol table is from. */
export interface SymbolOptions {
  /** Word size of the file; 64 if not given. */
  elfClass?: 32 | 64;
  /** `e_machine`: some machines mark code and data by symbols that are no names. */
  machine?: number;
  /** The file's sections: symbols in executable ones are code. */
  sections?: readonly ElfSection[];
  /** The file's segments: where there are no sections, functions in executable segments are code. */
  segments?: ElfSegments;
  /** Content of `SHT_SYMTAB_SHNDX`: section numbers of symbols beyond 65,279. */
  sectionIndexes?: Uint8Array;
}

/**
 * Makes a symbol table over the bytes of `.symtab` or `.dynsym` and of its string table. Nothing is decoded before it
 * is asked for.
 *
 * | offset 64/32 | size 64/32 | field |
 * | --- | --- | --- |
 * | 0 | 4 | `st_name` |
 * | 4/12 | 1, 1, 2 | `st_info`, `st_other`, `st_shndx` |
 * | 8/4 | 8/4 | `st_value` |
 * | 16/8 | 8/4 | `st_size` |
 *
 * Source: gABI 4.3, chapter 4, "Symbol Table". An incomplete last entry is left out.
 */
export function decodeSymbols(
  symbols: Uint8Array,
  strings: Uint8Array,
  littleEndian: boolean,
  options: SymbolOptions = {},
): SymbolTable {
  return new SymbolTable(symbols, strings, littleEndian, options);
}

/** Lookups served without an index of the whole table. */
const LOOKUPS_BEFORE_INDEX = 64;
/** Bytes of code around an address whose symbols are enough for it, as a rule. */
const WINDOW_SIZE = 1 << 16;

/** The symbols of a file, by number, by address and by name. Made by {@linkcode decodeSymbols}. */
export class SymbolTable {
  /** How many symbols there are; numbers go from 0, which is never a symbol. */
  readonly count: number;
  /** Byte order of the file. */
  readonly littleEndian: boolean;
  /** Word size of the file. */
  readonly elfClass: 32 | 64;
  /** Bytes of the string table. */
  readonly strings: Uint8Array;
  /** Over the bytes of the symbols. */
  readonly view: DataView;
  /** Size of one entry in bytes. */
  readonly stride: number;
  private readonly options: SymbolOptions;
  private index: SymbolIndex | undefined;
  /** Indexes of windows of the code, by number, while there is none of all. */
  private readonly windows: Map<number, SymbolIndex> = new Map();
  private lookupCount: number = 0;

  /** As {@linkcode decodeSymbols}. */
  constructor(
    symbols: Uint8Array,
    strings: Uint8Array,
    littleEndian: boolean,
    options: SymbolOptions,
  ) {
    this.elfClass = options.elfClass ?? 64;
    this.stride = this.elfClass === 64 ? 24 : 16;
    this.count = Math.floor(symbols.length / this.stride);
    this.littleEndian = littleEndian;
    this.strings = strings;
    this.view = viewOf(symbols);
    this.options = options;
    this.index = undefined;
  }

  /**
   * Number of the code symbol that covers `address`, -1 if none does; of several the one that gdb prints. The first
   * lookups sort only the symbols near the address: a short stack would wait longer for the whole table's index than for
   * all else. Later ones are O(log n) and allocate nothing.
   *
   * @param address In the file's own address space (before the load bias).
   */
  find(address: number): number {
    if (this.index === undefined && this.lookupCount++ < LOOKUPS_BEFORE_INDEX) {
      const near = this.findNear(address);
      if (near !== UNSURE) return near;
    }
    this.index ??= new SymbolIndex(...collectCode(this, this.options));
    return this.index.find(address);
  }

  /** As {@linkcode SymbolTable.find}, among the symbols of the window of `address` and of the one before, or `UNSURE`. */
  private findNear(address: number): number {
    const window = Math.floor(address / WINDOW_SIZE);
    let index = this.windows.get(window);
    if (index === undefined) {
      const from = (window - 1) * WINDOW_SIZE;
      const numbers: number[] = [];
      for (let i = 1; i < this.count; i++) {
        const offset = this.start(i) - from;
        if (offset >= 0 && offset < 2 * WINDOW_SIZE) numbers.push(i);
      }
      index = new SymbolIndex(...collectCode(this, this.options, numbers));
      this.windows.set(window, index);
    }
    return index.findSurely(address);
  }

  /**
   * Number of the defined symbol of that name, whatever its type; -1 if there is none. A global one goes before a weak
   * one, and that before a local one. O(n).
   */
  findByName(name: string): number {
    const places = findStrings(this.strings, name);
    let best = -1;
    for (let i = 1; places.size > 0 && i < this.count; i++) {
      if (!places.has(this.nameOffset(i))) continue;
      if (this.sectionIndex(i) === SHN.UNDEF) continue;
      const binding = this.binding(i);
      if (binding === STB.GLOBAL || binding === STB.GNU_UNIQUE) return i;
      if (best < 0 || binding === STB.WEAK) best = i;
    }
    return best;
  }

  /** Name of symbol `i`, without a version; empty if it has none. */
  name(i: number): string {
    return this.has(i) ? readString(this.strings, this.nameOffset(i)) : "";
  }

  /** Address (`st_value`) of symbol `i`, signed canonical in 64-bit files; NaN if there is no such symbol. */
  start(i: number): number {
    if (!this.has(i)) return NaN;
    return this.elfClass === 64
      ? readInt64(this.view, i * this.stride + 8, this.littleEndian)
      : this.view.getUint32(i * this.stride + 4, this.littleEndian);
  }

  /** Size in bytes (`st_size`) of symbol `i`, 0 if not known; NaN if there is no such symbol. */
  size(i: number): number {
    if (!this.has(i)) return NaN;
    return this.elfClass === 64
      ? readUint64(this.view, i * this.stride + 16, this.littleEndian)
      : this.view.getUint32(i * this.stride + 8, this.littleEndian);
  }

  /** Type of symbol `i`: a value of `STT`; -1 if there is no such symbol. */
  type(i: number): number {
    return this.has(i) ? this.readInfo(i) & 15 : -1;
  }

  /** Binding of symbol `i`: a value of `STB`; -1 if there is no such symbol. */
  binding(i: number): number {
    return this.has(i) ? this.readInfo(i) >>> 4 : -1;
  }

  /** Where the name of symbol `i` starts in the string table (`st_name`); -1 if there is no such symbol. */
  nameOffset(i: number): number {
    return this.has(i)
      ? this.view.getUint32(i * this.stride, this.littleEndian)
      : -1;
  }

  /** Section of symbol `i` (`st_shndx`, or what `SHT_SYMTAB_SHNDX` has for it); -1 if there is no such symbol. */
  sectionIndex(i: number): number {
    if (!this.has(i)) return -1;
    const at = i * this.stride + (this.elfClass === 64 ? 6 : 14);
    const index = this.view.getUint16(at, this.littleEndian);
    const extended = this.options.sectionIndexes;
    if (index !== SHN.XINDEX || extended === undefined) return index;
    return i * 4 + 4 <= extended.length
      ? viewOf(extended).getUint32(i * 4, this.littleEndian)
      : SHN.UNDEF;
  }

  /** Whether there is a symbol `i`. */
  private has(i: number): boolean {
    return i >= 0 && i < this.count;
  }

  /** `st_info` of symbol `i`. */
  private readInfo(i: number): number {
    return this.view.getUint8(
      i * this.stride + (this.elfClass === 64 ? 4 : 12),
    );
  }
}

/** Offsets at which `name` stands with its NUL; names may share the tail of a longer one. */
function findStrings(strings: Uint8Array, name: string): Set<number> {
  const text = LATIN1.decode(strings);
  const wanted = `${LATIN1.decode(new TextEncoder().encode(name))}\0`;
  const places = new Set<number>();
  for (
    let at = text.indexOf(wanted);
    at >= 0;
    at = text.indexOf(wanted, at + 1)
  ) {
    places.add(at);
  }
  return places;
}
