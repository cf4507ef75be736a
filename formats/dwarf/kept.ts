/**
 * What was made of parts of a file, kept while there is room.
 *
 * @module
 */

/** Values by key, the least recently used of which are dropped when all together are larger than a limit. */
export class Kept<V> {
  private readonly entries: Map<number, { value: V; size: number }> = new Map();
  private readonly limit: number;
  private size = 0;

  /** Keeps up to `limit` bytes, by what {@linkcode Kept.set} is told. The last value is kept whatever its size. */
  constructor(limit: number) {
    this.limit = limit;
  }

  /** The value, if it is still there. */
  get(key: number): V | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    // A map goes through its keys in the order in which they were set.
    this.entries.delete(key);
    this.entries.set(key, entry);
    return entry.value;
  }

  /** Keeps a value of about `size` bytes in place of what was under that key. */
  set(key: number, value: V, size: number): void {
    const { entries } = this;
    this.size += size - (entries.get(key)?.size ?? 0);
    entries.delete(key);
    entries.set(key, { value, size });
    for (const [oldest, entry] of entries) {
      if (this.size <= this.limit || oldest === key) break;
      entries.delete(oldest);
      this.size -= entry.size;
    }
  }
}
