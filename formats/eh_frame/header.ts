/**
 * `.eh_frame_hdr`: a sorted table of functions that the linker made.
 *
 * @module
 */
import { readInt64 } from "../base/address.ts";
import { Cursor } from "../base/cursor.ts";
import {
  FormatError,
  TruncatedError,
  UnsupportedError,
} from "../base/error.ts";
import { PointerEncoding } from "./constants.ts";
import { countFdes } from "./fde_index.ts";
import type { PlainFde } from "./plain_fde.ts";
import { type CfiOptions, CfiSection } from "./section.ts";

/** Encodings of table entries that can be searched in place: `datarel` with 4 or 8 signed bytes. */
const TABLE_SDATA4 = PointerEncoding.DATAREL | PointerEncoding.SDATA4;
const TABLE_SDATA8 = PointerEncoding.DATAREL | PointerEncoding.SDATA8;

/** Entries from one that the guide knows to the next. */
const GUIDE_STEP = 64;
/** Distances below this can be subtracted from each other in 32 bits. */
const NEAR = 0x4000_0000;

/**
 * The search table of `.eh_frame_hdr`, searched in place.
 *
 * | offset | size | field |
 * | --- | --- | --- |
 * | 0 | 1 | version: 1 |
 * | 1, 2, 3 | 1 each | encodings of the next two fields and of the table |
 * | 4 | by encoding | address of `.eh_frame` |
 * | ... | by encoding | count of table entries |
 * | ... | 2 x 4 or 2 x 8 each | start of the function, address of its FDE |
 *
 * Source: LSB core 5.0 section 10.6.2.
 */
export class EhFrameHeader {
  private readonly address: number;
  private readonly section: CfiSection;
  /** Count of functions. */
  readonly count: number;
  private readonly view: DataView;
  private readonly tableOffset: number;
  private readonly isWide: boolean;
  /** Whether all starts are, if they ascend as they should, within {@linkcode NEAR} of the header. */
  private readonly isNear: boolean;
  /**
   * Divides the text between the first start and the last into equal buckets: for each the last of every 64th entry
   * that starts at or before its first byte, and one more. It is made before the first search, for 8 bytes per 64
   * entries or less, as the steps that it spares are those whose memory is far apart.
   */
  private guide: Uint32Array | undefined = undefined;
  private guideShift = 0;
  private firstStart = 0;
  private complete: boolean | undefined = undefined;

  /**
   * Checks the header and the table's bounds.
   *
   * @throws {FormatError} `truncated`; `bad-value` if it belongs to another section; `unsupported` for another version
   * or a table that cannot be searched. The table can be done without.
   */
  constructor(
    header: NonNullable<CfiOptions["header"]>,
    section: CfiSection,
  ) {
    const format = ".eh_frame_hdr";
    const { bytes, address } = header;
    const own = new CfiSection(bytes, address, true, {
      littleEndian: section.littleEndian,
      machine: section.machine,
      dataAddress: address,
    });
    const cursor = new Cursor(own.view, section.littleEndian, format);
    const version = cursor.u8("version");
    if (version !== 1) {
      throw new UnsupportedError(format, "version", 0, version, "version 1");
    }
    const frameEncoding = cursor.u8("eh_frame_ptr_enc");
    const countEncoding = cursor.u8("fde_count_enc");
    const tableEncoding = cursor.u8("table_enc");
    if (tableEncoding !== TABLE_SDATA4 && tableEncoding !== TABLE_SDATA8) {
      throw new UnsupportedError(
        format,
        "table_enc",
        3,
        tableEncoding,
        "signed offsets of 4 or 8 bytes from the header",
      );
    }
    const frame = own.readPointer(
      cursor,
      frameEncoding,
      8,
      NaN,
      "eh_frame_ptr",
    );
    if (frame !== section.address) {
      throw new FormatError({
        code: "bad-value",
        format,
        field: "eh_frame_ptr",
        offset: 4,
        value: String(frame),
        expected: "the address of .eh_frame",
      });
    }
    const count = own.readPointer(cursor, countEncoding, 8, NaN, "fde_count");
    this.isWide = tableEncoding === TABLE_SDATA8;
    const size = count * (this.isWide ? 16 : 8);
    if (!(count >= 0) || size > bytes.length - cursor.offset) {
      throw new TruncatedError(
        format,
        "fde_count",
        cursor.offset,
        size,
        bytes.length - cursor.offset,
      );
    }
    this.address = address;
    this.section = section;
    this.count = count;
    this.view = own.view;
    this.tableOffset = cursor.offset;
    this.isNear = !this.isWide && count > 0 && Math.abs(this.read(0)) < NEAR &&
      Math.abs(this.read(count * 2 - 2)) < NEAR;
  }

