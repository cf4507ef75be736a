/**
 * Lines of text files that list symbols, read without a string for each.
 *
 * @module
 */
import { mergeRuns } from "./ascending_runs.ts";

const NEW_LINE = 10;
const SPACE = 32;
const TWO_32 = 0x1_0000_0000;

/** Goes through lines, and through the fields of each. */
export class LineReader {
  /** Where the next field begins. */
  at = 0;
  /** Where the line ends. */
  end = 0;
  private next = 0;
  private readonly bytes: Uint8Array;

  /** Reads `bytes`. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Goes to the next line. Returns false if there is none. */
  nextLine(): boolean {
    const { bytes } = this;
    if (this.next >= bytes.length) return false;
    this.at = this.next;
    const end = bytes.indexOf(NEW_LINE, this.at);
    this.end = end < 0 ? bytes.length : end;
    this.next = this.end + 1;
    return true;
  }

  /**
   * Takes hexadecimal digits and the space behind them; NaN if there are none. Sixteen digits are a signed 64-bit number
   * in the form that addresses have here.
   */
  hexadecimal(): number {
    const { bytes, end } = this;
    let { at } = this;
    if (bytes[at] === 0x30 && (bytes[at + 1]! | 0x20) === 0x78) at += 2;
    const start = at;
    let high = 0;
    let low = 0;
    for (; at < end; at++) {
      const digit = digitOf(bytes[at]!);
      if (digit < 0) break;
      high = (high << 4) | (low >>> 28);
      low = (low << 4) | digit;
    }
    if (at === start || at >= end || bytes[at] !== SPACE) return NaN;
    this.at = at + 1;
    return high * TWO_32 + (low >>> 0);
  }

  /** Takes one character and the space behind it: its code, or 0 if there is something else. */
  letter(): number {
    const { bytes, at, end } = this;
    if (at + 1 >= end || bytes[at + 1] !== SPACE) return 0;
    this.at = at + 2;
    return bytes[at]!;
  }

  /** End of the word that begins here. */
  wordEnd(): number {
    const { bytes, end } = this;
    let { at } = this;
    while (at < end && bytes[at]! > SPACE) at++;
    return at;
  }
}

function digitOf(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/** Symbols in the order of their lines, in parallel arrays of which the first {@linkcode SymbolLines.count} are valid. */
export class SymbolLines {
  /** How many there are. */
  count = 0;
  /** Address of each symbol. */
  starts: Float64Array = new Float64Array(1024);
  /** Address behind each symbol; NaN for that of the next. */
  ends: Float64Array = new Float64Array(1024);
  /** Where each name begins in the file. */
  nameOffsets: Int32Array = new Int32Array(1024);
  /** Where each name ends. */
  nameEnds: Int32Array = new Int32Array(1024);

  /** Adds a symbol. */
  add(start: number, end: number, nameOffset: number, nameEnd: number): void {
    if (this.count === this.starts.length) this.grow();
    const index = this.count++;
    this.starts[index] = start;
    this.ends[index] = end;
    this.nameOffsets[index] = nameOffset;
    this.nameEnds[index] = nameEnd;
  }

  /**
   * Indexes by address, one for each.
   *
   * @param first Whether the first of several symbols with the same start counts, or the last.
   */
  order(first: boolean): Int32Array {
    const { starts, count } = this;
    const lines = new Int32Array(count);
    for (let i = 0; i < count; i++) lines[i] = i;
    const order = mergeRuns(starts, lines, new Int32Array(count), count, 0);
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const start = starts[order[i]!]!;
      const other = first ? i - 1 : i + 1;
      const isAmongMany = other >= 0 && other < count &&
        starts[order[other]!] === start;
      if (!isAmongMany) order[kept++] = order[i]!;
    }
    return order.subarray(0, kept);
  }

  private grow(): void {
    const { starts, ends, nameOffsets, nameEnds } = this;
    const size = starts.length * 2;
    this.starts = new Float64Array(size);
    this.starts.set(starts);
    this.ends = new Float64Array(size);
    this.ends.set(ends);
    this.nameOffsets = new Int32Array(size);
    this.nameOffsets.set(nameOffsets);
    this.nameEnds = new Int32Array(size);
    this.nameEnds.set(nameEnds);
  }
}
