/**
 * Rows of plain functions, kept from the first lookup in the function.
 *
 * @module
 */
import { Base, RowFlag, type UnwindRow } from "../base/unwind_row.ts";
import { KEPT } from "./initial_rules.ts";
import { type CfiMachineTraits, MACHINES } from "./machine.ts";
import type { PlainFde } from "./plain_fde.ts";
import {
  MAX_INSTRUCTIONS_SIZE,
  OFFSET_SHIFT,
  REGISTER_MASK,
  ROW_SIZE,
  RowScan,
  SIGNED,
} from "./row_scan.ts";
import type { CfiSection } from "./section.ts";

/** What {@linkcode PlainRows.lookup} answers. */
export const PlainLookup = {
  /** The row was filled. */
  FOUND: 0,
  /** The function does not cover the pc. */
  OUTSIDE: 1,
  /** The function is not plain. */
  OTHER: 2,
} as const;

/** Place of a function that has not been evaluated. */
const UNKNOWN = 0;
/** Place of a function that is not plain. */
const NOT_PLAIN = -1;
/** Words before a function's rows: low and high word of its start, its size, the count of rows. */
const HEAD_SIZE = 4;
const TWO_32 = 0x1_0000_0000;

/** Functions by their index in a search table, each with its rows in one array that grows. */
export class PlainRows {
  /** Place of each function in `words`. */
  private readonly places: Int32Array;
  private words: Int32Array = new Int32Array(1 << 12);
  /** Words in use; place 0 stands for no function. */
  private used = 1;
  private readonly maxUsed: number;
  private readonly plain: PlainFde;
  private readonly scan: RowScan;
  private readonly traits: CfiMachineTraits;

  /** For the `functionCount` functions of a search table over `section`. */
  constructor(section: CfiSection, plain: PlainFde, functionCount: number) {
    this.places = new Int32Array(functionCount);
    this.plain = plain;
    this.scan = new RowScan(section);
    this.traits = MACHINES[section.machine];
    // Every row takes at least a byte, and every FDE 16, so only FDEs that overlap can have more than this.
    this.maxUsed = (section.size + 256) * ROW_SIZE;
  }

  /**
   * Fills `row` with the rules at `pc` by the function with that index, whose FDE is said to be at `fdeOffset`.
   *
   * @returns A value of {@linkcode PlainLookup}. Allocates nothing, but for room now and then.
   */
  lookup(index: number, fdeOffset: number, pc: number, row: UnwindRow): number {
    let at = this.places[index]!;
    if (at === UNKNOWN) {
      at = this.evaluate(fdeOffset);
      this.places[index] = at;
    }
    if (at === NOT_PLAIN) return PlainLookup.OTHER;
    const { words } = this;
    const startPc = words[at + 1]! * TWO_32 + (words[at]! >>> 0);
    const distance = pc - startPc;
    const size = words[at + 2]!;
    if (!(distance >= 0 && distance < size)) return PlainLookup.OUTSIDE;
    const first = at + HEAD_SIZE;
    let low = 1;
    let high = words[at + 3]!;
    const end = first + high * ROW_SIZE;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (words[first + middle * ROW_SIZE]! <= distance) low = middle + 1;
      else high = middle;
    }
    const next = first + low * ROW_SIZE;
    this.fill(row, next - ROW_SIZE);
    row.startPc = startPc + words[next - ROW_SIZE]!;
    row.endPc = startPc + (next < end ? words[next]! : size);
    return PlainLookup.FOUND;
  }

  /** Runs the instructions of a function. Returns its place, or `NOT_PLAIN`. */
  private evaluate(fdeOffset: number): number {
    const { plain } = this;
    if (!plain.read(fdeOffset) || !plain.initial!.isPlain) return NOT_PLAIN;
    const size = plain.endOffset - plain.instructionsOffset;
    if (size > MAX_INSTRUCTIONS_SIZE) return NOT_PLAIN;
    if (this.used > this.maxUsed) {
      this.places.fill(UNKNOWN);
      this.used = 1;
    }
    const at = this.used;
    const first = at + HEAD_SIZE;
    // One row for each byte, and that before the first.
    this.makeRoom(first + (size + 1) * ROW_SIZE);
    const end = this.scan.readRows(plain, this.words, first);
    if (end < 0) return NOT_PLAIN;
    const { words } = this;
    words[at] = plain.startPc; // the low word: storing takes just that
    words[at + 1] = Math.floor(plain.startPc / TWO_32);
    words[at + 2] = plain.size;
    words[at + 3] = (end - first) / ROW_SIZE;
    this.used = end;
    return at;
  }

  private makeRoom(size: number): void {
    if (size <= this.words.length) return;
    const grown = new Int32Array(Math.max(size, 2 * this.words.length));
    grown.set(this.words.subarray(0, this.used));
    this.words = grown;
  }

  /** Fills `row` with the rules of the row at `at`. */
  private fill(row: UnwindRow, at: number): void {
    const { words, traits } = this;
    const cfa = words[at + 1]!;
    const register = cfa & REGISTER_MASK;
    row.cfaBase = register === traits.spRegister
      ? Base.SP
      : register === traits.fpRegister
      ? Base.FP
      : register;
    row.cfaOffset = cfa >>> OFFSET_SHIFT;
    row.cfaDeref = false;
    const raOffset = words[at + 2]!;
    row.raDeref = raOffset !== KEPT;
    row.raBase = row.raDeref ? Base.CFA : Base.SAME;
    row.raOffset = row.raDeref ? raOffset : 0;
    const fpOffset = words[at + 3]!;
    row.fpDeref = fpOffset !== KEPT;
    row.fpBase = row.fpDeref ? Base.CFA : Base.SAME;
    row.fpOffset = row.fpDeref ? fpOffset : 0;
    row.flags = (cfa & SIGNED) !== 0 ? RowFlag.RA_SIGNED : 0;
  }
}
