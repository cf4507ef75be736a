/**
 * From addresses to symbols: sorted parallel arrays, built once per table.
 *
 * @module
 */
import { upperBound } from "../base/search.ts";

/** Ranges of code, ascending and disjoint: a symbol answers only for the range that it belongs to. */
export interface CodeRanges {
  /** First address of each range. */
  starts: Float64Array;
  /** First address behind each range. */
  ends: Float64Array;
}

/** Symbols of code in the order of the table, as parallel arrays of `count` items. */
export interface CodeSymbols {
  /** How many there are; the arrays may be longer. */
  count: number;
  /** Number in the symbol table. */
  numbers: Uint32Array;
  /** Which range the symbol belongs to. */
  ranges: Uint32Array;
  /** Bytes from the start of that range. */
  offsets: Uint32Array;
  /** Size in bytes, 0 if not known. */
  sizes: Float64Array;
  /** Where the name is in `strings`. */
  nameOffsets: Uint32Array;
  /** The string table. */
  strings: Uint8Array;
}

/**
 * Finds the symbol that covers an address, and of several the one that gdb prints.
 *
 * The last symbol at or before the address is taken; of those at one address, the one whose name is last by bytes. One
 * without a size steps back behind the last one with a size, if that reaches over the address. A symbol with a size ends with it; then the one before may reach further. One
 * without a size reaches to the next symbol of its range.
 */
export class SymbolIndex {
  private readonly ranges: CodeRanges;
  /** Where each range's symbols start in the arrays below; one item more than ranges. */
  private readonly firsts: Uint32Array;
  private readonly starts: Float64Array;
  private readonly ends: Float64Array;
  private readonly numbers: Uint32Array;
  /** Position of the last symbol with a size at or before this one in its range, −1 if none: bounds the step back. */
  private readonly sized: Int32Array;

  /** Sorts `symbols`: O(n). */
  constructor(ranges: CodeRanges, symbols: CodeSymbols) {
    const { count } = symbols;
    const rangeCount = ranges.starts.length;
    const order = sortOrder(symbols);
    this.ranges = ranges;
    this.firsts = new Uint32Array(rangeCount + 1);
    this.starts = new Float64Array(count);
    this.ends = new Float64Array(count);
    this.numbers = new Uint32Array(count);
    this.sized = new Int32Array(count);
    let range = -1;
    let lastSized = -1;
    for (let i = 0; i < count; i++) {
      const from = order[i]!;
      while (range < symbols.ranges[from]!) {
        range++;
        this.firsts[range] = i;
        lastSized = -1;
      }
      const start = ranges.starts[range]! + symbols.offsets[from]!;
      const size = symbols.sizes[from]!;
      if (size > 0) lastSized = i;
      this.starts[i] = start;
      this.ends[i] = start + size;
      this.numbers[i] = symbols.numbers[from]!;
      this.sized[i] = lastSized;
    }
    this.firsts.fill(count, range + 1);
  }

  /** Number of the symbol that covers `address`; −1 if none does. O(log n), allocates nothing. */
  find(address: number): number {
    const { starts: rangeStarts, ends: rangeEnds } = this.ranges;
    const range = upperBound(rangeStarts, rangeStarts.length, address) - 1;
    if (range < 0 || !(address < rangeEnds[range]!)) return -1;
    const first = this.firsts[range]!;
    let at = upperBound(this.starts, this.starts.length, address) - 1;
    if (at < first || at >= this.firsts[range + 1]!) return -1;
    const unsized = this.sized[at] === at ? -1 : at;
    at = this.sized[at]!;
    if (at < 0) return this.numbers[unsized]!;
    // Assembly has functions inside of functions; the inner one's end is not the outer one's.
    if (
      address >= this.ends[at]! && at > first && address < this.ends[at - 1]!
    ) at--;
    if (address < this.ends[at]!) return this.numbers[at]!;
    return unsized < 0 ? -1 : this.numbers[unsized]!;
  }
}

