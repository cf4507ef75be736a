import { assert, assertEquals, assertRejects } from "@std/assert";
import { FormatError } from "../../formats/base/error.ts";
import { fuzz, tryInput } from "./harness.ts";
import { mutate, Random } from "./mutate.ts";
import { targets } from "./targets.ts";
import type { FuzzTarget } from "./target.ts";

const MUTATIONS_PER_TARGET = 300;

for (const target of targets) {
  Deno.test(`fuzz() lets only FormatError out of ${target.name}`, async () => {
    await fuzz(target, 1, MUTATIONS_PER_TARGET);
  });
}

Deno.test("mutate() gives the same bytes for the same seed and leaves its input alone", () => {
  const input = Uint8Array.from({ length: 300 }, (_, i) => i);
  const before = input.slice();
  let changed = 0;
  for (let seed = 0; seed < 200; seed++) {
    const once = mutate(input, new Random(seed), [input]);
    assertEquals(mutate(input, new Random(seed), [input]), once);
    if (once.length !== 300 || once.some((byte, i) => byte !== input[i])) {
      changed++;
    }
  }
  assertEquals(input, before);
  assert(changed > 180, `${changed} of 200 mutations changed something`);
});

Deno.test("mutate() takes empty input", () => {
  for (let seed = 0; seed < 100; seed++) {
    mutate(new Uint8Array(0), new Random(seed));
  }
});

Deno.test("fuzz() reports a foreign error with target, seed and hex", async () => {
  const broken: FuzzTarget = {
    name: "broken",
    seeds: () => [Uint8Array.of(1, 2, 3, 4)],
    run(input) {
      if (input[0] !== 1) throw new TypeError("not a data error");
    },
  };
  const error = await assertRejects(() => fuzz(broken, 1, 100), Error);
  assert(
    /fuzz target broken, seed \d+: .*not a data error/s.test(String(error)),
  );
  assert(/input \(\d+ bytes\): [0-9a-f]*$/.test(String(error)));
});

Deno.test("tryInput() accepts FormatError and refuses work beyond the limit", async () => {
  const target: FuzzTarget = {
    name: "greedy",
    seeds: () => [new Uint8Array(1)],
    run() {
      throw new FormatError({
        code: "bad-value",
        format: "test",
        field: "x",
        offset: 0,
        expected: "y",
      });
    },
  };
  assertEquals(await tryInput(target, new Uint8Array(1)), undefined);
  const greedy = { ...target, work: () => 1e9 };
  assert((await tryInput(greedy, new Uint8Array(1)))?.startsWith("work "));
});
