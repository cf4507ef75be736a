import { assertEquals } from "@std/assert";
import { SampleStacks } from "../../../cli/profile/sample_stacks.ts";
import {
  ProfileSample,
  SAMPLE_STOPS,
  StackTable,
} from "../../../kernel/profile/mod.ts";

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

Deno.test("SampleStacks.replace() puts chains in the place of frames, and keeps roots and marks", () => {
  const next = random(11);
  // Of each frame: itself, with what was inlined in front; two frames may end in the same function.
  const chains = [[0], [11, 12, 1], [13, 0], [14, 13, 2]];
  for (const inverted of [false, true]) {
    const stacks = new SampleStacks(inverted);
    const root = stacks.root(3, () => "root");
    const sample = new ProfileSample();
    const expected = new Map<number, string>();
    for (let i = 0; i < 500; i++) {
      sample.count = 1 + Math.floor(next() * 6);
      for (let k = 0; k < sample.count; k++) {
        sample.frames[k] = Math.floor(next() * chains.length);
      }
      sample.stop = next() < 0.2
        ? SAMPLE_STOPS.indexOf("cut")
        : SAMPLE_STOPS.indexOf("end-of-stack");
      const innermostFirst = [...sample.frames.subarray(0, sample.count)]
        .flatMap((frame) => chains[frame]!.map(String));
      if (SAMPLE_STOPS[sample.stop] === "cut") {
        innermostFirst.push("[truncated]");
      }
      const path = inverted ? innermostFirst : innermostFirst.toReversed();
      expected.set(stacks.of(sample, root), ["root", ...path].join(" "));
    }
    const { stacks: replaced, ids } = stacks.replace((frame) => chains[frame]!);
    const pathOf = (stack: number): string => {
      const names: string[] = [];
      for (let at = stack; at !== 0; at = replaced.parents[at]!) {
        const frame = replaced.frames[at]!;
        names.push(frame < 0 ? replaced.placeholderName(frame) : `${frame}`);
      }
      return names.reverse().join(" ");
    };
    for (const [stack, path] of expected) {
      assertEquals(pathOf(ids[stack]!), path);
    }
    assertEquals(
      new Set([...expected.keys()].map((stack) => ids[stack])).size,
      new Set(expected.values()).size,
    );
  }
});
