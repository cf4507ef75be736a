/**
 * Fixed-size structures from one table of fields: decode, encode, size.
 *
 * Meant for headers that are read once per file. Tables and rows are read straight from a `DataView`.
 *
 * @module
 */
import type { Parser } from "./parser.ts";
import { readInt64, readSafeUint64, writeInt64 } from "./address.ts";
import { TruncatedError } from "./error.ts";
import { viewOf } from "./byte_source.ts";

/** Kind of a field. `u64` is a size or count (below 2^53), `i64` an address in signed canonical form. */
export type FieldKind =
  | "u8"
  | "i8"
  | "u16"
  | "i16"
  | "u32"
  | "i32"
  | "u64"
  | "i64";

/** Name and kind of a field; a number in place of the kind is that many bytes of padding. */
export type Field = readonly [name: string, kind: FieldKind | number];

/** The decoded values by name; padding is left out. */
export type StructValue<F extends readonly Field[]> = {
  [K in F[number] as K[1] extends FieldKind ? K[0] : never]: number;
};

const SIZES: Record<FieldKind, number> = {
  u8: 1,
  i8: 1,
  u16: 2,
  i16: 2,
  u32: 4,
  i32: 4,
  u64: 8,
  i64: 8,
};
const SIGNED: readonly FieldKind[] = ["i8", "i16", "i32"];

/**
 * Decodes before a parser is compiled. Loading the package and compiling take as long as some hundred decodes without,
 * and start-up of a command that reads five headers would wait for them: some milliseconds, and about 1 MiB.
 */
const DECODES_BEFORE_COMPILING = 100;

/** In a variable, so that it is no part of the graph of modules that is built, with its package, at start-up. */
const PARSER_MODULE = "./parser.ts";

interface PlacedField {
  name: string;
  kind: FieldKind;
  offset: number;
}

type RawParser = { parse(bytes: Uint8Array): Record<string, number> };

/** A structure's layout, made from its table of fields. Fields follow each other without gaps. */
export class Struct<const F extends readonly Field[]> {
  /** Size in bytes, padding included. */
  readonly size: number;
  private readonly format: string;
  private readonly name: string;
  private readonly fields: readonly PlacedField[];
  private parsers: [big: RawParser | undefined, little: RawParser | undefined] =
    [undefined, undefined];
  private decodeCount = 0;
  /** Makes parsers, once it is loaded. */
  private makeEmpty: (() => Parser) | undefined = undefined;
  private loading: Promise<boolean> | undefined = undefined;

  /** Lays the fields out; `format` and `name` are for errors. */
  constructor(format: string, name: string, fields: F) {
    this.format = format;
    this.name = name;
    const placed: PlacedField[] = [];
    let offset = 0;
    for (const [fieldName, kind] of fields) {
      if (typeof kind !== "number") {
        placed.push({ name: fieldName, kind, offset });
      }
      offset += typeof kind === "number" ? kind : SIZES[kind];
    }
    this.fields = placed;
    this.size = offset;
  }

  /**
   * Decodes the structure at `offset`.
   *
   * @throws {FormatError} `truncated`, or `out-of-bounds` for a `u64` of 2^53 or more.
   */
  decode(
    bytes: Uint8Array,
    offset: number,
    littleEndian: boolean,
  ): StructValue<F> {
    this.check(bytes, offset);
    if (++this.decodeCount === DECODES_BEFORE_COMPILING) void this.compile();
    const parser = this.parserOf(littleEndian);
    if (parser === undefined) {
      return this.decodeDirectly(bytes, offset, littleEndian);
    }
    const raw = parser.parse(bytes.subarray(offset, offset + this.size));
    const view = viewOf(bytes);
    const value: Record<string, number> = {};
    for (const field of this.fields) {
      const wide = SIZES[field.kind] === 8;
      value[field.name] = wide
        ? this.readWide(view, offset, field, littleEndian)
        : raw[field.name]!;
    }
    return value as StructValue<F>;
  }

