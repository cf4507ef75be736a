/**
 * Writes ELF files of both classes and byte orders, without the code under test.
 *
 * @module
 */

/** Class and byte order of what is built. */
export interface ElfForm {
  elfClass: 32 | 64;
  littleEndian: boolean;
}

/** The four forms. */
export const FORMS: readonly ElfForm[] = [
  { elfClass: 64, littleEndian: true },
  { elfClass: 64, littleEndian: false },
  { elfClass: 32, littleEndian: true },
  { elfClass: 32, littleEndian: false },
];

/** A segment: over the bytes of a section of that name, or with bytes of its own. */
export interface SegmentSpec {
  type: number;
  flags?: number;
  address?: number;
  section?: string;
  bytes?: Uint8Array;
  fileSize?: number;
  memorySize?: number;
  offset?: number;
  align?: number;
}

/** A section. */
export interface SectionSpec {
  name: string;
  type: number;
  flags?: number;
  address?: number;
  bytes?: Uint8Array;
  size?: number;
  link?: number;
  info?: number;
  align?: number;
  entrySize?: number;
}

/** A file. Section 0 and `.shstrtab` (the last section) are added if there are sections. */
export interface ElfSpec extends ElfForm {
  type?: number;
  machine?: number;
  osAbi?: number;
  entry?: number;
  flags?: number;
  segments?: SegmentSpec[];
  sections?: SectionSpec[];
  /** What the header says instead of the truth. */
  header?: {
    e_phnum?: number;
    e_phoff?: number;
    e_phentsize?: number;
    e_shnum?: number;
    e_shstrndx?: number;
    e_shoff?: number;
    e_shentsize?: number;
  };
  /** What section header 0 says instead of zeros. */
  first?: { size?: number; link?: number; info?: number };
}

/** Collects fields in one byte order. */
export class Writer {
  private readonly parts: number[] = [];
  private readonly form: ElfForm;

  constructor(form: ElfForm) {
    this.form = form;
  }

  get size(): number {
    return this.parts.length;
  }

  number(value: number, size: number): this {
    let rest = BigInt.asUintN(8 * size, BigInt(value));
    const bytes: number[] = [];
    for (let i = 0; i < size; i++) {
      bytes.push(Number(rest & 255n));
      rest >>= 8n;
    }
    if (!this.form.littleEndian) bytes.reverse();
    this.parts.push(...bytes);
    return this;
  }

  u8(value: number): this {
    return this.number(value, 1);
  }

  u16(value: number): this {
    return this.number(value, 2);
  }

  u32(value: number): this {
    return this.number(value, 4);
  }

  /** A field that is as wide as the class. */
  word(value: number): this {
    return this.number(value, this.form.elfClass / 8);
  }

  raw(bytes: Uint8Array | number[]): this {
    for (const byte of bytes) this.parts.push(byte);
    return this;
  }

  text(text: string): this {
    return this.raw(new TextEncoder().encode(text)).u8(0);
  }

  align(to: number): this {
    while (this.parts.length % to !== 0) this.parts.push(0);
    return this;
  }

  bytes(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.parts);
  }
}

/** Builds the file: header, program headers, bytes, section headers. */
export function buildElf(spec: ElfSpec): Uint8Array<ArrayBuffer> {
  const wide = spec.elfClass === 64;
  const headerSize = wide ? 64 : 52;
  const segments = spec.segments ?? [];
  const sections = placeNames(spec.sections);
  const stride = spec.header?.e_phentsize ?? (wide ? 56 : 32);
  const body = new Writer(spec);
  const bodyOffset = headerSize + segments.length * stride;
  body.raw(new Uint8Array((16 - (bodyOffset % 16)) % 16));
  const put = (bytes: Uint8Array | undefined) => {
    body.align(4);
    const offset = bodyOffset + body.size;
    body.raw(bytes ?? []);
    return offset;
  };
  const offsets = sections.map(({ spec }) => put(spec.bytes));
  const segmentOffsets = segments.map((segment) => {
    if (segment.offset !== undefined) return segment.offset;
    if (segment.section === undefined) return put(segment.bytes);
    return offsets[sections.findIndex((s) => s.spec.name === segment.section)]!;
  });
  body.align(8);
  const file = new Writer(spec);
  writeHeader(file, spec, sections.length, bodyOffset + body.size);
  segments.forEach((segment, i) => {
    const inSection = sections.find((s) => s.spec.name === segment.section);
    const bytes = segment.bytes ?? inSection?.spec.bytes;
    writeSegment(file, spec, segment, segmentOffsets[i]!, bytes?.length ?? 0);
    file.raw(new Uint8Array(stride - (wide ? 56 : 32)));
  });
  file.raw(body.bytes());
  sections.forEach((section, i) => {
    writeSection(file, spec, section, offsets[i]!, i === 0);
  });
  return file.bytes();
}

