/**
 * A C string under construction: what does not fit is lost.
 *
 * @module
 */

/** Bytes up to a size, as `snprintf` and `strlcat` fill them. */
export class TextBuffer {
  private readonly buffer: Uint8Array;
  private used = 0;

  /** Makes room for `size` bytes, the NUL included. */
  constructor(size: number) {
    this.buffer = new Uint8Array(Math.max(0, size - 1));
  }

  /** Whether nothing more fits. */
  get isFull(): boolean {
    return this.used === this.buffer.length;
  }

  /** Adds one byte. */
  byte(byte: number): void {
    if (!this.isFull) this.buffer[this.used++] = byte;
  }

  /** Adds bytes. */
  bytes(bytes: Uint8Array): void {
    const part = bytes.subarray(0, this.buffer.length - this.used);
    this.buffer.set(part, this.used);
    this.used += part.length;
  }

  /** Adds text. */
  text(text: string): void {
    this.bytes(new TextEncoder().encode(text));
  }

  /** Ends the string at its first NUL: a conversion of a zero character makes one. */
  cutAtNul(): void {
    const end = this.buffer.subarray(0, this.used).indexOf(0);
    if (end >= 0) this.used = end;
  }

  /** The string; bytes that are no UTF-8 become U+FFFD. */
  toString(): string {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    return decoder.decode(this.buffer.subarray(0, this.used));
  }
}
