/**
 * Rows that were evaluated once, kept in arrays that grow.
 *
 * @module
 */
import { Lookup, type UnwindRow } from "../base/unwind_row.ts";

const CFA_DEREF = 0x10;
const RA_DEREF = 0x20;
const FP_DEREF = 0x40;
const BAD = 0x80;
const ROW_FLAGS = 0x0f;

/**
 * Functions and their rows. A function is one FDE, known by its offset; its rows stand together, in the order of their
 * pcs. Neighbours with equal rules become one row.
 */
export class RowStore {
  /** Count of rows kept. */
  rowCount = 0;
  private functionCount = 0;
  /** Open-addressed: FDE offset + 1 at even places, function at odd ones. */
  private slots: Uint32Array = new Uint32Array(2 * 64);
  private functionStarts: Float64Array = new Float64Array(32);
  private functionEnds: Float64Array = new Float64Array(32);
  private firstRows: Uint32Array = new Uint32Array(33);
  private starts: Float64Array = new Float64Array(256);
  private cfaOffsets: Int32Array = new Int32Array(256);
  private raOffsets: Int32Array = new Int32Array(256);
  private fpOffsets: Int32Array = new Int32Array(256);
  private cfaBases: Int16Array = new Int16Array(256);
  private raBases: Int16Array = new Int16Array(256);
  private fpBases: Int16Array = new Int16Array(256);
  private flags: Uint8Array = new Uint8Array(256);
  private thresholds: Uint8Array = new Uint8Array(256);

  /** Forgets everything but the arrays' sizes. */
  clear(): void {
    this.rowCount = 0;
    this.functionCount = 0;
    this.slots.fill(0);
  }

  /** The function of the FDE at `fdeOffset`; -1 if it has not been evaluated. */
  find(fdeOffset: number): number {
    const slots = this.slots;
    const at = this.slotOf(fdeOffset);
    return slots[at] === 0 ? -1 : slots[at + 1]!;
  }

  /** Whether `pc` lies in the function. */
  covers(functionIndex: number, pc: number): boolean {
    return pc >= this.functionStarts[functionIndex]! &&
      pc < this.functionEnds[functionIndex]!;
  }

  /** Adds a function; the rows pushed from now on are its own. Returns its index. */
  addFunction(fdeOffset: number, startPc: number, endPc: number): number {
    const index = this.functionCount;
    if (index === this.functionStarts.length) this.growFunctions();
    this.functionStarts[index] = startPc;
    this.functionEnds[index] = endPc;
    this.firstRows[index] = this.rowCount;
    this.firstRows[index + 1] = this.rowCount;
    this.functionCount = index + 1;
    const at = this.slotOf(fdeOffset);
    this.slots[at] = fdeOffset + 1;
    this.slots[at + 1] = index;
    return index;
  }

  /** Adds the row to the last function, behind those that it has. `threshold` as {@linkcode Lowering.lower} returns it. */
  push(row: UnwindRow, threshold: number): void {
    const flags = row.flags | (row.cfaDeref ? CFA_DEREF : 0) |
      (row.raDeref ? RA_DEREF : 0) | (row.fpDeref ? FP_DEREF : 0);
    const last = this.rowCount - 1;
    if (
      last >= this.firstRows[this.functionCount - 1]! &&
      this.flags[last] === flags &&
      this.thresholds[last] === threshold &&
      this.cfaBases[last] === row.cfaBase &&
      this.cfaOffsets[last] === row.cfaOffset &&
      this.raBases[last] === row.raBase &&
      this.raOffsets[last] === row.raOffset &&
      this.fpBases[last] === row.fpBase &&
      this.fpOffsets[last] === row.fpOffset
    ) return;
    const at = this.addRow(row.startPc, flags, threshold);
    this.cfaBases[at] = row.cfaBase;
    this.cfaOffsets[at] = row.cfaOffset;
    this.raBases[at] = row.raBase;
    this.raOffsets[at] = row.raOffset;
    this.fpBases[at] = row.fpBase;
    this.fpOffsets[at] = row.fpOffset;
  }

  /** Marks the last function as senseless from `startPc` on. */
  pushBad(startPc: number): void {
    this.addRow(startPc, BAD, 0);
  }

