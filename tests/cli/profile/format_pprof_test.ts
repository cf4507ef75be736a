import { assert, assertEquals } from "@std/assert";
import { Profile as Pprof } from "pprof-format";
import {
  gunzip,
  HOSTILE_NAMES,
  type LiteralSample,
  write,
} from "./literal_profile.ts";

async function read(
  samples: readonly LiteralSample[],
  options: Parameters<typeof write>[2] = {},
) {
  const pprof = Pprof.decode(
    await gunzip(await write("pprof", samples, options)),
  );
  const text = (index: number | bigint): string =>
    pprof.stringTable.strings[Number(index)]!;
  const name = (id: number | bigint): string => {
    const location = pprof.location[Number(id) - 1]!;
    return text(pprof.function[Number(location.line[0]!.functionId) - 1]!.name);
  };
  return {
    pprof,
    text,
    types: pprof.sampleType.map(({ type, unit }) =>
      `${text(type)}/${text(unit)}`
    ),
    rows: pprof.sample.map(({ locationId, value, label }) => {
      const labels = label.map(({ key, str, num }) =>
        `${text(key)}=${str ? text(str) : num}`
      );
      return [...locationId.map(name), ...value, ...labels].join(" ");
    }),
  };
}

Deno.test("pprof has the number of samples, and for each event the sum of its periods", async () => {
  const { types, rows } = await read([
    { stack: ["main", "f"], period: 5 },
    { stack: ["main", "f"], period: 6 },
    { stack: ["main", "f"], event: "cycles", period: 2 ** 40 },
    { stack: ["main"], stop: "cut", event: "cycles", period: 1 },
  ]);
  assertEquals(types, [
    "samples/count",
    "cpu-clock/nanoseconds",
    "cycles/count",
  ]);
  assertEquals(rows, [
    `f main 3 11 ${2 ** 40}`,
    "main [truncated] 1 0 1",
  ]);
});

Deno.test("pprof tells threads apart by labels", async () => {
  const samples: LiteralSample[] = [
    { stack: ["main"] },
    { stack: ["main"], tid: 8, comm: "worker", cpu: 3 },
  ];
  const labels = async (by: "thread" | "process" | "cpu" | "comm") =>
    (await read(samples, { by })).rows;
  assertEquals(await labels("thread"), [
    "main 1 1000000 thread=prog pid=7 tid=7",
    "main 1 1000000 thread=worker pid=7 tid=8",
  ]);
  assertEquals(await labels("process"), ["main 2 2000000 process=prog pid=7"]);
  assertEquals(await labels("cpu"), [
    "main 1 1000000 cpu=0",
    "main 1 1000000 cpu=3",
  ]);
  assertEquals(await labels("comm"), [
    "main 1 1000000 comm=prog",
    "main 1 1000000 comm=worker",
  ]);
});

Deno.test("pprof has the program first, then what its stacks go through, each around its addresses", async () => {
  const { pprof, text } = await read([{ stack: ["main", "k:read", "j:JS"] }]);
  assertEquals(pprof.mapping.map(({ filename }) => text(filename)), [
    "/opt/bin/prog",
    "/tmp/perf-7.map",
    "[kernel.kallsyms]",
  ]);
  assertEquals(
    text(pprof.mapping[0]!.buildId),
    "0123456789abcdef0123456789abcdef01234567",
  );
  assertEquals(pprof.location.length, 3);
  for (const { mappingId, address } of pprof.location) {
    const { memoryStart, memoryLimit } = pprof.mapping[Number(mappingId) - 1]!;
    assert(BigInt(address) >= BigInt(memoryStart));
    assert(BigInt(address) < BigInt(memoryLimit));
  }
  // The kernel is in the upper half of the address space.
  assert(BigInt(pprof.mapping[2]!.memoryStart) > 1n << 63n);
});

Deno.test("pprof holds stacks of any number and depth", async () => {
  const samples = Array.from({ length: 3000 }, (_, i): LiteralSample => ({
    stack: Array.from(
      { length: i === 0 ? 16_000 : 1 + i % 90 },
      (_, depth) => `f${(i * depth) % 1000}`,
    ),
    period: 1,
  }));
  const { rows } = await read(samples);
  let total = 0;
  for (const row of rows) total += Number(row.split(" ").at(-2));
  assertEquals(total, 3000);
  assert(rows.some((row) => row.split(" ").length === 16_002));
});

Deno.test("pprof takes any name", async () => {
  const { rows } = await read(HOSTILE_NAMES.map((name) => ({ stack: [name] })));
  assertEquals(rows.length, HOSTILE_NAMES.length);
  assert(rows.includes("a;b 1 1000000"));
});

Deno.test("pprof of no samples is a profile all the same", async () => {
  const { types, rows } = await read([]);
  assertEquals(types, ["samples/count"]);
  assertEquals(rows, []);
});