  /**
   * As {@linkcode Struct.decode}, without compiling a parser: for pages whose policy forbids `new Function`.
   *
   * @throws {FormatError} As `decode`.
   */
  decodeDirectly(
    bytes: Uint8Array,
    offset: number,
    littleEndian: boolean,
  ): StructValue<F> {
    this.check(bytes, offset);
    const view = viewOf(bytes);
    const value: Record<string, number> = {};
    for (const field of this.fields) {
      value[field.name] = this.readField(view, offset, field, littleEndian);
    }
    return value as StructValue<F>;
  }

  /**
   * Loads what compiles parsers, which {@linkcode Struct.decode} uses from then on; without this call it begins to do so
   * after a hundred structures.
   *
   * @returns Whether parsers can be compiled here.
   */
  compile(): Promise<boolean> {
    return this.loading ??= this.load();
  }

  /** Encodes `value`; padding is zero. */
  encode(
    value: StructValue<F>,
    littleEndian: boolean,
  ): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.size);
    const view = viewOf(bytes);
    for (const { name, kind, offset } of this.fields) {
      const number = (value as Record<string, number>)[name]!;
      if (SIZES[kind] === 8) writeInt64(view, offset, number, littleEndian);
      else if (SIZES[kind] === 4) view.setUint32(offset, number, littleEndian);
      else if (SIZES[kind] === 2) view.setUint16(offset, number, littleEndian);
      else view.setUint8(offset, number);
    }
    return bytes;
  }

  private check(bytes: Uint8Array, offset: number): void {
    if (!(offset >= 0) || offset + this.size > bytes.length) {
      throw new TruncatedError(
        this.format,
        this.name,
        offset,
        this.size,
        bytes.length - offset,
      );
    }
  }

  private async load(): Promise<boolean> {
    try {
      const { Parser }: typeof import("./parser.ts") = await import(
        PARSER_MODULE
      );
      this.makeEmpty = () => new Parser();
    } catch {
      return false; // it is not to be had here
    }
    return this.parserOf(true) !== undefined;
  }

  private parserOf(littleEndian: boolean): RawParser | undefined {
    if (this.makeEmpty === undefined) return undefined;
    const slot = littleEndian ? 1 : 0;
    try {
      return this.parsers[slot] ??= this.makeParser(
        this.makeEmpty(),
        littleEndian,
      );
    } catch {
      this.makeEmpty = undefined; // EvalError: the page's policy forbids it
      return undefined;
    }
  }

  private makeParser(empty: Parser, littleEndian: boolean): RawParser {
    let parser = empty.endianness(littleEndian ? "little" : "big");
    let at = 0;
    for (const { name, kind, offset } of this.fields) {
      if (offset > at) parser = parser.seek(offset - at);
      at = offset + SIZES[kind];
      // 64-bit fields come as bigint from the package: skipped here, read as Numbers beside it.
      if (SIZES[kind] === 8) parser = parser.seek(8);
      else if (SIZES[kind] === 4) {
        parser = kind === "i32" ? parser.int32(name) : parser.uint32(name);
      } else if (SIZES[kind] === 2) {
        parser = kind === "i16" ? parser.int16(name) : parser.uint16(name);
      } else parser = kind === "i8" ? parser.int8(name) : parser.uint8(name);
    }
    const made = parser as unknown as RawParser & { compile(): void };
    made.compile();
    return made;
  }

  private readWide(
    view: DataView,
    base: number,
    field: PlacedField,
    littleEndian: boolean,
  ): number {
    const at = base + field.offset;
    return field.kind === "i64"
      ? readInt64(view, at, littleEndian)
      : readSafeUint64(view, at, littleEndian, this.format, field.name);
  }

  private readField(
    view: DataView,
    base: number,
    field: PlacedField,
    littleEndian: boolean,
  ): number {
    const at = base + field.offset;
    const signed = SIGNED.includes(field.kind);
    switch (SIZES[field.kind]) {
      case 8:
        return this.readWide(view, base, field, littleEndian);
      case 4:
        return signed
          ? view.getInt32(at, littleEndian)
          : view.getUint32(at, littleEndian);
      case 2:
        return signed
          ? view.getInt16(at, littleEndian)
          : view.getUint16(at, littleEndian);
      default:
        return signed ? view.getInt8(at) : view.getUint8(at);
    }
  }
}
