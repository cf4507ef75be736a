/**
 * Where a section can be added to a finished file so that no old byte moves.
 *
 * @module
 */
import { BytesSource } from "../base/byte_source.ts";
import { FormatError, UnsupportedError } from "../base/error.ts";
import { EM, ET, PN_XNUM, PT, SHN } from "./constants.ts";
import type { ElfFile } from "./elf_file.ts";
import { EMBED_RECORD_SIZE } from "./embed_record.ts";
import { ELF } from "./header.ts";
import { openElf } from "./open_elf.ts";
import type { ElfSection } from "./sections.ts";

/** Size of a 64-bit program header. */
export const PROGRAM_HEADER_SIZE = 56;
/** Size of a 64-bit section header. */
export const SECTION_HEADER_SIZE = 64;
/** Program headers that are added: `PT_GNU_SFRAME` and the `PT_LOAD` around it. */
export const ADDED_SEGMENT_COUNT = 2;

/** Largest page that the psABI of a machine allows; 64 KiB where it is not known here. */
const PAGE_SIZES: Record<number, number> = {
  [EM.X86_64]: 0x1000,
  [EM.S390]: 0x1000,
  [EM.RISCV]: 0x1000,
};
const LARGEST_PAGE_SIZE = 0x1_0000;

/** How a place is chosen. */
export interface EmbedOptions {
  /**
   * Most zero bytes that may be put into the file to keep address and file offset of the program headers as far apart as
   * in the first segment; default 16 MiB. Kernels before 5.18 tell a program where its headers are by that distance.
   */
  maxHoleSize?: number;
}

/** A place for a section. */
export interface EmbedPlace {
  /** Address at which the section will be. */
  readonly address: number;
  /** Offset in the new file at which it will be. */
  readonly offset: number;
  /**
   * Whether kernels before 5.18 start the program too: false for an executable whose distance between address and offset
   * could not be kept. Nothing depends on it for shared libraries.
   */
  readonly anyKernel: boolean;
  /** Page size, to which the added segment is aligned. */
  readonly pageSize: number;
  /** Offset of the added segment, which begins with the program headers. */
  readonly segmentOffset: number;
  /** Address of the added segment. */
  readonly segmentAddress: number;
}

/** A place in a file at hand, made by {@linkcode planEmbedding}. */
export interface EmbedPlan extends EmbedPlace {
  /** The file as it is. */
  readonly bytes: Uint8Array;
  /** The same, opened. */
  readonly elf: ElfFile;
  /** Its sections. */
  readonly sections: readonly ElfSection[];
}

const DEFAULT_MAX_HOLE_SIZE = 2 ** 24;

/**
 * Chooses the place for an `.sframe` section in a finished 64-bit executable or shared object: on a fresh page behind
 * all that is in the file, at an address above all segments. What the section holds may depend on the address, so the
 * place comes first; {@linkcode embedSFrame} does the rest.
 *
 * The page is fresh because a C library that looks for the program headers in its mappings would otherwise find them in
 * the last page of the data segment, which it clears for the sake of the zeros behind it.
 *
 * @param bytes The whole file.
 * @throws {FormatError} `unsupported` (32-bit, no executable or shared object, an `.sframe` is there already, too many
 * headers), `bad-value`, `truncated`
 */
export async function planEmbedding(
  bytes: Uint8Array,
  options: EmbedOptions = {},
): Promise<EmbedPlan> {
  const elf = await openElf(new BytesSource(bytes));
  const place = await findEmbeddingPlace(elf, options);
  return { ...place, bytes, elf, sections: await elf.sections() };
}

/**
 * As {@linkcode planEmbedding} for an open file, of which only headers are read: where the section would be.
 *
 * @throws {FormatError} As `planEmbedding`.
 */
export async function findEmbeddingPlace(
  elf: ElfFile,
  options: EmbedOptions = {},
): Promise<EmbedPlace> {
  if (elf.warnings.length > 0) throw elf.warnings[0]!;
  checkKind(elf);
  checkRoom(elf, await elf.sections());
  const pageSize = PAGE_SIZES[elf.header.machine] ?? LARGEST_PAGE_SIZE;
  const place = choosePlace(
    elf,
    elf.source.size,
    pageSize,
    options.maxHoleSize ?? DEFAULT_MAX_HOLE_SIZE,
  );
  const headersSize = (elf.segments.count + ADDED_SEGMENT_COUNT) *
    PROGRAM_HEADER_SIZE;
  return {
    address: place.segmentAddress + headersSize,
    offset: place.segmentOffset + headersSize,
    pageSize,
    ...place,
  };
}

