/**
 * Frame description entries.
 *
 * @module
 */
import { Cursor } from "../base/cursor.ts";
import { FormatError, UnsupportedError } from "../base/error.ts";
import type { Cie, CieCache } from "./cie.ts";
import { PointerEncoding } from "./constants.ts";
import { EntryHead, EntryKind } from "./entry.ts";
import { type CfiSection, readFormat } from "./section.ts";

/** A decoded FDE: the range of one function, or of one part of it. */
export interface Fde {
  /** Offset in the section. */
  readonly offset: number;
  /** The CIE that it refers to. */
  readonly cie: Cie;
  /** First pc covered, in the file's own address space. */
  readonly startPc: number;
  /** First pc behind. */
  readonly endPc: number;
  /** Address of the language-specific data; NaN if there is none. */
  readonly lsdaAddress: number;
  /** Offset of the instructions in the section. */
  readonly instructionsOffset: number;
  /** Offset behind the instructions. */
  readonly instructionsEndOffset: number;
}

/**
 * Decodes the FDE at `offset`.
 *
 * | field | size |
 * | --- | --- |
 * | segment selector | as the CIE says; 0 in practice |
 * | initial location | by the CIE's pointer encoding |
 * | address range | by the same format, never relative |
 * | augmentation size and data | ULEB128 + that many, with augmentation `z...` only |
 * | instructions | to the end |
 *
 * @throws {FormatError} `truncated`; `bad-value` if no FDE is there or its range makes no sense; `unsupported` for a start
 * behind a pointer in memory; and whatever its CIE throws.
 *
 * Source: DWARF 5 section 6.4.1; LSB core 5.0 section 10.6.1.2.
 */
export function decodeFde(
  section: CfiSection,
  cies: CieCache,
  offset: number,
): Fde {
  const head = new EntryHead();
  head.read(section, offset);
  if (head.kind !== EntryKind.FDE) {
    throw badFde(section, "CIE_pointer", offset, "an FDE", undefined);
  }
  return decodeFdeBody(section, cies, head);
}

/**
 * As {@linkcode decodeFde} where the head has been read.
 *
 * @throws {FormatError} As `decodeFde`.
 */
export function decodeFdeBody(
  section: CfiSection,
  cies: CieCache,
  head: EntryHead,
): Fde {
  const cie = cies.get(head.cieOffset);
  const cursor = new Cursor(
    section.view,
    section.littleEndian,
    section.format,
    head.bodyOffset,
    head.endOffset,
  );
  cursor.take(cie.segmentSize, "segment_selector");
  const encoding = cie.pointerEncoding;
  if (
    (encoding & PointerEncoding.INDIRECT) !== 0 ||
    (encoding & 0x70) === PointerEncoding.FUNCREL
  ) {
    throw new UnsupportedError(
      section.format,
      "initial_location",
      cursor.offset,
      encoding,
      "an encoding that needs no memory",
    );
  }
  const at = cursor.offset;
  const startPc = section.readPointer(
    cursor,
    encoding,
    cie.addressSize,
    NaN,
    "initial_location",
  );
  const size = readRange(cursor, encoding, cie.addressSize);
  const endPc = startPc + size;
  if (
    !(size >= 0 && Number.isSafeInteger(startPc) && Number.isSafeInteger(endPc))
  ) {
    throw badFde(section, "address_range", at, "a range of addresses", size);
  }
  const lsdaAddress = cie.hasAugmentationData
    ? readLsda(section, cursor, cie, startPc)
    : NaN;
  return {
    offset: head.offset,
    cie,
    startPc,
    endPc,
    lsdaAddress,
    instructionsOffset: cursor.offset,
    instructionsEndOffset: head.endOffset,
  };
}

/** The range is a size: signed formats of 2 and 4 bytes hold it without a sign. */
function readRange(
  cursor: Cursor,
  encoding: number,
  addressSize: number,
): number {
  const format = encoding & 0x0f;
  switch (format) {
    case PointerEncoding.SDATA2:
      return cursor.u16("address_range");
    case PointerEncoding.SDATA4:
      return cursor.u32("address_range");
    default:
      return readFormat(cursor, format, addressSize, "address_range");
  }
}

function readLsda(
  section: CfiSection,
  cursor: Cursor,
  cie: Cie,
  startPc: number,
): number {
  const size = cursor.uleb("augmentation size");
  const at = cursor.take(size, "augmentation data");
  if (cie.lsdaEncoding === PointerEncoding.OMIT || size === 0) return NaN;
  if ((cie.lsdaEncoding & PointerEncoding.INDIRECT) !== 0) return NaN;
  const data = new Cursor(
    section.view,
    section.littleEndian,
    section.format,
    at,
    at + size,
  );
  // A field of zero means "no LSDA" whatever it is relative to.
  const field = readFormat(
    data,
    cie.lsdaEncoding & 0x0f,
    cie.addressSize,
    "LSDA",
  );
  if (field === 0) return NaN;
  data.offset = at;
  return section.readPointer(
    data,
    cie.lsdaEncoding,
    cie.addressSize,
    startPc,
    "LSDA",
  );
}

function badFde(
  section: CfiSection,
  field: string,
  offset: number,
  expected: string,
  value: number | undefined,
): FormatError {
  return new FormatError({
    code: "bad-value",
    format: section.format,
    field,
    offset,
    value: value === undefined || Number.isSafeInteger(value)
      ? value
      : String(value),
    expected,
  });
}
