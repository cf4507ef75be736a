/**
 * `--format folded`: a line for each stack, outermost function first, with its number of samples, that of all events
 * together: what flame graph scripts read. `--by comm` gives the name of the thread in front that perf's script puts there.
 *
 * The kernel's functions end in `_[k]`, those of code made at run time in `_[j]`, inlined ones in `_[i]`, as those scripts
 * understand it.
 *
 * @module
 */
import {
  EMPTY_STACK,
  FrameKind,
  StackTable,
} from "../../kernel/profile/mod.ts";
import { listChildren, rankNames } from "./child_lists.ts";
import type { ProfileFormat } from "./format.ts";
import { type FunctionEntry, INLINED_KIND } from "./function_table.ts";
import { FunctionCounts } from "./stack_counts.ts";
import { FoldedLines } from "./folded_lines.ts";

/** A semicolon parts functions; a line break parts stacks, and other control characters upset terminals. */
// deno-lint-ignore no-control-regex
const CONTROLS = /[\x00-\x1f\x7f-\x9f\u2028\u2029]+/g;

/** What names end in, by kind of function. */
const TAILS: Readonly<Record<number, string>> = {
  [FrameKind.KERNEL]: "_[k]",
  [FrameKind.JIT]: "_[j]",
  [INLINED_KIND]: "_[i]",
};

/** Text of a function. */
function foldedName({ name, kind }: FunctionEntry): string {
  const plain = name.replaceAll(";", ":").replaceAll(CONTROLS, " ");
  const tail = TAILS[kind] ?? "";
  // A line without a name would be read as one without a stack.
  return `${plain.trim() || "?"}${tail}`;
}

/** Folded stacks. */
export const format: ProfileFormat = {
  name: "folded",
  open(context) {
    const { inverted, write } = context;
    const counts = new FunctionCounts(context, inverted, foldedName);
    return {
      sample: (sample) => counts.sample(sample),
      async end(): Promise<void> {
        await counts.finish();
        writeLines(counts, write);
      },
    };
  },
};

/** Writes a line for each stack, by name of function from the outermost on; events are added up. */
function writeLines(
  counts: FunctionCounts,
  write: (bytes: Uint8Array) => void,
): void {
  const { names, stacks, self, rankOf } = nameStacks(counts);
  const { first, next } = listChildren(stacks, names.length, rankOf);
  const encoder = new TextEncoder();
  const encoded = names.map((name) => encoder.encode(`;${name}`));
  const lines = new FoldedLines(write);
  for (let at = first[EMPTY_STACK]!; at !== EMPTY_STACK;) {
    lines.push(encoded[rankOf(at)]!);
    if (self[at]! > 0) lines.add(self[at]!);
    if (first[at] !== 0) {
      at = first[at]!;
      continue;
    }
    lines.pop();
    while (at !== EMPTY_STACK && next[at] === 0) {
      at = stacks.parents[at]!;
      if (at !== EMPTY_STACK) lines.pop();
    }
    at = next[at]!;
  }
  lines.flush();
}

/** Stacks of names. */
interface NamedStacks {
  /** The names, in order. */
  names: readonly string[];
  /** The stacks. */
  stacks: StackTable;
  /** Samples that end in each. */
  self: Float64Array;
  /** Index of the name of a stack's innermost function. */
  rankOf(stack: number): number;
}

function nameStacks(counts: FunctionCounts): NamedStacks {
  const { stacks, functions: { entries } } = counts;
  const placeholders = new Map<number, number>();
  const texts = entries.map(foldedName);
  for (let id = 1; id < stacks.count; id++) {
    const frame = stacks.frames[id]!;
    if (frame >= 0 || placeholders.has(frame)) continue;
    placeholders.set(frame, texts.push(foldedName(counts.entry(id))) - 1);
  }
  const { names, ranks } = rankNames(texts);
  const rankOf = (id: number): number => {
    const frame = stacks.frames[id]!;
    return ranks[frame < 0 ? placeholders.get(frame)! : frame]!;
  };
  const self = counts.self();
  return names.length === texts.length
    ? { names, stacks, self, rankOf }
    : mergeStacks(stacks, names, self, rankOf);
}

/** Makes stacks one that have the same names: what `--by` puts in front may be called like a function. */
function mergeStacks(
  stacks: StackTable,
  names: readonly string[],
  counted: Float64Array,
  rankOf: (stack: number) => number,
): NamedStacks {
  const merged = new StackTable();
  const nodes = new Int32Array(stacks.count);
  for (let id = 1; id < stacks.count; id++) {
    nodes[id] = merged.child(nodes[stacks.parents[id]!]!, rankOf(id));
  }
  const self = new Float64Array(merged.count);
  for (let id = 1; id < stacks.count; id++) self[nodes[id]!]! += counted[id]!;
  return { names, stacks: merged, self, rankOf: (id) => merged.frames[id]! };
}
