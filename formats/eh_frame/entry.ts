/**
 * Entries of the section: what CIEs and FDEs have in common, and the way from one to the next.
 *
 * @module
 */
import { Cursor } from "../base/cursor.ts";
import { FormatError, TruncatedError } from "../base/error.ts";
import { readSafeUint64 } from "../base/address.ts";
import type { CfiSection } from "./section.ts";

/** Kinds of entries. */
export const EntryKind = {
  /** A length of zero. */
  TERMINATOR: 0,
  /** Common information entry. */
  CIE: 1,
  /** Frame description entry. */
  FDE: 2,
} as const;

/**
 * The head of an entry, reused from entry to entry.
 *
 * | offset | size | field |
 * | --- | --- | --- |
 * | 0 | 4, or 12 if it starts with 0xffffffff | length: bytes that follow |
 * | +0 | 4; 8 in 64-bit `.debug_frame` | CIE id, or where the FDE's CIE is |
 *
 * Source: DWARF 5 section 6.4.1; LSB core 5.0 section 10.6.1 (where the id has 4 bytes in either form).
 */
export class EntryHead {
  /** A value of {@linkcode EntryKind}. */
  kind: number = EntryKind.TERMINATOR;
  /** Offset of the entry in the section. */
  offset = 0;
  /** Offset behind the head. */
  bodyOffset = 0;
  /** Offset behind the entry. */
  endOffset = 0;
  /** FDE: offset of its CIE; may point anywhere. */
  cieOffset = 0;
  /** Whether the length has the 64-bit form. */
  is64 = false;

  /**
   * Reads the head at `offset`.
   *
   * @throws {FormatError} `truncated` if the entry does not fit in the section; `bad-value` for a reserved length.
   */
  read(section: CfiSection, offset: number): void {
    const cursor = new Cursor(
      section.view,
      section.littleEndian,
      section.format,
      offset,
    );
    this.offset = offset;
    this.is64 = false;
    let length = cursor.u32("length");
    if (length === 0xffff_ffff) {
      this.is64 = true;
      length = readSafeUint64(
        section.view,
        cursor.take(8, "length"),
        section.littleEndian,
        section.format,
        "length",
      );
    } else if (length >= 0xffff_fff0) {
      throw new FormatError({
        code: "bad-value",
        format: section.format,
        field: "length",
        offset,
        value: length,
        expected: "a length that is not reserved",
      });
    }
    if (length > section.size - cursor.offset) {
      throw new TruncatedError(
        section.format,
        "length",
        offset,
        length,
        section.size - cursor.offset,
      );
    }
    cursor.end = this.endOffset = cursor.offset + length;
    if (length === 0) {
      this.kind = EntryKind.TERMINATOR;
      this.bodyOffset = this.endOffset;
    } else this.readId(section, cursor);
  }

  private readId(section: CfiSection, cursor: Cursor): void {
    const at = cursor.offset;
    if (section.isEhFrame) {
      const id = cursor.u32("CIE_pointer");
      this.kind = id === 0 ? EntryKind.CIE : EntryKind.FDE;
      this.cieOffset = at - id;
    } else if (this.is64) {
      const id = cursor.i64("CIE_pointer");
      this.kind = id === -1 ? EntryKind.CIE : EntryKind.FDE;
      this.cieOffset = id;
    } else {
      const id = cursor.u32("CIE_pointer");
      this.kind = id === 0xffff_ffff ? EntryKind.CIE : EntryKind.FDE;
      this.cieOffset = id;
    }
    this.bodyOffset = cursor.offset;
  }
}
