/**
 * One file of debug information: its sections, units and tables of abbreviations.
 *
 * @module
 */
import type { Cursor } from "../base/cursor.ts";
import { FormatError } from "../base/error.ts";
import { upperBound } from "../base/search.ts";
import {
  type AbbreviationTable,
  decodeAbbreviations,
} from "./abbreviations.ts";
import { DWARF } from "./constants.ts";
import type { UnitShape } from "./forms.ts";
import { Kept } from "./kept.ts";
import { SectionReader } from "./section_reader.ts";
import type { DwarfOptions, DwarfSections } from "./sections.ts";
import {
  decodeUnitHeader,
  MAX_UNIT_HEADER_SIZE,
  readInitialLength,
  type UnitHeader,
} from "./unit_header.ts";

/** Most tables of abbreviations are smaller: one read each. */
const ABBREVIATIONS_WINDOW = 1 << 14;
/** Tables may overlap; real ones do not, so that all together are not larger than their section. */
const MAX_ABBREVIATIONS_RATIO = 4;
/** Bytes of units that are kept, if nothing else is asked for. */
const DEFAULT_CACHE_SIZE = 1 << 26;

/** The main file, its supplementary file, a `.dwo` file or a package. */
export class DwarfFile {
  /** Byte order. */
  readonly littleEndian: boolean;
  /** Bytes of units that are kept. */
  readonly cacheSize: number;
  private readonly sections: DwarfSections;
  private readonly readers: Map<string, Promise<SectionReader>> = new Map();
  private readonly tables: Map<string, Promise<AbbreviationTable>> = new Map();
  private readonly keptUnits: Kept<Uint8Array>;
  private abbreviationsLeft = -1;
  private headers: Promise<Float64Array> | undefined = undefined;
  private other: Promise<DwarfFile | undefined> | undefined = undefined;
  private readonly openOther: DwarfOptions["openSupplementary"];

  /** Takes over the sections of a file; its strings and entries may be in the supplementary file. */
  constructor(
    sections: DwarfSections,
    { cacheSize = DEFAULT_CACHE_SIZE, openSupplementary }: DwarfOptions = {},
  ) {
    this.sections = sections;
    this.cacheSize = cacheSize;
    this.keptUnits = new Kept(cacheSize);
    this.littleEndian = sections.littleEndian;
    this.openOther = openSupplementary;
  }

  /** The supplementary file, if there is one. @throws {FormatError} If it cannot be opened. */
  supplementary(): Promise<DwarfFile | undefined> {
    this.other ??= this.openSupplementary();
    return this.other;
  }

  /**
   * A section by its whole name; one without bytes if the file has none.
   *
   * @throws {FormatError} If it is there and cannot be had.
   */
  reader(name: string): Promise<SectionReader> {
    let reader = this.readers.get(name);
    if (reader === undefined) {
      reader = this.openReader(name);
      this.readers.set(name, reader);
    }
    return reader;
  }

  /**
   * The header of the unit at `offset` of section `name`.
   *
   * @throws {FormatError} As {@linkcode decodeUnitHeader}; `out-of-bounds` for a unit that ends behind its section
   */
  async readHeader(name: string, offset: number): Promise<UnitHeader> {
    const reader = await this.reader(name);
    const bytes = await reader.readUpTo(offset, MAX_UNIT_HEADER_SIZE);
    const header = decodeUnitHeader(reader.cursorOver(bytes), offset);
    if (
      offset + header.size > reader.size || header.rootOffset > header.size
    ) {
      throw new FormatError({
        code: "out-of-bounds",
        format: DWARF,
        field: "unit_length",
        offset,
        value: header.size,
        expected: `a unit that ends within ${name}`,
      });
    }
    return header;
  }

  /** The bytes of a unit, header included. @throws {FormatError} `truncated` */
  async readUnit(name: string, header: UnitHeader): Promise<Uint8Array> {
    const { offset, size } = header;
    let bytes = this.keptUnits.get(offset);
    if (bytes !== undefined) return bytes;
    bytes = await (await this.reader(name)).read(offset, size);
    this.keptUnits.set(offset, bytes, size);
    return bytes;
  }

