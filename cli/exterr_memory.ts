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
/** A thread's data lies around its thread pointer, this far at most. */
const THREAD_DATA_SIZE = 1 << 16;

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
  let variables: ReadonlyMap<number, string> | undefined;
  for await (const found of scan(core.source, regions, littleEndian, 8)) {
    // Looked up only where there is something to be named.
    variables ??= await findVariables(session);
    yield makeEntry(found, findOwner(core, variables, found.address));
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
 * Whose the record at `address` is: the variable there says it; else the thread whose thread pointer is nearest in the
 * same mapping; else the thread on whose stack it lies.
 */
function findOwner(
  core: CoreDump,
  variables: ReadonlyMap<number, string>,
  address: number,
): Omit<MemoryFacts, "address"> {
  const variable = variables.get(address);
  if (variable !== undefined) return { owner: variable, tid: null };
  const segment = core.memory.find(address);
  let best: { owner: string; tid: number } | undefined;
  let bestDistance = Infinity;
  for (const { tid, threadPointer, sp } of core.threads) {
    const inData = Math.abs(address - threadPointer);
    if (
      inData < THREAD_DATA_SIZE && inData < bestDistance &&
      core.memory.find(threadPointer) === segment
    ) {
      best = { owner: `thread ${tid}`, tid };
      bestDistance = inData;
    }
    // Any data of a thread is a better sign than the best stack.
    const onStack = THREAD_DATA_SIZE + address - sp;
    if (
      address >= sp && onStack < bestDistance &&
      core.memory.find(sp) === segment
    ) {
      best = { owner: `thread ${tid}, on its stack`, tid };
      bestDistance = onStack;
    }
  }
  return best ?? { owner: null, tid: null };
}

/** Addresses of the variables called `uexterr`, with their names. */
async function findVariables(
  session: Session,
): Promise<ReadonlyMap<number, string>> {
  const variables = new Map<number, string>();
  for (const [index, { path, bias }] of session.modules.entries()) {
    const source = session.sourceOf(index);
    if (source === undefined) continue;
    const start = await findVariable(source);
    if (start === undefined) continue;
    variables.set(start + bias, `${SYMBOL} of ${baseName(path)}`);
  }
  return variables;
}

async function findVariable(source: ByteSource): Promise<number | undefined> {
  try {
    const elf = await openElf(source);
    for (const which of [".dynsym", ".symtab"] as const) {
      const symbols = await openSymbols(elf, which);
      const index = symbols?.findByName(SYMBOL) ?? -1;
      if (index >= 0) return symbols!.start(index);
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
  }
  return undefined;
}
