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
  /** Position of the last symbol with a size at or before this one in its range, -1 if none: bounds the step back. */
  private readonly sized: Int32Array;

  /** Sorts `symbols`. */
  constructor(ranges: CodeRanges, symbols: CodeSymbols) {
    const { count } = symbols;
    const rangeCount = ranges.starts.length;
    const order = sortOrder(symbols, ranges.starts);
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

  /** Number of the symbol that covers `address`; -1 if none does. O(log n), allocates nothing. */
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

  /**
   * As {@linkcode SymbolIndex.find} for an index of all symbols from some address on: {@linkcode UNSURE} where one before
   * that could matter.
   */
  findSurely(address: number): number {
    const { starts: rangeStarts, ends: rangeEnds } = this.ranges;
    const range = upperBound(rangeStarts, rangeStarts.length, address) - 1;
    if (range < 0 || !(address < rangeEnds[range]!)) return -1;
    const first = this.firsts[range]!;
    const at = upperBound(this.starts, this.starts.length, address) - 1;
    if (at < first || at >= this.firsts[range + 1]!) return UNSURE;
    const sized = this.sized[at]!;
    // A symbol of known size that reaches over the address answers; without it the one before may.
    const isCovered = sized >= 0 && address < this.ends[sized]!;
    return isCovered || (sized === at && at > first)
      ? this.find(address)
      : UNSURE;
  }
}

/** What {@linkcode SymbolIndex.findSurely} answers if symbols that it does not have could change the answer. */
export const UNSURE: number = -2;

/**
 * The order by range, then offset, then name.
 *
 * Place and item are packed into one Number each, so that the engine's own sort of a `Float64Array` does it: without
 * warm-up that takes a tenth of a radix sort's time for the 3,000 symbols of a C library, and no more for 100,000.
 */
function sortOrder(symbols: CodeSymbols, starts: Float64Array): Uint32Array {
  const { count, offsets, ranges } = symbols;
  const order = new Uint32Array(count);
  const base = starts[0] ?? 0;
  const span = (starts[starts.length - 1] ?? 0) - base + 2 ** 32 +
    starts.length;
  if (span * count < Number.MAX_SAFE_INTEGER) {
    const keys = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      // A symbol at the end of a range comes before one at the start of the next: hence plus the range's number.
      const place = starts[ranges[i]!]! - base + offsets[i]! + ranges[i]!;
      keys[i] = place * count + i;
    }
    keys.sort();
    for (let i = 0; i < count; i++) order[i] = keys[i]! % count;
  } else {
    for (let i = 0; i < count; i++) order[i] = i;
    order.sort((a, b) =>
      ranges[a]! - ranges[b]! || offsets[a]! - offsets[b]! || a - b
    );
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
