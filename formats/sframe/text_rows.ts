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
import {
  HEX_PAIRS,
  highLeft,
  highRight,
  LINE_LIMIT,
  type TextBuffer,
} from "./text_buffer.ts";
import { rowTail } from "./text_cells.ts";
import type { TextTraits } from "./text_compat.ts";

const TWO_32 = 0x1_0000_0000;
const SLOT_BITS = 11;
const SLOT_COUNT = 1 << SLOT_BITS;
/** A tail whose cells all fit their columns, with the line's end; in pieces of eight bytes. */
const TAIL_SIZE = 36;
const TAIL_PIECES = Math.ceil(TAIL_SIZE / 8);
/** Four spaces and 16 digits. */
const ADDRESS_SIZE = 20;
/** Info byte and words of a row that fit a key; the eighth byte tells flexible from other functions. */
const MAX_KEY_SIZE = 7;
const ENCODER = new TextEncoder();

/** The low bytes of a 32-bit number: as many as the index says. */
const MASKS: Int32Array = Int32Array.of(0, 0xff, 0xffff, 0xff_ffff, -1);

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
  private readonly tails: Float64Array = new Float64Array(
    SLOT_COUNT * TAIL_PIECES,
  );
  /** Keys of the slots. No row has an info byte of 255, so -1 is no key. */
  private readonly lows: Int32Array = new Int32Array(SLOT_COUNT).fill(-1);
  private readonly highs: Int32Array = new Int32Array(SLOT_COUNT);

  /** Upper half of the last address, and its digits. */
  private high: number = 0;
  private highLeft: number = highLeft(0);
  private highRight: number = highRight(0);

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
   * @returns -1, or the offset of the row that is bad.
   */
  write(entry: FunctionEntry, isFlex: boolean, firstAddress: number): number {
    const { section, bytes, out, tails } = this;
    const { view, littleEndian, rowsEnd } = section;
    const text = out.view;
    const startSize = rowStartSize(entry.info);
    const tag = isFlex ? 1 << 24 : 0;
    const firstHigh = Math.floor(firstAddress / TWO_32);
    const firstLow = firstAddress - firstHigh * TWO_32;
    let at = entry.rowsOffset;
    let to = out.at;
    for (let count = entry.rowCount; count > 0; count--) {
      const infoOffset = at + startSize;
      const size = infoOffset < rowsEnd ? ROW_SIZES[bytes[infoOffset]!]! : 0;
      if (size === 0 || infoOffset + size > rowsEnd || --this.left < 0) {
        out.at = to;
        return at;
      }
      let low = firstLow +
        (startSize === 1
          ? bytes[at]!
          : startSize === 2
          ? view.getUint16(at, littleEndian)
          : view.getUint32(at, littleEndian));
      let high = firstHigh;
      if (low >= TWO_32) {
        low -= TWO_32;
        high++;
      }
      if (high !== this.high) this.setHigh(high);
      at = infoOffset + size;
      if (to > LINE_LIMIT) {
        out.at = to;
        out.flush();
        to = 0;
      }
      text.setFloat64(to, this.highLeft, true);
      text.setInt32(to + 8, this.highRight, true);
      text.setInt32(
        to + 12,
        HEX_PAIRS[low >>> 24]! | HEX_PAIRS[(low >>> 16) & 0xff]! << 16,
        true,
      );
      text.setInt32(
        to + 16,
        HEX_PAIRS[(low >>> 8) & 0xff]! | HEX_PAIRS[low & 0xff]! << 16,
        true,
      );
      to += ADDRESS_SIZE;
      const slot = this.findSlot(infoOffset, size, isFlex, tag);
      if (slot < 0) {
        out.at = to;
        out.encoded(this.makeTail(infoOffset, isFlex));
        to = out.at;
        continue;
      }
      text.setFloat64(to, tails[slot]!, true);
      text.setFloat64(to + 8, tails[slot + 1]!, true);
      text.setFloat64(to + 16, tails[slot + 2]!, true);
      text.setFloat64(to + 24, tails[slot + 3]!, true);
      text.setFloat64(to + 32, tails[slot + 4]!, true);
      to += TAIL_SIZE;
    }
    out.at = to;
    return -1;
  }

  private setHigh(high: number): void {
    this.high = high;
    this.highLeft = highLeft(high);
    this.highRight = highRight(high);
  }

  /** Where in `tails` the text behind the address is; -1 if it does not fit there. */
  private findSlot(
    infoOffset: number,
    size: number,
    isFlex: boolean,
    tag: number,
  ): number {
    const { lows, highs } = this;
    const { view } = this.section;
    if (size > MAX_KEY_SIZE || infoOffset + 8 > view.byteLength) return -1;
    let low = view.getInt32(infoOffset, true);
    let high = tag;
    if (size < 4) low &= MASKS[size]!;
    else high |= view.getInt32(infoOffset + 4, true) & MASKS[size - 4]!;
    const hash = Math.imul(low ^ Math.imul(high, 0x2c1b_3c6d), 0x9e37_79b1) >>>
      (32 - SLOT_BITS);
    if (lows[hash] !== low || highs[hash] !== high) {
      const tail = this.makeTail(infoOffset, isFlex);
      if (tail.length !== TAIL_SIZE) return -1;
      const padded = new Uint8Array(TAIL_PIECES * 8);
      padded.set(tail);
      const pieces = viewOf(padded);
      for (let i = 0; i < TAIL_PIECES; i++) {
        this.tails[hash * TAIL_PIECES + i] = pieces.getFloat64(i * 8, true);
      }
      lows[hash] = low;
      highs[hash] = high;
    }
    return hash * TAIL_PIECES;
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
