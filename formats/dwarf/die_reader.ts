/**
 * Reads the entries of a unit one after another.
 *
 * @module
 */
import { Cursor } from "../base/cursor.ts";
import { viewOf } from "../base/byte_source.ts";
import {
  type Abbreviation,
  type AbbreviationTable,
  type Die,
  NO_SLOT,
  Slot,
  unknownAbbreviation,
} from "./abbreviations.ts";
import { DWARF, FORM } from "./constants.ts";
import {
  formSize,
  readForm,
  skipVariable,
  type UnitShape,
  Variable,
} from "./forms.ts";

/** A place among the entries of a unit. Offsets count from the start of the unit. */
export class DieReader {
  /** Offset of the entry that {@linkcode DieReader.next} came upon. */
  dieOffset = 0;
  /** Where reading goes on. */
  readonly cursor: Cursor;
  private readonly bytes: Uint8Array;
  private readonly table: AbbreviationTable;
  private readonly shape: UnitShape;

  /** Reads the unit whose bytes, header included, are `bytes`. */
  constructor(
    bytes: Uint8Array,
    littleEndian: boolean,
    table: AbbreviationTable,
    shape: UnitShape,
  ) {
    this.bytes = bytes;
    this.cursor = new Cursor(viewOf(bytes), littleEndian, DWARF);
    this.table = table;
    this.shape = shape;
  }

  /** Whether there are more bytes. */
  get hasMore(): boolean {
    return this.cursor.offset < this.cursor.end;
  }

  /**
   * Reads the code of the next entry, whose attributes must be read or skipped then.
   *
   * @returns Its abbreviation, or `undefined` for the mark behind the last of some siblings.
   * @throws {FormatError} `truncated`; `bad-value` if there is no such abbreviation
   */
  next(): Abbreviation | undefined {
    this.dieOffset = this.cursor.offset;
    const code = this.cursor.uleb("abbreviation code");
    if (code === 0) return undefined;
    const abbreviation = this.table.get(code);
    if (abbreviation === undefined) {
      throw unknownAbbreviation(code, this.dieOffset);
    }
    return abbreviation;
  }

  /** Moves behind the attributes of an entry. @throws {FormatError} `truncated`, `unsupported` */
  skip(abbreviation: Abbreviation): void {
    const { bytes, cursor } = this;
    const { skips } = abbreviation;
    for (let i = 0; i < skips.length; i++) {
      const step = skips[i]!;
      if (step >= 0) cursor.offset += step;
      else if (step === Variable.INDIRECT) {
        this.skipForm(cursor.uleb("form"));
      } else if (step === Variable.LEB) {
        let at = cursor.offset;
        // Behind the end there is `undefined`, which ends this loop too.
        while (bytes[at++]! >= 0x80);
        cursor.offset = at;
      } else skipVariable(cursor, step);
    }
    // One check for all the fixed sizes: nothing is read before it.
    if (cursor.offset > cursor.end) cursor.take(0, "attributes");
  }

  /** Reads the attributes of an entry into `die`. @throws {FormatError} `truncated`, `unsupported` */
  read(abbreviation: Abbreviation, die: Die): void {
    const { cursor, table, shape } = this;
    const { attributesStart, attributesEnd } = abbreviation;
    die.forms.fill(0);
    for (let i = attributesStart; i < attributesEnd; i++) {
      const slot = table.slots[i]!;
      let form = table.forms[i]!;
      while (form === FORM.INDIRECT) form = cursor.uleb("form");
      if (slot === NO_SLOT) {
        this.skipForm(form);
        continue;
      }
      const at = cursor.offset;
      const value = readForm(cursor, form, shape);
      // Of an attribute that is there twice, the first counts.
      if (die.forms[slot] !== 0) continue;
      die.forms[slot] = form;
      if (form === FORM.IMPLICIT_CONST) die.values[slot] = table.constants[i]!;
      // The only one whose 64 bits all count: it is known by its place.
      else die.values[slot] = slot === Slot.DWO_ID ? at : value;
    }
  }

  private skipForm(form: number): void {
    const { cursor } = this;
    let inner = form;
    while (inner === FORM.INDIRECT) inner = cursor.uleb("form");
    const size = formSize(inner, this.shape, cursor.offset);
    if (size >= 0) cursor.take(size, "value");
    else skipVariable(cursor, size);
  }
}