/** The order by range, then offset, then name: radix sorts from the least to the most significant key. */
function sortOrder(symbols: CodeSymbols): Uint32Array {
  let order = new Uint32Array(symbols.count);
  for (let i = 0; i < order.length; i++) order[i] = i;
  let spare = new Uint32Array(symbols.count);
  const counts = new Uint32Array(RADIX);
  for (const keys of [symbols.offsets, symbols.ranges]) {
    const greatest = findGreatest(keys, symbols.count);
    for (let shift = 0; greatest >>> shift > 0; shift += RADIX_BITS) {
      sortByDigit(keys, shift, order, spare, counts);
      [order, spare] = [spare, order];
      if (shift + RADIX_BITS >= 32) break; // a shift by 33 is a shift by 1
    }
  }
  sortAliases(symbols, order);
  return order;
}

/**
 * Brings the last two by name to the end of each run of symbols at one address. No lookup sees more of a run, and so
 * the work stays linear where a linker folded thousands of functions into one.
 */
function sortAliases(symbols: CodeSymbols, order: Uint32Array): void {
  const { offsets, ranges } = symbols;
  let first = 0;
  for (let i = 1; i <= order.length; i++) {
    const a = order[first]!;
    const b = order[i] ?? a;
    const isSame = offsets[a] === offsets[b] && ranges[a] === ranges[b];
    if (i < order.length && isSame) continue;
    if (i - first > 1) moveLastName(symbols, order, first, i);
    if (i - first > 2) moveLastName(symbols, order, first, i - 1);
    first = i;
  }
}

/** Swaps the item of `order[first..end)` whose name is last to the end. */
function moveLastName(
  symbols: CodeSymbols,
  order: Uint32Array,
  first: number,
  end: number,
): void {
  let last = first;
  for (let i = first + 1; i < end; i++) {
    if (compareNames(symbols, order[i]!, order[last]!) >= 0) last = i;
  }
  const item = order[last]!;
  order[last] = order[end - 1]!;
  order[end - 1] = item;
}

/** Names that agree for this long count as equal; a hostile table could make each comparison cost a megabyte. */
const MAX_COMPARED_SIZE = 1024;

function compareNames(symbols: CodeSymbols, a: number, b: number): number {
  const { strings, nameOffsets } = symbols;
  const offsetA = nameOffsets[a]!;
  const offsetB = nameOffsets[b]!;
  if (offsetA === offsetB) return 0;
  for (let i = 0; i < MAX_COMPARED_SIZE; i++) {
    const byteA = strings[offsetA + i] ?? 0;
    const byteB = strings[offsetB + i] ?? 0;
    if (byteA !== byteB || byteA === 0) return byteA - byteB;
  }
  return 0;
}

// 100,000 symbols sort in a third of the time that a comparator takes; the counts stay in the first-level cache.
const RADIX_BITS = 11;
const RADIX = 1 << RADIX_BITS;

function findGreatest(keys: Uint32Array, count: number): number {
  let greatest = 0;
  for (let i = 0; i < count; i++) {
    if (keys[i]! > greatest) greatest = keys[i]!;
  }
  return greatest;
}

/** Sorts `from` into `to` by one digit, keeping the order of equals. */
function sortByDigit(
  keys: Uint32Array,
  shift: number,
  from: Uint32Array,
  to: Uint32Array,
  counts: Uint32Array,
): void {
  counts.fill(0);
  for (let i = 0; i < from.length; i++) {
    counts[(keys[from[i]!]! >>> shift) & (RADIX - 1)]!++;
  }
  let sum = 0;
  for (let digit = 0; digit < RADIX; digit++) {
    const count = counts[digit]!;
    counts[digit] = sum;
    sum += count;
  }
  for (let i = 0; i < from.length; i++) {
    const item = from[i]!;
    to[counts[(keys[item]! >>> shift) & (RADIX - 1)]!++] = item;
  }
}
