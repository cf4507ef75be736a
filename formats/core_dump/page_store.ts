/**
 * Pages of a file of which only some are kept.
 *
 * @module
 */
import type { ByteSource } from "../base/byte_source.ts";

/** Size of a kept page in bytes, whatever the machine's page size is. */
export const STORE_PAGE_SIZE = 4096;

const PAGES_PER_CHUNK = 256;
const CHUNK_SIZE = PAGES_PER_CHUNK * STORE_PAGE_SIZE;
const DROPPED = 0;
const ZERO = 1;
const FIRST_SLOT = 2;

/**
 * Takes the pages of a file in order and hands the kept ones out by file offset.
 *
 * Costs 4 bytes for each page of the file beside the kept pages themselves; pages of zeros are kept for nothing.
 */
export class PageStore implements ByteSource {
  /** Bytes of the file so far, dropped ones included. */
  size: number = 0;
  /** Bytes of memory that kept pages take. */
  keptSize: number = 0;
  /** For each page of the file: dropped, zero, or a slot in `chunks`. */
  private slots: Uint32Array<ArrayBuffer> = new Uint32Array(1024);
  private readonly chunks: Uint8Array[] = [];
  private readonly zeros: Uint8Array = new Uint8Array(STORE_PAGE_SIZE);
  private slotCount = 0;

  /** Keeps a copy of the next page, which has `length` bytes: less than a page only at the end. */
  keep(page: Uint8Array, length: number): void {
    const inChunk = this.slotCount % PAGES_PER_CHUNK;
    if (inChunk === 0) this.chunks.push(new Uint8Array(CHUNK_SIZE));
    const chunk = this.chunks[this.chunks.length - 1]!;
    chunk.set(page.subarray(0, length), inChunk * STORE_PAGE_SIZE);
    this.keptSize += STORE_PAGE_SIZE;
    this.append(FIRST_SLOT + this.slotCount++, length);
  }

  /** Notes that the next page is all zeros. */
  keepZero(length: number): void {
    this.append(ZERO, length);
  }

  /** Leaves the next page out. */
  drop(length: number): void {
    this.append(DROPPED, length);
  }

  /**
   * Reads by file offset. The result ends where the file ends or the first dropped page starts: empty if `offset` lies
   * in a dropped page.
   */
  read(offset: number, length: number): Uint8Array {
    const end = Math.min(offset + length, this.size);
    if (!(offset >= 0 && offset < end)) return this.zeros.subarray(0, 0);
    const kept = this.keptEnd(offset, end);
    const first = Math.floor(offset / STORE_PAGE_SIZE);
    const inPage = offset - first * STORE_PAGE_SIZE;
    if (inPage + kept - offset <= STORE_PAGE_SIZE) {
      return this.page(first).subarray(inPage, inPage + kept - offset);
    }
    const bytes = new Uint8Array(kept - offset);
    for (let at = offset; at < kept;) {
      const index = Math.floor(at / STORE_PAGE_SIZE);
      const from = at - index * STORE_PAGE_SIZE;
      const part = Math.min(STORE_PAGE_SIZE - from, kept - at);
      bytes.set(this.page(index).subarray(from, from + part), at - offset);
      at += part;
    }
    return bytes;
  }

  /** First offset from `offset` on whose page was dropped; at most `end`. */
  private keptEnd(offset: number, end: number): number {
    let index = Math.floor(offset / STORE_PAGE_SIZE);
    if (this.slots[index] === DROPPED) return offset;
    while (
      index * STORE_PAGE_SIZE < end && this.slots[index] !== DROPPED
    ) index++;
    return Math.min(index * STORE_PAGE_SIZE, end);
  }

  private page(index: number): Uint8Array {
    const slot = this.slots[index]! - FIRST_SLOT;
    if (slot < 0) return this.zeros;
    const start = (slot % PAGES_PER_CHUNK) * STORE_PAGE_SIZE;
    return this.chunks[Math.floor(slot / PAGES_PER_CHUNK)]!
      .subarray(start, start + STORE_PAGE_SIZE);
  }

  private append(slot: number, length: number): void {
    const index = Math.floor(this.size / STORE_PAGE_SIZE);
    if (index >= this.slots.length) {
      const grown = new Uint32Array(2 * this.slots.length);
      grown.set(this.slots);
      this.slots = grown;
    }
    this.slots[index] = slot;
    this.size += length;
  }
}
