/**
 * Sets of addresses as ranges.
 *
 * @module
 */

/** Sorted ranges that neither touch nor overlap: start, end, start, end ... */
export type Ranges = Float64Array;

/** Collects ranges in any order. */
export class RangeCollector {
  private values: Float64Array = new Float64Array(64);
  private count = 0;

  /** Adds `[start, end)`; empty ones and those that are no addresses are left out. */
  add(start: number, end: number): void {
    if (!(end > start) || !Number.isSafeInteger(end - start)) return;
    if (this.count === this.values.length) {
      const grown = new Float64Array(2 * this.count);
      grown.set(this.values);
      this.values = grown;
    }
    this.values[this.count++] = start;
    this.values[this.count++] = end;
  }

  /** The ranges in order, joined where they touch. O(n log n); O(n) if they came in order. */
  finish(): Ranges {
    const { values } = this;
    const count = this.count / 2;
    const order = new Uint32Array(count);
    let isSorted = true;
    for (let i = 0; i < count; i++) {
      order[i] = i;
      isSorted &&= i === 0 || values[2 * i]! >= values[2 * i - 2]!;
    }
    if (!isSorted) order.sort((a, b) => values[2 * a]! - values[2 * b]!);
    const joined = new Float64Array(2 * count);
    let size = 0;
    for (const from of order) {
      const start = values[2 * from]!;
      const end = values[2 * from + 1]!;
      if (size > 0 && start <= joined[size - 1]!) {
        joined[size - 1] = Math.max(joined[size - 1]!, end);
      } else {
        joined[size++] = start;
        joined[size++] = end;
      }
    }
    return joined.slice(0, size);
  }
}

/** Bytes in all ranges. */
export function sizeOf(ranges: Ranges): number {
  let size = 0;
  for (let i = 0; i < ranges.length; i += 2) {
    size += ranges[i + 1]! - ranges[i]!;
  }
  return size;
}

/** What is in both. O(n). */
export function intersect(a: Ranges, b: Ranges): Ranges {
  const out = new RangeCollector();
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    out.add(Math.max(a[i]!, b[j]!), Math.min(a[i + 1]!, b[j + 1]!));
    if (a[i + 1]! < b[j + 1]!) i += 2;
    else j += 2;
  }
  return out.finish();
}

/** What is in `a` and not in `b`. O(n). */
export function subtract(a: Ranges, b: Ranges): Ranges {
  const out = new RangeCollector();
  let j = 0;
  for (let i = 0; i < a.length; i += 2) {
    let from = a[i]!;
    const end = a[i + 1]!;
    while (j < b.length && b[j + 1]! <= from) j += 2;
    for (let k = j; k < b.length && b[k]! < end; k += 2) {
      out.add(from, b[k]!);
      from = Math.max(from, b[k + 1]!);
    }
    out.add(from, end);
  }
  return out.finish();
}
