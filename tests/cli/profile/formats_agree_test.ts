import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Profile as Pprof } from "pprof-format";
import type { ProfileBy } from "../../../cli/profile/format.ts";
import {
  gunzip,
  type LiteralSample,
  write,
  writeText,
} from "./literal_profile.ts";

const NAMES = ["a", "b", "b+1", "c;d", "k:read", "j:JS", "?", "k:?"];

const SAMPLE: fc.Arbitrary<LiteralSample> = fc.record({
  stack: fc.array(fc.constantFrom(...NAMES), { maxLength: 6 }),
  comm: fc.constantFrom("prog", "worker", "a;b\n"),
  pid: fc.constantFrom(0, 7, 8),
  tid: fc.constantFrom(7, 9),
  cpu: fc.constantFrom(-1, 0, 1),
  event: fc.constantFrom("cpu-clock", "cycles", "faults"),
  period: fc.constantFrom(0, 1, 2 ** 40),
  stop: fc.constantFrom("end-of-stack", "cut", "no-row", "no-stack"),
});

/** How many samples each format tells. */
async function countAll(
  samples: readonly LiteralSample[],
  by: ProfileBy | undefined,
): Promise<Record<string, number>> {
  const text = (name: string) => writeText(name, samples, { by, json: true });
  const sum = (values: Iterable<number | bigint>): number => {
    let total = 0;
    for (const value of values) total += Number(value);
    return total;
  };
  const folded = (await text("folded")).split("\n").slice(0, -1);
  const speedscope = JSON.parse(await text("speedscope"));
  const pprof = Pprof.decode(
    await gunzip(await write("pprof", samples, { by })),
  );
  const firefox = JSON.parse(new TextDecoder().decode(
    await gunzip(await write("firefox", samples, { by })),
  ));
  const summary = JSON.parse(await text("summary"));
  const svg = /<title>all: (\d+) samples/.exec(await text("svg"))!;
  return {
    folded: sum(folded.map((line) => Number(line.split(" ").at(-1)))),
    speedscope: sum(
      speedscope.profiles.map(({ weights }: { weights: number[] }) =>
        sum(weights)
      ),
    ),
    pprof: sum(pprof.sample.map(({ value }) => value[0]!)),
    firefox: sum(
      firefox.threads.map(({ samples }: { samples: { length: number } }) =>
        samples.length
      ),
    ),
    summary: summary.samples,
    groups: sum(
      (summary.groups ?? [summary]).map((group: { samples: number }) =>
        group.samples
      ),
    ),
    svg: Number(svg[1]),
  };
}

Deno.test("all formats tell as many samples as there are", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(SAMPLE, { maxLength: 30 }),
      fc.constantFrom(undefined, "thread", "process", "cpu", "comm"),
      async (samples, by) => {
        const counts = await countAll(samples, by as ProfileBy | undefined);
        for (const [format, count] of Object.entries(counts)) {
          assertEquals(count, samples.length, format);
        }
      },
    ),
    { numRuns: 60, seed: 5 },
  );
});
