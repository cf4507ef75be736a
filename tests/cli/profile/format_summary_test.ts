import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  HOSTILE_NAMES,
  type LiteralSample,
  writeText,
} from "./literal_profile.ts";

const SAMPLES: readonly LiteralSample[] = [
  { stack: ["main", "f", "g"], time: 1e9 },
  { stack: ["main", "f", "f"], time: 2e9, tid: 8, comm: "worker" },
  { stack: ["f"], time: 2e9, stop: "cut", event: "faults" },
  { stack: ["main", "k:read"], time: 3.5e9, pid: 9 },
];

Deno.test("summary counts a function once in a stack, however often it calls itself", async () => {
  const summary = JSON.parse(
    await writeText("summary", SAMPLES, { json: true }),
  );
  const { functions, stops, events, samples, seconds, processes, threads } =
    summary;
  assertEquals(
    functions.map(({ name, self, total }: Record<string, unknown>) =>
      `${name} ${self} ${total}`
    ),
    ["f 2 3", "g 1 1", "read 1 1", "main 0 3"],
  );
  assertEquals(stops, { "end-of-stack": 3, cut: 1 });
  assertEquals(events, [
    { name: "cpu-clock", samples: 3 },
    { name: "faults", samples: 1 },
  ]);
  assertEquals({ samples, seconds, processes, threads }, {
    samples: 4,
    seconds: 2.5,
    processes: 2,
    threads: 3,
  });
});

Deno.test("summary tells samples by thread if asked, most first", async () => {
  const options = { by: "thread", json: true } as const;
  const { groups } = JSON.parse(await writeText("summary", SAMPLES, options));
  assertEquals(groups, [
    { name: "prog 7/7", samples: 2 },
    { name: "worker 7/8", samples: 1 },
    { name: "prog 9/9", samples: 1 },
  ]);
  const text = await writeText("summary", SAMPLES, { by: "thread" });
  assertStringIncludes(text, "Samples by thread\n   50.0%  prog 7/7\n");
});

Deno.test("summary of captures of different days takes as long as they did", async () => {
  const { seconds } = JSON.parse(
    await writeText("summary", [
      { stack: ["a"], time: 1e15 },
      { stack: ["a"], time: 1e15 + 1e9 },
      { stack: ["a"], time: 0, capture: 1 },
      { stack: ["a"], time: 3e9, capture: 1 },
    ], { json: true }),
  );
  assertEquals(seconds, 4);
});

Deno.test("summary says how walks ended and where the time went", async () => {
  const text = await writeText("summary", SAMPLES);
  assertStringIncludes(
    text,
    "4 samples (3 cpu-clock, 1 faults) in 2.50 s, 2 processes, 3 threads",
  );
  assertStringIncludes(text, "   25.0%  where the copied stack ends");
  assertStringIncludes(text, "50.0%   75.0%  f  prog\n");
});

Deno.test("summary is fit for a terminal whatever functions are called", async () => {
  const text = await writeText(
    "summary",
    HOSTILE_NAMES.map((name) => ({ stack: [name], comm: name })),
    { by: "comm" },
  );
  // deno-lint-ignore no-control-regex
  assert(!/[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e]/.test(text));
  for (const line of text.split("\n").slice(-15)) assert(line.length <= 80);
});

Deno.test("summary of no samples is no error", async () => {
  assertStringIncludes(await writeText("summary", []), "0 samples of no event");
});
