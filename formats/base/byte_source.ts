/**
 * Where bytes come from: a file, a part of one, an array. Decoders ask for the ranges that they need and for no more,
 * so that a 20 GB core opens as fast as a small one.
 *
 * @module
 */

/** What lies before a source's start: the offset may come from a file that lies. */
const NO_BYTES = new Uint8Array(0);

/** Bytes that can be read by range. A synchronous backend answers at once; a page's `Blob` answers with a promise. */
export interface ByteSource {
  /** Size in bytes. */
  readonly size: number;
  /**
   * Reads `length` bytes from `offset`; fewer where the source ends. The result is the caller's until the next call
   * only if the source says so; the sources of this package hand out bytes that stay.
   */
  read(offset: number, length: number): Uint8Array | Promise<Uint8Array>;
  /**
   * Fills `target` from `offset` and returns how many bytes there were: for synchronous backends, where many small
   * reads would each cost fresh memory.
   */
  readInto?(offset: number, target: Uint8Array): number;
}

/** A source over bytes in memory; reads are views, not copies. */
export class BytesSource implements ByteSource {
  /** Size in bytes. */
  readonly size: number;
  private readonly bytes: Uint8Array;

  /** Wraps `bytes`, which must not change afterwards. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.size = bytes.byteLength;
  }

  /** Returns the part of `length` bytes at `offset`, cut at the end. */
  read(offset: number, length: number): Uint8Array {
    if (!(offset >= 0 && length > 0)) return NO_BYTES;
    return this.bytes.subarray(
      Math.min(offset, this.size),
      Math.min(offset + length, this.size),
    );
  }
}

/** A window of another source, such as an ELF image inside a core dump. */
export class SubSource implements ByteSource {
  /** Size in bytes. */
  readonly size: number;
  private readonly source: ByteSource;
  private readonly start: number;

  /** The `size` bytes of `source` from `start`, cut at the end of `source`. */
  constructor(source: ByteSource, start: number, size: number) {
    this.source = source;
    this.start = start;
    this.size = Math.max(0, Math.min(size, source.size - start));
  }

  /** Reads from the window; bytes outside it cannot be had. */
  read(offset: number, length: number): Uint8Array | Promise<Uint8Array> {
    if (!(offset >= 0 && length > 0)) return NO_BYTES;
    const at = Math.min(offset, this.size);
    return this.source.read(this.start + at, Math.min(length, this.size - at));
  }
}

/** A source over a `Blob` or a `File`, for pages. */
export class BlobSource implements ByteSource {
  /** Size in bytes. */
  readonly size: number;
  private readonly blob: Blob;

  /** Wraps `blob`. */
  constructor(blob: Blob) {
    this.blob = blob;
    this.size = blob.size;
  }

  /** Reads the range asynchronously. */
  async read(offset: number, length: number): Promise<Uint8Array> {
    if (!(offset >= 0 && length > 0)) return NO_BYTES;
    return new Uint8Array(
      await this.blob.slice(offset, offset + length).arrayBuffer(),
    );
  }
}

/** A `DataView` over exactly the bytes of `bytes`. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
