/**
 * Text as bytes, on its way to whoever takes it.
 *
 * @module
 */
import { viewOf } from "../base/byte_source.ts";

const CAPACITY = 64 * 1024;
/** Room that is left for the fixed parts of a line, which are written without another look at the end. */
const MARGIN = 512;
const TWO_32 = 0x1_0000_0000;
const ENCODER = new TextEncoder();
const HEX_DIGITS = ENCODER.encode("0123456789abcdef");

/** The two digits of each byte, as the 16-bit number whose little-endian bytes they are. */
export const HEX_PAIRS: Uint16Array = Uint16Array.from(
  { length: 256 },
  (_, byte) => HEX_DIGITS[byte & 15]! << 8 | HEX_DIGITS[byte >> 4]!,
);

/** Offset behind which no line may be started: then the buffer is full. */
export const LINE_LIMIT: number = CAPACITY - MARGIN;

/**
 * Fixed text in pieces of eight bytes, which are stored as 64-bit floats: the fastest way to copy short text, and safe
 * because no eight ASCII bytes are a NaN.
 */
export interface FixedText {
  /** Bytes of the text. */
  size: number;
  /** Its pieces; the last one is filled up with spaces, which the next text overwrites. */
  pieces: Float64Array;
}

/** Makes fixed text of at most 128 ASCII characters. */
export function fixedText(text: string): FixedText {
  const padded = ENCODER.encode(text.padEnd(Math.ceil(text.length / 8) * 8));
  const view = viewOf(padded);
  const pieces = Float64Array.from(
    { length: padded.length / 8 },
    (_, i) => view.getFloat64(i * 8, true),
  );
  return { size: text.length, pieces };
}

/** A buffer with what the lines of a dump consist of. */
export class TextBuffer {
  /** Offset of the next byte in the buffer. Hot loops keep it in a variable and write to `view` themselves. */
  at: number = 0;
  /** The buffer. */
  readonly view: DataView;
  private readonly bytes: Uint8Array;
  private readonly take: (text: Uint8Array) => void;

  /** Hands what was written to `take`, piece by piece. */
  constructor(take: (text: Uint8Array) => void) {
    this.bytes = new Uint8Array(CAPACITY);
    this.view = viewOf(this.bytes);
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

  /** Adds fixed text, behind {@linkcode TextBuffer.reserve}. */
  fixed({ size, pieces }: FixedText): void {
    const { view, at } = this;
    for (let i = 0; i < pieces.length; i++) {
      view.setFloat64(at + i * 8, pieces[i]!, true);
    }
    this.at = at + size;
  }

  /** Makes room for 512 bytes. */
  reserve(): void {
    if (this.at > LINE_LIMIT) this.flush();
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
}

/** Eight bytes: four spaces and the four highest digits of an address, whose upper half is `high`. */
export function highLeft(high: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(0, 0x2020_2020, true);
  view.setUint32(4, fourDigits((high >>> 16) & 0xffff), true);
  return view.getFloat64(0, true);
}

/** The next four digits, as the number whose little-endian bytes they are. */
export function highRight(high: number): number {
  return fourDigits(high & 0xffff);
}

function fourDigits(value: number): number {
  return HEX_PAIRS[value >>> 8]! | HEX_PAIRS[value & 0xff]! << 16;
}