interface NamedSection {
  spec: SectionSpec;
  nameOffset: number;
}

function placeNames(sections: SectionSpec[] | undefined): NamedSection[] {
  if (sections === undefined) return [];
  const all = [{ name: "", type: 0 }, ...sections, {
    name: ".shstrtab",
    type: 3,
    bytes: new Uint8Array(0),
  }];
  const names = new Writer(FORMS[0]!);
  const placed = all.map((spec) => {
    const nameOffset = names.size;
    names.text(spec.name);
    return { spec: { ...spec }, nameOffset };
  });
  placed.at(-1)!.spec.bytes = names.bytes();
  return placed;
}

function writeHeader(
  file: Writer,
  spec: ElfSpec,
  sectionCount: number,
  sectionsOffset: number,
): void {
  const wide = spec.elfClass === 64;
  const count = spec.segments?.length ?? 0;
  const headerSize = wide ? 64 : 52;
  file.raw([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, spec.littleEndian ? 1 : 2])
    .raw([1, spec.osAbi ?? 0, 0, 0, 0, 0, 0, 0, 0, 0])
    .u16(spec.type ?? 3).u16(spec.machine ?? 62).u32(1)
    .word(spec.entry ?? 0)
    .word(spec.header?.e_phoff ?? (count > 0 ? headerSize : 0))
    .word(spec.header?.e_shoff ?? (sectionCount > 0 ? sectionsOffset : 0))
    .u32(spec.flags ?? 0).u16(headerSize)
    .u16(spec.header?.e_phentsize ?? (wide ? 56 : 32))
    .u16(spec.header?.e_phnum ?? count)
    .u16(spec.header?.e_shentsize ?? (wide ? 64 : 40))
    .u16(spec.header?.e_shnum ?? sectionCount)
    .u16(spec.header?.e_shstrndx ?? Math.max(0, sectionCount - 1));
}

function writeSegment(
  file: Writer,
  form: ElfForm,
  segment: SegmentSpec,
  offset: number,
  size: number,
): void {
  const address = segment.address ?? 0;
  const fileSize = segment.fileSize ?? size;
  const flags = segment.flags ?? 4;
  file.u32(segment.type);
  if (form.elfClass === 64) file.u32(flags);
  file.word(offset).word(address).word(0x7777).word(fileSize)
    .word(segment.memorySize ?? fileSize);
  if (form.elfClass === 32) file.u32(flags);
  file.word(segment.align ?? 4);
}

function writeSection(
  file: Writer,
  spec: ElfSpec,
  { spec: section, nameOffset }: NamedSection,
  offset: number,
  isFirst: boolean,
): void {
  const first = isFirst ? spec.first : undefined;
  file.u32(nameOffset).u32(section.type).word(section.flags ?? 0)
    .word(section.address ?? 0).word(isFirst ? 0 : offset)
    .word(first?.size ?? section.size ?? section.bytes?.length ?? 0)
    .u32(first?.link ?? section.link ?? 0)
    .u32(first?.info ?? section.info ?? 0)
    .word(section.align ?? 1).word(section.entrySize ?? 0);
}

/** One note with its padding. */
export function buildNote(
  form: ElfForm,
  name: string,
  type: number,
  desc: Uint8Array | number[],
  align = 4,
): Uint8Array<ArrayBuffer> {
  return new Writer(form).u32(name === "" ? 0 : name.length + 1)
    .u32(desc.length).u32(type)
    .raw(name === "" ? [] : new TextEncoder().encode(name + "\0"))
    .align(align).raw(desc).align(align).bytes();
}

/** One symbol. */
export interface SymbolSpec {
  name: string;
  value: number;
  size?: number;
  /** 0 NOTYPE, 1 OBJECT, 2 FUNC … */
  type?: number;
  /** 0 LOCAL, 1 GLOBAL, 2 WEAK. */
  binding?: number;
  section?: number;
}

/** A symbol table with its names; symbol 0 is added. */
export function buildSymbols(
  form: ElfForm,
  symbols: readonly SymbolSpec[],
): { symbols: Uint8Array<ArrayBuffer>; strings: Uint8Array<ArrayBuffer> } {
  const table = new Writer(form);
  const names = new Writer(form).u8(0);
  for (const symbol of [{ name: "", value: 0, section: 0 }, ...symbols]) {
    const { value, size = 0, type = 2, binding = 1, section = 1 } =
      symbol as SymbolSpec;
    const isNull = table.size === 0;
    const info = isNull ? 0 : binding * 16 + type;
    table.u32(symbol.name === "" ? 0 : names.size);
    if (symbol.name !== "") names.text(symbol.name);
    if (form.elfClass === 64) {
      table.u8(info).u8(0).u16(section).word(value).word(size);
    } else table.word(value).word(size).u8(info).u8(0).u16(section);
  }
  return { symbols: table.bytes(), strings: names.bytes() };
}
