/**
 * Text on its way to a sink, gathered into large pieces: one system call per 64 KiB instead of one per line.
 *
 * @module
 */
import type { Sink } from "./io.ts";

const CAPACITY = 128 * 1024;
const FLUSH_AT = 64 * 1024;
const HEX: Uint8Array = new TextEncoder().encode("0123456789abcdef");
const ENCODER = new TextEncoder();

/** A buffer in front of a {@linkcode Sink}. */
export class TextOutput {
  private readonly sink: Sink;
  private readonly buffer: Uint8Array = new Uint8Array(CAPACITY);
  private used = 0;

  /** Writes to `sink`. */
  constructor(sink: Sink) {
    this.sink = sink;
  }

  /** Adds text. @throws {ClosedOutput} if the reader has gone. */
  text(text: string): void {
    this.bytes(ENCODER.encode(text));
  }

  /** Adds encoded text. @throws {ClosedOutput} if the reader has gone. */
  bytes(bytes: Uint8Array): void {
    if (bytes.length > CAPACITY - this.used) {
      this.flush();
      if (bytes.length > FLUSH_AT) return this.sink.write(bytes);
    }
    this.buffer.set(bytes, this.used);
    this.used += bytes.length;
    if (this.used >= FLUSH_AT) this.flush();
  }

  /** Adds `#` and a frame's number, padded with spaces to `width` characters and followed by at least one. */
  frameNumber(index: number, width: number): void {
    if (CAPACITY - this.used < 32) this.flush();
    const { buffer } = this;
    let digits = 1;
    for (let limit = 10; limit <= index; limit *= 10) digits++;
    let at = this.used;
    buffer[at++] = 0x23;
    let rest = index;
    for (let i = at + digits - 1; i >= at; i--) {
      const tenth = Math.floor(rest / 10);
      buffer[i] = 0x30 + rest - tenth * 10;
      rest = tenth;
    }
    at += digits;
    const end = Math.max(at + 1, this.used + width);
    while (at < end) buffer[at++] = 0x20;
    this.used = at;
  }

  /** Adds an address as `"0x..."`, in quotes, without leading zeros. */
  quotedAddress(address: number): void {
    if (CAPACITY - this.used < 32) this.flush();
    const { buffer } = this;
    const high = Math.floor(address / 0x1_0000_0000);
    const low = address - high * 0x1_0000_0000;
    let at = this.used;
    buffer[at++] = 0x22;
    buffer[at++] = 0x30;
    buffer[at++] = 0x78;
    const top = high !== 0 ? high : low;
    let shift = 28 - (Math.clz32(top) & ~3);
    if (shift < 0) shift = 0;
    for (; shift >= 0; shift -= 4) buffer[at++] = HEX[(top >>> shift) & 15]!;
    if (high !== 0) {
      for (shift = 28; shift >= 0; shift -= 4) {
        buffer[at++] = HEX[(low >>> shift) & 15]!;
      }
    }
    buffer[at++] = 0x22;
    this.used = at;
  }

  /** Hands everything to the sink. @throws {ClosedOutput} if the reader has gone. */
  flush(): void {
    if (this.used === 0) return;
    const used = this.used;
    this.used = 0;
    this.sink.write(this.buffer.subarray(0, used));
  }
}
