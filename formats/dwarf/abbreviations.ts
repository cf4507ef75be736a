/**
 * Abbreviations: the shapes of a unit's entries.
 *
 * @module
 */
import type { Cursor } from "../base/cursor.ts";
import { FormatError } from "../base/error.ts";
import { AT, DWARF, FORM } from "./constants.ts";
import { formSize, type UnitShape } from "./forms.ts";

/** Attributes that are read; all others are skipped. Each has a slot in a {@linkcode Die}. */
export const Slot = {
  SIBLING: 0,
  NAME: 1,
  LINKAGE_NAME: 2,
  LOW_PC: 3,
  HIGH_PC: 4,
  RANGES: 5,
  ABSTRACT_ORIGIN: 6,
  SPECIFICATION: 7,
  CALL_FILE: 8,
  CALL_LINE: 9,
  CALL_COLUMN: 10,
  STMT_LIST: 11,
  COMP_DIR: 12,
  LANGUAGE: 13,
  STR_OFFSETS_BASE: 14,
  ADDR_BASE: 15,
  RNGLISTS_BASE: 16,
  DWO_NAME: 17,
  DWO_ID: 18,
  GNU_RANGES_BASE: 19,
} as const;

/** Number of slots. */
export const SLOT_COUNT = 20;

/** Slot of an attribute that is skipped. */
export const NO_SLOT = -1;

const SLOTS: ReadonlyMap<number, number> = new Map([
  [AT.SIBLING, Slot.SIBLING],
  [AT.NAME, Slot.NAME],
  [AT.LINKAGE_NAME, Slot.LINKAGE_NAME],
  [AT.MIPS_LINKAGE_NAME, Slot.LINKAGE_NAME],
  [AT.LOW_PC, Slot.LOW_PC],
  [AT.HIGH_PC, Slot.HIGH_PC],
  [AT.RANGES, Slot.RANGES],
  [AT.ABSTRACT_ORIGIN, Slot.ABSTRACT_ORIGIN],
  [AT.SPECIFICATION, Slot.SPECIFICATION],
  [AT.CALL_FILE, Slot.CALL_FILE],
  [AT.CALL_LINE, Slot.CALL_LINE],
  [AT.CALL_COLUMN, Slot.CALL_COLUMN],
  [AT.STMT_LIST, Slot.STMT_LIST],
  [AT.COMP_DIR, Slot.COMP_DIR],
  [AT.LANGUAGE, Slot.LANGUAGE],
  [AT.STR_OFFSETS_BASE, Slot.STR_OFFSETS_BASE],
  [AT.ADDR_BASE, Slot.ADDR_BASE],
  [AT.GNU_ADDR_BASE, Slot.ADDR_BASE],
  [AT.RNGLISTS_BASE, Slot.RNGLISTS_BASE],
  [AT.DWO_NAME, Slot.DWO_NAME],
  [AT.GNU_DWO_NAME, Slot.DWO_NAME],
  [AT.GNU_DWO_ID, Slot.DWO_ID],
  [AT.GNU_RANGES_BASE, Slot.GNU_RANGES_BASE],
]);

/** One abbreviation. Its attributes are in the arrays of the table, from `attributesStart` to `attributesEnd`. */
export interface Abbreviation {
  /** `DW_TAG_...` */
  readonly tag: number;
  /** Whether entries of it have children. */
  readonly hasChildren: boolean;
  /** Bit `1 << slot` for each attribute that has a slot. */
  readonly slotMask: number;
  /** Index of its first attribute. */
  readonly attributesStart: number;
  /** Index behind its last attribute. */
  readonly attributesEnd: number;
  /** How to get behind an entry: numbers of bytes, and kinds of `Variable` where there is no number. */
  readonly skips: readonly number[];
}

