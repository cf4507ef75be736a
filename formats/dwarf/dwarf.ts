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

/** The debug information of one file. Made by {@linkcode openDwarf}. */
export class Dwarf {
  /** What was found broken, in the order in which it was met; the first few. What is not broken is answered. */
  readonly warnings: FormatError[] = [];
  private readonly file: DwarfFile;
  private readonly index: UnitIndex;
  private readonly split: SplitUnits;
  private readonly names: FunctionNames = new FunctionNames();
  private readonly units: Map<number, Promise<LoadedUnit | undefined>> =
    new Map();

  /** See {@linkcode openDwarf}. */
  constructor(sections: DwarfSections, options: DwarfOptions) {
    this.file = new DwarfFile(sections, options.openSupplementary);
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
    const offset = await this.attempt(() => this.index.find(address));
    if (offset === undefined || offset < 0) return [];
    let loading = this.units.get(offset);
    if (loading === undefined) {
      this.units.set(offset, loading = this.loadUnit(offset));
    }
    const loaded = await loading;
    return loaded === undefined ? [] : await this.locateIn(loaded, address);
  }

  private async locateIn(
    loaded: LoadedUnit,
    address: number,
  ): Promise<SourceFrame[]> {
    const { content, functions, lines, directory } = loaded;
    const frames: SourceFrame[] = [];
    const row = lines?.table.find(address) ?? -1;
    const rows = lines?.table.rows;
    let file = row < 0 ? -1 : rows!.files[row]!;
    let line = row < 0 ? 0 : rows!.lines[row]!;
    let column = row < 0 ? 0 : rows!.columns[row]!;
    const self = functions?.map.find(address) ?? -1;
    const functionAddress = self < 0 ? undefined : functions!.addresses[self]!;
    const push = async (dieOffset: number, inlined: boolean): Promise<void> => {
      frames.push({
        name: dieOffset < 0 ? undefined : await this.attempt(
          () => this.names.find(content, dieOffset),
        ),
        inlined,
        functionAddress,
        file: file < 0
          ? undefined
          : await this.attempt(async () => await lines?.path(file)),
        directory,
        line,
        column,
      });
    };
    if (self >= 0) {
      const inlines = await this.inlinesOf(loaded, self);
      let call = inlines?.map.find(address) ?? -1;
      for (; call >= 0 && frames.length < MAX_CHAIN;) {
        await push(inlines!.dieOffsets[call]!, true);
        file = inlines!.callFiles[call]!;
        line = inlines!.callLines[call]!;
        column = inlines!.callColumns[call]!;
        call = inlines!.parents[call]!;
      }
      await push(functions!.dieOffsets[self]!, false);
    } else if (row >= 0) await push(-1, false);
    return frames;
  }

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

  private warn(error: FormatError): void {
    // What was read once fails with the same error each time.
    const isNew = !this.warnings.includes(error);
    if (isNew && this.warnings.length < MAX_WARNINGS) this.warnings.push(error);
  }
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
