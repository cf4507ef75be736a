/**
 * Unwind tables and stacks written down as literals, for tests of the walker.
 *
 * @module
 */
import {
  Base,
  Lookup,
  type UnwindRow,
  type UnwindTable,
} from "../../formats/base/unwind_row.ts";
import { writeInt64 } from "../../formats/base/address.ts";

/** A row from `start` up to `end`; what is not given is as after `UnwindRow.reset`, with RA saved at CFA − 8. */
export type RowLiteral = Partial<UnwindRow> & { start: number; end: number };

/** A table that holds the given rows and counts its lookups. */
export class RowsTable implements UnwindTable {
  readonly kind: UnwindTable["kind"];
  lookupCount = 0;
  private readonly rows: readonly RowLiteral[];

  constructor(
    rows: readonly RowLiteral[],
    kind: UnwindTable["kind"] = "sframe-v3",
  ) {
    this.rows = rows;
    this.kind = kind;
  }

  lookup(pc: number, row: UnwindRow): number {
    this.lookupCount++;
    const found = this.rows.find(({ start, end }) => pc >= start && pc < end);
    if (found === undefined) return Lookup.NO_ROW;
    row.reset();
    const { start, end, ...rules } = found;
    const saved = { raBase: Base.CFA, raOffset: -8, raDeref: true };
    Object.assign(row, saved, rules, { startPc: start, endPc: end });
    return Lookup.FOUND;
  }
}

/** Bytes of the given 64-bit words, one after the other. */
export function wordBytes(
  words: readonly number[],
  littleEndian = true,
): Uint8Array {
  const bytes = new Uint8Array(words.length * 8);
  const view = new DataView(bytes.buffer);
  words.forEach((word, i) => writeInt64(view, i * 8, word, littleEndian));
  return bytes;
}
