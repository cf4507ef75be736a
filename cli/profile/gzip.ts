/**
 * Compressed output.
 *
 * @module
 */

/** Compresses what it is given, and hands it on. */
export class GzipWriter {
  private readonly writer: WritableStreamDefaultWriter<BufferSource>;
  private readonly done: Promise<void>;

  /** Writes to `write`. */
  constructor(write: (bytes: Uint8Array) => void) {
    const stream = new CompressionStream("gzip");
    this.writer = stream.writable.getWriter();
    this.done = (async () => {
      for await (const piece of stream.readable) write(piece);
    })();
  }

  /** Adds bytes; they are not used again by the caller. */
  async add(bytes: Uint8Array): Promise<void> {
    await this.writer.write(bytes as Uint8Array<ArrayBuffer>);
  }

  /** All bytes are there: waits until they have been handed on. */
  async end(): Promise<void> {
    await this.writer.close();
    await this.done;
  }
}
