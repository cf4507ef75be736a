/**
 * A core dump as a process of the modelled kernel.
 *
 * @module
 */
import { BytesSource, openSession, type Session } from "../../kernel/mod.ts";
import { openElf, PF, PT } from "../../formats/elf/mod.ts";
import { Kernel, PAGE_SIZE, type Thread } from "../../kernel/model/mod.ts";
import { wordBytes } from "./rows.ts";

/** Where arguments are written. */
const INFO = 0x1_0000;
const TEXT_PROTECTION = 5;
const DATA_PROTECTION = 3;

/** The imported process. */
export interface ImportedCore {
  kernel: Kernel;
  /** The model's thread, whose registers are set to those of each of the core's threads in turn. */
  thread: Thread;
  session: Session;
  /** What registering `.sframe` for each executable segment gave. */
  results: number[];
}

function pageDown(address: number): number {
  return Math.floor(address / PAGE_SIZE) * PAGE_SIZE;
}

/** Maps the core's memory and the program's, and registers the program's `.sframe` as a loader would. */
export async function importCore(
  core: Uint8Array,
  program: Uint8Array,
): Promise<ImportedCore> {
  const session = await openSession(new BytesSource(core), {
    executable: new BytesSource(program),
    tables: ["sframe"],
  });
  const { machine, memory: segments } = session.core;
  const kernel = new Kernel({ machine, memoryLimit: 2 ** 30 });
  const { tid } = kernel.spawn("core");
  const thread = kernel.threads.get(tid)!;
  const space = kernel.spaceOf(thread);
  for (let i = 0; i < segments.count; i++) {
    const start = segments.starts[i]!;
    const size = segments.ends[i]! - start;
    if (size <= 0 || start < 0) continue;
    const content = await session.readMemory(start, size);
    kernel.map(space, start, start + size, DATA_PROTECTION, { content });
  }
  const elf = await openElf(new BytesSource(program));
  const { bias } = session.modules.find(({ path }) => path !== "[vdso]")!;
  const load = elf.segments;
  for (let i = 0; i < load.count; i++) {
    const isWritable = (load.flags[i]! & PF.W) !== 0;
    if (load.types[i] !== PT.LOAD || isWritable) continue;
    const address = load.addresses[i]! + bias;
    const start = pageDown(address);
    const end = pageDown(address + load.memorySizes[i]! + PAGE_SIZE - 1);
    const content = program.subarray(
      load.offsets[i]! - (address - start),
      load.offsets[i]! + load.fileSizes[i]!,
    );
    kernel.map(space, start, end, TEXT_PROTECTION, { content });
  }
  kernel.map(space, INFO, INFO + PAGE_SIZE, DATA_PROTECTION);
  const section = (await elf.sections()).find(({ name }) => name === ".sframe");
  const results: number[] = [];
  for (let i = 0; i < load.count; i++) {
    if (section === undefined || (load.flags[i]! & PF.X) === 0) continue;
    if (load.types[i] !== PT.LOAD) continue;
    const words = [
      section.address + bias,
      section.size,
      load.addresses[i]! + bias,
      load.memorySizes[i]!,
    ];
    space.memory.copyOut(INFO, wordBytes(words, kernel.littleEndian));
    results.push(kernel.call(tid, "codectl", 1, INFO, 32, 0));
  }
  return { kernel, thread, session, results };
}
