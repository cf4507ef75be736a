/**
 * An ELF file, opened by its header and program headers; everything else is read when it is asked for.
 *
 * @module
 */
import { type ByteSource, viewOf } from "../base/byte_source.ts";
import { FormatError, TruncatedError } from "../base/error.ts";
import { formatHex } from "../base/address.ts";
import { readString } from "../base/string_table.ts";
import {
  type Decompress,
  decompressLegacySection,
  decompressSection,
} from "./compression.ts";
import { ET, NT, PT, SHF, SHT } from "./constants.ts";
import { ELF, type ElfHeader } from "./header.ts";
import { decodeNotes } from "./notes.ts";
import { type ElfSection, readSections } from "./sections.ts";
import type { ElfSegments } from "./segments.ts";

/** What {@linkcode openElf} may be told. */
export interface ElfOptions {
  /** Decompresses sections; without it compressed ones throw `unsupported`. */
  decompress?: Decompress;
}

/** What `.gnu_debuglink` says. */
export interface DebugLink {
  /** Name of the file with the debug information, without a folder. */
  name: string;
  /** {@linkcode crc32} of that file. */
  crc: number;
}

/** An open ELF file. Made by {@linkcode openElf}. */
export class ElfFile {
  /** Where the bytes come from. */
  readonly source: ByteSource;
  /** The ELF header. */
  readonly header: ElfHeader;
  /** The program headers that are wholly in the file. */
  readonly segments: ElfSegments;
  /** What was found wrong and got around, in the order in which it was met. */
  readonly warnings: FormatError[];
  /**
   * Lowest address of a `PT_LOAD` segment rounded down to its alignment, 0 if there is none. Address in the process
   * minus this, for the file's first mapping, is the load bias.
   */
  readonly loadAddress: number;
  /** What {@linkcode openElf} was told. */
  readonly options: ElfOptions;
  private readonly head: Uint8Array;
  private sectionsPromise: Promise<readonly ElfSection[]> | undefined;

  /** For {@linkcode openElf}: `head` are the first bytes of `source`. */
  constructor(
    source: ByteSource,
    header: ElfHeader,
    segments: ElfSegments,
    warnings: FormatError[],
    head: Uint8Array,
    options: ElfOptions,
  ) {
    this.source = source;
    this.header = header;
    this.segments = segments;
    this.warnings = warnings;
    this.loadAddress = findLoadAddress(segments);
    this.head = head;
    this.options = options;
    this.sectionsPromise = undefined;
  }

  /**
   * Returns the sections with their names; empty if the file has no section table. Read once.
   *
   * @throws {FormatError} `bad-value` (`e_shentsize`, `e_shstrndx`), `truncated`
   */
  sections(): Promise<readonly ElfSection[]> {
    this.sectionsPromise ??= readSections(this.source, this.header);
    return this.sectionsPromise;
  }

  /**
   * Returns the first section of that name, or `undefined`.
   *
   * @throws {FormatError} As {@linkcode ElfFile.sections}.
   */
  async findSection(name: string): Promise<ElfSection | undefined> {
    return (await this.sections()).find((section) => section.name === name);
  }

  /**
   * Reads a section's content, decompressed; empty for `SHT_NOBITS`.
   *
   * @throws {FormatError} `truncated` if the section is not wholly in the file; for compressed ones `unsupported`,
   * `limit` (the stated size is absurd), `bad-value` (it does not decompress to that size)
   */
  async readSection(section: ElfSection): Promise<Uint8Array> {
    if (section.type === SHT.NOBITS) return new Uint8Array(0);
    const { offset, size } = section;
    const bytes = offset + size <= this.source.size
      ? await this.readRange(offset, size)
      : undefined;
    if (bytes === undefined || bytes.length < size) {
      throw new TruncatedError(
        ELF,
        `section ${section.name}`,
        offset,
        size,
        bytes?.length ?? this.source.size - offset,
      );
    }
    if ((section.flags & SHF.COMPRESSED) !== 0) {
      return await decompressSection(
        bytes,
        this.header,
        offset,
        this.options.decompress,
      );
    }
    return section.name.startsWith(".zdebug_")
      ? await decompressLegacySection(bytes, offset, this.options.decompress)
      : bytes;
  }

  /**
   * Reads the bytes that segment `index` has in the file, cut at the end of the file.
   *
   * @throws {RangeError} If there is no such segment.
   */
  async readSegment(index: number): Promise<Uint8Array> {
    if (!(index >= 0 && index < this.segments.count)) {
      throw new RangeError(`Cannot read segment ${index}: no such segment`);
    }
    return await this.readRange(
      this.segments.offsets[index]!,
      this.segments.fileSizes[index]!,
    );
  }

  /** Where in the file the byte at `address` is, by the `PT_LOAD` segments; -1 if it is in none's file part. */
  findOffset(address: number): number {
    const { count, types, addresses, fileSizes, offsets } = this.segments;
    for (let i = 0; i < count; i++) {
      const distance = address - addresses[i]!;
      if (types[i] === PT.LOAD && distance >= 0 && distance < fileSizes[i]!) {
        return offsets[i]! + distance;
      }
    }
    return -1;
  }

