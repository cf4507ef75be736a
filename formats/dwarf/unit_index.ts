/**
 * Which unit an address belongs to.
 *
 * @module
 */
import { FormatError } from "../base/error.ts";
import { decodeAranges } from "./aranges.ts";
import { UT } from "./constants.ts";
import type { DwarfFile } from "./dwarf_file.ts";
import { RangeCollector } from "./range_lists.ts";
import { layOut, type RangeMap, RangeStore } from "./range_store.ts";
import { openUnit } from "./unit.ts";

/** Ranges that any file may have, however small. */
const FREE_RANGES = 1 << 16;

/** A map of addresses to indexes of units, and the units' offsets. */
interface MappedUnits {
  map: RangeMap;
  offsets: ArrayLike<number>;
}

/** Finds units by address: by `.debug_aranges`; units that it does not list are asked themselves, when it must be. */
export class UnitIndex {
  private readonly file: DwarfFile;
  private readonly warn: (error: FormatError) => void;
  private listed: Promise<MappedUnits> | undefined = undefined;
  private asked: Promise<MappedUnits> | undefined = undefined;

  /** An index of the units in `.debug_info` of `file`. */
  constructor(file: DwarfFile, warn: (error: FormatError) => void) {
    this.file = file;
    this.warn = warn;
  }

  /**
   * Offset of the unit that has code at `address`, or -1.
   *
   * @throws {FormatError} If a section cannot be had.
   */
  async find(address: number): Promise<number> {
    this.listed ??= this.readAranges();
    const { map, offsets } = await this.listed;
    const index = map.find(address);
    if (index >= 0) return offsets[index]!;
    this.asked ??= this.askUnits(offsets);
    const units = await this.asked;
    const other = units.map.find(address);
    return other < 0 ? -1 : units.offsets[other]!;
  }

  private async readAranges(): Promise<MappedUnits> {
    const reader = await this.file.reader(".debug_aranges");
    const cursor = await reader.cursor(0, reader.size);
    const { store, units, error } = decodeAranges(cursor);
    if (error !== undefined) this.warn(error);
    return { map: layOut(store), offsets: units };
  }

  /** Reads the root entries of the units that are not among `known`. */
  private async askUnits(known: ArrayLike<number>): Promise<MappedUnits> {
    const offsets = await this.file.unitOffsets();
    const skipped = new Set(Array.from(known));
    const store = new RangeStore(await this.rangeLimit());
    for (let i = 0; i < offsets.length; i++) {
      if (skipped.has(offsets[i]!)) continue;
      const count = store.starts.length;
      try {
        await this.askUnit(offsets[i]!, i, store);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        store.truncate(count);
        this.warn(error);
      }
    }
    return { map: layOut(store), offsets };
  }

  /** Ranges that there is room for; lists that units share without end would have more. */
  private async rangeLimit(): Promise<number> {
    let limit = FREE_RANGES;
    for (const name of [".debug_info", ".debug_ranges", ".debug_rnglists"]) {
      limit += (await this.file.reader(name)).size;
    }
    return limit;
  }

  private async askUnit(
    offset: number,
    index: number,
    store: RangeStore,
  ): Promise<void> {
    const unit = await openUnit(this.file, offset);
    const { unitType } = unit.header;
    if (unitType !== UT.COMPILE && unitType !== UT.SKELETON) return;
    const collector = new RangeCollector(
      unit,
      await unit.addressTable(),
      store,
    );
    collector.add(index, unit.root);
    await collector.finish();
  }
}
