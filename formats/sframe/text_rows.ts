/**
 * The rows of a function as text. Addresses differ from row to row; what stands behind them seldom does, so it is kept.
 *
 * @module
 */
import { viewOf } from "../base/byte_source.ts";
import { MAX_SHARING, MIN_ROW_SIZE } from "./constants.ts";
import type { SFrameHeader } from "./header.ts";
import { readWord } from "./rules.ts";
import {
  type FunctionEntry,
  rowStartSize,
  type Section,
  wordCount,
  wordSize,
} from "./section.ts";
import type { TextBuffer } from "./text_buffer.ts";
import { rowTail } from "./text_cells.ts";
import type { TextTraits } from "./text_compat.ts";

const TWO_32 = 0x1_0000_0000;
const SLOT_BITS = 11;
const SLOT_COUNT = 1 << SLOT_BITS;
/** A tail whose cells all fit their columns: nine words with the line's end. */
const TAIL_SIZE = 36;
const TAIL_WORDS = TAIL_SIZE / 4;
/** Info byte and words of a row that fit a key; the eighth byte tells flexible from other functions. */
const MAX_KEY_SIZE = 7;
const ENCODER = new TextEncoder();

/** Bytes of a row from its info byte on; 0 where it has no valid word size. */
const ROW_SIZES: Uint8Array = Uint8Array.from({ length: 256 }, (_, info) => {
  const size = wordSize(info);
  return size === 0 ? 0 : 1 + wordCount(info) * size;
});

/** Writes rows of one section. */
export class RowText {
  /** How many rows may still be written. */
  private left: number;
  private readonly section: Section;
  private readonly bytes: Uint8Array;
  private readonly header: SFrameHeader;
  private readonly traits: TextTraits;
  private readonly out: TextBuffer;
  private readonly tails: Int32Array = new Int32Array(SLOT_COUNT * TAIL_WORDS);
  /** Keys of the slots. No row has an info byte of 255, so -1 is no key. */
  private readonly lows: Int32Array = new Int32Array(SLOT_COUNT).fill(-1);
  private readonly highs: Int32Array = new Int32Array(SLOT_COUNT);

  /** For `section` of `bytes`, into `out`. */
  constructor(
    bytes: Uint8Array,
    section: Section,
    header: SFrameHeader,
    traits: TextTraits,
    out: TextBuffer,
  ) {
    this.left = (header.freSize / MIN_ROW_SIZE) * MAX_SHARING;
    this.bytes = bytes;
    this.section = section;
    this.header = header;
    this.traits = traits;
    this.out = out;
  }

  /** Whether there are so many rows in all that functions must share them beyond reason. */
  get isExhausted(): boolean {
    return this.left < 0;
  }

  /**
   * Writes the rows of a function, up to the first bad one.
   *
   * @param firstAddress Address that a row's start of 0 stands for.
   * @returns −1, or the offset of the row that is bad.
   */
  write(entry: FunctionEntry, isFlex: boolean, firstAddress: number): number {
    const { section, bytes, out } = this;
    const { view, littleEndian, rowsEnd } = section;
    const startSize = rowStartSize(entry.info);
    const tag = isFlex ? 1 << 24 : 0;
    const high = Math.floor(firstAddress / TWO_32);
    const low = firstAddress - high * TWO_32;
    let at = entry.rowsOffset;
    for (let left = entry.rowCount; left > 0; left--) {
      if (--this.left < 0) return at;
      const infoOffset = at + startSize;
      if (infoOffset >= rowsEnd) return at;
      const size = ROW_SIZES[bytes[infoOffset]!]!;
      if (size === 0 || infoOffset + size > rowsEnd) return at;
      const start = startSize === 1
        ? bytes[at]!
        : startSize === 2
        ? view.getUint16(at, littleEndian)
        : view.getUint32(at, littleEndian);
      const address = low + start;
      if (address < TWO_32) out.rowAddress(high, address);
      else out.rowAddress(high + 1, address - TWO_32);
      if (size > MAX_KEY_SIZE) out.encoded(this.makeTail(infoOffset, isFlex));
      else this.writeTail(infoOffset, size, isFlex, tag);
      at = infoOffset + size;
    }
    return -1;
  }

  /** Writes what stands behind the address, from its slot if it is there. */
  private writeTail(
    infoOffset: number,
    size: number,
    isFlex: boolean,
    tag: number,
  ): void {
    const { bytes, lows, highs } = this;
    let low = bytes[infoOffset]!;
    let high = tag;
    if (size > 1) low |= bytes[infoOffset + 1]! << 8;
    if (size > 2) low |= bytes[infoOffset + 2]! << 16;
    if (size > 3) low |= bytes[infoOffset + 3]! << 24;
    for (let i = 4; i < size; i++) {
      high |= bytes[infoOffset + i]! << 8 * (i - 4);
    }
    const slot = Math.imul(low ^ Math.imul(high, 0x2c1b_3c6d), 0x9e37_79b1) >>>
      (32 - SLOT_BITS);
    if (lows[slot] !== low || highs[slot] !== high) {
      const tail = this.makeTail(infoOffset, isFlex);
      if (tail.length !== TAIL_SIZE) return this.out.encoded(tail);
      const view = viewOf(tail);
      for (let i = 0; i < TAIL_WORDS; i++) {
        this.tails[slot * TAIL_WORDS + i] = view.getInt32(i * 4, true);
      }
      lows[slot] = low;
      highs[slot] = high;
    }
    this.out.nineWords(this.tails, slot * TAIL_WORDS);
  }

  private makeTail(infoOffset: number, isFlex: boolean): Uint8Array {
    const { view, littleEndian } = this.section;
    const info = view.getUint8(infoOffset);
    const size = wordSize(info);
    const words: number[] = [];
    for (let i = 0; i < wordCount(info); i++) {
      const at = infoOffset + 1 + i * size;
      words.push(readWord(view, at, size, littleEndian));
    }
    const { header, traits } = this;
    const tail = rowTail(header, traits, isFlex, info, size, words);
    return ENCODER.encode(`${tail}\n`);
  }
}
