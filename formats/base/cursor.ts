/**
 * A cursor over bytes with DWARF's variable-length integers.
 *
 * @module
 */
import { TruncatedError } from "./error.ts";
import { readInt64 } from "./address.ts";

/**
 * Reads fields one after another from one `DataView`, checking the end before each.
 *
 * Fields are public and plain because this object sits in the loops of CFA programs.
 */
export class Cursor {
  /** The bytes that are read. */
  readonly view: DataView;
  /** Byte order of fixed-size fields. */
  readonly littleEndian: boolean;
  /** Offset of the next byte to be read, from the start of `view`. */
  offset: number;
  /** Offset behind the last byte that may be read. */
  end: number;
  /** Name of the format, for errors. */
  readonly format: string;

  /** Starts at `offset` and may read up to `end`. */
  constructor(
    view: DataView,
    littleEndian: boolean,
    format: string,
    offset = 0,
    end: number = view.byteLength,
  ) {
    this.view = view;
    this.littleEndian = littleEndian;
    this.format = format;
    this.offset = offset;
    this.end = Math.min(end, view.byteLength);
  }

  /**
   * Makes sure that `size` more bytes are there and moves behind them.
   *
   * @returns The offset of the first of them.
   * @throws {FormatError} `truncated`
   */
  take(size: number, field: string): number {
    const at = this.offset;
    if (!(size >= 0) || at + size > this.end) {
      throw new TruncatedError(this.format, field, at, size, this.end - at);
    }
    this.offset = at + size;
    return at;
  }

  /** Reads an unsigned byte. @throws {FormatError} `truncated` */
  u8(field: string): number {
    return this.view.getUint8(this.take(1, field));
  }

  /** Reads an unsigned 16-bit value. @throws {FormatError} `truncated` */
  u16(field: string): number {
    return this.view.getUint16(this.take(2, field), this.littleEndian);
  }

  /** Reads an unsigned 32-bit value. @throws {FormatError} `truncated` */
  u32(field: string): number {
    return this.view.getUint32(this.take(4, field), this.littleEndian);
  }

  /** Reads a 64-bit value as a signed Number. @throws {FormatError} `truncated` */
  i64(field: string): number {
    return readInt64(this.view, this.take(8, field), this.littleEndian);
  }

  /**
   * Reads an unsigned LEB128; the value is exact below 2^53, however padded, and rounded beyond.
   *
   * @throws {FormatError} `truncated`
   */
  uleb(field: string): number {
    let byte = this.view.getUint8(this.take(1, field));
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    let scale = 128;
    do {
      byte = this.view.getUint8(this.take(1, field));
      // The scale of padding may be infinite.
      if ((byte & 0x7f) !== 0) value += (byte & 0x7f) * scale;
      scale *= 128;
    } while (byte >= 0x80);
    return value;
  }

  /**
   * Reads a signed LEB128; the value is exact between -2^53 and 2^53, however padded, and rounded beyond.
   *
   * @throws {FormatError} `truncated`
   */
  sleb(field: string): number {
    let byte = this.view.getUint8(this.take(1, field));
    if (byte < 0x80) return byte < 0x40 ? byte : byte - 0x80;
    let value = byte & 0x7f;
    // The sum of the clear bits: a negative number is small there, while its own bits add up to a rounded sum.
    let inverse = value ^ 0x7f;
    let scale = 128;
    do {
      byte = this.view.getUint8(this.take(1, field));
      const bits = byte & 0x7f;
      if (bits !== 0) value += bits * scale;
      if (bits !== 0x7f) inverse += (bits ^ 0x7f) * scale;
      scale *= 128;
    } while (byte >= 0x80);
    return (byte & 0x40) !== 0 ? -inverse - 1 : value;
  }
}
