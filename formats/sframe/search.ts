/**
 * Finding the function of an address in a sorted section. These answer with the last function that starts at or before
 * it; whether it reaches that far is for the caller to check, against the whole start field.
 *
 * @module
 */
import { functionStart, type Section } from "./section.ts";

/** Distances below this can be subtracted from each other in 32 bits. */
const NEAR = 0x4000_0000;

/**
 * Whether all starts are within `NEAR` of the base. In a sorted section the first and the last one tell; where the
 * section only claims to be sorted, searches may miss, but find nothing that is not there.
 */
export function isNear(section: Section): boolean {
  const last = section.functionCount - 1;
  if (last < 0) return false;
  const low = functionStart(section, 0) - section.startBase;
  const high = functionStart(section, last) - section.startBase;
  return low >= -NEAR && low < NEAR && high >= -NEAR && high < NEAR;
}

/**
 * Searches the `count` (at least one) functions from `first`: 32-bit arithmetic without branches, more than twice as
 * fast as {@linkcode searchWide} on random addresses (tests/bench/sframe_lookup_bench.ts).
 *
 * @returns Index of the function; `first` if none starts so early.
 */
export function searchNear(
  section: Section,
  pc: number,
  first: number,
  count: number,
): number {
  const { view, littleEndian, functionSize, startStep } = section;
  const base = section.functionsOffset + section.lowWordOffset;
  const key = Math.max(-NEAR, Math.min(NEAR, pc - section.startBase)) | 0;
  let low = first;
  let left = count;
  while (left > 1) {
    const half = left >>> 1;
    const middle = low + half;
    const field = view.getInt32(base + middle * functionSize, littleEndian);
    const distance = (key - ((field + middle * startStep) | 0)) | 0;
    low += half & ~(distance >> 31);
    left -= half;
  }
  return low;
}

/**
 * As {@linkcode searchNear}, for any distance.
 *
 * @returns Index of the function, or -1.
 */
export function searchWide(section: Section, pc: number): number {
  let low = 0;
  let high = section.functionCount;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (functionStart(section, middle) <= pc) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/**
 * Divides the text of a near section into equal buckets, two functions in each on average, and knows where to search
 * for each. Two bytes per function; building reads each start once.
 */
export class FunctionIndex {
  private readonly section: Section;
  private readonly firstStart: number;
  private readonly shift: number;
  private readonly bucketCount: number;
  /** For each bucket the last function that starts at or before its first byte, and one entry more. */
  private readonly buckets: Uint32Array;

  /** Use {@linkcode buildIndex}. */
  constructor(
    section: Section,
    firstStart: number,
    shift: number,
    buckets: Uint32Array,
  ) {
    this.section = section;
    this.firstStart = firstStart;
    this.shift = shift;
    this.bucketCount = buckets.length - 1;
    this.buckets = buckets;
  }

  /** As {@linkcode searchNear}. */
  search(pc: number): number {
    const distance = pc - this.firstStart;
    // Also false for NaN. Above 2^31 the shift would wrap.
    if (!(distance >= 0)) return 0;
    const bucket = distance < 2 * NEAR
      ? distance >> this.shift
      : this.bucketCount;
    if (bucket >= this.bucketCount) return this.section.functionCount - 1;
    const first = this.buckets[bucket]!;
    return searchNear(
      this.section,
      pc,
      first,
      this.buckets[bucket + 1]! - first + 1,
    );
  }
}

/**
 * Builds the index of a section for which {@linkcode isNear} holds; undefined if its functions do not ascend, as
 * lookups would then depend on whether there is an index.
 */
export function buildIndex(section: Section): FunctionIndex | undefined {
  const count = section.functionCount;
  const firstStart = functionStart(section, 0);
  const span = functionStart(section, count - 1) - firstStart;
  let shift = 0;
  while (span / 2 ** shift > count / 2) shift++;
  const size = 2 ** shift;
  const bucketCount = Math.max(0, Math.floor(span / size)) + 1;
  const buckets = new Uint32Array(bucketCount + 1);
  let bucket = 0;
  let previous = 0;
  for (let index = 1; index < count; index++) {
    const distance = functionStart(section, index) - firstStart;
    if (distance < previous || distance > span) return undefined;
    previous = distance;
    while (bucket * size < distance) buckets[bucket++] = index - 1;
  }
  buckets.fill(count - 1, bucket);
  return new FunctionIndex(section, firstStart, shift, buckets);
}