  /**
   * Reads `size` bytes at an address of the file's own address space. `undefined` if they are not all in the file
   * part of one `PT_LOAD` segment.
   */
  async readAddress(
    address: number,
    size: number,
  ): Promise<Uint8Array | undefined> {
    const offset = this.findOffset(address);
    if (
      offset < 0 || this.findOffset(address + size - 1) !== offset + size - 1
    ) return undefined;
    const bytes = await this.readRange(offset, size);
    return bytes.length === size ? bytes : undefined;
  }

  /**
   * Returns the build id as hexadecimal digits; `undefined` if there is none or what should hold it is broken (then
   * see {@linkcode ElfFile.warnings}). Segments are asked first, as stripped files and memory images keep them.
   */
  async buildId(): Promise<string | undefined> {
    const { count, types, alignments, offsets } = this.segments;
    // Thousands of headers may all point to the same bytes: notes are read no further than the file is long.
    let left = this.source.size;
    for (let i = 0; i < count && left > 0; i++) {
      if (types[i] !== PT.NOTE) continue;
      const bytes = await this.readSegment(i);
      const found = this.findBuildId(bytes, alignments[i]!, offsets[i]!);
      if (found !== undefined) return found;
      left -= bytes.length;
    }
    return await this.findBuildIdInSections().catch((error) => {
      this.warn(error);
      return undefined;
    });
  }

  /**
   * Returns the content of `.gnu_debuglink`, or `undefined` if there is none.
   *
   * @throws {FormatError} As {@linkcode ElfFile.sections} and {@linkcode ElfFile.readSection}; `truncated`
   */
  async debugLink(): Promise<DebugLink | undefined> {
    const section = await this.findSection(".gnu_debuglink");
    if (section === undefined) return undefined;
    const bytes = await this.readSection(section);
    const end = bytes.indexOf(0);
    // The name's NUL is padded to 4 bytes, then comes the checksum.
    const crcOffset = (end + 4) & ~3;
    if (end < 0 || crcOffset + 4 > bytes.length) {
      throw new TruncatedError(
        ELF,
        ".gnu_debuglink",
        section.offset,
        end < 0 ? bytes.length + 1 : crcOffset + 4,
        bytes.length,
      );
    }
    return {
      name: readString(bytes, 0),
      crc: viewOf(bytes).getUint32(crcOffset, this.header.littleEndian),
    };
  }

  /** Keeps a `FormatError` as a warning; anything else is thrown on. */
  warn(error: unknown): void {
    if (!(error instanceof FormatError)) throw error;
    this.warnings.push(error);
  }

  /** As {@linkcode ElfFile.buildId}, by the sections. */
  private async findBuildIdInSections(): Promise<string | undefined> {
    let left = this.source.size;
    for (const section of await this.sections()) {
      const { type, flags, alignment, offset } = section;
      if (type !== SHT.NOTE || (flags & SHF.COMPRESSED) !== 0) continue;
      const bytes = await this.readSection(section);
      const found = this.findBuildId(bytes, alignment, offset);
      if (found !== undefined) return found;
      left -= bytes.length;
      if (left <= 0) break;
    }
    return undefined;
  }

  /** The build id among the notes in `bytes`; where the list is broken goes to the warnings. */
  private findBuildId(
    bytes: Uint8Array,
    alignment: number,
    offset: number,
  ): string | undefined {
    const align = this.header.type === ET.CORE ? 4 : alignment;
    const { littleEndian } = this.header;
    const { notes, error } = decodeNotes(bytes, littleEndian, align, offset);
    for (const note of notes) {
      if (note.type !== NT.GNU_BUILD_ID || note.name !== "GNU") continue;
      const end = note.descOffset + note.descSize;
      return formatBytes(bytes.subarray(note.descOffset, end));
    }
    if (error !== undefined) this.warnings.push(error);
    return undefined;
  }

  /** Reads from the bytes at hand or from the source, cut at the end of the file. */
  private readRange(
    offset: number,
    size: number,
  ): Uint8Array | Promise<Uint8Array> {
    if (offset + size <= this.head.length) {
      return this.head.subarray(offset, offset + size);
    }
    if (offset >= this.source.size) return new Uint8Array(0);
    return this.source.read(offset, Math.min(size, this.source.size - offset));
  }
}

function findLoadAddress(segments: ElfSegments): number {
  let lowest = Infinity;
  let alignment = 1;
  for (let i = 0; i < segments.count; i++) {
    if (segments.types[i] === PT.LOAD && segments.addresses[i]! < lowest) {
      lowest = segments.addresses[i]!;
      alignment = Math.max(1, segments.alignments[i]!);
    }
  }
  return lowest === Infinity ? 0 : Math.floor(lowest / alignment) * alignment;
}

function formatBytes(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += formatHex(byte, 2);
  return text;
}
