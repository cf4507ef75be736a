/**
 * Bytes that grow while they are written.
 *
 * @module
 */
import { viewOf } from "../base/byte_source.ts";

/** A growing buffer with a byte order. */
export class ByteWriter {
  /** Bytes written so far. */
  size: number = 0;
  private bytes: Uint8Array<ArrayBuffer>;
  private view: DataView;
  private readonly littleEndian: boolean;

  /** Starts empty. */
  constructor(littleEndian: boolean, capacity = 1024) {
    this.bytes = new Uint8Array(capacity);
    this.view = viewOf(this.bytes);
    this.littleEndian = littleEndian;
  }

  /** Appends the low bits of `value` as 1, 2 or 4 bytes. */
  write(value: number, size: number): void {
    const at = this.size;
    if (at + size > this.bytes.length) this.grow();
    this.size = at + size;
    if (size === 1) this.view.setInt8(at, value);
    else if (size === 2) this.view.setInt16(at, value, this.littleEndian);
    else this.view.setInt32(at, value, this.littleEndian);
  }

  /** The bytes written so far: a view, not a copy. */
  written(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.size);
  }

  private grow(): void {
    const larger = new Uint8Array(this.bytes.length * 2);
    larger.set(this.bytes);
    this.bytes = larger;
    this.view = viewOf(larger);
  }
}
