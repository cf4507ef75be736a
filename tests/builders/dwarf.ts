/**
 * Debug information byte by byte: entries with attributes in any form, line programs, and the sections that they need.
 *
 * @module
 */
import { BytesSource } from "../../formats/base/byte_source.ts";
import type { DwarfSections } from "../../formats/dwarf/mod.ts";
import { fixed, sleb, uleb } from "./eh_frame.ts";

/** An attribute: its number, its form, the bytes of its value; for `implicit_const` the constant. */
export interface Attribute {
  at: number;
  form: number;
  bytes: readonly number[];
  constant?: number;
}

/** An entry. */
export interface Entry {
  tag: number;
  attributes: Attribute[];
  children?: Entry[];
}

/** What decides the sizes of values. */
export interface Shape {
  version: number;
  littleEndian: boolean;
  offsetSize: 4 | 8;
  addressSize: 4 | 8;
}

/** DWARF 5, little-endian, 32-bit format, 64-bit addresses. */
export const USUAL: Shape = {
  version: 5,
  littleEndian: true,
  offsetSize: 4,
  addressSize: 8,
};

/** Units and sections under construction. */
export class DwarfBuilder {
  readonly shape: Shape;
  /** Content of sections by name; tests may put in what they like. */
  readonly content: Map<string, number[]> = new Map();
  private codes = 0;

  constructor(shape: Partial<Shape> = {}) {
    this.shape = { ...USUAL, ...shape };
  }

  /** A number in the builder's byte order. */
  number(value: number, size: number): number[] {
    return [...fixed(value, size, this.shape.littleEndian)];
  }

  address(value: number): number[] {
    return this.number(value, this.shape.addressSize);
  }

  offset(value: number): number[] {
    return this.number(value, this.shape.offsetSize);
  }

  /** Appends to a section and returns the offset at which it did. */
  append(section: string, bytes: readonly number[]): number {
    const all = this.content.get(section) ?? [];
    this.content.set(section, all);
    const at = all.length;
    for (const byte of bytes) all.push(byte);
    return at;
  }

  /** Puts a length in front. */
  sized(bytes: readonly number[]): number[] {
    const { offsetSize } = this.shape;
    const length = offsetSize === 8
      ? [0xff, 0xff, 0xff, 0xff, ...this.number(bytes.length, 8)]
      : this.number(bytes.length, 4);
    return [...length, ...bytes];
  }

  /** Size of the header that {@linkcode DwarfBuilder.unit} makes: the offset of the root entry. */
  get headerSize(): number {
    const { version, offsetSize } = this.shape;
    return (offsetSize === 8 ? 12 : 4) + 2 + (version >= 5 ? 2 : 1) +
      offsetSize;
  }

  /** Appends a unit to `.debug_info` and its table to `.debug_abbrev`. Returns its offset. */
  unit(root: Entry): number {
    const { version, addressSize } = this.shape;
    const table: number[] = [];
    const body = this.entry(root, table);
    const abbreviations = this.append(".debug_abbrev", [...table, 0]);
    const tail = version >= 5
      ? [1, addressSize, ...this.offset(abbreviations)]
      : [...this.offset(abbreviations), addressSize];
    const bytes = [...this.number(version, 2), ...tail, ...body];
    return this.append(".debug_info", this.sized(bytes));
  }

  /** The sections as the decoder takes them. */
  sections(): DwarfSections {
    return {
      littleEndian: this.shape.littleEndian,
      find: (name) => {
        const bytes = this.content.get(name);
        return bytes && new BytesSource(Uint8Array.from(bytes));
      },
    };
  }

  private entry(entry: Entry, table: number[]): number[] {
    const code = ++this.codes;
    const { tag, attributes, children } = entry;
    table.push(...uleb(code), ...uleb(tag), children === undefined ? 0 : 1);
    for (const { at, form, constant } of attributes) {
      table.push(...uleb(at), ...uleb(form));
      if (constant !== undefined) table.push(...sleb(constant));
    }
    table.push(0, 0);
    const inner = (children ?? []).flatMap((child) => this.entry(child, table));
    return [
      ...uleb(code),
      ...attributes.flatMap(({ bytes }) => [...bytes]),
      ...inner,
      ...(children === undefined ? [] : [0]),
    ];
  }
}

/** A string with its NUL. */
export function text(value: string): number[] {
  return [...new TextEncoder().encode(value), 0];
}

/** What a line program's header has in front of its tables: minimal instruction 1, line base −5, range 14. */
export const LINE_BASE = -5;
/** See {@linkcode LINE_BASE}. */
export const LINE_RANGE = 14;
/** The first special opcode. */
export const OPCODE_BASE = 13;

/** The opcode that advances both and appends a row. */
export function special(addressAdvance: number, lineAdvance: number): number {
  return OPCODE_BASE + (lineAdvance - LINE_BASE) + LINE_RANGE * addressAdvance;
}

/** A line program of the builder's version; `tables` are its directories and files. */
export function lineProgram(
  builder: DwarfBuilder,
  tables: readonly number[],
  program: readonly number[],
): number[] {
  const { version, addressSize } = builder.shape;
  const fields = [
    1,
    ...(version >= 4 ? [1] : []),
    1,
    LINE_BASE & 0xff,
    LINE_RANGE,
    OPCODE_BASE,
    ...[0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1],
    ...tables,
  ];
  return builder.sized([
    ...builder.number(version, 2),
    ...(version >= 5 ? [addressSize, 0] : []),
    ...builder.offset(fields.length),
    ...fields,
    ...program,
  ]);
}