  /** Offsets of all units of section `name`, ascending: a walk from header to header, done once. */
  unitOffsets(name = ".debug_info"): Promise<Float64Array> {
    this.headers ??= this.scanHeaders(name);
    return this.headers;
  }

  /**
   * Offset of the unit of `.debug_info` that has the byte at `offset`.
   *
   * @throws {FormatError} `out-of-bounds` if there is none
   */
  async findUnit(offset: number): Promise<number> {
    const offsets = await this.unitOffsets();
    const index = upperBound(offsets, offsets.length, offset) - 1;
    if (index >= 0) return offsets[index]!;
    throw new FormatError({
      code: "out-of-bounds",
      format: DWARF,
      field: "reference",
      offset: 0,
      value: offset,
      expected: "an offset of an entry",
    });
  }

  /**
   * The table of abbreviations at `offset` of section `name`, for units of that shape.
   *
   * @throws {FormatError} As {@linkcode decodeAbbreviations}; `limit` if tables overlap without end
   */
  abbreviations(
    name: string,
    offset: number,
    shape: UnitShape,
  ): Promise<AbbreviationTable> {
    const { version, addressSize, offsetSize } = shape;
    const key = `${offset} ${version} ${addressSize} ${offsetSize}`;
    let table = this.tables.get(key);
    if (table === undefined) {
      table = this.loadAbbreviations(name, offset, shape);
      this.tables.set(key, table);
    }
    return table;
  }

  private async openSupplementary(): Promise<DwarfFile | undefined> {
    const sections = await this.openOther?.();
    const { cacheSize } = this;
    return sections && new DwarfFile(sections, { cacheSize });
  }

  private async openReader(name: string): Promise<SectionReader> {
    const source = await this.sections.find(name);
    return new SectionReader(name, source, this.littleEndian);
  }

  private async loadAbbreviations(
    name: string,
    offset: number,
    shape: UnitShape,
  ): Promise<AbbreviationTable> {
    const reader = await this.reader(name);
    if (this.abbreviationsLeft < 0) {
      this.abbreviationsLeft = ABBREVIATIONS_WINDOW +
        reader.size * MAX_ABBREVIATIONS_RATIO;
    }
    for (let length = ABBREVIATIONS_WINDOW;; length *= 8) {
      const bytes = await reader.readUpTo(offset, length);
      const cursor = reader.cursorOver(bytes);
      try {
        const table = decodeAbbreviations(cursor, shape);
        this.countAbbreviations(cursor.offset, offset);
        return table;
      } catch (error) {
        this.countAbbreviations(cursor.offset, offset);
        // Cut off by the window, not by the section: there is more to read.
        const isCut = error instanceof FormatError &&
          error.code === "truncated" && bytes.length === length;
        if (!isCut) throw error;
      }
    }
  }

  private countAbbreviations(size: number, offset: number): void {
    this.abbreviationsLeft -= size;
    if (this.abbreviationsLeft >= 0) return;
    this.abbreviationsLeft = 0;
    throw new FormatError({
      code: "limit",
      format: DWARF,
      field: "debug_abbrev_offset",
      offset,
      expected: "tables of abbreviations that do not overlap",
    });
  }

  private async scanHeaders(name: string): Promise<Float64Array> {
    const reader = await this.reader(name);
    const offsets: number[] = [];
    for (let offset = 0; offset < reader.size;) {
      offsets.push(offset);
      const bytes = await reader.readUpTo(offset, MAX_UNIT_HEADER_SIZE);
      const size = unitSize(reader.cursorOver(bytes));
      if (size === 0) break;
      offset += size;
    }
    return Float64Array.from(offsets);
  }
}

/** Size of a unit by the first bytes of its header; 0 if they make no sense: then nothing behind it can be found. */
function unitSize(cursor: Cursor): number {
  try {
    const { length } = readInitialLength(cursor, 0);
    return cursor.offset + length;
  } catch (error) {
    if (error instanceof FormatError) return 0;
    throw error;
  }
}
