import { assertEquals } from "@std/assert";
import { SampleStacks } from "../../../cli/profile/sample_stacks.ts";
import { ProfileSample, StackTable } from "../../../kernel/profile/mod.ts";

/** Numbers that repeat from run to run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = Math.imul(state, 1664525) + 1013904223 | 0;
    return (state >>> 8) / 2 ** 24;
  };
}

Deno.test("SampleStacks.of() finds the stack that looking up every frame finds", () => {
  const next = random(7);
  for (const inverted of [false, true]) {
    const stacks = new SampleStacks(inverted);
    const plain = new StackTable();
    const roots = [0, 1].map((index) => stacks.root(index, () => `${index}`));
    const plainRoots = [0, 1].map((index) => plain.child(0, -5 - index));
    const sample = new ProfileSample();
    for (let i = 0; i < 2000; i++) {
      // Few frames that change rarely: long common parts, and depths beyond the first size of the path.
      sample.count = 1 + Math.floor(next() * (i % 100 === 0 ? 600 : 12));
      for (let k = 0; k < sample.count; k++) {
        if (next() < 0.3) sample.frames[k] = Math.floor(next() * 3);
      }
      const root = Math.floor(next() * 2);
      const { frames, count } = sample;
      assertEquals(
        stacks.of(sample, roots[root]!),
        inverted
          ? plain.internInverted(frames, count, plainRoots[root]!)
          : plain.intern(frames, count, plainRoots[root]!),
      );
    }
    assertEquals(stacks.count, plain.count);
  }
});
