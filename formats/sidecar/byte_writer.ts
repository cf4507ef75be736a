/**
 * Little-endian bytes of growing length.
 *
 * @module
 */
import { writeInt64 } from "../base/address.ts";

/** Collects bytes. */
export class ByteWriter {
  /** Number of bytes so far. */
  size = 0;
  private bytes: Uint8Array<ArrayBuffer> = new Uint8Array(256);
  private view: DataView = new DataView(this.bytes.buffer);

  /** Adds a byte. */
  u8(value: number): void {
    this.room(1);
    this.bytes[this.size++] = value;
  }

  /** Adds 16 bits. */
  u16(value: number): void {
    this.room(2);
    this.view.setUint16(this.size, value, true);
    this.size += 2;
  }

  /** Adds 32 bits. */
  u32(value: number): void {
    this.room(4);
    this.view.setUint32(this.size, value, true);
    this.size += 4;
  }

  /** Adds 64 bits. */
  i64(value: number): void {
    this.room(8);
    writeInt64(this.view, this.size, value, true);
    this.size += 8;
  }

  /** Adds an unsigned LEB128. */
  uleb(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.u8((rest % 128) | 0x80);
      rest = Math.floor(rest / 128);
    }
    this.u8(rest);
  }

  /** Adds a signed LEB128. */
  sleb(value: number): void {
    let rest = value;
    for (;;) {
      const low = ((rest % 128) + 128) % 128;
      rest = (rest - low) / 128;
      const isLast = rest === ((low & 0x40) !== 0 ? -1 : 0);
      this.u8(isLast ? low : low | 0x80);
      if (isLast) return;
    }
  }

  /** Adds bytes. */
  append(bytes: Uint8Array): void {
    this.room(bytes.length);
    this.bytes.set(bytes, this.size);
    this.size += bytes.length;
  }

  /** Overwrites 32 bits at `offset`. */
  patch32(offset: number, value: number): void {
    this.view.setUint32(offset, value, true);
  }

  /** The bytes so far, as a view. */
  done(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.size);
  }

  private room(count: number): void {
    if (this.size + count <= this.bytes.length) return;
    const grown = new Uint8Array(
      Math.max(2 * this.bytes.length, this.size + count),
    );
    grown.set(this.bytes);
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }
}
