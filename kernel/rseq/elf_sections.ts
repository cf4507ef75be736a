/**
 * The critical sections of an ELF file.
 *
 * @module
 */
import { viewOf } from "../../formats/base/byte_source.ts";
import { FormatError } from "../../formats/base/error.ts";
import { type ElfFile, type ElfSection, ET } from "../../formats/elf/mod.ts";
import {
  decodeRseqCsArray,
  decodeRseqExitPoints,
  decodeRseqPointers,
  RSEQ_CS_SIZE,
  RSEQ_SECTION,
  RSEQ_SIGNATURE_SIZE,
  type RseqArray,
  type RseqCs,
  type RseqExitPoint,
  rseqSignature,
} from "../../formats/rseq/mod.ts";
import { checkExits, checkPointers, checkSection } from "./elf_checks.ts";
import { type ElfPlace, placeOf } from "./elf_place.ts";
import type { ElfRseqFinding } from "./elf_rules.ts";
import { type ElfImage, openImage, type PlacedSection } from "./image.ts";

const NAMES: readonly string[] = [
  RSEQ_SECTION.CS,
  RSEQ_SECTION.TABLE,
  RSEQ_SECTION.CS_PTR_ARRAY,
  RSEQ_SECTION.EXIT_POINT_ARRAY,
];

/** A critical section. */
export interface ElfCriticalSection {
  /** Where its descriptor is. */
  place: ElfPlace;
  /** The descriptor, relocated. */
  descriptor: RseqCs;
  /** First instruction. */
  start: ElfPlace;
  /** Behind the committing instruction. */
  end: ElfPlace;
  /** The abort handler. */
  abort: ElfPlace;
  /** The four bytes in front of it; `undefined` if they are not in the file. */
  signature: number | undefined;
  /** Its further ways out. */
  exits: ElfPlace[];
  /** What is wrong with it. */
  findings: ElfRseqFinding[];
}

/** An entry of an array that fits no critical section. */
export interface ElfStrayEntry {
  /** Name of the array. */
  array: string;
  /** Number of the entry in it. */
  index: number;
  /** The address in question: the pointer's, or the exit point's. */
  place: ElfPlace;
  /** What is wrong. */
  finding: ElfRseqFinding;
}

/** What {@linkcode readElfRseq} finds. */
export interface ElfRseq {
  /** `e_machine`. */
  machine: number;
  /** Whether addresses are the file's own; in an object that is not linked only section and offset mean something. */
  isLinked: boolean;
  /** The signature that handlers are held to; `undefined` if none is known for the machine. */
  signature: number | undefined;
  /** The critical sections in the order of their descriptors. */
  sections: ElfCriticalSection[];
  /** Entries of `__rseq_cs_ptr_array`; `undefined` if there is no such section. */
  pointerCount: number | undefined;
  /** Entries of `__rseq_exit_point_array`; `undefined` if there is no such section. */
  exitCount: number | undefined;
  /** Entries that fit no critical section. */
  strays: ElfStrayEntry[];
  /** Relocations of these sections that could not be applied. */
  skippedRelocations: number;
  /** What could not be read. */
  errors: FormatError[];
}

/** A descriptor and where it is. */
export interface PlacedDescriptor {
  /** Address of the descriptor. */
  address: number;
  /** The descriptor. */
  descriptor: RseqCs;
}

/**
 * Reads the critical sections of a file out of `__rseq_cs` (or `__rseq_table`), and checks each: the kernel's rules,
 * that it lies in code, and that `__rseq_cs_ptr_array` and `__rseq_exit_point_array` agree with it. Relative relocations
 * are applied, RELR too; in objects that are not linked all that name a symbol.
 *
 * @param signature The registered signature, if it is not the machine's usual one.
 * @throws {FormatError} As `ElfFile.sections`.
 */
