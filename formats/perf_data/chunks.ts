/**
 * Buffers through which a capture passes: a few, used again and again, so that a large capture needs no more memory
 * than a small one.
 *
 * @module
 */
import type { ByteSource } from "../base/byte_source.ts";

/** Bytes in front of what is read, for the start of a record whose rest was read before: no record is larger. */
export const HEADROOM = 0x10000;
/** Bytes that are read at once: measured best between 64 KiB and 1 MiB, as the second-level cache holds them. */
export const CHUNK_SIZE = 0x40000;

/** A buffer with records. */
export class Chunk {
  /** The bytes. */
  readonly bytes: Uint8Array = new Uint8Array(HEADROOM + CHUNK_SIZE);
  /** A view of them. */
  readonly view: DataView = new DataView(this.bytes.buffer);
  /** Position in the file of the first byte of the buffer, where the records are in the file as they are here. */
  position: number = NaN;
  /** How many need these bytes to stay. */
  holderCount = 0;
}

/** The buffers of one capture. */
export class ChunkPool {
  /** Buffers in use. */
  usedCount = 0;
  private readonly free: Chunk[] = [];

  /** A buffer held once. The one that was given back last comes first: it is still in the processor's cache. */
  take(): Chunk {
    const chunk = this.free.pop() ?? new Chunk();
    chunk.holderCount = 1;
    chunk.position = NaN;
    this.usedCount++;
    return chunk;
  }

  /** Gives one hold back. */
  release(chunk: Chunk): void {
    if (--chunk.holderCount > 0) return;
    this.usedCount--;
    this.free.push(chunk);
  }
}

/** Bytes in the order of the capture. */
export interface ByteFeed {
  /** Fills the start of `target` and returns how many bytes that were; 0 at the end. */
  fill(target: Uint8Array): number | Promise<number>;
}

/** A range of a file as a feed. */
export class SourceFeed implements ByteFeed {
  /** Position of the next byte. */
  position: number;
  private readonly source: ByteSource;
  private readonly end: number;

  /** Feeds the bytes from `start` to `end`. */
  constructor(source: ByteSource, start: number, end: number) {
    this.source = source;
    this.position = start;
    this.end = Math.min(end, source.size);
  }

  /** Reads on. */
  fill(target: Uint8Array): number | Promise<number> {
    const { source, position } = this;
    const size = Math.min(target.length, this.end - position);
    if (!(size > 0)) return 0;
    if (source.readInto !== undefined) {
      const part = size === target.length ? target : target.subarray(0, size);
      return this.advance(source.readInto(position, part));
    }
    const bytes = source.read(position, size);
    if (bytes instanceof Promise) {
      return bytes.then((loaded) => this.copy(loaded, target));
    }
    return this.copy(bytes, target);
  }

  private copy(bytes: Uint8Array, target: Uint8Array): number {
    target.set(bytes);
    return this.advance(bytes.length);
  }

  private advance(size: number): number {
    this.position += size;
    return size;
  }
}

/** Pieces that come one after another as a feed: standard input. */
export class StreamFeed implements ByteFeed {
  private readonly pieces: AsyncIterator<Uint8Array>;
  private piece: Uint8Array = new Uint8Array(0);

  /** Feeds the bytes of `pieces`. */
  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.pieces = pieces[Symbol.asyncIterator]();
  }

  /** Takes what is there of the present piece, or waits for the next. */
  fill(target: Uint8Array): number | Promise<number> {
    return this.piece.length > 0 ? this.take(target) : this.wait(target);
  }

  private take(target: Uint8Array): number {
    const size = Math.min(target.length, this.piece.length);
    target.set(this.piece.subarray(0, size));
    this.piece = this.piece.subarray(size);
    return size;
  }

  private async wait(target: Uint8Array): Promise<number> {
    while (this.piece.length === 0) {
      const next = await this.pieces.next();
      if (next.done === true) return 0;
      this.piece = next.value;
    }
    return this.take(target);
  }
}

/** Pieces that a decompressor has given: empty is not the end, there may be more later. */
export class PieceFeed implements ByteFeed {
  private readonly pieces: Uint8Array[] = [];

  /** Adds a piece. */
  add(piece: Uint8Array): void {
    if (piece.length > 0) this.pieces.push(piece);
  }

  /** Takes what there is. */
  fill(target: Uint8Array): number {
    let filled = 0;
    while (filled < target.length && this.pieces.length > 0) {
      const piece = this.pieces[0]!;
      const size = Math.min(piece.length, target.length - filled);
      target.set(piece.subarray(0, size), filled);
      filled += size;
      if (size === piece.length) this.pieces.shift();
      else this.pieces[0] = piece.subarray(size);
    }
    return filled;
  }
}
