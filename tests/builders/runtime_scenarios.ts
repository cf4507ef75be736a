/**
 * The runtimes' scenarios in tests/scenarios: what each does, from the start to a failing call.
 *
 * @module
 */
import {
  BareRuntime,
  LibC,
  type LoadedLibrary,
  Loader,
  type LoaderCost,
  type Scenario,
  Script,
  ThreadLibrary,
} from "../../kernel/runtimes/mod.ts";
import { buildSFrame } from "./sframe.ts";

/** A scenario, and what its runtime found out. */
export interface RuntimeRun<T> {
  scenario: Scenario;
  found: T;
}

const TEXT = 0x40_0000;
const TABLE = 0x41_0000;

/** A C library on a kernel with the thread area: one registration, a thread that needs none, a CPU that it moves to. */
export async function runLibC(): Promise<
  RuntimeRun<{ libc: LibC; cpus: number[]; node: number }>
> {
  const script = new Script({ nodes: [0, 0, 1] });
  const main = await script.spawn("main");
  const libc = new LibC(script);
  const pointer = await libc.start(main);
  const worker = await libc.createThread(main);
  await script.step({ do: "migrate", thread: worker.thread, cpu: 2 });
  const { areaOffset, areaSize } = libc;
  const ask = async (name: string, thread: number, pointer: number) => {
    const args = [areaOffset, areaSize, pointer];
    const outcome = await script.step({ do: "vdso", thread, call: name, args });
    return outcome.result!;
  };
  const cpus = [
    await ask("getcpu_at", main, pointer),
    await ask("getcpu_at", worker.thread, worker.pointer),
  ];
  const node = await ask("getnode_at", worker.thread, worker.pointer);
  const title =
    "A C library registers the thread area once; threads of its own find it enabled";
  return {
    scenario: script.scenario(title, "kernel_abi.md 2.1"),
    found: { libc, cpus, node },
  };
}

/** A thread library: each thread has its own text for its own failure. */
export async function runThreadLibrary(): Promise<
  RuntimeRun<{ main: string; worker: string; full: string; after: string }>
> {
  const script = new Script();
  const main = await script.spawn("main");
  const libc = new LibC(script);
  const library = new ThreadLibrary(script, libc);
  await library.start(main, await libc.start(main));
  const { thread } = await library.createThread(main);
  await script.call(main, "munmap", 5, 4096);
  await script.call(thread, "mmap", 0, 0, 3, 0x22);
  const found = {
    main: await library.errorText(main),
    worker: await library.errorText(thread),
    full: await library.errorText(thread, "full"),
    after: "",
  };
  await script.call(thread, "exterrctl", 3, 0, 0);
  found.after = await library.errorText(thread);
  const title =
    "A thread library registers a record for each thread and fetches the text of its last failure";
  return { scenario: script.scenario(title, "exterr.md 6, 7"), found };
}

/** A runtime without a C library. */
export async function runBareRuntime(): Promise<
  RuntimeRun<{ failure: string | undefined; cpu: number }>
> {
  const script = new Script();
  const runtime = new BareRuntime(script);
  const first = await runtime.start(await script.spawn("main"));
  const second = await runtime.createThread(first);
  const { failure } = await runtime.call(second, "munmap", 5, 4096);
  await script.step({ do: "migrate", thread: second.thread, cpu: 1 });
  const cpu = await runtime.cpu(second);
  const title =
    "A runtime that goes its own way registers area and record of each thread itself";
  return {
    scenario: script.scenario(title, "exterr.md 7, 7; kernel_abi.md 1.3"),
    found: { failure, cpu },
  };
}

/** A loader: three libraries of which one has two text ranges, in one call or several, and one that goes away. */
export async function runLoader(
  withIdentity: boolean,
): Promise<RuntimeRun<{ cost: LoaderCost; frames: number }>> {
  const script = new Script();
  const main = await script.spawn("main");
  const scratch = await script.reserve(main, 4096);
  const loader = new Loader(script, main, scratch);
  const libraries: LoadedLibrary[] = [];
  for (const [i, ranges] of [1, 2, 1].entries()) {
    libraries.push(await mapLibrary(script, main, i, ranges));
  }
  for (const library of libraries) {
    await loader.register(library, withIdentity);
  }
  const cost = { ...loader.cost };
  await loader.unregister(libraries[2]!);
  const stack = await script.reserve(main, 4096);
  await script.writeLongs(main, stack + 0xf00, TEXT + 0x10_0004, 0, 0);
  await script.step({
    do: "set",
    thread: main,
    registers: { pc: TEXT + 4, sp: stack + 0xf00, fp: 0 },
  });
  const { frames } = await script.step({ do: "walk", thread: main });
  const how = withIdentity ? "several calls" : "one call";
  const title = `A loader registers its libraries, ${how} for each text range`;
  return {
    scenario: script.scenario(title, "kernel_abi.md 4.1"),
    found: { cost, frames: frames?.length ?? 0 },
  };
}

/** Text and table of library `index`, mapped as a loader would have. */
async function mapLibrary(
  script: Script,
  thread: number,
  index: number,
  ranges: number,
): Promise<LoadedLibrary> {
  const FIXED = 0x32;
  const start = TEXT + index * 0x10_0000;
  const table = TABLE + index * 0x10_0000;
  await script.call(thread, "mmap", start, 0x2000, 5, FIXED);
  await script.call(thread, "mmap", table, 0x1000, 3, FIXED);
  const bytes = buildSFrame({
    version: 3,
    address: table,
    functions: [0, 1].slice(0, ranges).map((page) => ({
      start: start + page * 0x1000,
      size: 0x100,
      rows: [{ start: 0, words: [8] }],
    })),
  });
  await script.writeBytes(thread, table, bytes);
  return {
    text: [0, 1].slice(0, ranges).map((page) => ({
      start: start + page * 0x1000,
      size: 0x1000,
    })),
    sframe: { start: table, size: bytes.length },
    buildId: new Uint8Array(20).fill(index + 1),
    debugLink: { name: `lib${index}.debug`, crc: 0xdead_0000 + index },
  };
}
