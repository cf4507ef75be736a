/**
 * Which of many ranges holds an address.
 *
 * @module
 */
import { upperBound } from "../../formats/base/search.ts";

/** A range of addresses: `start` to before `end`. */
export interface AddressRange {
  /** First address. */
  readonly start: number;
  /** Address behind the last. */
  readonly end: number;
}

/** Ranges in order of their starts. Where ranges overlap, the one that starts last is asked. */
export class RangeIndex {
  private readonly starts: Float64Array;
  private readonly ends: Float64Array;
  private readonly order: readonly number[];

  /** Sorts `ranges`; {@linkcode RangeIndex.find} gives their indexes. */
  constructor(ranges: readonly AddressRange[]) {
    const order = [...ranges.keys()]
      .sort((a, b) => ranges[a]!.start - ranges[b]!.start);
    this.order = order;
    this.starts = Float64Array.from(order, (i) => ranges[i]!.start);
    this.ends = Float64Array.from(order, (i) => ranges[i]!.end);
  }

  /** Index of the range that holds `address`, -1 if none does. O(log n). */
  find(address: number): number {
    const at = upperBound(this.starts, this.starts.length, address) - 1;
    return at >= 0 && address < this.ends[at]! ? this.order[at]! : -1;
  }
}
