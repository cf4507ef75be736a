/**
 * Ranges of addresses and who owns them: collected, then laid out so that each address has one owner.
 *
 * @module
 */
import { FormatError } from "../base/error.ts";
import { upperBound } from "../base/search.ts";
import { DWARF } from "./constants.ts";

/** Linkers give discarded code addresses such as -1 and -2. */
const TOMBSTONES_START = -4096;

/** Ranges in the order in which they were met. */
export class RangeStore {
  /** First address of each range. */
  readonly starts: number[] = [];
  /** Address behind each range. */
  readonly ends: number[] = [];
  /** Owner of each range. */
  readonly owners: number[] = [];
  private left: number;

  /** Takes up to `limit` ranges. */
  constructor(limit: number) {
    this.left = limit;
  }

  /**
   * Adds a range. Empty ones, and those at address 0 or at the top, which are of code that the linker discarded, are
   * left out.
   *
   * @throws {FormatError} `limit` if there are too many: lists may be shared to make much of few bytes
   */
  add(owner: number, start: number, end: number): void {
    if (--this.left < 0) {
      throw new FormatError({
        code: "limit",
        format: DWARF,
        field: "ranges",
        offset: 0,
        expected: "lists of ranges that are not shared without end",
      });
    }
    const isDiscarded = start === 0 || start < 0 && start >= TOMBSTONES_START;
    if (!(start < end) || isDiscarded) return;
    this.starts.push(start);
    this.ends.push(end);
    this.owners.push(owner);
  }

  /** Forgets the ranges behind the first `count`. */
  truncate(count: number): void {
    this.starts.length = count;
    this.ends.length = count;
    this.owners.length = count;
  }
}

/** Addresses in ascending order with an owner from each on, -1 for none. */
export class RangeMap {
  /** First address of each stretch. */
  readonly starts: Float64Array;
  /** Owner of each stretch. */
  readonly owners: Int32Array;

  /** Takes over parallel arrays. */
  constructor(starts: Float64Array, owners: Int32Array) {
    this.starts = starts;
    this.owners = owners;
  }

  /** The owner of `address`, or -1. O(log n). */
  find(address: number): number {
    const index = upperBound(this.starts, this.starts.length, address) - 1;
    return index < 0 ? -1 : this.owners[index]!;
  }
}

/**
 * Lays ranges out. Where some overlap, the owner of the lowest rank has the address.
 *
 * @param ranks Rank of each owner; without it the first owner has precedence. O(n log n).
 */
export function layOut(
  { starts, ends, owners }: RangeStore,
  ranks?: ArrayLike<number>,
): RangeMap {
  const edges = uniqueSorted([...starts, ...ends]);
  const stretchOwners = new Int32Array(edges.length).fill(-1);
  // Index of the next stretch that has no owner yet, from each on.
  const free = Int32Array.from(edges, (_, i) => i);
  const order = Int32Array.from(starts, (_, i) => i);
  const rankOf = (i: number): number => ranks?.[owners[i]!] ?? owners[i]!;
  order.sort((a, b) => rankOf(a) - rankOf(b) || a - b);
  for (const i of order) {
    const end = upperBound(edges, edges.length, ends[i]!) - 1;
    let at = upperBound(edges, edges.length, starts[i]!) - 1;
    for (at = nextFree(free, at); at < end; at = nextFree(free, at)) {
      stretchOwners[at] = owners[i]!;
      free[at] = at + 1;
    }
  }
  return new RangeMap(edges, stretchOwners);
}

function uniqueSorted(values: readonly number[]): Float64Array {
  const sorted = Float64Array.from(values).sort();
  let count = 0;
  for (const value of sorted) {
    if (count === 0 || sorted[count - 1] !== value) sorted[count++] = value;
  }
  return sorted.slice(0, count);
}

/** Follows the pointers to the next stretch without an owner and shortens the way for the next search. */
function nextFree(free: Int32Array, from: number): number {
  let at = from;
  while (at < free.length && free[at] !== at) at = free[at]!;
  for (let walked = from; walked < at;) {
    const next = free[walked]!;
    free[walked] = at;
    walked = next;
  }
  return at;
}