  /**
   * Fills `row` with the rules of the function at `pc`, which it must cover. Allocates nothing.
   *
   * @returns `Lookup.FOUND` or `Lookup.BAD`.
   */
  read(functionIndex: number, pc: number, row: UnwindRow): number {
    const { starts } = this;
    const first = this.firstRows[functionIndex]!;
    const end = this.firstRows[functionIndex + 1]!;
    let low = first;
    let high = end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (starts[middle]! <= pc) low = middle + 1;
      else high = middle;
    }
    if (low === first) return Lookup.BAD;
    const at = low - 1;
    const flags = this.flags[at]!;
    if ((flags & BAD) !== 0) return Lookup.BAD;
    row.cfaBase = this.cfaBases[at]!;
    row.cfaOffset = this.cfaOffsets[at]!;
    row.cfaDeref = (flags & CFA_DEREF) !== 0;
    row.raBase = this.raBases[at]!;
    row.raOffset = this.raOffsets[at]!;
    row.raDeref = (flags & RA_DEREF) !== 0;
    row.fpBase = this.fpBases[at]!;
    row.fpOffset = this.fpOffsets[at]!;
    row.fpDeref = (flags & FP_DEREF) !== 0;
    row.flags = flags & ROW_FLAGS;
    row.startPc = starts[at]!;
    row.endPc = low < end ? starts[low]! : this.functionEnds[functionIndex]!;
    if (this.thresholds[at] !== 0) narrowToSlot(row, pc, this.thresholds[at]!);
    return Lookup.FOUND;
  }

  private addRow(startPc: number, flags: number, threshold: number): number {
    const at = this.rowCount;
    if (at === this.starts.length) this.growRows();
    this.starts[at] = startPc;
    this.flags[at] = flags;
    this.thresholds[at] = threshold;
    this.rowCount = at + 1;
    this.firstRows[this.functionCount] = at + 1;
    return at;
  }

  /** Place of the key: where it is, or the free one where it belongs. */
  private slotOf(fdeOffset: number): number {
    const slots = this.slots;
    const mask = slots.length / 2 - 1;
    let at = Math.imul(fdeOffset, 0x9e3779b1) >>> 8 & mask;
    while (slots[2 * at] !== 0 && slots[2 * at] !== fdeOffset + 1) {
      at = (at + 1) & mask;
    }
    return 2 * at;
  }

  private growFunctions(): void {
    const size = this.functionStarts.length * 2;
    this.functionStarts = copyInto(new Float64Array(size), this.functionStarts);
    this.functionEnds = copyInto(new Float64Array(size), this.functionEnds);
    this.firstRows = copyInto(new Uint32Array(size + 1), this.firstRows);
    const old = this.slots;
    this.slots = new Uint32Array(size * 4);
    for (let i = 0; i < old.length; i += 2) {
      if (old[i] === 0) continue;
      const at = this.slotOf(old[i]! - 1);
      this.slots[at] = old[i]!;
      this.slots[at + 1] = old[i + 1]!;
    }
  }

  private growRows(): void {
    const size = this.starts.length * 2;
    this.starts = copyInto(new Float64Array(size), this.starts);
    this.cfaOffsets = copyInto(new Int32Array(size), this.cfaOffsets);
    this.raOffsets = copyInto(new Int32Array(size), this.raOffsets);
    this.fpOffsets = copyInto(new Int32Array(size), this.fpOffsets);
    this.cfaBases = copyInto(new Int16Array(size), this.cfaBases);
    this.raBases = copyInto(new Int16Array(size), this.raBases);
    this.fpBases = copyInto(new Int16Array(size), this.fpBases);
    this.flags = copyInto(new Uint8Array(size), this.flags);
    this.thresholds = copyInto(new Uint8Array(size), this.thresholds);
  }
}

/** Cuts a PLT's row to the part of the 16-byte slot on `pc`'s side of the threshold. */
function narrowToSlot(row: UnwindRow, pc: number, threshold: number): void {
  const slotStart = Math.floor(pc / 16) * 16;
  const middle = slotStart + threshold;
  if (pc >= middle) {
    row.cfaOffset += 8;
    row.startPc = Math.max(row.startPc, middle);
    row.endPc = Math.min(row.endPc, slotStart + 16);
  } else {
    row.startPc = Math.max(row.startPc, slotStart);
    row.endPc = Math.min(row.endPc, middle);
  }
}

function copyInto<T extends { set(from: ArrayLike<number>): void }>(
  to: T,
  from: ArrayLike<number>,
): T {
  to.set(from);
  return to;
}
