import { assert, assertEquals } from "@std/assert";
import { breakpadId } from "../../../cli/profile/firefox_tables.ts";
import {
  gunzip,
  HOSTILE_NAMES,
  type LiteralSample,
  write,
} from "./literal_profile.ts";

/** A table: columns of equal length. */
type Table = { length: number } & Record<string, unknown[]>;

// deno-lint-ignore no-explicit-any -- as loose as JSON is
type Loose = any;

async function readFile(
  samples: readonly LiteralSample[],
  options: Parameters<typeof write>[2] = {},
): Promise<Loose> {
  const bytes = await gunzip(await write("firefox", samples, options));
  const file = JSON.parse(
    new TextDecoder("utf-8", { fatal: true }).decode(bytes),
  );
  const { stringArray, sourceLocationTable: _, ...tables } = file.shared;
  for (const table of Object.values<Table>(tables)) checkColumns(table);
  assert(stringArray.every((text: unknown) => typeof text === "string"));
  return file;
}

function checkColumns({ length, ...columns }: Table): void {
  for (const [name, column] of Object.entries(columns)) {
    if (Array.isArray(column)) assertEquals(column.length, length, name);
  }
}

/** Each track with its samples as time, stack and CPU time. */
function tracksOf({ threads, shared }: Loose): Record<string, string[]> {
  const { stackTable, frameTable, funcTable, stringArray } = shared;
  const path = (stack: number | null): string[] => {
    if (stack === null) return [];
    const name = funcTable.name[frameTable.func[stackTable.frame[stack]]];
    assert((stackTable.prefix[stack] ?? -1) < stack);
    return [...path(stackTable.prefix[stack]), stringArray[name]];
  };
  const tracks: Record<string, string[]> = {};
  for (const { name, pid, tid, samples } of threads) {
    checkColumns(samples);
    let time = 0;
    tracks[`${name} ${pid} ${tid}`] = samples.stack.map(
      (stack: number, i: number) => {
        time += samples.timeDeltas[i];
        const cpu = samples.threadCPUDelta?.[i] ?? "-";
        return `${Math.round(time * 1e6)} ${path(stack).join(" ")} ${cpu}`;
      },
    );
  }
  return tracks;
}

Deno.test("firefox has a track for each thread, samples in the order of time", async () => {
  const file = await readFile([
    { stack: ["main", "f"], time: 5e9 },
    { stack: ["main", "g"], time: 5e9 + 100, tid: 8, comm: "worker" },
    { stack: ["main"], time: 5e9 + 300, stop: "cut", period: 9 },
    // Came too late: the page needs order.
    { stack: ["main"], time: 5e9 + 200 },
  ]);
  assertEquals(tracksOf(file), {
    "prog 7 7": [
      "0 main f 1000000",
      "300 [truncated] main 9",
      "300 main 1000000",
    ],
    "worker 7 8": ["100 main g 1000000"],
  });
  assertEquals(
    file.threads.map(({ isMainThread }: Loose) => isMainThread),
    [true, false],
  );
  assert(file.meta.profilingEndTime > 300e-6);
  assertEquals(file.meta.symbolicated, true);
});

Deno.test("firefox tells user, kernel and run-time code apart and addresses within their files", async () => {
  const { meta, shared, libs } = await readFile([{
    stack: ["main+3", "k:read", "j:JS", "?"],
  }]);
  const { frameTable, funcTable, resourceTable, nativeSymbols, stringArray } =
    shared;
  const rows = frameTable.func.map((func: number, i: number) => [
    stringArray[funcTable.name[func]],
    meta.categories[frameTable.category[i]].name,
    libs[resourceTable.lib[funcTable.resource[func]]].name,
    frameTable.address[i],
    frameTable.nativeSymbol[i] === null
      ? null
      : nativeSymbols.address[frameTable.nativeSymbol[i]],
  ]);
  assertEquals(rows, [
    ["main", "User", "prog", 0x403, 0x400],
    ["read", "Kernel", "[kernel.kallsyms]", -1, null],
    ["JS", "JIT", "perf-7.map", -1, null],
    ["[prog]", "User", "prog", 0x100, null],
  ]);
  assertEquals(libs[1].breakpadId, "67452301AB89EFCD0123456789ABCDEF0");
  assertEquals(libs[1].codeId, "0123456789abcdef0123456789abcdef01234567");
});

Deno.test("firefox keeps events, captures and what --by says on tracks of their own", async () => {
  const samples: LiteralSample[] = [
    { stack: ["a"], cpu: 1 },
    { stack: ["b"], event: "faults", cpu: 1 },
    { stack: ["c"], capture: 1, time: 3, cpu: 2 },
  ];
  assertEquals(tracksOf(await readFile(samples)), {
    "prog (cpu-clock) 7 7/cpu-clock": ["0 a 1000000"],
    "prog (faults) 7 7/faults": ["1000000 b -"],
    "prog (cpu-clock) 7.2 7.2/cpu-clock": ["0 c 1000000"],
  });
  const names = async (by: "process" | "cpu" | "comm") =>
    (await readFile(samples, { by })).threads.map(({ name }: Loose) => name);
  assertEquals(await names("cpu"), [
    "cpu 1 (cpu-clock)",
    "cpu 1 (faults)",
    "cpu 2 (cpu-clock)",
  ]);
  assertEquals((await names("process"))[0], "prog 7 (cpu-clock)");
  assertEquals((await names("comm"))[0], "prog (cpu-clock)");
});

Deno.test("firefox tells how busy threads were in one unit", async () => {
  const unitAndTracks = async (samples: readonly LiteralSample[]) => {
    const file = await readFile(samples);
    return [file.meta.sampleUnits.threadCPUDelta, tracksOf(file)];
  };
  assertEquals(
    await unitAndTracks([{ stack: ["a"], event: "cycles:u", period: 5 }]),
    ["variable CPU cycles", { "prog 7 7": ["0 a 5"] }],
  );
  assertEquals(
    await unitAndTracks([
      { stack: ["a"], event: "cycles:u", period: 5 },
      { stack: ["a"], event: "task-clock", period: 6, time: 1e9 },
    ]),
    ["ns", {
      "prog (cycles:u) 7 7/cycles:u": ["0 a -"],
      "prog (task-clock) 7 7/task-clock": ["0 a 6"],
    }],
  );
});

Deno.test("firefox is plain JSON for a file whose name says so", async () => {
  const bytes = await write("firefox", [{ stack: ["main"] }], {
    output: "profile.json",
  });
  assertEquals(JSON.parse(new TextDecoder().decode(bytes)).threads.length, 1);
});

Deno.test("firefox keeps every sample of many", async () => {
  const samples = Array.from({ length: 5000 }, (_, i): LiteralSample => ({
    stack: ["main", `f${i % 7}`],
    time: 1e9 + i * 250_000,
    period: i,
  }));
  const [track] = Object.values(tracksOf(await readFile(samples)));
  assertEquals(track!.length, 5000);
  assertEquals(track![4999], `${4999 * 250_000} main f${4999 % 7} 4999`);
});

Deno.test("firefox takes any name, and no samples", async () => {
  const file = await readFile(HOSTILE_NAMES.map((name) => ({ stack: [name] })));
  assertEquals(Object.values(tracksOf(file))[0]!.length, HOSTILE_NAMES.length);
  assertEquals((await readFile([])).threads, []);
});

Deno.test("breakpadId() takes build ids of any length", () => {
  assertEquals(breakpadId(""), "000000000000000000000000000000000");
  assertEquals(breakpadId("0a1b"), "00001B0A0000000000000000000000000");
});
