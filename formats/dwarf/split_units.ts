/**
 * Finds the content of units that is in files of its own.
 *
 * @module
 */
import { FormatError } from "../base/error.ts";
import { Slot } from "./abbreviations.ts";
import { DWARF } from "./constants.ts";
import { DwarfFile } from "./dwarf_file.ts";
import { PackageIndex } from "./package_index.ts";
import type { DwarfOptions, DwarfSections } from "./sections.ts";
import { openUnit, type Unit } from "./unit.ts";

type UnitId = readonly [high: number, low: number];

interface Package {
  file: DwarfFile;
  index: PackageIndex;
}

/** Finds split units, in a package or in `.dwo` files. */
export class SplitUnits {
  private readonly options: DwarfOptions;
  private package: Promise<Package | undefined> | undefined = undefined;

  /** Files come from `options`. */
  constructor(options: DwarfOptions) {
    this.options = options;
  }

  /**
   * The unit that `unit` stands for: itself if it is no skeleton.
   *
   * @throws {FormatError} If the other file makes no sense; `out-of-bounds` if the unit is not to be found.
   */
  async contentOf(unit: Unit): Promise<Unit> {
    if (!unit.root.has(Slot.DWO_NAME)) return unit;
    const id = unit.dwoId();
    if (id === undefined) return unit;
    const packed = await this.findInPackage(unit, id);
    if (packed !== undefined) return packed;
    const name = await unit.rootString(Slot.DWO_NAME);
    const directory = await unit.rootString(Slot.COMP_DIR);
    const sections = await this.options.openSplit?.({ name, directory });
    const found = sections && await findInFile(sections, unit, id);
    if (found !== undefined) return found;
    throw new FormatError({
      code: "out-of-bounds",
      format: DWARF,
      field: "DW_AT_dwo_name",
      offset: unit.header.offset,
      value: name,
      expected: sections === undefined
        ? "a file that can be opened"
        : "a file of the same compilation",
    });
  }

  private async findInPackage(
    unit: Unit,
    id: UnitId,
  ): Promise<Unit | undefined> {
    this.package ??= this.openPackage();
    const opened = await this.package;
    const found = opened?.index.find(id);
    return opened && found &&
      await openUnit(opened.file, found.offset, unit, found);
  }

  private async openPackage(): Promise<Package | undefined> {
    const sections = await this.options.openPackage?.();
    if (sections === undefined) return undefined;
    const { cacheSize } = this.options;
    const file = new DwarfFile(sections, { cacheSize });
    const reader = await file.reader(".debug_cu_index");
    const index = new PackageIndex(await reader.cursor(0, reader.size));
    return { file, index };
  }
}

/** The unit of a `.dwo` file with that id: there may be units of types in front of it. */
async function findInFile(
  sections: DwarfSections,
  skeleton: Unit,
  [high, low]: UnitId,
): Promise<Unit | undefined> {
  const { cacheSize } = skeleton.file;
  const file = new DwarfFile(sections, { cacheSize });
  for (const offset of await file.unitOffsets(".debug_info.dwo")) {
    const unit = await openUnit(file, offset, skeleton);
    const id = unit.dwoId();
    if (id?.[0] === high && id[1] === low) return unit;
  }
  return undefined;
}