/** The abbreviations of one table, for units of one shape. */
export class AbbreviationTable {
  /** Slot of each attribute, or {@linkcode NO_SLOT}. */
  readonly slots: number[] = [];
  /** Form of each attribute. */
  readonly forms: number[] = [];
  /** Value of each attribute whose form is `DW_FORM_implicit_const`; 0 for others. */
  readonly constants: number[] = [];
  /** Abbreviations by code where the codes count from 1, as they do in all that compilers write. */
  private readonly dense: (Abbreviation | undefined)[] = [undefined];
  private readonly sparse: Map<number, Abbreviation> = new Map();

  /** The abbreviation with that code. */
  get(code: number): Abbreviation | undefined {
    return code < this.dense.length ? this.dense[code] : this.sparse.get(code);
  }

  /** Adds one; of two with one code the first counts. */
  add(code: number, abbreviation: Abbreviation): void {
    if (code === this.dense.length) this.dense.push(abbreviation);
    else if (code > this.dense.length && !this.sparse.has(code)) {
      this.sparse.set(code, abbreviation);
    }
  }
}

/**
 * Decodes a table of abbreviations.
 *
 * | field | size |
 * | --- | --- |
 * | code | ULEB128; 0 ends the table |
 * | tag | ULEB128 |
 * | children | 1 |
 * | attribute, form | ULEB128 twice, and an SLEB128 for `implicit_const`; 0, 0 ends the abbreviation |
 *
 * Source: DWARF 5 section 7.5.3.
 *
 * @throws {FormatError} `truncated`; `unsupported` for an unknown form
 */
export function decodeAbbreviations(
  cursor: Cursor,
  shape: UnitShape,
): AbbreviationTable {
  const table = new AbbreviationTable();
  for (;;) {
    const code = cursor.uleb("abbreviation code");
    if (code === 0) return table;
    table.add(code, decodeAbbreviation(cursor, shape, table));
  }
}

function decodeAbbreviation(
  cursor: Cursor,
  shape: UnitShape,
  table: AbbreviationTable,
): Abbreviation {
  const tag = cursor.uleb("tag");
  const hasChildren = cursor.u8("children") !== 0;
  const attributesStart = table.forms.length;
  const skips: number[] = [];
  let slotMask = 0;
  for (;;) {
    const attribute = cursor.uleb("attribute");
    const at = cursor.offset;
    const form = cursor.uleb("form");
    if (attribute === 0 && form === 0) break;
    const slot = SLOTS.get(attribute) ?? NO_SLOT;
    if (slot !== NO_SLOT) slotMask |= 1 << slot;
    table.slots.push(slot);
    table.forms.push(form);
    table.constants.push(
      form === FORM.IMPLICIT_CONST ? cursor.sleb("constant") : 0,
    );
    const size = formSize(form, shape, at);
    if (size < 0 || skips.length === 0 || skips.at(-1)! < 0) skips.push(size);
    else skips[skips.length - 1]! += size;
  }
  const attributesEnd = table.forms.length;
  return {
    tag,
    hasChildren,
    slotMask,
    attributesStart,
    attributesEnd,
    skips,
  };
}

/** Values of the attributes of one entry, by slot; reused from entry to entry. */
export class Die {
  /** Form of each value, 0 where the entry does not have the attribute. */
  readonly forms: Uint16Array = new Uint16Array(SLOT_COUNT);
  /** Values as `readForm` gives them. */
  readonly values: Float64Array = new Float64Array(SLOT_COUNT);

  /** Whether the attribute is there. */
  has(slot: number): boolean {
    return this.forms[slot] !== 0;
  }

  /** The value, or `absent`. */
  get(slot: number, absent = 0): number {
    return this.forms[slot] === 0 ? absent : this.values[slot]!;
  }
}

/** Makes the error for an entry whose abbreviation is not there. */
export function unknownAbbreviation(code: number, offset: number): FormatError {
  return new FormatError({
    code: "bad-value",
    format: DWARF,
    field: "abbreviation code",
    offset,
    value: code,
    expected: "a code of the unit's table",
  });
}
