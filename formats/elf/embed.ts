/**
 * Putting an `.sframe` section into a finished executable or shared object.
 *
 * @module
 */
import { writeInt64 } from "../base/address.ts";
import { viewOf } from "../base/byte_source.ts";
import { PF, PT, SHF, SHT } from "./constants.ts";
import {
  ADDED_SEGMENT_COUNT,
  alignUp,
  type EmbedPlan,
  PROGRAM_HEADER_SIZE,
  SECTION_HEADER_SIZE,
} from "./embed_plan.ts";
import { writeEmbedRecord } from "./embed_record.ts";
import type { ElfSection } from "./sections.ts";

const SFRAME_ALIGNMENT = 8;
const SECTION_NAME = ".sframe";
const NAMES_NAME = ".shstrtab";

/** A segment or a section as it is written. */
interface Range {
  offset: number;
  address: number;
  size: number;
}

/**
 * Adds `section` to the file of `plan`: a section header `.sframe`, a read-only segment that is loaded, and
 * `PT_GNU_SFRAME`.
 *
 * Behind the old bytes, of which only the ELF header changes, come: zeros, the record for {@linkcode stripSFrame}, and
 * from a fresh page on the program headers and the section, which are the new segment; then section names and section
 * headers, with `.sframe` as the last section, so that no section changes its number.
 *
 * @param section The section, made for `plan.address`.
 * @returns The new file.
 *
 * @example Embedding a section made for its place
 * ```ts
 * import { embedSFrame, planEmbedding, stripSFrame } from "@framewalk/framewalk/formats/elf";
 *
 * async function embed(file: Uint8Array, make: (address: number) => Uint8Array) {
 *   const plan = await planEmbedding(file);
 *   const embedded = embedSFrame(plan, make(plan.address));
 *   console.log(stripSFrame(embedded).length === file.length); // true
 *   return embedded;
 * }
 * ```
 *
 * Source: gABI 4.3, chapters 4 and 5; the SFrame Format, "SFrame Section".
 */
export function embedSFrame(
  plan: EmbedPlan,
  section: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const { bytes, elf } = plan;
  const { littleEndian } = elf.header;
  const table = layOutSections(plan, section.length);
  const file = new Uint8Array(
    table.headersOffset + table.count * SECTION_HEADER_SIZE,
  );
  file.set(bytes);
  file.set(section, plan.offset);
  file.set(table.names, table.namesOffset);
  const writer = new HeaderWriter(file, littleEndian);
  writeSegments(writer, plan, section.length);
  writeSections(writer, plan, table, section.length);
  const view = viewOf(file);
  writeInt64(view, 32, plan.segmentOffset, littleEndian);
  writeInt64(view, 40, table.headersOffset, littleEndian);
  view.setUint16(
    56,
    elf.segments.count + ADDED_SEGMENT_COUNT,
    littleEndian,
  );
  view.setUint16(58, SECTION_HEADER_SIZE, littleEndian);
  view.setUint16(60, table.count, littleEndian);
  view.setUint16(62, table.namesIndex, littleEndian);
  writeEmbedRecord(file, plan.segmentOffset, bytes);
  return file;
}

/** The new section table. */
interface SectionTable {
  /** All section names: the old ones and the new. */
  names: Uint8Array;
  namesOffset: number;
  /** Number of the section with the names. */
  namesIndex: number;
  sframeNameOffset: number;
  namesNameOffset: number;
  headersOffset: number;
  /** Number of section headers. */
  count: number;
}

function layOutSections(plan: EmbedPlan, sectionSize: number): SectionTable {
  const { bytes, sections } = plan;
  const old = findNames(plan);
  const before = old === undefined
    ? new Uint8Array(1)
    : bytes.subarray(old.offset, old.offset + old.size);
  const added = new TextEncoder().encode(
    `\0${SECTION_NAME}\0` + (old === undefined ? `${NAMES_NAME}\0` : ""),
  );
  const names = new Uint8Array(before.length + added.length);
  names.set(before);
  // The NUL in front ends an old table that was cut off within a name.
  names.set(added, before.length);
  const oldCount = Math.max(1, sections.length);
  const namesOffset = plan.offset + sectionSize;
  return {
    names,
    namesOffset,
    namesIndex: old?.index ?? oldCount,
    sframeNameOffset: before.length + 1,
    namesNameOffset: before.length + SECTION_NAME.length + 2,
    headersOffset: alignUp(namesOffset + names.length, 8),
    count: oldCount + (old === undefined ? 2 : 1),
  };
}

