/**
 * `--format addresses`: what `perf script --no-inline -F ip` prints.
 *
 * @module
 */
import type { ProfileSample } from "../../kernel/profile/mod.ts";
import type { ProfileFormat, ProfileWriter } from "./format.ts";

const CAPACITY = 1 << 16;
/** Frames that most captures have at most: what is not used of an array takes no memory, and growing takes time. */
const FIRST_FRAME_COUNT = 1 << 16;
/** A tab, 16 digits, a line break. */
const LINE_SIZE = 18;
/** Doubles of which a line is made; the last has two bytes of it. */
const LINE_WORDS = 3;
const TWO_32 = 0x1_0000_0000;
const NEW_LINE = 10;

/** The lines of frames that have been printed, as 64-bit words: copied, and not formatted again. */
class LineTable {
  /** The lines, {@linkcode LINE_WORDS} words each. Text never makes a NaN, so that copying keeps its bytes. */
  words: Float64Array = new Float64Array(LINE_WORDS * FIRST_FRAME_COUNT);
  /**
   * The address that each line shows; 0 before there is one, so that a line of that address is made anew each time. A frame
   * has others where its file is loaded elsewhere.
   */
  addresses: Float64Array = new Float64Array(FIRST_FRAME_COUNT);
  private bytes: DataView = new DataView(this.words.buffer);

  /** Makes the line of `frame` show `address`. */
  set(frame: number, address: number, lowWord: number): void {
    while (frame >= this.addresses.length) this.grow();
    const isExact = Number.isSafeInteger(address);
    // Frames whose addresses differ only where a Number is not exact are one.
    this.addresses[frame] = isExact ? address : NaN;
    const start = frame * LINE_WORDS * 8;
    const { bytes } = this;
    bytes.setUint8(start, 9);
    bytes.setUint8(start + 17, NEW_LINE);
    const high = Math.floor(address / TWO_32);
    const low = isExact ? address - high * TWO_32 : lowWord;
    let shown = false;
    for (let i = 0; i < 16; i++) {
      const word = i < 8 ? high : low;
      const digit = (word >>> (28 - 4 * (i & 7))) & 15;
      shown ||= digit !== 0 || i === 15;
      const code = !shown ? 32 : digit < 10 ? 48 + digit : 87 + digit;
      bytes.setUint8(start + 1 + i, code);
    }
  }

  private grow(): void {
    const { words, addresses } = this;
    this.words = new Float64Array(words.length * 2);
    this.words.set(words);
    this.addresses = new Float64Array(addresses.length * 2);
    this.addresses.set(addresses);
    this.bytes = new DataView(this.words.buffer);
  }
}

/** Writes the addresses of each sample's frames, one to a line, between empty lines. */
class AddressWriter implements ProfileWriter {
  private readonly write: (bytes: Uint8Array) => void;
  private readonly buffer: Uint8Array = new Uint8Array(CAPACITY);
  private readonly view: DataView = new DataView(this.buffer.buffer);
  private readonly lines: LineTable = new LineTable();
  private used = 0;

  constructor(write: (bytes: Uint8Array) => void) {
    this.write = write;
  }

  sample({ frames, addresses, lowWords, count }: ProfileSample): void {
    const { view, lines } = this;
    this.makeRoom(2);
    this.buffer[this.used++] = NEW_LINE;
    for (let from = 0; from < count;) {
      // As many as fit; a word more than the line is written.
      const last = Math.min(count, from + 1024);
      this.makeRoom(1024 * LINE_SIZE + 8);
      let at = this.used;
      for (let i = from; i < last; i++) {
        const frame = frames[i]!;
        const address = addresses[i]!;
        const isKnown = address !== 0 && frame < lines.addresses.length &&
          lines.addresses[frame] === address;
        if (!isKnown) lines.set(frame, address, lowWords[i]!);
        const { words } = lines;
        const word = frame * LINE_WORDS;
        view.setFloat64(at, words[word]!, true);
        view.setFloat64(at + 8, words[word + 1]!, true);
        view.setFloat64(at + 16, words[word + 2]!, true);
        at += LINE_SIZE;
      }
      this.used = at;
      from = last;
    }
    this.makeRoom(2);
    this.buffer[this.used++] = NEW_LINE;
  }

  end(): void {
    this.flush();
  }

  private makeRoom(size: number): void {
    if (this.used + size > CAPACITY) this.flush();
  }

  private flush(): void {
    this.write(this.buffer.subarray(0, this.used));
    this.used = 0;
  }
}

/** The format. */
export const format: ProfileFormat = {
  name: "addresses",
  isNameless: true,
  refusesBy: "which has nothing but addresses",
  refusesInverted: "which prints samples as they come",
  open: ({ write }) => new AddressWriter(write),
};
