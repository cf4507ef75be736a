/**
 * Forms: how the values of attributes are encoded.
 *
 * Source: DWARF 5 section 7.5.6.
 *
 * @module
 */
import type { Cursor } from "../base/cursor.ts";
import { UnsupportedError } from "../base/error.ts";
import { DWARF, FORM } from "./constants.ts";

/** What of a unit decides the sizes of its values. */
export interface UnitShape {
  /** Version of the standard: 2 to 5. */
  readonly version: number;
  /** Size of an address in bytes: 4 or 8. */
  readonly addressSize: number;
  /** Size of an offset in bytes: 4, or 8 in the 64-bit format. */
  readonly offsetSize: number;
}

/** Sizes of values that are not fixed, as {@linkcode formSize} tells them. */
export const Variable = {
  /** A LEB128. */
  LEB: -1,
  /** A string with its NUL. */
  STRING: -2,
  /** A block behind a size of one byte. */
  BLOCK1: -3,
  /** A block behind a size of two bytes. */
  BLOCK2: -4,
  /** A block behind a size of four bytes. */
  BLOCK4: -5,
  /** A block behind a size in LEB128. */
  BLOCK: -6,
  /** The form itself stands in front of the value. */
  INDIRECT: -7,
} as const;

const ADDRESS = 100;
const OFFSET = 101;
const UNKNOWN = 127;
const SIZES: Int8Array = new Int8Array(0x30).fill(UNKNOWN);
for (
  const [size, forms] of [
    [0, [FORM.FLAG_PRESENT, FORM.IMPLICIT_CONST]],
    [1, [FORM.DATA1, FORM.FLAG, FORM.REF1, FORM.STRX1, FORM.ADDRX1]],
    [2, [FORM.DATA2, FORM.REF2, FORM.STRX2, FORM.ADDRX2]],
    [3, [FORM.STRX3, FORM.ADDRX3]],
    [4, [FORM.DATA4, FORM.REF4, FORM.STRX4, FORM.ADDRX4, FORM.REF_SUP4]],
    [8, [FORM.DATA8, FORM.REF8, FORM.REF_SIG8, FORM.REF_SUP8]],
    [16, [FORM.DATA16]],
    [ADDRESS, [FORM.ADDR]],
    [OFFSET, [FORM.STRP, FORM.REF_ADDR, FORM.SEC_OFFSET]],
    [OFFSET, [FORM.LINE_STRP, FORM.STRP_SUP]],
    [Variable.LEB, [FORM.SDATA, FORM.UDATA, FORM.REF_UDATA, FORM.STRX]],
    [Variable.LEB, [FORM.ADDRX, FORM.LOCLISTX, FORM.RNGLISTX]],
    [Variable.STRING, [FORM.STRING]],
    [Variable.BLOCK1, [FORM.BLOCK1]],
    [Variable.BLOCK2, [FORM.BLOCK2]],
    [Variable.BLOCK4, [FORM.BLOCK4]],
    [Variable.BLOCK, [FORM.BLOCK, FORM.EXPRLOC]],
    [Variable.INDIRECT, [FORM.INDIRECT]],
  ] as const
) {
  for (const form of forms) SIZES[form] = size;
}

/**
 * Size of a form's values in bytes, or one of {@linkcode Variable}.
 *
 * @param offset Where the form stands, for the error.
 * @throws {FormatError} `unsupported` for a form that is not known: what follows it cannot be found
 */
export function formSize(
  form: number,
  shape: UnitShape,
  offset: number,
): number {
  switch (form) {
    case FORM.REF_ADDR:
      return shape.version <= 2 ? shape.addressSize : shape.offsetSize;
    case FORM.GNU_REF_ALT:
    case FORM.GNU_STRP_ALT:
      return shape.offsetSize;
    case FORM.GNU_ADDR_INDEX:
    case FORM.GNU_STR_INDEX:
      return Variable.LEB;
  }
  const size = SIZES[form] ?? UNKNOWN;
  if (size === UNKNOWN) {
    throw new UnsupportedError(DWARF, "form", offset, form, "a known form");
  }
  return size === ADDRESS
    ? shape.addressSize
    : size === OFFSET
    ? shape.offsetSize
    : size;
}

/**
 * Reads one value and moves behind it.
 *
 * @returns Numbers and offsets as they are, addresses in signed canonical form; of strings, blocks and 16-byte values
 * the offset at which they start in the cursor's bytes (of blocks the size before them).
 * @throws {FormatError} `truncated`, `unsupported`
 */
export function readForm(
  cursor: Cursor,
  form: number,
  shape: UnitShape,
): number {
  const size = formSize(form, shape, cursor.offset);
  if (size < 0) return readVariable(cursor, size, form);
  switch (size) {
    case 0:
      return 1;
    case 1:
      return cursor.u8("value");
    case 2:
      return cursor.u16("value");
    case 3:
      return readUint24(cursor);
    case 4:
      return cursor.u32("value");
    case 8:
      return cursor.i64("value");
    default:
      return cursor.take(size, "value");
  }
}

function readUint24(cursor: Cursor): number {
  const at = cursor.take(3, "value");
  const { view, littleEndian } = cursor;
  return littleEndian
    ? view.getUint16(at, true) + view.getUint8(at + 2) * 0x1_0000
    : view.getUint16(at, false) * 0x100 + view.getUint8(at + 2);
}

function readVariable(cursor: Cursor, kind: number, form: number): number {
  if (kind === Variable.LEB) {
    return form === FORM.SDATA ? cursor.sleb("value") : cursor.uleb("value");
  }
  const start = cursor.offset;
  skipVariable(cursor, kind);
  return start;
}

/** Moves behind a string or a block. @throws {FormatError} `truncated` */
export function skipVariable(cursor: Cursor, kind: number): void {
  switch (kind) {
    case Variable.LEB:
      while (cursor.u8("LEB128") >= 0x80);
      return;
    case Variable.STRING:
      while (cursor.u8("string") !== 0);
      return;
    case Variable.BLOCK1:
      cursor.take(cursor.u8("block size"), "block");
      return;
    case Variable.BLOCK2:
      cursor.take(cursor.u16("block size"), "block");
      return;
    case Variable.BLOCK4:
      cursor.take(cursor.u32("block size"), "block");
      return;
    default:
      cursor.take(cursor.uleb("block size"), "block");
  }
}

/** Whether values of this form are addresses or indexes of addresses. */
export function isAddressForm(form: number): boolean {
  return form === FORM.ADDR || isAddressIndex(form);
}

/** Whether values of this form are indexes into `.debug_addr`. */
export function isAddressIndex(form: number): boolean {
  return form === FORM.ADDRX || form === FORM.GNU_ADDR_INDEX ||
    (form >= FORM.ADDRX1 && form <= FORM.ADDRX4);
}

/** Whether values of this form are indexes into `.debug_str_offsets`. */
export function isStringIndex(form: number): boolean {
  return form === FORM.STRX || form === FORM.GNU_STR_INDEX ||
    (form >= FORM.STRX1 && form <= FORM.STRX4);
}
