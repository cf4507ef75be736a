/**
 * Section headers and their names.
 *
 * @module
 */
import { readInt64 } from "../base/address.ts";
import { type ByteSource, viewOf } from "../base/byte_source.ts";
import { FormatError, TruncatedError } from "../base/error.ts";
import { readString } from "../base/string_table.ts";
import { SHN, SHT } from "./constants.ts";
import { ELF, type ElfHeader } from "./header.ts";
import { readUint64 } from "./segments.ts";

/** One section header, with its name. */
export interface ElfSection {
  /** Number of the section in the table. */
  index: number;
  /** The name that `sh_name` points to, cut at 1,024 bytes. */
  name: string;
  /** `sh_type`: a value of `SHT`. */
  type: number;
  /** `sh_flags`: bits of `SHF`. */
  flags: number;
  /** `sh_addr`: where the section is in memory, 0 if it is not; signed canonical in 64-bit files. */
  address: number;
  /** `sh_offset`: bytes from the start of the file. */
  offset: number;
  /** `sh_size`: bytes in the file (in memory for `SHT_NOBITS`), before decompression. */
  size: number;
  /** `sh_link`: number of another section; which one depends on the type. */
  link: number;
  /** `sh_info`: depends on the type. */
  info: number;
  /** `sh_addralign`: bytes; 0 and 1 mean none. */
  alignment: number;
  /** `sh_entsize`: bytes of one entry, 0 if there are none. */
  entrySize: number;
}

/** Headers may all point to one long name; without a limit that would cost the square of the file. */
const MAX_NAME_SIZE = 1024;

interface RawSection {
  nameOffset: number;
  section: ElfSection;
}

/** Smallest size of a section header in bytes. */
function minSectionHeaderSize(header: ElfHeader): number {
  return header.elfClass === 64 ? 64 : 40;
}

/**
 * Reads section header 0, which holds the counts that do not fit into the ELF header.
 *
 * @returns The section, or `undefined` if there is no section table.
 * @throws {FormatError} `bad-value` (`e_shentsize`), `truncated`
 */
export async function readFirstSection(
  source: ByteSource,
  header: ElfHeader,
): Promise<ElfSection | undefined> {
  if (header.sectionHeaderOffset === 0) return undefined;
  return (await readSectionHeaders(source, header, 1))[0]!.section;
}

/**
 * Reads the section table and the names: two reads.
 *
 * | offset 64/32 | size 64/32 | field |
 * | --- | --- | --- |
 * | 0 | 4, 4 | `sh_name`, `sh_type` |
 * | 8 | 8/4 | `sh_flags` |
 * | 16/12 | 8/4 | `sh_addr` |
 * | 24/16 | 8/4 | `sh_offset` |
 * | 32/20 | 8/4 | `sh_size` |
 * | 40/24 | 4, 4 | `sh_link`, `sh_info` |
 * | 48/32 | 8/4 | `sh_addralign` |
 * | 56/36 | 8/4 | `sh_entsize` |
 *
 * Source: gABI 4.3, chapter 4, "Section Header".
 *
 * @throws {FormatError} `bad-value` (`e_shentsize`, `e_shstrndx`), `truncated`
 */
export async function readSections(
  source: ByteSource,
  header: ElfHeader,
): Promise<ElfSection[]> {
  if (header.sectionHeaderOffset === 0) return [];
  let count = header.sectionHeaderCount;
  let namesIndex = header.sectionNamesIndex;
  if (count === 0 || namesIndex === SHN.XINDEX) {
    const first = await readFirstSection(source, header);
    if (count === 0) count = first!.size;
    if (namesIndex === SHN.XINDEX) namesIndex = first!.link;
  }
  if (count === 0) return [];
  const raw = await readSectionHeaders(source, header, count);
  const names = await readNames(source, header, raw, namesIndex);
  return raw.map(({ nameOffset, section }) => {
    section.name = readString(names, nameOffset, MAX_NAME_SIZE);
    return section;
  });
}

async function readNames(
  source: ByteSource,
  header: ElfHeader,
  sections: readonly RawSection[],
  index: number,
): Promise<Uint8Array> {
  if (index === SHN.UNDEF) return new Uint8Array(0);
  const names = sections[index]?.section;
  if (names === undefined) {
    throw new FormatError({
      code: "bad-value",
      format: ELF,
      field: "e_shstrndx",
      offset: header.elfClass === 64 ? 62 : 50,
      value: index,
      expected: `a section number below ${sections.length}`,
    });
  }
  if (names.type === SHT.NOBITS) return new Uint8Array(0);
  // A table that is cut off still names the sections whose names are there.
  return await source.read(names.offset, names.size);
}

async function readSectionHeaders(
  source: ByteSource,
  header: ElfHeader,
  count: number,
): Promise<RawSection[]> {
  const stride = header.sectionHeaderSize;
  const offset = header.sectionHeaderOffset;
  if (stride < minSectionHeaderSize(header)) {
    throw new FormatError({
      code: "bad-value",
      format: ELF,
      field: "e_shentsize",
      offset: header.elfClass === 64 ? 58 : 46,
      value: stride,
      expected: `a size of at least ${minSectionHeaderSize(header)}`,
    });
  }
  const needed = count * stride;
  const available = offset < 0 ? 0 : source.size - offset;
  const bytes = needed <= available
    ? await source.read(offset, needed)
    : undefined;
  if (bytes === undefined || bytes.length < needed) {
    throw new TruncatedError(
      ELF,
      "section headers",
      offset,
      needed,
      bytes?.length ?? available,
    );
  }
  const view = viewOf(bytes);
  const decode = header.elfClass === 64 ? decodeSection64 : decodeSection32;
  return Array.from(
    { length: count },
    (_, index) => decode(view, index * stride, header.littleEndian, index),
  );
}

function decodeSection64(
  view: DataView,
  at: number,
  littleEndian: boolean,
  index: number,
): RawSection {
  return {
    nameOffset: view.getUint32(at, littleEndian),
    section: {
      index,
      name: "",
      type: view.getUint32(at + 4, littleEndian),
      flags: readUint64(view, at + 8, littleEndian),
      address: readInt64(view, at + 16, littleEndian),
      offset: readUint64(view, at + 24, littleEndian),
      size: readUint64(view, at + 32, littleEndian),
      link: view.getUint32(at + 40, littleEndian),
      info: view.getUint32(at + 44, littleEndian),
      alignment: readUint64(view, at + 48, littleEndian),
      entrySize: readUint64(view, at + 56, littleEndian),
    },
  };
}

function decodeSection32(
  view: DataView,
  at: number,
  littleEndian: boolean,
  index: number,
): RawSection {
  return {
    nameOffset: view.getUint32(at, littleEndian),
    section: {
      index,
      name: "",
      type: view.getUint32(at + 4, littleEndian),
      flags: view.getUint32(at + 8, littleEndian),
      address: view.getUint32(at + 12, littleEndian),
      offset: view.getUint32(at + 16, littleEndian),
      size: view.getUint32(at + 20, littleEndian),
      link: view.getUint32(at + 24, littleEndian),
      info: view.getUint32(at + 28, littleEndian),
      alignment: view.getUint32(at + 32, littleEndian),
      entrySize: view.getUint32(at + 36, littleEndian),
    },
  };
}
