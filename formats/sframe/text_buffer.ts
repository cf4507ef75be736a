/**
 * Text as bytes, on its way to whoever takes it.
 *
 * @module
 */
import { viewOf } from "../base/byte_source.ts";

const CAPACITY = 256 * 1024;
/** Room that is left for the fixed parts of a line, which are written without another look at the end. */
const MARGIN = 512;
const TWO_32 = 0x1_0000_0000;
const ENCODER = new TextEncoder();
const HEX_DIGITS = ENCODER.encode("0123456789abcdef");
/** The two digits of each byte, as the 16-bit number whose little-endian bytes they are. */
const HEX_PAIRS: Uint16Array = Uint16Array.from(
  { length: 256 },
  (_, byte) => HEX_DIGITS[byte & 15]! << 8 | HEX_DIGITS[byte >> 4]!,
);
const FOUR_SPACES = 0x2020_2020;

/** A buffer with what the lines of a dump consist of. */
export class TextBuffer {
  /** Offset of the next byte in the buffer. */
  private at = 0;
  private readonly bytes: Uint8Array = new Uint8Array(CAPACITY);
  private readonly view: DataView = viewOf(this.bytes);
  private readonly take: (text: Uint8Array) => void;
  /** Digits of the upper half of an address, and the half that they are of. */
  private high = 0;
  private highLeft = fourDigits(0);
  private highRight = fourDigits(0);

  /** Hands what was written to `take`, piece by piece. */
  constructor(take: (text: Uint8Array) => void) {
    this.take = take;
  }

  /** Hands over what is in the buffer. */
  flush(): void {
    if (this.at === 0) return;
    const end = this.at;
    this.at = 0;
    this.take(this.bytes.subarray(0, end));
  }

  /** Adds text of any length. */
  text(text: string): void {
    this.encoded(ENCODER.encode(text));
  }

  /** Adds encoded text. */
  encoded(text: Uint8Array): void {
    for (let from = 0; from < text.length;) {
      this.reserve();
      const part = text.subarray(from, from + CAPACITY - this.at);
      this.bytes.set(part, this.at);
      this.at += part.length;
      from += part.length;
    }
  }

  /** Adds encoded text of at most 128 bytes, behind {@linkcode TextBuffer.reserve}. */
  short(text: Uint8Array): void {
    const { bytes } = this;
    let at = this.at;
    for (let i = 0; i < text.length; i++) bytes[at++] = text[i]!;
    this.at = at;
  }

  /** Makes room for 512 bytes. */
  reserve(): void {
    if (this.at > CAPACITY - MARGIN) this.flush();
  }

  /** Adds a decimal number of 32 bits, behind {@linkcode TextBuffer.reserve}. */
  decimal(value: number): void {
    const { bytes } = this;
    let rest = value;
    if (rest < 0) {
      bytes[this.at++] = 0x2d;
      rest = -rest;
    }
    let digits = 1;
    for (let limit = 10; limit <= rest; limit *= 10) digits++;
    for (let i = this.at + digits - 1; i >= this.at; i--) {
      const tenth = Math.floor(rest / 10);
      bytes[i] = 0x30 + rest - tenth * 10;
      rest = tenth;
    }
    this.at += digits;
  }

  /** Adds a 64-bit address as hexadecimal digits without leading zeros, behind {@linkcode TextBuffer.reserve}. */
  hex(address: number): void {
    const high = Math.floor(address / TWO_32);
    const low = address - high * TWO_32;
    const top = high !== 0 ? high : low;
    const { bytes } = this;
    let at = this.at;
    let shift = Math.max(0, 28 - (Math.clz32(top) & ~3));
    for (; shift >= 0; shift -= 4) {
      bytes[at++] = HEX_DIGITS[(top >>> shift) & 15]!;
    }
    if (high !== 0) {
      for (shift = 28; shift >= 0; shift -= 4) {
        bytes[at++] = HEX_DIGITS[(low >>> shift) & 15]!;
      }
    }
    this.at = at;
  }

  /** Adds four spaces and an address of 16 hexadecimal digits; makes room for a line. */
  rowAddress(high: number, low: number): void {
    this.reserve();
    if (high !== this.high) this.setHigh(high);
    const { view, at } = this;
    view.setUint32(at, FOUR_SPACES, true);
    view.setUint32(at + 4, this.highLeft, true);
    view.setUint32(at + 8, this.highRight, true);
    view.setUint32(
      at + 12,
      HEX_PAIRS[low >>> 24]! | HEX_PAIRS[(low >>> 16) & 0xff]! << 16,
      true,
    );
    view.setUint32(
      at + 16,
      HEX_PAIRS[(low >>> 8) & 0xff]! | HEX_PAIRS[low & 0xff]! << 16,
      true,
    );
    this.at = at + 20;
  }

  /** Adds the 36 bytes that stand as nine little-endian numbers in `words` from `from` on. */
  nineWords(words: Int32Array, from: number): void {
    const { view, at } = this;
    view.setInt32(at, words[from]!, true);
    view.setInt32(at + 4, words[from + 1]!, true);
    view.setInt32(at + 8, words[from + 2]!, true);
    view.setInt32(at + 12, words[from + 3]!, true);
    view.setInt32(at + 16, words[from + 4]!, true);
    view.setInt32(at + 20, words[from + 5]!, true);
    view.setInt32(at + 24, words[from + 6]!, true);
    view.setInt32(at + 28, words[from + 7]!, true);
    view.setInt32(at + 32, words[from + 8]!, true);
    this.at = at + 36;
  }

  private setHigh(high: number): void {
    this.high = high;
    this.highLeft = fourDigits(high >>> 16);
    this.highRight = fourDigits(high & 0xffff);
  }
}

function fourDigits(value: number): number {
  return HEX_PAIRS[value >>> 8]! | HEX_PAIRS[value & 0xff]! << 16;
}
