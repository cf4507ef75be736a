/**
 * From an address to functions and source lines.
 *
 * @module
 */
import { FormatError } from "../base/error.ts";
import { Slot } from "./abbreviations.ts";
import { DwarfFile } from "./dwarf_file.ts";
import {
  type FunctionIndex,
  indexFunctions,
  indexInlines,
  type InlineIndex,
} from "./function_index.ts";
import { Kept } from "./kept.ts";
import { FunctionNames } from "./names.ts";
import type { DwarfOptions, DwarfSections, SourceFrame } from "./sections.ts";
import { readSourceLines, type SourceLines } from "./source_lines.ts";
import { SplitUnits } from "./split_units.ts";
import { openUnit, type Unit } from "./unit.ts";
import { UnitIndex } from "./unit_index.ts";

/** Warnings that are kept: a damaged file may give one for each of its units. */
const MAX_WARNINGS = 16;
/** Functions in each other at one address; compilers give up long before. */
const MAX_CHAIN = 1024;

/** What was read of one unit. */
interface LoadedUnit {
  /** The unit of the file itself. */
  unit: Unit;
  /** Where its entries are: itself, or its split unit. */
  content: Unit;
  functions: FunctionIndex | undefined;
  inlines: Map<number, Promise<InlineIndex | undefined>>;
  lines: SourceLines | undefined;
  directory: string;
}

/** A function at an address, and the place in the source. */
interface Place {
  /** Offset of the function's entry in its unit, -1 if none is known. */
  dieOffset: number;
  inlined: boolean;
  /** Index of the file, -1 if none is known. */
  file: number;
  line: number;
  column: number;
}

/** The debug information of one file. Made by {@linkcode openDwarf}. */
export class Dwarf {
  /** What was found broken, in the order in which it was met; the first few. What is not broken is answered. */
  readonly warnings: FormatError[] = [];
  private readonly file: DwarfFile;
  private readonly index: UnitIndex;
  private readonly split: SplitUnits;
  private readonly names: FunctionNames;
  private readonly units: Kept<Promise<LoadedUnit | undefined>>;

  /** See {@linkcode openDwarf}. */
  constructor(sections: DwarfSections, options: DwarfOptions) {
    this.file = new DwarfFile(sections, options);
    const { cacheSize } = this.file;
    this.names = new FunctionNames(cacheSize);
    this.units = new Kept(cacheSize);
    this.index = new UnitIndex(this.file, (error) => this.warn(error));
    this.split = new SplitUnits(options);
  }

  /**
   * The functions and source lines at `address`, innermost first; empty if the file does not know it.
   *
   * The first frame is where the instruction is; each other one is where the one before it was inlined. The last is no
   * inlined function. Reads what it needs of the unit when it is first asked for. Damage is kept in
   * {@linkcode Dwarf.warnings}; it throws only what reading throws.
   *
   * @param address Address in the file's own space: for a return address already minus one.
   */
  async locate(address: number): Promise<SourceFrame[]> {
    const offset = await this.unitAt(address);
    if (offset < 0) return [];
    let loading = this.units.get(offset);
    if (loading === undefined) {
      loading = this.loadUnit(offset);
      this.units.set(offset, loading, 0);
      this.units.set(offset, loading, sizeOf(await loading));
    }
    const loaded = await loading;
    return loaded === undefined ? [] : await this.locateIn(loaded, address);
  }

  /**
   * Offset in `.debug_info` of the unit that has code at `address`, -1 if none has: who asks unit by unit needs to keep
   * little.
   */
  async unitAt(address: number): Promise<number> {
    return await this.attempt(() => this.index.find(address)) ?? -1;
  }

  /** The functions of a unit at an address, with their names and files. */
  private async locateIn(
    loaded: LoadedUnit,
    address: number,
  ): Promise<SourceFrame[]> {
    const { content, functions, lines, directory } = loaded;
    const self = functions?.map.find(address) ?? -1;
    const functionAddress = self < 0 ? undefined : functions!.addresses[self]!;
    const frames: SourceFrame[] = [];
    for (const place of await this.findPlaces(loaded, address, self)) {
      const { dieOffset, inlined, file, line, column } = place;
      const name = dieOffset < 0
        ? undefined
        : await this.attempt(() => this.names.find(content, dieOffset));
      const path = lines === undefined || file < 0
        ? undefined
        : await this.attempt(() => lines.path(file));
      frames.push({
        name,
        inlined,
        functionAddress,
        file: path,
        directory,
        line,
        column,
      });
    }
    return frames;
  }

