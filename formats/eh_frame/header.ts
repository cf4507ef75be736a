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
import { type CfiOptions, CfiSection } from "./section.ts";

/** Encodings of table entries that can be searched in place: `datarel` with 4 or 8 signed bytes. */
const TABLE_SDATA4 = PointerEncoding.DATAREL | PointerEncoding.SDATA4;
const TABLE_SDATA8 = PointerEncoding.DATAREL | PointerEncoding.SDATA8;

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
  /** Count of table entries. */
  readonly count: number;
  private readonly view: DataView;
  private readonly littleEndian: boolean;
  private readonly address: number;
  private readonly sectionAddress: number;
  private readonly tableOffset: number;
  private readonly isWide: boolean;

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
    this.tableOffset = cursor.offset;
    if (!(count >= 0) || size > bytes.length - cursor.offset) {
      throw new TruncatedError(
        format,
        "fde_count",
        cursor.offset,
        size,
        bytes.length - cursor.offset,
      );
    }
    this.count = count;
    this.view = own.view;
    this.littleEndian = section.littleEndian;
    this.address = address;
    this.sectionAddress = section.address;
  }

  /**
   * Finds the last function that starts at or before `pc`.
   *
   * @returns Offset that its FDE should have in `.eh_frame`, unchecked; NaN if there is none. O(log n), allocates
   * nothing.
   */
  find(pc: number): number {
    const key = pc - this.address;
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.read(middle * 2) <= key) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return NaN;
    return this.read(low * 2 - 1) + this.address - this.sectionAddress;
  }

  private read(index: number): number {
    if (!this.isWide) {
      return this.view.getInt32(
        this.tableOffset + index * 4,
        this.littleEndian,
      );
    }
    return readInt64(
      this.view,
      this.tableOffset + index * 8,
      this.littleEndian,
    );
  }
}
