/**
 * Lists of numbers as long as a capture has samples.
 *
 * @module
 */

/** Numbers in one typed array that grows by half. */
export class GrowingList<T extends Float64Array | Int32Array> {
  /** The numbers; the first {@linkcode GrowingList.count} of them are valid. */
  values: T;
  /** How many there are. */
  count = 0;
  private readonly make: (size: number) => T;

  /** An empty list in arrays that `make` makes. */
  constructor(make: (size: number) => T) {
    this.make = make;
    this.values = make(64);
  }

  /** Adds a number. */
  push(value: number): void {
    if (this.count === this.values.length) {
      const old = this.values;
      this.values = this.make(old.length + (old.length >> 1));
      this.values.set(old);
    }
    this.values[this.count++] = value;
  }
}

/** A list of whole numbers below 2^31. */
export function intList(): GrowingList<Int32Array> {
  return new GrowingList((size) => new Int32Array(size));
}

/** A list of any numbers. */
export function numberList(): GrowingList<Float64Array> {
  return new GrowingList((size) => new Float64Array(size));
}