  /** Where an address is: in the innermost function, in the one that this was inlined into, and so on to `self`. */
  private async findPlaces(
    loaded: LoadedUnit,
    address: number,
    self: number,
  ): Promise<Place[]> {
    const { functions, lines } = loaded;
    let place = rowAt(lines, address);
    if (self < 0) return place.file < 0 ? [] : [place];
    const places = [place];
    const inlines = await this.inlinesOf(loaded, self);
    let call = inlines?.map.find(address) ?? -1;
    while (call >= 0 && places.length < MAX_CHAIN) {
      const { dieOffsets, callFiles, callLines, callColumns } = inlines!;
      place.dieOffset = dieOffsets[call]!;
      place.inlined = true;
      place = {
        dieOffset: -1,
        inlined: false,
        file: callFiles[call]!,
        line: callLines[call]!,
        column: callColumns[call]!,
      };
      places.push(place);
      call = inlines!.parents[call]!;
    }
    place.dieOffset = functions!.dieOffsets[self]!;
    return places;
  }

  /** What was inlined into function `index` of a unit. */
  private inlinesOf(
    { content, functions, inlines }: LoadedUnit,
    index: number,
  ): Promise<InlineIndex | undefined> {
    let found = inlines.get(index);
    if (found === undefined) {
      const dieOffset = functions!.dieOffsets[index]!;
      found = this.attempt(() => indexInlines(content, dieOffset));
      inlines.set(index, found);
    }
    return found;
  }

  /** Opens a unit and reads all of it that can be read. */
  private async loadUnit(offset: number): Promise<LoadedUnit | undefined> {
    const unit = await this.attempt(() => openUnit(this.file, offset));
    if (unit === undefined) return undefined;
    const content = await this.attempt(() => this.split.contentOf(unit)) ??
      unit;
    return {
      unit,
      content,
      functions: await this.attempt(() => indexFunctions(content)),
      inlines: new Map(),
      lines: await this.attempt(() => readSourceLines(unit)),
      directory: await this.attempt(() => unit.rootString(Slot.COMP_DIR)) ?? "",
    };
  }

  /** Does a part of the work: what is broken in it becomes a warning and no answer. */
  private async attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      this.warn(error);
      return undefined;
    }
  }

  /** Keeps an error, once. */
  private warn(error: FormatError): void {
    // What is read again fails in the same way.
    const isNew = !this.warnings.some(({ message }) =>
      message === error.message
    );
    if (isNew && this.warnings.length < MAX_WARNINGS) this.warnings.push(error);
  }
}

/** Bytes that a unit takes, about, beside its own, which are kept elsewhere. */
function sizeOf(loaded: LoadedUnit | undefined): number {
  if (loaded === undefined) return 0;
  // What was found in a unit grows with use, and is not larger than the unit.
  return loaded.content.header.size + (loaded.lines?.size ?? 0);
}

/** The place that the line table has for an address. */
function rowAt(lines: SourceLines | undefined, address: number): Place {
  const row = lines?.table.find(address) ?? -1;
  const place = { dieOffset: -1, inlined: false };
  if (row < 0) return { ...place, file: -1, line: 0, column: 0 };
  const { files, lines: numbers, columns } = lines!.table.rows;
  return {
    ...place,
    file: files[row]!,
    line: numbers[row]!,
    column: columns[row]!,
  };
}

/**
 * Opens the debug information of a file. Nothing is read before {@linkcode Dwarf.locate} is asked.
 *
 * @param sections The sections of the file, or of its separate debug file.
 * @param options Files beside it.
 *
 * @example The source line of an address, from sections at hand
 * ```ts
 * import { BytesSource } from "@framewalk/framewalk";
 * import { openDwarf } from "@framewalk/framewalk/formats/dwarf";
 *
 * async function show(sections: Map<string, Uint8Array>, address: number) {
 *   const dwarf = openDwarf({
 *     littleEndian: true,
 *     find: (name) => sections.has(name) ? new BytesSource(sections.get(name)!) : undefined,
 *   });
 *   for (const { name, file, line } of await dwarf.locate(address)) console.log(name, `${file}:${line}`);
 * }
 * ```
 */
export function openDwarf(
  sections: DwarfSections,
  options: DwarfOptions = {},
): Dwarf {
  return new Dwarf(sections, options);
}
