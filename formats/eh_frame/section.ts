/**
 * The section as all decoders of this folder see it.
 *
 * @module
 */
import type { Cursor } from "../base/cursor.ts";
import { FormatError } from "../base/error.ts";
import { viewOf } from "../base/byte_source.ts";
import { PointerEncoding } from "./constants.ts";
import type { CfiMachine } from "./machine.ts";

/** What must be known beside the bytes. */
export interface CfiOptions {
  /** Byte order. */
  littleEndian: boolean;
  /** Machine, for register numbers and the instructions that only one machine has. */
  machine: CfiMachine;
  /** Address of `.text`, base of `textrel` pointers. Default: 0. */
  textAddress?: number;
  /** Base of `datarel` pointers (the GOT). Default: 0. */
  dataAddress?: number;
  /** The `.eh_frame_hdr` section, whose table spares building one. */
  header?: {
    /** The section's bytes. */
    bytes: Uint8Array;
    /** The section's address in the file's own space. */
    address: number;
  };
}

/** Bytes, address and conventions of one `.eh_frame` or `.debug_frame`. */
export class CfiSection {
  /** The section's bytes. */
  readonly view: DataView;
  /** Size of the section in bytes. */
  readonly size: number;
  /** Address of the section in the file's own space; 0 for `.debug_frame`. */
  readonly address: number;
  /** Whether the conventions of `.eh_frame` hold; otherwise those of `.debug_frame`. */
  readonly isEhFrame: boolean;
  /** What stands in place of the offset of a CIE in a CIE itself, in the 32-bit form. */
  readonly cieId: number;
  /** Name for errors. */
  readonly format: string;
  /** Byte order. */
  readonly littleEndian: boolean;
  /** Machine. */
  readonly machine: CfiMachine;
  private readonly textAddress: number;
  private readonly dataAddress: number;

  /** Wraps the bytes. */
  constructor(
    bytes: Uint8Array,
    address: number,
    isEhFrame: boolean,
    options: CfiOptions,
  ) {
    this.view = viewOf(bytes);
    this.size = bytes.byteLength;
    this.address = address;
    this.isEhFrame = isEhFrame;
    this.cieId = isEhFrame ? 0 : 0xffff_ffff;
    this.format = isEhFrame ? ".eh_frame" : ".debug_frame";
    this.littleEndian = options.littleEndian;
    this.machine = options.machine;
    this.textAddress = options.textAddress ?? 0;
    this.dataAddress = options.dataAddress ?? 0;
  }

  /**
   * Reads an encoded pointer at the cursor. The indirection bit is left to the caller: there is no memory here.
   *
   * @param functionStart Base of `funcrel`; NaN where there is none.
   * @returns The address, or NaN for `omit`, which takes no bytes.
   * @throws {FormatError} `truncated`; `bad-value` for an encoding that does not exist.
   *
   * Source: LSB core 5.0 section 10.5.1.
   */
  readPointer(
    cursor: Cursor,
    encoding: number,
    addressSize: number,
    functionStart: number,
    field: string,
  ): number {
    if (encoding === PointerEncoding.OMIT) return NaN;
    const base = encoding & 0x70;
    if (base === PointerEncoding.ALIGNED) {
      const at = this.address + cursor.offset;
      const rest = ((at % addressSize) + addressSize) % addressSize;
      if (rest !== 0) cursor.take(addressSize - rest, field);
    }
    const at = cursor.offset;
    const value = readFormat(cursor, encoding & 0x0f, addressSize, field);
    switch (base) {
      case PointerEncoding.ABSPTR:
      case PointerEncoding.ALIGNED:
        return value;
      case PointerEncoding.PCREL:
        return value + this.address + at;
      case PointerEncoding.TEXTREL:
        return value + this.textAddress;
      case PointerEncoding.DATAREL:
        return value + this.dataAddress;
      case PointerEncoding.FUNCREL:
        return value + functionStart;
      default:
        throw badEncoding(cursor, encoding, field);
    }
  }
}

/**
 * Reads the number of a pointer encoding's low four bits.
 *
 * @throws {FormatError} `truncated`; `bad-value` for a format that does not exist.
 */
export function readFormat(
  cursor: Cursor,
  format: number,
  addressSize: number,
  field: string,
): number {
  const { view, littleEndian } = cursor;
  switch (format) {
    case PointerEncoding.ABSPTR:
      return addressSize === 8 ? cursor.i64(field) : cursor.u32(field);
    case PointerEncoding.SIGNED:
      return addressSize === 8
        ? cursor.i64(field)
        : view.getInt32(cursor.take(4, field), littleEndian);
    case PointerEncoding.ULEB128:
      return cursor.uleb(field);
    case PointerEncoding.SLEB128:
      return cursor.sleb(field);
    case PointerEncoding.UDATA2:
      return cursor.u16(field);
    case PointerEncoding.UDATA4:
      return cursor.u32(field);
    case PointerEncoding.SDATA2:
      return view.getInt16(cursor.take(2, field), littleEndian);
    case PointerEncoding.SDATA4:
      return view.getInt32(cursor.take(4, field), littleEndian);
    case PointerEncoding.UDATA8:
    case PointerEncoding.SDATA8:
      return cursor.i64(field);
    default:
      throw badEncoding(cursor, format, field);
  }
}

function badEncoding(
  cursor: Cursor,
  encoding: number,
  field: string,
): FormatError {
  return new FormatError({
    code: "bad-value",
    format: cursor.format,
    field,
    offset: cursor.offset,
    value: encoding,
    expected: "a pointer encoding",
  });
}
