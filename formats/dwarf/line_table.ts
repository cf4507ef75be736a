/**
 * Rows of line programs, and the search among them.
 *
 * @module
 */
import { upperBound } from "../base/search.ts";
import type { LineHeader } from "./line_header.ts";

/** Bit of {@linkcode LineRows.flags}: a statement begins here. */
export const IS_STATEMENT = 1;
/** Bit of {@linkcode LineRows.flags}: the sequence ends here; the row has no line. */
export const ENDS_SEQUENCE = 2;

/** Bit of {@linkcode LineRows.flags}: the row before goes on, as far as lines are concerned. */
export const GOES_ON = 4;

/** Rows of a line program in parallel arrays, by address within each sequence. */
export class LineRows {
  /** Number of rows. */
  count = 0;
  /** Address from which each row holds. */
  addresses: Float64Array = new Float64Array(256);
  /** File of each row, as the header numbers them. */
  files: Uint32Array = new Uint32Array(256);
  /** Line of each row. */
  lines: Uint32Array = new Uint32Array(256);
  /** Column of each row, 0 if unknown. */
  columns: Uint32Array = new Uint32Array(256);
  /** Bits: {@linkcode IS_STATEMENT}, {@linkcode ENDS_SEQUENCE}, {@linkcode GOES_ON}. */
  flags: Uint8Array = new Uint8Array(256);

  /** Adds a row. */
  push(
    address: number,
    file: number,
    line: number,
    column: number,
    flags: number,
  ): void {
    const index = this.count++;
    if (index === this.addresses.length) this.resize(index * 2);
    this.addresses[index] = address;
    this.files[index] = file;
    this.lines[index] = line;
    this.columns[index] = column;
    this.flags[index] = flags;
  }

  /** Moves all rows to arrays of another size. */
  resize(size: number): void {
    const { count } = this;
    const fit = <T extends Float64Array | Uint32Array | Uint8Array>(
      to: T,
      from: T,
    ): T => {
      to.set(from.subarray(0, Math.min(count, size)));
      return to;
    };
    this.addresses = fit(new Float64Array(size), this.addresses);
    this.files = fit(new Uint32Array(size), this.files);
    this.lines = fit(new Uint32Array(size), this.lines);
    this.columns = fit(new Uint32Array(size), this.columns);
    this.flags = fit(new Uint8Array(size), this.flags);
  }

  /** Brings the rows from `start` to `end` into ascending order; rows of one address keep theirs. */
  sort(start: number, end: number): void {
    const { addresses } = this;
    let at = start + 1;
    while (at < end && addresses[at - 1]! <= addresses[at]!) at++;
    if (at >= end) return;
    const order = Uint32Array.from({ length: end - start }, (_, i) => start + i)
      .sort((a, b) => addresses[a]! - addresses[b]! || a - b);
    for (
      const column of [
        this.addresses,
        this.files,
        this.lines,
        this.columns,
        this.flags,
      ]
    ) {
      const old = column.slice();
      order.forEach((from, i) => column[start + i] = old[from]!);
    }
  }
}

/** Where a sequence's rows are. */
export interface LineSequence {
  /** Index of its first row. */
  firstRow: number;
  /** Index of its last row, which ends it. */
  endRow: number;
}

/** The rows of a program, by sequence. */
export class LineTable {
  /** Its header, with the files that the program defined itself. */
  readonly header: LineHeader;
  /** Its rows. */
  readonly rows: LineRows;
  private readonly sequences: readonly LineSequence[];
  /** First address of each sequence, ascending. */
  private readonly starts: Float64Array;

  /** Takes over rows that are sorted within each sequence. */
  constructor(header: LineHeader, rows: LineRows, sequences: LineSequence[]) {
    const startOf = ({ firstRow }: LineSequence): number =>
      rows.addresses[firstRow]!;
    this.header = header;
    this.rows = rows;
    this.sequences = sequences.sort((a, b) => startOf(a) - startOf(b));
    this.starts = Float64Array.from(sequences, startOf);
  }

  /**
   * Index of the row that holds at `address`, or -1. Of several rows at one address it is the last one at which a
   * statement begins, else the last one, without those that only go on: the rules of gdb (13 to 18).
   */
  find(address: number): number {
    const { starts, rows } = this;
    const index = upperBound(starts, starts.length, address) - 1;
    if (index < 0) return -1;
    const { firstRow, endRow } = this.sequences[index]!;
    const part = rows.addresses.subarray(firstRow, endRow + 1);
    const row = firstRow + upperBound(part, part.length, address) - 1;
    if ((rows.flags[row]! & ENDS_SEQUENCE) !== 0) return -1;
    let begin = row;
    while (begin >= firstRow && (rows.flags[begin]! & GOES_ON) !== 0) begin--;
    if (begin < firstRow) return -1;
    begin = this.preferStatement(begin, firstRow);
    // The row itself knows the column.
    const isSame = rows.lines[begin] === rows.lines[row] &&
      rows.files[begin] === rows.files[row];
    return isSame ? row : begin;
  }

  private preferStatement(row: number, firstRow: number): number {
    const { addresses, flags } = this.rows;
    const address = addresses[row];
    for (let i = row; i >= firstRow && addresses[i] === address; i--) {
      const isBegin = (flags[i]! & (IS_STATEMENT | GOES_ON)) === IS_STATEMENT;
      if (isBegin) return i;
    }
    return row;
  }
}
