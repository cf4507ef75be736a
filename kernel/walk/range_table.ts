/**
 * Ranges of addresses with owners: collected in any order, then laid out at once.
 *
 * @module
 */
import { upperBound } from "../../formats/base/search.ts";

/** Sorted, disjoint ranges under construction. */
class Layout {
  readonly starts: Float64Array;
  readonly ends: Float64Array;
  readonly owners: Int32Array;
  count = 0;

  constructor(capacity: number) {
    this.starts = new Float64Array(capacity);
    this.ends = new Float64Array(capacity);
    this.owners = new Int32Array(capacity);
  }

  push(start: number, end: number, owner: number): void {
    const index = this.count++;
    this.starts[index] = start;
    this.ends[index] = end;
    this.owners[index] = owner;
  }

  /** Takes range `index` of `from` over. */
  pushFrom(from: Layout, index: number): void {
    this.push(from.starts[index]!, from.ends[index]!, from.owners[index]!);
  }

  /** A copy with room for `capacity` ranges. */
  copy(capacity: number): Layout {
    const result = new Layout(capacity);
    result.starts.set(this.starts.subarray(0, this.count));
    result.ends.set(this.ends.subarray(0, this.count));
    result.owners.set(this.owners.subarray(0, this.count));
    result.count = this.count;
    return result;
  }

  /** Moves the ranges from `from` on to `to`; places that become free hold no address. */
  move(from: number, to: number): void {
    const { starts, ends, owners, count } = this;
    starts.copyWithin(to, from, count);
    ends.copyWithin(to, from, count);
    owners.copyWithin(to, from, count);
    this.count = count + to - from;
    starts.fill(NaN, this.count, Math.max(count, this.count));
  }
}

/**
 * Disjoint ranges in address order; where ranges overlap, the part that was added first stays. A core may have a
 * million segments in any order, so ranges are not put in one by one: what was added since the last lookup is laid out
 * by merging, in O(n log n).
 */
export class RangeTable {
  private layout: Layout = new Layout(1);
  private readonly added: { start: number; end: number; owner: number }[] = [];

  /** Adds the range `[start, end)`; an empty one is ignored. */
  add(start: number, end: number, owner: number): void {
    if (end > start) this.added.push({ start, end, owner });
  }

  /**
   * Takes `[start, end)` out; ranges that reach beyond it keep the rest. O(ranges), so that a table of many ranges
   * should be filled before it is cut.
   */
  remove(start: number, end: number): void {
    if (end > start) this.cut(start, end);
  }

  /** Adds the range `[start, end)` in place of what is there. O(ranges), as {@linkcode RangeTable.remove}. */
  replace(start: number, end: number, owner: number): void {
    if (!(end > start)) return;
    const index = this.cut(start, end);
    this.reserve(1);
    const { layout } = this;
    layout.move(index, index + 1);
    layout.starts[index] = start;
    layout.ends[index] = end;
    layout.owners[index] = owner;
  }

  /** Number of ranges. */
  get count(): number {
    if (this.added.length > 0) this.layOut();
    return this.layout.count;
  }

  /** A table of its own with the same ranges. */
  clone(): RangeTable {
    const result = new RangeTable();
    const { count } = this; // lays out what was added
    result.layout = this.layout.copy(count + 1);
    return result;
  }

  /** Index of the range that holds `address`, or -1. It holds until the next lookup after an {@linkcode RangeTable.add}. */
  find(address: number): number {
    if (this.added.length > 0) this.layOut();
    const { starts, ends, count } = this.layout;
    const index = upperBound(starts, count, address) - 1;
    return index >= 0 && address < ends[index]! ? index : -1;
  }

  /** Whether a range has a part of `[start, end)`. */
  overlaps(start: number, end: number): boolean {
    if (this.added.length > 0) this.layOut();
    const { starts, ends, count } = this.layout;
    const index = upperBound(starts, count, start) - 1;
    if (index >= 0 && start < ends[index]!) return end > start;
    return index + 1 < count && starts[index + 1]! < end;
  }

  /** Whether range `index` holds `address`; false for an index that there is not. */
  holds(index: number, address: number): boolean {
    const { starts, ends } = this.layout;
    return address >= starts[index]! && address < ends[index]!;
  }

  /** First address of range `index`. */
  start(index: number): number {
    return this.layout.starts[index]!;
  }

  /** Address behind range `index`. */
  end(index: number): number {
    return this.layout.ends[index]!;
  }

  /** Owner of range `index`, as it was added. */
  owner(index: number): number {
    return this.layout.owners[index]!;
  }

  /** Empties `[start, end)` and returns the index at which a range with these bounds would stand. */
  private cut(start: number, end: number): number {
    if (this.added.length > 0) this.layOut();
    this.reserve(1);
    const { layout } = this;
    const { starts, ends } = layout;
    let first = upperBound(starts, layout.count, start) - 1;
    if (first < 0 || ends[first]! <= start) first++;
    else if (starts[first]! < start) {
      if (ends[first]! > end) { // the hole lies within one range
        layout.move(first, first + 1);
        ends[first] = start;
        starts[first + 1] = end;
        return first + 1;
      }
      ends[first++] = start;
    }
    let last = first;
    while (last < layout.count && ends[last]! <= end) last++;
    if (last < layout.count && starts[last]! < end) starts[last] = end;
    layout.move(last, first);
    return first;
  }

  /** Makes room for `extra` more ranges. */
  private reserve(extra: number): void {
    const { layout } = this;
    if (layout.count + extra <= layout.starts.length) return;
    this.layout = layout.copy(2 * (layout.count + extra));
  }

  /** Merges what was added: neighbours first, so that no range is moved more than log n times. */
  private layOut(): void {
    let layouts = this.takeRuns();
    while (layouts.length > 1) {
      const merged: Layout[] = [];
      for (let i = 0; i < layouts.length; i += 2) {
        const second = layouts[i + 1];
        merged.push(
          second === undefined ? layouts[i]! : overlay(layouts[i]!, second),
        );
      }
      layouts = merged;
    }
    this.layout = overlay(this.layout, layouts[0]!);
  }

  /** What was added, cut into runs that are sorted and disjoint as they are. */
  private takeRuns(): Layout[] {
    const { added } = this;
    const runs: Layout[] = [];
    let to = 0;
    while (to < added.length) {
      const from = to++;
      while (to < added.length && added[to]!.start >= added[to - 1]!.end) to++;
      const run = new Layout(to - from);
      for (let i = from; i < to; i++) {
        run.push(added[i]!.start, added[i]!.end, added[i]!.owner);
      }
      runs.push(run);
    }
    added.length = 0;
    return runs;
  }
}

/** All of `first`, and what of `second` lies between. */
function overlay(first: Layout, second: Layout): Layout {
  // Each range of `first` cuts at most one of `second` into one more piece.
  const result = new Layout(2 * first.count + second.count + 1);
  let i = 0;
  for (let j = 0; j < second.count; j++) {
    const end = second.ends[j]!;
    const owner = second.owners[j]!;
    let from = second.starts[j]!;
    while (from < end) {
      if (i === first.count || first.starts[i]! >= end) {
        result.push(from, end, owner);
        break;
      }
      const takenStart = first.starts[i]!;
      if (takenStart > from) result.push(from, takenStart, owner);
      from = Math.max(from, first.ends[i]!);
      // A range that reaches beyond this one is still to be met by the next.
      if (first.ends[i]! <= end) result.pushFrom(first, i++);
    }
  }
  while (i < first.count) result.pushFrom(first, i++);
  return result;
}
