/**
 * The one binary search.
 *
 * @module
 */

/**
 * Index of the first of the `count` ascending `values` that is greater than `key`; `count` if there is none.
 * `upperBound(...) - 1` is therefore the last one that is not greater. O(log n), allocates nothing.
 */
export function upperBound(
  values: Float64Array,
  count: number,
  key: number,
): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! <= key) low = middle + 1;
    else high = middle;
  }
  return low;
}
