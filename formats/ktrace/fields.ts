/**
 * Structures of fixed layout whose 64-bit values are exact: fields after each other, as C lays them out.
 *
 * @module
 */
import { viewOf } from "../base/byte_source.ts";
import { TruncatedError } from "../base/error.ts";
import { KTRACE } from "./constants.ts";
import type { KtraceLayout } from "./header.ts";

/**
 * Kind of a field. `word` and `sword` are an unsigned and a signed `long` as bigint; `align` is the padding that aligns
 * a `long` to 8 bytes and is not there where it has 4; a number is that many bytes.
 */
export type FieldKind =
  | "i16"
  | "u16"
  | "i32"
  | "u32"
  | "word"
  | "sword"
  | "align"
  | number;

/** Name and kind of each field. */
export type Fields = readonly (readonly [name: string, kind: FieldKind])[];

/** Values by name. */
export type FieldValues = Record<string, number | bigint | Uint8Array>;

/** Size of the structure in bytes. */
export function fieldsSize(fields: Fields, layout: KtraceLayout): number {
  return fields.reduce((size, [, kind]) => size + sizeOf(kind, layout), 0);
}

/** Reads the structure at the start of `bytes`. @throws {FormatError} `truncated` */
export function readFields(
  name: string,
  fields: Fields,
  bytes: Uint8Array,
  layout: KtraceLayout,
  baseOffset: number,
): FieldValues {
  const size = fieldsSize(fields, layout);
  if (bytes.length < size) {
    throw new TruncatedError(KTRACE, name, baseOffset, size, bytes.length);
  }
  const view = viewOf(bytes);
  const values: FieldValues = {};
  let offset = 0;
  for (const [field, kind] of fields) {
    values[field] = readField(view, bytes, offset, kind, layout);
    offset += sizeOf(kind, layout);
  }
  return values;
}

/** Writes the structure to the start of `bytes`. */
export function writeFields(
  fields: Fields,
  values: FieldValues,
  bytes: Uint8Array,
  layout: KtraceLayout,
): void {
  const view = viewOf(bytes);
  let offset = 0;
  for (const [field, kind] of fields) {
    writeField(view, bytes, offset, kind, values[field]!, layout);
    offset += sizeOf(kind, layout);
  }
}

function sizeOf(kind: FieldKind, { wordSize }: KtraceLayout): number {
  switch (kind) {
    case "i16":
    case "u16":
      return 2;
    case "i32":
    case "u32":
      return 4;
    case "align":
      return wordSize - 4;
    case "word":
    case "sword":
      return wordSize;
    default:
      return kind;
  }
}

function readField(
  view: DataView,
  bytes: Uint8Array,
  at: number,
  kind: FieldKind,
  { littleEndian, wordSize }: KtraceLayout,
): number | bigint | Uint8Array {
  switch (kind) {
    case "i16":
      return view.getInt16(at, littleEndian);
    case "u16":
      return view.getUint16(at, littleEndian);
    case "i32":
      return view.getInt32(at, littleEndian);
    case "u32":
      return view.getUint32(at, littleEndian);
    case "align":
      return wordSize === 8 ? view.getUint32(at, littleEndian) : 0;
    case "word":
      return wordSize === 8
        ? view.getBigUint64(at, littleEndian)
        : BigInt(view.getUint32(at, littleEndian));
    case "sword":
      return wordSize === 8
        ? view.getBigInt64(at, littleEndian)
        : BigInt(view.getInt32(at, littleEndian));
    default:
      return bytes.slice(at, at + kind);
  }
}

function writeField(
  view: DataView,
  bytes: Uint8Array,
  at: number,
  kind: FieldKind,
  value: number | bigint | Uint8Array,
  { littleEndian, wordSize }: KtraceLayout,
): void {
  switch (kind) {
    case "i16":
    case "u16":
      return view.setInt16(at, value as number, littleEndian);
    case "i32":
    case "u32":
      return view.setInt32(at, value as number, littleEndian);
    case "align":
      if (wordSize === 8) view.setUint32(at, value as number, littleEndian);
      return;
    case "word":
    case "sword":
      return wordSize === 8
        ? view.setBigInt64(at, value as bigint, littleEndian)
        : view.setInt32(
          at,
          Number(BigInt.asIntN(32, value as bigint)),
          littleEndian,
        );
    default:
      bytes.set((value as Uint8Array).subarray(0, kind), at);
  }
}
