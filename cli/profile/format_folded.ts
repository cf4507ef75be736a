/**
 * `--format folded`: a line for each stack, outermost function first, with its number of samples: what flame graph scripts
 * read.
 *
 * @module
 */
import { EMPTY_STACK } from "../../kernel/profile/mod.ts";
import type { ProfileFormat } from "./format.ts";
import { FunctionTree } from "./function_tree.ts";
import { StackCounts } from "./stack_counts.ts";

/** Lines that are written at once. */
const LINES_PER_WRITE = 1024;

/** A semicolon parts functions, a line break parts stacks. */
function plain(name: string): string {
  return name.replaceAll(";", ":").replaceAll(/[\r\n]/g, " ");
}

/** Folded stacks. */
export const format: ProfileFormat = {
  name: "folded",
  open({ profile, names, by, inverted, write }) {
    const counts = new StackCounts(profile, by, inverted);
    return {
      sample: (sample) => counts.sample(sample),
      async end(): Promise<void> {
        await names.loadAll();
        const tree = new FunctionTree(counts, profile.frames, names);
        const encoder = new TextEncoder();
        let lines: string[] = [];
        const flush = (): void => {
          if (lines.length > 0) write(encoder.encode(lines.join("")));
          lines = [];
        };
        for (const line of foldedLines(tree)) {
          lines.push(line);
          if (lines.length === LINES_PER_WRITE) flush();
        }
        flush();
      },
    };
  },
};

/** Lines in alphabetical order; events are added up. */
function* foldedLines(tree: FunctionTree): Generator<string> {
  const { stacks, functions } = tree;
  const names = functions.map(({ name }) => plain(name));
  const found: [path: string, count: number][] = [];
  const paths: string[] = [""];
  for (let id = 1; id < stacks.count; id++) {
    const parent = stacks.parents[id]!;
    const name = names[stacks.frames[id]!]!;
    paths.push(parent === EMPTY_STACK ? name : `${paths[parent]};${name}`);
    let count = 0;
    for (const self of tree.self) count += self[id]!;
    if (count > 0) found.push([paths[id]!, count]);
  }
  found.sort((a, b) => a[0] < b[0] ? -1 : 1);
  for (const [path, count] of found) yield `${path} ${count}\n`;
}
