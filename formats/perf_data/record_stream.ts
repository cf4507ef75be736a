/**
 * The records of a capture one after another, compressed ones opened on the way.
 *
 * @module
 */
import { FormatError, TruncatedError } from "../base/error.ts";
import { type ByteFeed, type Chunk, ChunkPool, PieceFeed } from "./chunks.ts";
import { FORMAT, RecordType } from "./constants.ts";
import { Cut, RECORD_HEADER_SIZE, RecordCutter } from "./record_cutter.ts";

const NO_BYTES = new Uint8Array(0);
/** A block of 128 KiB takes four bytes if all its bytes are the same: at most 32 MiB of this. */
const UNPACK_SIZE = 1024;

/** Decompresses one stream that comes in pieces and need not have an end. */
export interface StreamDecompressor {
  /** Takes the next piece and returns what can be decompressed of it, in order. */
  push(piece: Uint8Array): Uint8Array[];
}

/**
 * See the module's description. The present record lies in `chunk` at `offset` and holds until the next call of
 * {@linkcode RecordStream.next} or {@linkcode RecordStream.fill}; who needs it longer raises `chunk.holderCount`, and
 * gives it back through `pool`.
 */
export class RecordStream {
  /** The buffers. */
  readonly pool: ChunkPool = new ChunkPool();
  /** Type of the present record. */
  type = 0;
  /** Where its header is in the buffer. */
  offset = 0;
  /** Bytes of it, the header included. */
  size = 0;
  /** The buffer. */
  chunk: Chunk;
  /** What ended the records early. */
  error: FormatError | undefined = undefined;
  private readonly outer: RecordCutter;
  private readonly littleEndian: boolean;
  private readonly makeDecompressor:
    | (() => StreamDecompressor | Promise<StreamDecompressor>)
    | undefined;
  private decompressor: StreamDecompressor | undefined = undefined;
  private readonly pieces: PieceFeed = new PieceFeed();
  private inner: RecordCutter | undefined = undefined;
  /** What is still to be decompressed of the present record of `outer`. */
  private packed: Uint8Array = NO_BYTES;
  private isAtEnd = false;

  /** Reads from `feed`, whose first byte is at `position` of the file (NaN: cannot be read again). */
  constructor(
    feed: ByteFeed,
    littleEndian: boolean,
    position: number,
    decompressor:
      | (() => StreamDecompressor | Promise<StreamDecompressor>)
      | undefined,
  ) {
    this.littleEndian = littleEndian;
    this.makeDecompressor = decompressor;
    this.outer = new RecordCutter(feed, this.pool, littleEndian, position);
    this.chunk = this.outer.chunk;
  }

  /** Bytes read of the capture. */
  get byteCount(): number {
    return this.outer.byteCount;
  }

  /** Moves to the next record. Returns false if {@linkcode RecordStream.fill} has to be called first. */
  next(): boolean {
    for (;;) {
      if (this.inner !== undefined && this.nextInner(this.inner)) return true;
      if (this.isAtEnd) return false;
      if (this.packed.length > 0) {
        if (this.decompressor === undefined) return false;
        this.unpack(this.decompressor);
        continue;
      }
      const cut = this.outer.next();
      if (cut !== Cut.RECORD) {
        if (cut === Cut.BAD) this.refuse(this.outer);
        return false;
      }
      const { type } = this.outer;
      if (type !== RecordType.COMPRESSED && type !== RecordType.COMPRESSED2) {
        this.show(this.outer);
        return true;
      }
      this.packed = this.payload();
    }
  }

  /** Gets more bytes. Returns whether there may be more records. */
  fill(): boolean | Promise<boolean> {
    if (this.isAtEnd) return false;
    if (this.packed.length > 0) return this.startDecompressor();
    const more = this.outer.fill();
    return typeof more === "boolean"
      ? this.noteEnd(more)
      : more.then((there) => this.noteEnd(there));
  }

  /** Makes the cutter's record the present one. */
  private show(cutter: RecordCutter): void {
    this.type = cutter.type;
    this.offset = cutter.offset;
    this.size = cutter.size;
    this.chunk = cutter.chunk;
  }

  /** Passes on whether there are more bytes; what is left at the end is a record that was cut off. */
  private noteEnd(more: boolean): boolean {
    if (more) return true;
    this.isAtEnd = true;
    const { restSize } = this.outer;
    if (restSize > 0 && this.error === undefined) {
      const at = this.outer.position;
      this.error = new TruncatedError(
        FORMAT,
        "record",
        Number.isNaN(at) ? 0 : at,
        RECORD_HEADER_SIZE,
        restSize,
      );
    }
    return false;
  }

  /** A record smaller than its header: nothing behind it can be found. */
  private refuse(cutter: RecordCutter): void {
    this.isAtEnd = true;
    const at = cutter.position;
    this.error = new FormatError({
      code: "bad-value",
      format: FORMAT,
      field: "record size",
      offset: Number.isNaN(at) ? 0 : at,
      expected: `at least ${RECORD_HEADER_SIZE}`,
    });
  }

  /** Makes the decompressor, at the first compressed record. */
  private async startDecompressor(): Promise<boolean> {
    if (this.makeDecompressor === undefined) {
      this.isAtEnd = true;
      this.error = new FormatError({
        code: "unsupported",
        format: FORMAT,
        field: "compressed record",
        offset: 0,
        expected: "records that are not compressed",
      });
      return false;
    }
    this.decompressor = await this.makeDecompressor();
    this.inner = new RecordCutter(
      this.pieces,
      this.pool,
      this.littleEndian,
      NaN,
    );
    return true;
  }

  /** The compressed bytes of the present record of `outer`: a copy, for the buffer is used again. */
  private payload(): Uint8Array {
    const { type, offset, size, chunk: { bytes, view } } = this.outer;
    let start = offset + RECORD_HEADER_SIZE;
    let end = offset + size;
    if (type === RecordType.COMPRESSED2 && size >= 16) {
      const { littleEndian } = this;
      const low = view.getUint32(start + (littleEndian ? 0 : 4), littleEndian);
      start += 8;
      end = Math.min(end, start + low);
    }
    return bytes.slice(start, end);
  }

  /** Decompresses a small part of what there is, so that what it becomes is no more than a few records' worth. */
  private unpack(decompressor: StreamDecompressor): void {
    const part = this.packed.subarray(0, UNPACK_SIZE);
    this.packed = this.packed.subarray(UNPACK_SIZE);
    try {
      for (const piece of decompressor.push(part)) this.pieces.add(piece);
    } catch (cause) {
      this.isAtEnd = true;
      this.error = new FormatError({
        code: "bad-value",
        format: FORMAT,
        field: "compressed record",
        offset: Number.isNaN(this.outer.position) ? 0 : this.outer.position,
        expected: "zstd data that go on from the record before",
        cause,
      });
    }
  }

  /** The next record of those that were decompressed. */
  private nextInner(inner: RecordCutter): boolean {
    for (;;) {
      const cut = inner.next();
      if (cut === Cut.RECORD) {
        this.show(inner);
        return true;
      }
      if (cut === Cut.BAD) {
        this.refuse(inner);
        return false;
      }
      if (inner.fill() !== true) return false;
    }
  }
}
