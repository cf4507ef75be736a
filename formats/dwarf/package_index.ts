/**
 * `.debug_cu_index` of packages: where the parts of a split unit are.
 *
 * @module
 */
import type { Cursor } from "../base/cursor.ts";
import { FormatError, UnsupportedError } from "../base/error.ts";
import { DWARF, SECT } from "./constants.ts";
import type { Contribution } from "./unit.ts";

/** A unit of a package. */
export interface PackagedUnit extends Contribution {
  /** Offset of the unit in `.debug_info.dwo`. */
  offset: number;
}

/** The index of a package. */
export class PackageIndex {
  private readonly cursor: Cursor;
  private readonly version: 2 | 5;
  private readonly columnCount: number;
  private readonly unitCount: number;
  private readonly slotCount: number;
  private readonly base: number;

  /**
   * Reads the header of the section.
   *
   * | field | size |
   * | --- | --- |
   * | version | 2 and 2 of padding in version 5; 4 in GNU's version 2 |
   * | columns, units, slots | 4, 4, 4 |
   * | ids | 8 for each slot |
   * | row numbers, from 1 | 4 for each slot |
   * | what the columns are | 4 for each column |
   * | offsets, then sizes | 4 for each unit and column |
   *
   * Source: DWARF 5 section 7.3.5.3.
   *
   * @throws {FormatError} `truncated`, `out-of-bounds`; `unsupported` for other versions
   */
  constructor(cursor: Cursor) {
    this.cursor = cursor;
    const whole = cursor.u32("version");
    const version = whole === 2 ? 2 : cursor.view.getUint16(
      0,
      cursor.littleEndian,
    );
    if (version !== 2 && version !== 5) {
      throw new UnsupportedError(DWARF, "cu_index", 0, version, "2 or 5");
    }
    this.version = version;
    this.columnCount = cursor.u32("section_count");
    this.unitCount = cursor.u32("unit_count");
    this.slotCount = cursor.u32("slot_count");
    this.base = cursor.offset;
    const cells = this.columnCount * (1 + 2 * this.unitCount);
    const size = this.slotCount * 12 + cells * 4;
    if (size > cursor.end - cursor.offset) {
      throw new FormatError({
        code: "out-of-bounds",
        format: DWARF,
        field: "cu_index",
        offset: 0,
        value: size,
        expected: "tables that end within the section",
      });
    }
  }

  /** The unit with that id. */
  find([high, low]: readonly [high: number, low: number]):
    | PackagedUnit
    | undefined {
    const { cursor: { view, littleEndian }, slotCount, base } = this;
    const [highAt, lowAt] = littleEndian ? [4, 0] : [0, 4];
    // An open-addressed table that is asked once per unit: looking at all slots does it as well.
    for (let slot = 0; slot < slotCount; slot++) {
      const at = base + slot * 8;
      const isIt = view.getUint32(at + lowAt, littleEndian) === low &&
        view.getUint32(at + highAt, littleEndian) === high;
      if (!isIt) continue;
      const rowAt = base + slotCount * 8 + slot * 4;
      const row = view.getUint32(rowAt, littleEndian);
      if (row > 0 && row <= this.unitCount) return this.unitOf(row);
    }
    return undefined;
  }

  private unitOf(row: number): PackagedUnit {
    const { cursor: { view, littleEndian }, columnCount } = this;
    const kinds = SECT[this.version];
    const columnsAt = this.base + this.slotCount * 12;
    const unit: PackagedUnit = {
      offset: 0,
      abbreviations: 0,
      stringOffsets: 0,
      rangeLists: 0,
    };
    for (let column = 0; column < columnCount; column++) {
      const kind = view.getUint32(columnsAt + column * 4, littleEndian);
      const cellAt = columnsAt + (row * columnCount + column) * 4;
      const offset = view.getUint32(cellAt, littleEndian);
      if (kind === kinds.INFO) unit.offset = offset;
      else if (kind === kinds.ABBREV) unit.abbreviations = offset;
      else if (kind === kinds.STR_OFFSETS) unit.stringOffsets = offset;
      else if (kind === kinds.RNGLISTS) unit.rangeLists = offset;
    }
    return unit;
  }
}