  /** Index of the last function that starts at or before `pc`; -1 if there is none. O(log n), allocates nothing. */
  find(pc: number): number {
    const key = pc - this.address;
    return this.isNear ? this.searchNear(key) : this.searchWide(key);
  }

  /** Offset that the FDE of a function should have in `.eh_frame`, unchecked. */
  fdeOffset(index: number): number {
    return this.read(index * 2 + 1) + this.address - this.section.address;
  }

  /**
   * Whether functions that are not found here are nowhere in the section: starts ascend, each entry's FDE starts where
   * the entry says and is not empty, and the section has no other FDEs. Looks at all of them, once.
   */
  isComplete(plain: PlainFde): boolean {
    this.complete ??= this.hasTrueEntries(plain) &&
      countFdes(this.section) === this.count;
    return this.complete;
  }

  private hasTrueEntries(plain: PlainFde): boolean {
    const { count, address } = this;
    let previous = -Infinity;
    for (let index = 0; index < count; index++) {
      const start = this.read(index * 2);
      if (
        !(start > previous) || !plain.read(this.fdeOffset(index)) ||
        plain.startPc !== start + address || plain.size === 0
      ) return false;
      previous = start;
    }
    return true;
  }

  /**
   * Index of the last entry that starts at or before `key`; -1 if there is none. In 32 bits and without branches, which
   * nothing could foretell: all ones where the middle is at or before the key.
   */
  private searchNear(key: number): number {
    const { view, section: { littleEndian }, tableOffset, count } = this;
    const guide = this.guide ??= this.buildGuide();
    const near = Math.max(-NEAR, Math.min(NEAR, Math.floor(key))) | 0;
    let low = 0;
    let left = count;
    if (guide.length > 0) {
      const distance = near - this.firstStart;
      if (!(distance >= 0)) return -1;
      const bucket = Math.min(distance >> this.guideShift, guide.length - 2);
      low = guide[bucket]! * GUIDE_STEP;
      left = Math.min(count, (guide[bucket + 1]! + 1) * GUIDE_STEP) - low;
    }
    while (left > 1) {
      const half = left >>> 1;
      const at = tableOffset + (low + half) * 8;
      const distance = (near - view.getInt32(at, littleEndian)) | 0;
      low += half & ~(distance >> 31);
      left -= half;
    }
    return this.read(low * 2) <= key ? low : -1;
  }

  /** Makes none where starts do not ascend. */
  private buildGuide(): Uint32Array {
    const none = new Uint32Array(0);
    const last = Math.floor((this.count - 1) / GUIDE_STEP);
    this.firstStart = this.read(0);
    const span = this.read(last * GUIDE_STEP * 2) - this.firstStart;
    let shift = 0;
    while (span / 2 ** shift > last) shift++;
    const size = 2 ** shift;
    if (!(last > 0 && span > 0)) return none;
    const guide = new Uint32Array(Math.floor(span / size) + 2);
    let bucket = 0;
    let previous = 0;
    for (let sample = 1; sample <= last; sample++) {
      const distance = this.read(sample * GUIDE_STEP * 2) - this.firstStart;
      if (distance < previous || distance > span) return none;
      previous = distance;
      while (bucket * size < distance) guide[bucket++] = sample - 1;
    }
    this.guideShift = shift;
    return guide.fill(last, bucket);
  }

  private searchWide(key: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.read(middle * 2) <= key) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  private read(index: number): number {
    const { view, section: { littleEndian }, tableOffset } = this;
    return this.isWide
      ? readInt64(view, tableOffset + index * 8, littleEndian)
      : view.getInt32(tableOffset + index * 4, littleEndian);
  }
}
