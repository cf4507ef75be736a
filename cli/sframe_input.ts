/**
 * The `.sframe` sections of whatever file there is: objects, archives of them, executables, shared objects, or the bare
 * bytes of a section.
 *
 * @module
 */
import { type ByteSource, BytesSource } from "../formats/base/byte_source.ts";
import { FormatError } from "../formats/base/error.ts";
import {
  type Decompress,
  type ElfFile,
  type ElfSection,
  ET,
  isElf,
  openElf,
  PT,
  SHT,
} from "../formats/elf/mod.ts";
import { isArchive, readArchive } from "./archive.ts";
import { InputError, type Io } from "./io.ts";
import { relocate, type RelocationTarget } from "./sframe_relocations.ts";

/** How bytes are taken. */
export interface SFrameInputOptions {
  /** Take the file for the bytes of a section. */
  raw?: boolean;
  /** Address of that section. */
  address?: number;
  /** Leave relocations alone. */
  unrelocated?: boolean;
}

/** One section. */
export interface SFrameInput {
  /** The file, with the member of an archive: `libx.a(a.o)`. */
  label: string;
  /** Name of the section. */
  sectionName: string;
  /** Its bytes, decompressed and relocated. */
  bytes: Uint8Array;
  /** Its address; 0 in a relocatable object. */
  address: number;
  /** The ELF file, if it is one. */
  elf?: ElfFile;
  /** Relocatable objects: where functions are, by the offset of their start field. */
  targets?: ReadonlyMap<number, RelocationTarget>;
}

/** A part of a file that could not be read. */
export interface SFrameInputProblem {
  /** The file or member. */
  label: string;
  /** What is wrong. */
  error: FormatError | InputError;
}

/** Opens a file, or reads all of standard input for `-`. @throws {InputError} */
export async function openInput(path: string, io: Io): Promise<ByteSource> {
  if (path === "-") return new BytesSource(await readAll(io.stdin()));
  const source = io.open(path);
  if (typeof source !== "string") return source;
  const hint = source.endsWith("a pipe") ? " (as standard input, use -)" : "";
  throw new InputError(`${path}: ${source}${hint}`);
}

/**
 * Finds the sections of a file, one after another. What cannot be read is told in between, and the rest still comes.
 */
export async function* readSFrameInputs(
  path: string,
  io: Io,
  options: SFrameInputOptions = {},
): AsyncGenerator<SFrameInput | SFrameInputProblem> {
  let found = false;
  try {
    const source = await openInput(path, io);
    for await (const item of readFile(path, source, options)) {
      found = true;
      yield item;
    }
    if (!found) throw new InputError(`${path}: no .sframe section`);
  } catch (error) {
    yield problem(path, error);
  }
}

function problem(label: string, error: unknown): SFrameInputProblem {
  if (error instanceof FormatError || error instanceof InputError) {
    return { label, error };
  }
  throw error;
}

async function* readFile(
  path: string,
  source: ByteSource,
  options: SFrameInputOptions,
): AsyncGenerator<SFrameInput | SFrameInputProblem> {
  if (options.raw === true) {
    yield {
      label: path,
      sectionName: ".sframe",
      bytes: await source.read(0, source.size),
      address: options.address ?? 0,
    };
    return;
  }
  if (!await isArchive(source)) return yield* readElf(path, source, options);
  for await (const member of readArchive(source)) {
    const label = `${path}(${member.name})`;
    if (!isElf(await member.source.read(0, 64))) continue;
    try {
      yield* readElf(label, member.source, options);
    } catch (error) {
      yield problem(label, error);
    }
  }
}

async function* readElf(
  label: string,
  source: ByteSource,
  options: SFrameInputOptions,
): AsyncGenerator<SFrameInput> {
  const elf = await openElf(source, { decompress });
  const sections = await elf.sections();
  for (const section of sections) {
    if (!isSFrameSection(section)) continue;
    yield await readSection(label, elf, section, options);
  }
  if (sections.length > 0) return;
  const { segments } = elf;
  for (let i = 0; i < segments.count; i++) {
    if (segments.types[i] !== PT.GNU_SFRAME) continue;
    yield {
      label,
      sectionName: ".sframe",
      bytes: await elf.readSegment(i),
      address: segments.addresses[i]!,
      elf,
    };
  }
}

/** By type from binutils 2.45 on, by name before. One without bytes is what `ld --discard-sframe` leaves. */
function isSFrameSection({ name, type, size }: ElfSection): boolean {
  if (size === 0) return false;
  return type === SHT.GNU_SFRAME || name === ".sframe" && type === SHT.PROGBITS;
}

async function readSection(
  label: string,
  elf: ElfFile,
  section: ElfSection,
  options: SFrameInputOptions,
): Promise<SFrameInput> {
  const bytes = await elf.readSection(section);
  const { name: sectionName, address } = section;
  const input = { label, sectionName, bytes, address, elf };
  if (elf.header.type !== ET.REL || options.unrelocated === true) return input;
  const { bytes: relocated, targets } = await relocate(elf, section, bytes);
  return { ...input, bytes: relocated, targets };
}

const decompress: Decompress = async (kind, bytes, size) => {
  const { decompress } = await import("./decompress.ts");
  return await decompress(kind, bytes, size);
};

async function readAll(
  chunks: AsyncIterable<Uint8Array>,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    parts.push(chunk);
    size += chunk.length;
  }
  const all = new Uint8Array(size);
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}
