/**
 * Reads of a section by range. Files of debug information have gigabytes: nothing here reads a section whole.
 *
 * @module
 */
import { type ByteSource, viewOf } from "../base/byte_source.ts";
import { Cursor } from "../base/cursor.ts";
import { TruncatedError } from "../base/error.ts";
import { readString } from "../base/string_table.ts";
import { DWARF } from "./constants.ts";

/** Strings and headers are small and near each other: one read serves several. */
const WINDOW_SIZE = 1 << 12;
/** Longest string: names of templates reach tens of kilobytes. What is longer is cut: many entries may share it. */
const MAX_STRING_SIZE = 1 << 16;

const EMPTY: ByteSource = { size: 0, read: () => new Uint8Array(0) };

/** One section of one file. A section that is not there is one of no bytes. */
export class SectionReader {
  /** Name, for errors. */
  readonly name: string;
  /** Size in bytes. */
  readonly size: number;
  /** Byte order. */
  readonly littleEndian: boolean;
  private readonly source: ByteSource;
  private windowStart = 0;
  private window: Uint8Array = new Uint8Array(0);

  /** Reads from `source`. */
  constructor(
    name: string,
    source: ByteSource | undefined,
    littleEndian: boolean,
  ) {
    this.name = name;
    this.source = source ?? EMPTY;
    this.size = this.source.size;
    this.littleEndian = littleEndian;
  }

  /**
   * Reads `length` bytes at `offset`.
   *
   * @throws {FormatError} `truncated` if the section does not have them
   */
  async read(offset: number, length: number): Promise<Uint8Array> {
    const inside = offset >= 0 && length >= 0 && offset + length <= this.size;
    const bytes = inside ? await this.readUpTo(offset, length) : undefined;
    if (bytes === undefined || bytes.length < length) {
      throw new TruncatedError(
        DWARF,
        this.name,
        offset,
        length,
        bytes?.length ?? this.size - offset,
      );
    }
    return bytes;
  }

  /** Reads up to `length` bytes at `offset`: fewer at the end of the section. */
  async readUpTo(offset: number, length: number): Promise<Uint8Array> {
    const size = Math.min(length, this.size - offset);
    if (!(offset >= 0 && size > 0)) return new Uint8Array(0);
    const at = offset - this.windowStart;
    if (at >= 0 && at + size <= this.window.length) {
      return this.window.subarray(at, at + size);
    }
    if (size >= WINDOW_SIZE) return await this.source.read(offset, size);
    this.window = await this.source.read(
      offset,
      Math.min(WINDOW_SIZE, this.size - offset),
    );
    this.windowStart = offset;
    return this.window.subarray(0, size);
  }

  /**
   * A cursor over `length` bytes at `offset`; its offsets count from there.
   *
   * @throws {FormatError} `truncated`
   */
  async cursor(offset: number, length: number): Promise<Cursor> {
    return this.cursorOver(await this.read(offset, length));
  }

  /** A cursor over bytes that were read from here. */
  cursorOver(bytes: Uint8Array): Cursor {
    return new Cursor(viewOf(bytes), this.littleEndian, DWARF);
  }

  /** Reads the NUL-terminated string at `offset`; `undefined` outside the section. */
  async string(offset: number): Promise<string | undefined> {
    if (!(offset >= 0 && offset < this.size)) return undefined;
    for (let length = 256;; length *= 8) {
      const bytes = await this.readUpTo(offset, length);
      const isWhole = bytes.includes(0) || bytes.length < length ||
        length >= MAX_STRING_SIZE;
      if (isWhole) return readString(bytes, 0, MAX_STRING_SIZE);
    }
  }
}
