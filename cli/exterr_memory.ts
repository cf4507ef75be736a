/**
 * Extended-errno records in the memory of a core.
 *
 * @module
 */
import type { ByteSource } from "../formats/base/byte_source.ts";
import { FormatError } from "../formats/base/error.ts";
import type { CoreDump } from "../formats/core_dump/mod.ts";
import {
  type ElfFile,
  openElf,
  openSymbols,
  PF,
  PT,
} from "../formats/elf/mod.ts";
import {
  findRecords,
  type FoundRecord,
  type MemoryRegion,
  type ScanOptions,
} from "../formats/exterr/mod.ts";
import type { Session } from "../kernel/mod.ts";
import type { ExterrEntry, MemoryFacts } from "./exterr_entry.ts";
import { baseName } from "./plain_text.ts";

/** The C library's record of a process without threads. */
const SYMBOL = "uexterr";
/** A thread's variables lie beside its thread pointer: this far at most, or as far as the modules' sizes say. */
const MAX_THREAD_DATA_SIZE = 1 << 16;
/** Room for the alignment of one module's variables, and for what the C library puts before them. */
const THREAD_DATA_SLACK = 64;

/** What the modules of a process tell about the places of records. */
interface Landmarks {
  /** Addresses of the variables called `uexterr`, with their names. */
  variables: ReadonlyMap<number, string>;
  /** Bytes beside each thread pointer that are the thread's variables. */
  threadDataSize: number;
}

/** Finds the records in the writable memory of a Linux core, with their owners. */
export async function* recordsOfSession(
  session: Session,
): AsyncGenerator<ExterrEntry> {
  const { core } = session;
  const { memory, littleEndian } = core;
  const regions: MemoryRegion[] = [];
  for (let i = 0; i < memory.count; i++) {
    const address = memory.starts[i]!;
    const size = memory.fileEnds[i]! - address;
    if (!memory.isWritable(i) || size <= 0) continue;
    regions.push({ address, offset: memory.offsets[i]!, size });
  }
  let landmarks: Landmarks | undefined;
  for await (const found of scan(core.source, regions, littleEndian, 8)) {
    // Looked up only where there is something to be named.
    landmarks ??= await findLandmarks(session);
    yield makeEntry(found, findOwner(core, landmarks, found.address));
  }
}

/** Finds the records in the writable segments of any ELF file: cores of other systems, whose notes are not read. */
export async function* recordsOfElf(
  elf: ElfFile,
  source: ByteSource,
): AsyncGenerator<ExterrEntry> {
  const { segments, header } = elf;
  const regions: MemoryRegion[] = [];
  for (let i = 0; i < segments.count; i++) {
    const isWritable = (segments.flags[i]! & PF.W) !== 0;
    if (segments.types[i] !== PT.LOAD || !isWritable) continue;
    regions.push({
      address: segments.addresses[i]!,
      offset: segments.offsets[i]!,
      size: Math.min(segments.fileSizes[i]!, segments.memorySizes[i]!),
    });
  }
  const alignment = header.elfClass === 64 ? 8 : 4;
  for await (
    const found of scan(source, regions, header.littleEndian, alignment)
  ) yield makeEntry(found, { owner: null, tid: null });
}

/** Finds the records in bytes of memory, in the byte order that has any. */
export async function* recordsOfBytes(
  source: ByteSource,
): AsyncGenerator<ExterrEntry> {
  const region = { address: 0, offset: 0, size: source.size };
  for (const littleEndian of [true, false]) {
    let count = 0;
    for await (const found of scan(source, [region], littleEndian, 8)) {
      count++;
      yield { ...makeEntry(found), offset: found.offset };
    }
    if (count > 0) return;
  }
}

/** Looks at multiples of 8, and if there is nothing at multiples of 4. */
async function* scan(
  source: ByteSource,
  regions: readonly MemoryRegion[],
  littleEndian: boolean,
  alignment: NonNullable<ScanOptions["alignment"]>,
): AsyncGenerator<FoundRecord> {
  let count = 0;
  const options = { littleEndian, alignment };
  for await (const found of findRecords(source, regions, options)) {
    count++;
    yield found;
  }
  if (count > 0 || alignment === 4) return;
  yield* findRecords(source, regions, { littleEndian, alignment: 4 });
}

function makeEntry(
  { address, state, record }: FoundRecord,
  owner: Omit<MemoryFacts, "address"> = { owner: null, tid: null },
): ExterrEntry {
  return { record, state, offset: null, memory: { address, ...owner } };
}

/**
 * Whose the record at `address` is: the variable there says it; else the thread among whose variables it is, which the
 * psABIs put above the thread pointer on aarch64 and below it on the others; else the thread on whose stack it lies.
 */
function findOwner(
  core: CoreDump,
  { variables, threadDataSize }: Landmarks,
  address: number,
): Omit<MemoryFacts, "address"> {
  const variable = variables.get(address);
  if (variable !== undefined) return { owner: variable, tid: null };
  const segment = core.memory.find(address);
  const sign = core.machine === "aarch64" ? 1 : -1;
  let owner: { owner: string; tid: number } | undefined;
  let bestDistance = Infinity;
  for (const { tid, threadPointer, sp } of core.threads) {
    const inData = sign * (address - threadPointer);
    if (
      inData >= 0 && inData < threadDataSize && inData < bestDistance &&
      core.memory.find(threadPointer) === segment
    ) {
      owner = { owner: `thread ${tid}`, tid };
      bestDistance = inData;
    }
    // Any data of a thread is a better sign than the best stack.
    const onStack = MAX_THREAD_DATA_SIZE + address - sp;
    if (
      address >= sp && onStack < bestDistance &&
      core.memory.find(sp) === segment
    ) {
      owner = { owner: `thread ${tid}, on its stack`, tid };
      bestDistance = onStack;
    }
  }
  return owner ?? { owner: null, tid: null };
}

async function findLandmarks(session: Session): Promise<Landmarks> {
  const variables = new Map<number, string>();
  let threadDataSize = 0;
  for (const [index, { path, bias }] of session.modules.entries()) {
    const source = session.sourceOf(index);
    const elf = source === undefined ? undefined : await tryOpen(source);
    if (elf === undefined) continue;
    const start = await findVariable(elf);
    if (start !== undefined) {
      variables.set(start + bias, `${SYMBOL} of ${baseName(path)}`);
    }
    const segment = elf.segments.findType(PT.TLS);
    if (segment < 0) continue;
    threadDataSize += THREAD_DATA_SLACK + elf.segments.memorySizes[segment]!;
  }
  return {
    variables,
    threadDataSize: threadDataSize === 0
      ? MAX_THREAD_DATA_SIZE
      : Math.min(threadDataSize, MAX_THREAD_DATA_SIZE),
  };
}

async function tryOpen(source: ByteSource): Promise<ElfFile | undefined> {
  try {
    return await openElf(source);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

async function findVariable(elf: ElfFile): Promise<number | undefined> {
  for (const which of [".dynsym", ".symtab"] as const) {
    try {
      const symbols = await openSymbols(elf, which);
      const index = symbols?.findByName(SYMBOL) ?? -1;
      if (index >= 0) return symbols!.start(index);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  }
  return undefined;
}
