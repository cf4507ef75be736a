/**
 * `--format speedscope`: JSON for speedscope: one profile for each event, stacks by weight.
 *
 * Source: speedscope's file-format-schema.json, "Type: sampled".
 *
 * @module
 */
import type { ProfileFormat } from "./format.ts";
import { FunctionTree } from "./function_tree.ts";
import { StackCounts } from "./stack_counts.ts";

const SCHEMA = "https://www.speedscope.app/file-format-schema.json";

/** speedscope. */
export const format: ProfileFormat = {
  name: "speedscope",
  open({ profile, names, by, inverted, write, paths }) {
    const counts = new StackCounts(profile, by, inverted);
    return {
      sample: (sample) => counts.sample(sample),
      async end(): Promise<void> {
        await names.loadAll();
        const tree = new FunctionTree(counts, profile.frames, names);
        const file = {
          $schema: SCHEMA,
          name: paths.join(", "),
          activeProfileIndex: 0,
          exporter: "framewalk",
          shared: {
            frames: tree.functions.map(({ name, module }) =>
              module === "" ? { name } : { name, file: module }
            ),
          },
          profiles: tree.self.map((self, event) =>
            sampledProfile(tree, self, profile.events[event]!.name)
          ),
        };
        write(new TextEncoder().encode(`${JSON.stringify(file)}\n`));
      },
    };
  },
};

/** One event's stacks, each with the number of its samples. */
function sampledProfile(
  { stacks }: FunctionTree,
  self: Float64Array,
  name: string,
): unknown {
  const samples: number[][] = [];
  const weights: number[] = [];
  for (let id = 0; id < stacks.count; id++) {
    if (self[id] === 0) continue;
    const stack: number[] = [];
    for (let at = id; at !== 0; at = stacks.parents[at]!) {
      stack.push(stacks.frames[at]!);
    }
    samples.push(stack.reverse());
    weights.push(self[id]!);
  }
  const endValue = weights.reduce((sum, weight) => sum + weight, 0);
  const shape = { type: "sampled", unit: "none", startValue: 0 };
  return { ...shape, name, endValue, samples, weights };
}
