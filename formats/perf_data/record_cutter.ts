/**
 * Cuts bytes that come in pieces into whole records.
 *
 * @module
 */
import { RecordType } from "./constants.ts";
import {
  type ByteFeed,
  type Chunk,
  type ChunkPool,
  HEADROOM,
} from "./chunks.ts";

/** Bytes of a record's header. */
export const RECORD_HEADER_SIZE = 8;

/** What {@linkcode RecordCutter.next} answers. */
export const Cut = {
  /** There is a record. */
  RECORD: 0,
  /** More bytes are needed first. */
  NEEDS_BYTES: 1,
  /** The bytes make no sense from here on. */
  BAD: 2,
} as const;

/** See the module's description. The present record's fields hold until the next call. */
export class RecordCutter {
  /** The buffer with the present record. */
  chunk: Chunk;
  /** Offset in the buffer of the present record. */
  offset: number = HEADROOM;
  /** Bytes of the present record. */
  size = 0;
  /** Type of the present record. */
  type = 0;
  /** Bytes that the feed has given. */
  byteCount = 0;
  private readonly feed: ByteFeed;
  private readonly pool: ChunkPool;
  private readonly littleEndian: boolean;
  /** Offset behind the last byte in the buffer. */
  private end: number = HEADROOM;
  /** Offset behind the present record. */
  private nextOffset: number = HEADROOM;
  /** Bytes behind the present record that are not records. */
  private skipSize = 0;

  /** Cuts what `feed` gives; `position` is that of its first byte in the file, or NaN. */
  constructor(
    feed: ByteFeed,
    pool: ChunkPool,
    littleEndian: boolean,
    position: number,
  ) {
    this.feed = feed;
    this.pool = pool;
    this.littleEndian = littleEndian;
    this.chunk = pool.take();
    this.chunk.position = position - HEADROOM;
  }

  /** Bytes behind the last whole record. */
  get restSize(): number {
    return Math.max(0, this.end - this.nextOffset) + this.skipSize;
  }

  /** Position in the file of the next record. */
  get position(): number {
    return this.chunk.position + this.nextOffset;
  }

  /** Moves to the next record. Returns a value of {@linkcode Cut}. */
  next(): number {
    if (this.skipSize > 0 && !this.skip()) return Cut.NEEDS_BYTES;
    const at = this.nextOffset;
    if (at + RECORD_HEADER_SIZE > this.end) return Cut.NEEDS_BYTES;
    const { view } = this.chunk;
    const size = view.getUint16(at + 6, this.littleEndian);
    if (size < RECORD_HEADER_SIZE) return Cut.BAD;
    if (at + size > this.end) return Cut.NEEDS_BYTES;
    this.offset = at;
    this.size = size;
    this.type = view.getUint32(at, this.littleEndian);
    this.nextOffset = at + size;
    if (
      this.type === RecordType.AUXTRACE || this.type === RecordType.TRACING_DATA
    ) {
      this.skipSize = this.rawSize(view, at, size);
    }
    return Cut.RECORD;
  }

  /** Gets more bytes. Returns whether there were any. */
  fill(): boolean | Promise<boolean> {
    if (this.end === this.chunk.bytes.length) this.turn();
    const target = this.chunk.bytes.subarray(this.end);
    const size = this.feed.fill(target);
    return typeof size === "number"
      ? this.add(size)
      : size.then((count) => this.add(count));
  }

  /** Gives the buffer back. */
  close(): void {
    this.pool.release(this.chunk);
  }

  private add(size: number): boolean {
    this.end += size;
    this.byteCount += size;
    return size > 0;
  }

  /** Takes a new buffer; what is left in the present one goes in front of what will be read. */
  private turn(): void {
    const rest = this.end - this.nextOffset;
    const chunk = this.pool.take();
    const start = HEADROOM - rest;
    chunk.bytes.set(
      this.chunk.bytes.subarray(this.nextOffset, this.end),
      start,
    );
    chunk.position = this.chunk.position + this.nextOffset - start;
    this.pool.release(this.chunk);
    this.chunk = chunk;
    this.nextOffset = start;
    this.end = HEADROOM;
  }

  /** Passes over bytes that are not records; false if there are more of them to come. */
  private skip(): boolean {
    const size = Math.min(this.skipSize, this.end - this.nextOffset);
    this.nextOffset += size;
    this.skipSize -= size;
    return this.skipSize === 0;
  }

  /** AUXTRACE: `u64 size` of what follows the record; TRACING_DATA: `u32 size`, padded to 8. */
  private rawSize(view: DataView, at: number, size: number): number {
    if (size < 16) return 0;
    const { littleEndian } = this;
    if (this.type === RecordType.TRACING_DATA) {
      return Math.ceil(view.getUint32(at + 8, littleEndian) / 8) * 8;
    }
    return view.getUint32(littleEndian ? at + 12 : at + 8, littleEndian) *
        0x1_0000_0000 +
      view.getUint32(littleEndian ? at + 8 : at + 12, littleEndian);
  }
}
