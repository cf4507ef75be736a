/**
 * Memory of the process that is walked, as the walk sees it: synchronous, never throwing, NaN for what cannot be read.
 *
 * @module
 */

const TWO_32 = 0x1_0000_0000;
const NO_BYTES = new DataView(new ArrayBuffer(0));

/**
 * Words at addresses. One window (a contiguous piece of memory) is current; a word outside it makes a subclass move
 * the window. A subclass whose bytes are not at hand sets {@linkcode Memory.missing}: the walk then stops with
 * `needs-data`, its owner loads the bytes, and the same frame goes on.
 */
export abstract class Memory {
  /** Byte order of words. */
  readonly littleEndian: boolean;
  /** Bits of the high word of a code address that are kept: strips pointer authentication. Int32. */
  codeHighMask: number = -1;
  /** Address whose bytes exist but are not at hand, or NaN. */
  missing: number = NaN;
  /** First address of the current window. */
  protected windowStart = 0;
  /** Size of the current window, bytes. */
  protected windowSize = 0;
  /** Bytes of the current window. */
  protected window: DataView = NO_BYTES;

  /** Starts without a window. */
  constructor(littleEndian: boolean) {
    this.littleEndian = littleEndian;
  }

  /** Moves the window to one that holds `size` bytes at `address`; false if there is none. */
  protected abstract seek(address: number, size: number): boolean;

  /** Whether two addresses lie in the same mapping: a CFA that falls is a stack switch if they do not. */
  abstract sameMapping(a: number, b: number): boolean;

  /** Whether there are bytes at `address`, at hand or not. */
  abstract isMapped(address: number): boolean;

  /** The 64-bit word at `address` as a signed Number; NaN if it cannot be read. */
  readWord(address: number): number {
    let at = address - this.windowStart;
    if (!(at >= 0 && at + 8 <= this.windowSize)) {
      if (!this.seek(address, 8)) return NaN;
      at = address - this.windowStart;
    }
    return this.littleEndian
      ? this.window.getInt32(at + 4, true) * TWO_32 +
        this.window.getUint32(at, true)
      : this.window.getInt32(at, false) * TWO_32 +
        this.window.getUint32(at + 4, false);
  }

  /** The code address stored at `address`, without its authentication code; NaN if it cannot be read. */
  readCode(address: number): number {
    let at = address - this.windowStart;
    if (!(at >= 0 && at + 8 <= this.windowSize)) {
      if (!this.seek(address, 8)) return NaN;
      at = address - this.windowStart;
    }
    return this.littleEndian
      ? (this.window.getInt32(at + 4, true) & this.codeHighMask) * TWO_32 +
        this.window.getUint32(at, true)
      : (this.window.getInt32(at, false) & this.codeHighMask) * TWO_32 +
        this.window.getUint32(at + 4, false);
  }

  /** The byte at `address`; NaN if it cannot be read. */
  readByte(address: number): number {
    const at = address - this.windowStart;
    if (at >= 0 && at < this.windowSize) return this.window.getUint8(at);
    return this.seek(address, 1)
      ? this.window.getUint8(address - this.windowStart)
      : NaN;
  }
}

/** Memory that is one array: a sample's copy of the stack, a test's literal. */
export class BytesMemory extends Memory {
  /** Holds `bytes` at `address`. */
  constructor(bytes: Uint8Array, address: number, littleEndian = true) {
    super(littleEndian);
    this.window = new DataView(
      bytes.buffer,
      bytes.byteOffset,
      bytes.byteLength,
    );
    this.windowStart = address;
    this.windowSize = bytes.byteLength;
  }

  /** There is no other window. */
  protected override seek(): boolean {
    return false;
  }

  /** There is one mapping. */
  override sameMapping(): boolean {
    return true;
  }

  /** Whether the array reaches there. */
  override isMapped(address: number): boolean {
    return address >= this.windowStart &&
      address < this.windowStart + this.windowSize;
  }
}
