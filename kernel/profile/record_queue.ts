/**
 * Records waiting for their turn: captures hold them by processor, and time orders them.
 *
 * @module
 */
import type { Chunk } from "../../formats/perf_data/mod.ts";
import { mergeRuns } from "./ascending_runs.ts";

/**
 * Records by time; those of equal time in the order in which they were added. Only keys are kept: the bytes stay where
 * they are, or are read again if they had to go.
 */
export class RecordQueue {
  /** Number of records that wait. */
  count = 0;
  private times: Float64Array = new Float64Array(256);
  private offsets: Int32Array = new Int32Array(256);
  private positions: Float64Array = new Float64Array(256);
  private readonly chunks: (Chunk | undefined)[] = [];
  /** Slots in order: the first `count` wait. */
  private order: Int32Array = new Int32Array(512);
  private scratch: Int32Array = new Int32Array(512);
  private readonly free: number[] = [];
  /** How many slots have ever been used. */
  private used = 0;
  /** How many of `order`, in front, are in order. */
  private sortedCount = 0;
  /** Next to be taken, an index into `order`. */
  private head = 0;

  /** Adds the record at `offset` of `chunk`, which is held until {@linkcode RecordQueue.take} gives it out. */
  add(time: number, chunk: Chunk, offset: number): void {
    chunk.holderCount++;
    const slot = this.free.length > 0 ? this.free.pop()! : this.used++;
    if (slot === this.times.length) this.grow();
    this.times[slot] = time;
    this.offsets[slot] = offset;
    this.positions[slot] = chunk.position + offset;
    this.chunks[slot] = chunk;
    this.order[this.head + this.count] = slot;
    this.count++;
  }

  /** Whether the first record's time is not above `limit`. The first is then the one that `peek...` and `take` are about. */
  isDue(limit: number): boolean {
    if (this.sortedCount < this.count) this.sort();
    return this.count > 0 && this.times[this.order[this.head]!]! <= limit;
  }

  /** Time of the first record. */
  get time(): number {
    return this.times[this.order[this.head]!]!;
  }

  /** The buffer with the first record; undefined if its bytes had to go. */
  get chunk(): Chunk | undefined {
    return this.chunks[this.order[this.head]!];
  }

  /** Offset of the first record in its buffer. */
  get offset(): number {
    return this.offsets[this.order[this.head]!]!;
  }

  /** Position of the first record in the file. */
  get position(): number {
    return this.positions[this.order[this.head]!]!;
  }

  /** Takes the first record out. Its buffer, if it has one, is the caller's to release. */
  take(): void {
    const slot = this.order[this.head]!;
    this.chunks[slot] = undefined;
    this.free.push(slot);
    this.head++;
    this.count--;
    this.sortedCount--;
    if (this.count === 0) this.head = 0;
  }

  /** The time up to which about half of the records would be due. */
  middleTime(): number {
    if (this.sortedCount < this.count) this.sort();
    return this.times[this.order[this.head + (this.count >>> 1)]!]!;
  }

  /** Gives back the buffers of all records: they have to be read again by position. */
  forgetBytes(release: (chunk: Chunk) => void): void {
    for (let i = this.head; i < this.head + this.count; i++) {
      const slot = this.order[i]!;
      const chunk = this.chunks[slot];
      if (chunk === undefined) continue;
      this.chunks[slot] = undefined;
      release(chunk);
    }
  }

  /** Doubles the arrays. */
  private grow(): void {
    const capacity = 2 * this.times.length;
    const { times, offsets, positions, order } = this;
    this.times = new Float64Array(capacity);
    this.times.set(times);
    this.offsets = new Int32Array(capacity);
    this.offsets.set(offsets);
    this.positions = new Float64Array(capacity);
    this.positions.set(positions);
    this.order = new Int32Array(2 * capacity);
    this.order.set(order);
    this.scratch = new Int32Array(2 * capacity);
  }

  /** Merges ascending runs, of which each processor's records in a round are one. Stable. */
  private sort(): void {
    const { order, scratch, count } = this;
    if (this.head > 0) {
      order.copyWithin(0, this.head, this.head + count);
      this.head = 0;
    }
    this.order = mergeRuns(
      this.times,
      order,
      scratch,
      count,
      this.sortedCount,
    );
    if (this.order === scratch) this.scratch = order;
    this.sortedCount = count;
  }
}
