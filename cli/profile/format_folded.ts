/**
 * `--format folded`: a line for each stack, outermost function first, with its number of samples, that of all events
 * together: what flame graph scripts read. `--by comm` gives the name of the thread in front that perf's script puts there.
 *
 * The kernel's functions end in `_[k]`, and those of code made at run time in `_[j]`, as those scripts understand it.
 *
 * @module
 */
import { EMPTY_STACK, FrameKind } from "../../kernel/profile/mod.ts";
import type { ProfileFormat } from "./format.ts";
import type { FunctionEntry } from "./function_table.ts";
import { FunctionCounts } from "./stack_counts.ts";
import { PieceWriter } from "./text_pieces.ts";

/** A semicolon parts functions; a line break parts stacks, and other control characters upset terminals. */
// deno-lint-ignore no-control-regex
const CONTROLS = /[\x00-\x1f\x7f-\x9f\u2028\u2029]+/g;

/** Text of a function. */
function foldedName({ name, kind }: FunctionEntry): string {
  const plain = name.replaceAll(";", ":").replaceAll(CONTROLS, " ");
  const tail = kind === FrameKind.KERNEL
    ? "_[k]"
    : kind === FrameKind.JIT
    ? "_[j]"
    : "";
  // A line without a name would be read as one without a stack.
  return `${plain.trim() || "?"}${tail}`;
}

/** Folded stacks. */
export const format: ProfileFormat = {
  name: "folded",
  open(context) {
    const counts = new FunctionCounts(context, context.inverted);
    return {
      sample: (sample) => counts.sample(sample),
      async end(): Promise<void> {
        const output = new PieceWriter(context.write);
        for (const line of foldedLines(counts)) await output.text(line);
        await output.flush();
      },
    };
  },
};

/** Lines in alphabetical order; events, and files that have functions of the same name, are added up. */
function* foldedLines(counts: FunctionCounts): Generator<string> {
  const { stacks, functions } = counts;
  const self = counts.self();
  const names = functions.entries.map(foldedName);
  const found: [path: string, count: number][] = [];
  const paths: string[] = [""];
  for (let id = 1; id < stacks.count; id++) {
    const parent = stacks.parents[id]!;
    const name = names[stacks.frames[id]!] ?? foldedName(counts.entry(id));
    paths.push(parent === EMPTY_STACK ? name : `${paths[parent]};${name}`);
    if (self[id]! > 0) found.push([paths[id]!, self[id]!]);
  }
  found.sort((a, b) => a[0] < b[0] ? -1 : 1);
  for (let i = 0; i < found.length;) {
    const [path] = found[i]!;
    let count = 0;
    for (; i < found.length && found[i]![0] === path; i++) {
      count += found[i]![1];
    }
    yield `${path} ${count}\n`;
  }
}
