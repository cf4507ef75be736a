/**
 * Compressed output.
 *
 * @module
 */

/** Compresses what it is given, and hands it on. */
export class GzipWriter {
  private readonly writer: WritableStreamDefaultWriter<BufferSource>;
  private readonly done: Promise<void>;
  /** Why the output takes no more. */
  private failure: unknown = undefined;

  /** Writes to `write`. */
  constructor(write: (bytes: Uint8Array) => void) {
    const stream = new CompressionStream("gzip");
    this.writer = stream.writable.getWriter();
    const handOn = async (): Promise<void> => {
      for await (const piece of stream.readable) write(piece);
    };
    this.done = handOn().catch((error) => {
      this.failure = error;
    });
  }

  /** Adds bytes; they are not used again by the caller. @throws What `write` throws. */
  async add(bytes: Uint8Array): Promise<void> {
    await this.settle(this.writer.write(bytes as Uint8Array<ArrayBuffer>));
  }

  /** All bytes are there: waits until they have been handed on. @throws What `write` throws. */
  async end(): Promise<void> {
    await this.settle(this.writer.close());
    await this.done;
    if (this.failure !== undefined) throw this.failure;
  }

  /** An output that has failed cancels the stream, which tells of that in words of its own. */
  private async settle(step: Promise<void>): Promise<void> {
    try {
      await step;
    } catch (error) {
      await this.done;
      throw this.failure ?? error;
    }
  }
}
