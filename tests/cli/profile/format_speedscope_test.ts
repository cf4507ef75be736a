import { assert, assertEquals } from "@std/assert";
import { z } from "zod";
import {
  HOSTILE_NAMES,
  type LiteralSample,
  writeText,
} from "./literal_profile.ts";

/** What speedscope's schema asks of files with sampled profiles. */
const FILE = z.strictObject({
  $schema: z.literal("https://www.speedscope.app/file-format-schema.json"),
  exporter: z.string(),
  name: z.string(),
  activeProfileIndex: z.int(),
  shared: z.strictObject({
    frames: z.array(
      z.strictObject({ name: z.string(), file: z.string().optional() }),
    ),
  }),
  profiles: z.array(z.strictObject({
    type: z.literal("sampled"),
    unit: z.literal("none"),
    startValue: z.number(),
    endValue: z.number(),
    name: z.string(),
    samples: z.array(z.array(z.int())),
    weights: z.array(z.number()),
  })),
});

async function read(
  samples: readonly LiteralSample[],
  options: Parameters<typeof writeText>[2] = {},
) {
  const { profiles, shared: { frames } } = FILE.parse(
    JSON.parse(await writeText("speedscope", samples, options)),
  );
  return profiles.map(({ name, samples, weights, endValue }) => {
    assertEquals(weights.length, samples.length);
    assertEquals(weights.reduce((sum, weight) => sum + weight, 0), endValue);
    return {
      name,
      runs: samples.map((stack, i) =>
        `${stack.map((index) => frames[index]!.name).join(" ")} ${weights[i]}`
      ),
    };
  });
}

Deno.test("speedscope keeps the order of time and joins equal neighbours", async () => {
  assertEquals(
    await read([
      { stack: ["main", "f+1"] },
      { stack: ["main", "f+2"] },
      { stack: ["main"] },
      { stack: ["main", "f"], stop: "cut" },
      { stack: ["main", "f"] },
    ]),
    [{
      name: "cpu-clock",
      runs: ["main f 2", "main 1", "[truncated] main f 1", "main f 1"],
    }],
  );
});

Deno.test("speedscope has a profile for each event, and for each thread that --by keeps apart", async () => {
  const samples: LiteralSample[] = [
    { stack: ["a"], event: "cycles" },
    { stack: ["b"], event: "faults", tid: 8 },
    { stack: ["b"], event: "faults", tid: 8 },
    { stack: ["c"], event: "cycles", tid: 8 },
  ];
  assertEquals(await read(samples), [
    { name: "cycles", runs: ["a 1", "c 1"] },
    { name: "faults", runs: ["b 2"] },
  ]);
  assertEquals(await read(samples, { by: "thread" }), [
    { name: "prog 7/8 (faults)", runs: ["b 2"] },
    { name: "prog 7/7 (cycles)", runs: ["a 1"] },
    { name: "prog 7/8 (cycles)", runs: ["c 1"] },
  ]);
});

Deno.test("speedscope --inverted begins with the innermost function", async () => {
  const [profile] = await read([{ stack: ["main", "f"], stop: "cut" }], {
    inverted: true,
  });
  assertEquals(profile!.runs, ["f main [truncated] 1"]);
});

Deno.test("speedscope is JSON whatever functions are called", async () => {
  const [profile] = await read(
    HOSTILE_NAMES.map((name) => ({ stack: [name] })),
  );
  assertEquals(profile!.runs.length, HOSTILE_NAMES.length);
  assert(profile!.runs.includes("<script>alert(1)</script> 1"));
});

Deno.test("speedscope has one empty profile for no samples", async () => {
  assertEquals(await read([]), [{ name: "no samples", runs: [] }]);
});