export async function readElfRseq(
  elf: ElfFile,
  signature?: number,
): Promise<ElfRseq> {
  const image = await openImage(elf, ({ name }) => NAMES.includes(name));
  const { machine, littleEndian } = elf.header;
  const reader = new ElfRseqReader(image);
  const descriptors = await reader.readDescriptors();
  const { pointers, exits } = await reader.readArrays();
  const result: ElfRseq = {
    machine,
    isLinked: elf.header.type !== ET.REL,
    signature: signature ?? rseqSignature(machine, littleEndian),
    sections: [],
    pointerCount: pointers?.length,
    exitCount: exits?.length,
    strays: [],
    skippedRelocations: image.relocations.skippedCount,
    errors: [...image.relocations.errors, ...reader.errors],
  };
  for (const one of descriptors) {
    result.sections.push(await describe(image, one, result.signature));
  }
  if (pointers !== undefined) checkPointers(image, result, pointers);
  if (exits !== undefined) checkExits(image, result, exits);
  return result;
}

async function describe(
  image: ElfImage,
  { address, descriptor }: PlacedDescriptor,
  usual: number | undefined,
): Promise<ElfCriticalSection> {
  const { startIp, postCommitOffset, abortIp } = descriptor;
  const at = Number(abortIp) - RSEQ_SIGNATURE_SIZE;
  const bytes = await image.read(at, RSEQ_SIGNATURE_SIZE);
  const signature = bytes &&
    viewOf(bytes).getUint32(0, image.elf.header.littleEndian);
  const end = BigInt.asUintN(64, startIp + postCommitOffset);
  return {
    place: placeOf(image, BigInt.asUintN(64, BigInt(address))),
    descriptor,
    start: placeOf(image, startIp),
    end: placeOf(image, end, 1),
    abort: placeOf(image, abortIp),
    signature,
    exits: [],
    findings: checkSection(image, address, descriptor, signature, usual),
  };
}

/** Reads the arrays; what is broken goes to `errors`. */
class ElfRseqReader {
  readonly errors: FormatError[] = [];
  private readonly image: ElfImage;
  /** Thousands of headers may all point to the same bytes: no more is read than the file is long. */
  private left: number;

  constructor(image: ElfImage) {
    this.image = image;
    this.left = image.elf.source.size;
  }

  async readDescriptors(): Promise<PlacedDescriptor[]> {
    const found: PlacedDescriptor[] = [];
    for (const name of [RSEQ_SECTION.CS, RSEQ_SECTION.TABLE]) {
      for (const placed of this.named(name)) {
        const entries = await this.read(placed, decodeRseqCsArray);
        entries.forEach((descriptor, i) => {
          const address = placed.start + i * RSEQ_CS_SIZE;
          found.push({ address, descriptor });
        });
      }
    }
    return found;
  }

  async readArrays(): Promise<
    { pointers: bigint[] | undefined; exits: RseqExitPoint[] | undefined }
  > {
    const { CS_PTR_ARRAY, EXIT_POINT_ARRAY } = RSEQ_SECTION;
    return {
      pointers: await this.readAll(CS_PTR_ARRAY, decodeRseqPointers),
      exits: await this.readAll(EXIT_POINT_ARRAY, decodeRseqExitPoints),
    };
  }

  private async readAll<T>(
    name: string,
    decode: (bytes: Uint8Array, littleEndian: boolean) => RseqArray<T>,
  ): Promise<T[] | undefined> {
    const sections = this.named(name);
    if (sections.length === 0) return undefined;
    const all: T[] = [];
    for (const placed of sections) {
      for (const entry of await this.read(placed, decode)) all.push(entry);
    }
    return all;
  }

  private async read<T>(
    placed: PlacedSection,
    decode: (bytes: Uint8Array, littleEndian: boolean) => RseqArray<T>,
  ): Promise<T[]> {
    const { section } = placed;
    this.left -= section.size;
    try {
      if (this.left < 0) throw tooMuch(section);
      const bytes = await this.image.readPlaced(placed);
      const { littleEndian } = this.image.elf.header;
      const { entries, error } = decode(bytes, littleEndian);
      if (error !== undefined) this.errors.push(error);
      return entries;
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      this.errors.push(error);
      return [];
    }
  }

  private named(name: string): PlacedSection[] {
    return this.image.sections.filter(({ section }) => section.name === name);
  }
}

function tooMuch({ name, offset, size }: ElfSection): FormatError {
  return new FormatError({
    code: "limit",
    format: "ELF",
    field: `section ${name}`,
    offset,
    value: size,
    expected: "sections that are together no longer than the file",
  });
}