type Place = Pick<
  EmbedPlan,
  "anyKernel" | "segmentOffset" | "segmentAddress"
>;

function choosePlace(
  elf: ElfFile,
  fileSize: number,
  pageSize: number,
  maxHoleSize: number,
): Place {
  const { segments, header } = elf;
  const first = segments.findType(PT.LOAD);
  const distance = segments.addresses[first]! - segments.offsets[first]!;
  const lowest = alignUp(fileSize + EMBED_RECORD_SIZE, pageSize);
  const memoryEnd = alignUp(findMemoryEnd(elf), pageSize);
  // Libraries have their headers read from the file: only what the kernel starts needs the distance.
  const isProgram = header.entry !== 0;
  if (isProgram && distance % pageSize === 0) {
    const segmentOffset = Math.max(lowest, memoryEnd - distance);
    if (segmentOffset - lowest <= maxHoleSize) {
      const segmentAddress = segmentOffset + distance;
      return { anyKernel: true, segmentOffset, segmentAddress };
    }
  }
  return {
    anyKernel: !isProgram,
    segmentOffset: lowest,
    segmentAddress: memoryEnd,
  };
}

/** The first address above all segments. */
function findMemoryEnd({ segments }: ElfFile): number {
  let end = -Infinity;
  for (let i = 0; i < segments.count; i++) {
    if (segments.types[i] !== PT.LOAD) continue;
    end = Math.max(end, segments.addresses[i]! + segments.memorySizes[i]!);
  }
  // Nothing that could be loaded reaches so far, and the sums below stay exact.
  if (!(Math.abs(end) < 2 ** 52)) {
    throw new FormatError({
      code: "bad-value",
      format: ELF,
      field: "p_memsz",
      offset: 0,
      value: end,
      expected: "segments that end below 2^52",
    });
  }
  return end;
}

function checkKind({ header, segments }: ElfFile): void {
  const { elfClass, type } = header;
  if (elfClass !== 64) {
    throw new UnsupportedError(ELF, "EI_CLASS", 4, elfClass, "a 64-bit file");
  }
  if (type !== ET.EXEC && type !== ET.DYN) {
    throw new UnsupportedError(
      ELF,
      "e_type",
      16,
      type,
      "an executable or a shared object",
    );
  }
  if (segments.findType(PT.LOAD) < 0) {
    throw new UnsupportedError(
      ELF,
      "program headers",
      header.programHeaderOffset,
      "none",
      "a segment that is loaded",
    );
  }
}

function checkRoom(elf: ElfFile, sections: readonly ElfSection[]): void {
  const { header, segments } = elf;
  const present = sections.find(({ name }) => name === ".sframe");
  const segment = segments.findType(PT.GNU_SFRAME);
  if (present !== undefined || segment >= 0) {
    const offset = present?.offset ?? segments.offsets[segment]!;
    throw new UnsupportedError(
      ELF,
      ".sframe",
      offset,
      "one",
      "a file that has none yet",
    );
  }
  if (header.programHeaderSize !== PROGRAM_HEADER_SIZE) {
    throw new UnsupportedError(
      ELF,
      "e_phentsize",
      54,
      header.programHeaderSize,
      `${PROGRAM_HEADER_SIZE}`,
    );
  }
  if (sections.length > 0 && header.sectionHeaderSize !== SECTION_HEADER_SIZE) {
    throw new UnsupportedError(
      ELF,
      "e_shentsize",
      58,
      header.sectionHeaderSize,
      `${SECTION_HEADER_SIZE}`,
    );
  }
  if (segments.count + ADDED_SEGMENT_COUNT >= PN_XNUM) {
    throw new UnsupportedError(
      ELF,
      "e_phnum",
      56,
      segments.count,
      "fewer program headers",
    );
  }
  if (sections.length + 3 >= SHN.LORESERVE) {
    throw new UnsupportedError(
      ELF,
      "e_shnum",
      60,
      sections.length,
      "fewer sections",
    );
  }
}

/** The first multiple of `alignment` that is not below `value`. */
export function alignUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}
