/**
 * Writing a decoded section again, byte by byte.
 *
 * @module
 */
import { viewOf } from "../base/byte_source.ts";
import { writeInt64 } from "../base/address.ts";
import { Struct } from "../base/struct.ts";
import {
  ATTRIBUTE_SIZE,
  FDE_SIZES,
  FORMAT,
  HEADER_FIELDS,
  HEADER_SIZE,
  SFRAME_MAGIC,
} from "./constants.ts";
import type { SFrameFunction, SFrameSection } from "./decoded.ts";
import { functionsOffset, rowsOffset, type SFrameHeader } from "./header.ts";

const HEADER = new Struct(FORMAT, "header", HEADER_FIELDS);

/**
 * Encodes a section as it stands: raw fields are written, what they mean is not looked at. So every section that gas or
 * ld wrote comes out as the bytes that {@linkcode decodeSFrame} was given, paddings and the order of rows included.
 *
 * Bytes that belong to no function are zero, and of a function with an `error` only the rows that could be decoded are
 * written. To make a section from rules, see {@linkcode buildSFrame}.
 *
 * @throws {RangeError} If the rows of a function lie outside of the header's `freSize`, or the table of functions
 * reaches into the rows.
 *
 * @example
 * ```ts
 * import { decodeSFrame, encodeSFrame } from "@framewalk/framewalk/formats/sframe";
 * const bytes = new Uint8Array([
 *   0xe2, 0xde, 3, 5, 3, 0, 0xf8, 0, 1, 0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0,
 *   0xe4, 0xef, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 4, 0, 0, 0, 0, 0, 0, 0,
 *   1, 0, 0, 0, 0, 0, 3, 8,
 * ]);
 * const again = encodeSFrame(decodeSFrame(bytes, 0x2000));
 * if (again.join() !== bytes.join()) throw new Error("other bytes");
 * ```
 *
 * Source: The SFrame Format, versions 1 to 3.
 */
export function encodeSFrame(
  section: SFrameSection,
): Uint8Array<ArrayBuffer> {
  const { header, functions } = section;
  const table = functionsOffset(header);
  const rows = rowsOffset(header);
  if (table + functions.length * FDE_SIZES[header.version]! > rows) {
    throw new RangeError(
      `Cannot encode ${functions.length} functions in the ${
        rows - table
      } bytes before the rows`,
    );
  }
  const bytes = new Uint8Array(rows + header.freSize + section.paddingSize);
  bytes.set(encodeHeader(header));
  if (section.auxHeader !== undefined) {
    bytes.set(section.auxHeader.subarray(0, header.auxHeaderSize), HEADER_SIZE);
  }
  const view = viewOf(bytes);
  const end = rows + header.freSize;
  for (let i = 0; i < functions.length; i++) {
    const f = functions[i]!;
    writeDescriptor(view, header, table + i * FDE_SIZES[header.version]!, f);
    writeFunctionRows(view, header, rows + f.freOffset, end, f);
  }
  return bytes;
}

/** Encodes sections one after another, as a linker joins them that does not know the format. */
export function encodeSFrameSections(
  sections: readonly SFrameSection[],
): Uint8Array<ArrayBuffer> {
  const parts = sections.map(encodeSFrame);
  const bytes = new Uint8Array(parts.reduce((sum, p) => sum + p.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

/** Encodes a header of 28 bytes, in the byte order that it states. */
export function encodeHeader(header: SFrameHeader): Uint8Array<ArrayBuffer> {
  const { littleEndian, ...fields } = header;
  return HEADER.encode({ magic: SFRAME_MAGIC, ...fields }, littleEndian);
}

/** The fields of a function descriptor and V3's attributes, as they are written. */
export type DescriptorFields = Pick<
  SFrameFunction,
  | "startField"
  | "size"
  | "freOffset"
  | "freCount"
  | "info"
  | "info2"
  | "repSize"
  | "padding"
>;

/** Writes a descriptor at `at`; of V3 only what stands in the table. */
export function writeDescriptor(
  view: DataView,
  { version, littleEndian }: SFrameHeader,
  at: number,
  f: DescriptorFields,
): void {
  if (version === 3) {
    writeInt64(view, at, f.startField, littleEndian);
    view.setUint32(at + 8, f.size, littleEndian);
    view.setUint32(at + 12, f.freOffset, littleEndian);
    return;
  }
  view.setInt32(at, f.startField, littleEndian);
  view.setUint32(at + 4, f.size, littleEndian);
  view.setUint32(at + 8, f.freOffset, littleEndian);
  view.setUint32(at + 12, f.freCount, littleEndian);
  view.setUint8(at + 16, f.info);
  if (version === 1) return;
  view.setUint8(at + 17, f.repSize);
  view.setUint16(at + 18, f.padding, littleEndian);
}

/** Writes V3's attribute record at `at`. */
export function writeAttributes(
  view: DataView,
  littleEndian: boolean,
  at: number,
  f: DescriptorFields,
): void {
  view.setUint16(at, f.freCount, littleEndian);
  view.setUint8(at + 2, f.info);
  view.setUint8(at + 3, f.info2);
  view.setUint8(at + 4, f.repSize);
}

/** Writes a value of 1, 2 or 4 bytes; only its low bits count. */
export function writeWord(
  view: DataView,
  at: number,
  size: number,
  value: number,
  littleEndian: boolean,
): void {
  if (size === 1) view.setInt8(at, value);
  else if (size === 2) view.setInt16(at, value, littleEndian);
  else view.setInt32(at, value, littleEndian);
}

function writeFunctionRows(
  view: DataView,
  { version, littleEndian }: SFrameHeader,
  offset: number,
  end: number,
  f: SFrameFunction,
): void {
  let at = offset;
  if (version === 3) {
    // A function whose record is out of bounds has no attributes to write.
    if (f.error !== undefined && at + ATTRIBUTE_SIZE > end) return;
    checkEnd(at + ATTRIBUTE_SIZE, end, f);
    writeAttributes(view, littleEndian, at, f);
    at += ATTRIBUTE_SIZE;
  }
  for (const { startOffset, info, wordSize, words } of f.rows) {
    const infoOffset = at + f.startSize;
    const next = infoOffset + 1 + words.length * wordSize;
    checkEnd(next, end, f);
    writeWord(view, at, f.startSize, startOffset, littleEndian);
    view.setUint8(infoOffset, info);
    at = infoOffset + 1;
    for (let i = 0; i < words.length; i++, at += wordSize) {
      writeWord(view, at, wordSize, words[i]!, littleEndian);
    }
  }
}

function checkEnd(at: number, end: number, f: SFrameFunction): void {
  if (at <= end) return;
  throw new RangeError(
    `Cannot encode function ${f.index}: its rows end ${
      at - end
    } bytes behind the rows of the section`,
  );
}
