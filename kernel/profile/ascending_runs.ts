/**
 * Sorting of what is nearly in order: a few ascending runs one after another, which are merged.
 *
 * @module
 */

/**
 * Sorts the first `count` of `order`, indexes of `keys`, by their keys. Stable. O(count log runs).
 *
 * @param sortedCount How many of them, in front, are known to be in order.
 * @param scratch Room for as many.
 * @returns `order` or `scratch`, the one that has the result; the other one's content means nothing.
 */
export function mergeRuns(
  keys: Float64Array,
  order: Int32Array,
  scratch: Int32Array,
  count: number,
  sortedCount: number,
): Int32Array {
  const bounds = findRuns(keys, order, count, sortedCount);
  let from = order;
  let to = scratch;
  while (bounds.length > 2) {
    let kept = 0;
    for (let i = 0; i + 1 < bounds.length; i += 2) {
      const start = bounds[i]!;
      const middle = bounds[i + 1]!;
      const end = bounds[Math.min(i + 2, bounds.length - 1)]!;
      merge(keys, from, to, start, middle, end);
      bounds[kept++] = start;
    }
    bounds[kept++] = count;
    bounds.length = kept;
    [from, to] = [to, from];
  }
  return from;
}

/** First indexes of the ascending runs, and the end of the last. */
function findRuns(
  keys: Float64Array,
  order: Int32Array,
  count: number,
  sortedCount: number,
): number[] {
  const bounds = [0];
  for (let i = Math.max(1, sortedCount); i < count; i++) {
    if (keys[order[i]!]! < keys[order[i - 1]!]!) bounds.push(i);
  }
  bounds.push(count);
  return bounds;
}

function merge(
  keys: Float64Array,
  from: Int32Array,
  to: Int32Array,
  start: number,
  middle: number,
  end: number,
): void {
  let left = start;
  let right = middle;
  for (let at = start; at < end; at++) {
    const takeRight = left >= middle ||
      (right < end && keys[from[right]!]! < keys[from[left]!]!);
    to[at] = takeRight ? from[right++]! : from[left++]!;
  }
}
