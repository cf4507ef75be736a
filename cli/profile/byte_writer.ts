/**
 * Output gathered as bytes: what is written again and again is encoded once.
 *
 * @module
 */

/** Bytes that are gathered before they are written. */
const CAPACITY = 1 << 16;

/** Where text is kept. */
export interface KeptText {
  readonly start: number;
  readonly end: number;
}

/** Takes text in order and hands on bytes in large pieces. */
export class ByteWriter {
  private readonly write: (bytes: Uint8Array) => void;
  private readonly encoder: TextEncoder = new TextEncoder();
  /** What is gathered, in front of what is kept: copying within one array makes no views of it. */
  private memory: Uint8Array<ArrayBuffer> = new Uint8Array(4 * CAPACITY);
  private used = 0;
  private keptEnd: number = CAPACITY;

  /** Hands bytes to `write`, which may not keep them. */
  constructor(write: (bytes: Uint8Array) => void) {
    this.write = write;
  }

  /** Adds text. */
  text(text: string): void {
    const bytes = this.encoder.encode(text);
    if (!this.makeRoom(bytes.length)) return this.write(bytes);
    this.memory.set(bytes, this.used);
    this.used += bytes.length;
  }

  /**
   * Keeps text for {@linkcode ByteWriter.again}.
   *
   * @param old Text that is no longer needed: if the new one has as many bytes, it takes its place.
   */
  keep(text: string, old: KeptText | undefined): KeptText {
    const bytes = this.encoder.encode(text);
    if (old !== undefined && old.end - old.start === bytes.length) {
      this.memory.set(bytes, old.start);
      return old;
    }
    const start = this.keptEnd;
    const end = start + bytes.length;
    if (end > this.memory.length) {
      const before = this.memory;
      this.memory = new Uint8Array(2 * end);
      this.memory.set(before);
    }
    this.memory.set(bytes, start);
    this.keptEnd = end;
    return { start, end };
  }

  /** Adds text that is kept. */
  again({ start, end }: KeptText): void {
    const { memory } = this;
    if (!this.makeRoom(end - start)) {
      return this.write(memory.subarray(start, end));
    }
    memory.copyWithin(this.used, start, end);
    this.used += end - start;
  }

  /** Hands on what was gathered. */
  flush(): void {
    this.write(this.memory.subarray(0, this.used));
    this.used = 0;
  }

  /** Makes room for `size` bytes. Returns false if there are too many, after what was gathered is handed on. */
  private makeRoom(size: number): boolean {
    if (this.used + size > CAPACITY) this.flush();
    return size <= CAPACITY;
  }
}