/** The section with the names, if the file has one. */
function findNames({ elf, sections }: EmbedPlan): ElfSection | undefined {
  const { sectionNamesIndex } = elf.header;
  const names = sections[
    sectionNamesIndex >= 0xff00 ? sections[0]?.link ?? 0 : sectionNamesIndex
  ];
  return names === undefined || names.index === 0 || names.type === SHT.NOBITS
    ? undefined
    : names;
}

/** The old program headers, with `PT_PHDR` at their new place, and the new ones. */
function writeSegments(
  writer: HeaderWriter,
  plan: EmbedPlan,
  sectionSize: number,
): void {
  const { elf, bytes, segmentOffset, segmentAddress } = plan;
  const { segments, header } = elf;
  const size = (segments.count + ADDED_SEGMENT_COUNT) * PROGRAM_HEADER_SIZE;
  const table = { offset: segmentOffset, address: segmentAddress, size };
  for (let i = 0; i < segments.count; i++) {
    const from = header.programHeaderOffset + i * PROGRAM_HEADER_SIZE;
    const at = segmentOffset + i * PROGRAM_HEADER_SIZE;
    writer.file.set(bytes.subarray(from, from + PROGRAM_HEADER_SIZE), at);
    if (segments.types[i] === PT.PHDR) {
      writer.segment(at, PT.PHDR, segments.flags[i]!, table, 8);
    }
  }
  let at = segmentOffset + segments.count * PROGRAM_HEADER_SIZE;
  const section = {
    offset: plan.offset,
    address: plan.address,
    size: sectionSize,
  };
  writer.segment(at, PT.GNU_SFRAME, PF.R, section, SFRAME_ALIGNMENT);
  at += PROGRAM_HEADER_SIZE;
  const all = { ...table, size: size + sectionSize };
  writer.segment(at, PT.LOAD, PF.R, all, plan.pageSize);
}

function writeSections(
  writer: HeaderWriter,
  { bytes, sections, elf, offset, address }: EmbedPlan,
  table: SectionTable,
  size: number,
): void {
  const { sectionHeaderOffset } = elf.header;
  const { headersOffset, namesIndex, count } = table;
  const oldSize = sections.length * SECTION_HEADER_SIZE;
  writer.file.set(
    bytes.subarray(sectionHeaderOffset, sectionHeaderOffset + oldSize),
    headersOffset,
  );
  const names = headersOffset + namesIndex * SECTION_HEADER_SIZE;
  if (namesIndex >= sections.length) {
    writer.section(names, table.namesNameOffset, SHT.STRTAB, 0, 1);
  }
  writer.sectionPlace(names, {
    offset: table.namesOffset,
    address: 0,
    size: table.names.length,
  });
  const at = headersOffset + (count - 1) * SECTION_HEADER_SIZE;
  writer.section(
    at,
    table.sframeNameOffset,
    SHT.GNU_SFRAME,
    SHF.ALLOC,
    SFRAME_ALIGNMENT,
  );
  writer.sectionPlace(at, { offset, address, size });
}

/** Writes 64-bit program and section headers. */
class HeaderWriter {
  readonly file: Uint8Array;
  private readonly view: DataView;
  private readonly littleEndian: boolean;

  constructor(file: Uint8Array, littleEndian: boolean) {
    this.file = file;
    this.view = viewOf(file);
    this.littleEndian = littleEndian;
  }

  segment(
    at: number,
    type: number,
    flags: number,
    { offset, address, size }: Range,
    alignment: number,
  ): void {
    this.view.setUint32(at, type, this.littleEndian);
    this.view.setUint32(at + 4, flags, this.littleEndian);
    this.word(at + 8, offset);
    this.word(at + 16, address);
    this.word(at + 24, address);
    this.word(at + 32, size);
    this.word(at + 40, size);
    this.word(at + 48, alignment);
  }

  section(
    at: number,
    nameOffset: number,
    type: number,
    flags: number,
    alignment: number,
  ): void {
    this.view.setUint32(at, nameOffset, this.littleEndian);
    this.view.setUint32(at + 4, type, this.littleEndian);
    this.word(at + 8, flags);
    this.word(at + 48, alignment);
  }

  sectionPlace(at: number, { offset, address, size }: Range): void {
    this.word(at + 16, address);
    this.word(at + 24, offset);
    this.word(at + 32, size);
  }

  private word(at: number, value: number): void {
    writeInt64(this.view, at, value, this.littleEndian);
  }
}
