/**
 * Where each box of a flame graph lies.
 *
 * @module
 */
import { EMPTY_STACK } from "../../kernel/profile/mod.ts";
import { type ChildLists, listChildren, rankNames } from "./child_lists.ts";
import { type FunctionEntry, PLACEHOLDER_KIND } from "./function_table.ts";
import type { FunctionCounts } from "./stack_counts.ts";

/** One box: a function as called by what lies below it. */
export interface FlameBox {
  /** What the box shows. */
  entry: FunctionEntry;
  /** Rows below it. */
  depth: number;
  /** Samples to the left of it. */
  start: number;
  /** Samples in it. */
  count: number;
}

/** Boxes and what they add up to. */
export interface FlameLayout {
  /** The boxes, the root first; callers come before what they call. */
  boxes: FlameBox[];
  /** Samples in all. */
  total: number;
  /** Rows. */
  depth: number;
  /** Boxes left out. */
  hiddenCount: number;
}

/** What a layout is made from. */
export type FlameCounts = Pick<
  FunctionCounts,
  "stacks" | "functions" | "self" | "sumUp" | "entry"
>;

/**
 * Lays out the stacks of all events together. The narrowest boxes are left out, with what is above them: those of less
 * than `least` of the whole, which nobody could see, and as many more as are beyond `most` boxes.
 */
export function layOutFlames(
  counts: FlameCounts,
  least: number,
  most: number,
): FlameLayout {
  const { stacks } = counts;
  const totals = counts.sumUp(counts.self());
  const total = totals[EMPTY_STACK]!;
  const root = { name: "all", module: "", kind: PLACEHOLDER_KIND };
  const layout: FlameLayout = {
    boxes: [{ entry: root, depth: 0, start: 0, count: total }],
    total,
    depth: 1,
    hiddenCount: 0,
  };
  const { first, next } = orderedChildren(
    counts,
    totals,
    chooseLeast(totals, least, most),
  );
  /** Stacks whose children are to be placed, with the place where they begin. */
  const open = [{ stack: EMPTY_STACK, start: 0, depth: 1 }];
  while (open.length > 0) {
    const { stack, start, depth } = open.pop()!;
    let at = start;
    for (let child = first[stack]!; child !== 0; child = next[child]!) {
      const count = totals[child]!;
      const entry = counts.entry(child);
      layout.boxes.push({ entry, depth, start: at, count });
      layout.depth = Math.max(layout.depth, depth + 1);
      open.push({ stack: child, start: at, depth: depth + 1 });
      at += count;
    }
  }
  layout.hiddenCount = stacks.count - layout.boxes.length;
  return layout;
}

/** Samples that a box must have. */
function chooseLeast(
  totals: Float64Array,
  least: number,
  most: number,
): number {
  const visible = Math.max(1, totals[EMPTY_STACK]! * least);
  if (totals.length <= most) return visible;
  // Ties would be too many again.
  return Math.max(visible, totals.slice().sort()[totals.length - most]! + 1);
}

/** The stacks above each stack, in the order of their names, but those of less than `least` samples. */
function orderedChildren(
  counts: FlameCounts,
  totals: Float64Array,
  least: number,
): ChildLists {
  const { stacks, functions: { entries } } = counts;
  const { names, ranks } = rankNames(entries.map(({ name }) => name));
  // Marks and roots come first, in the order in which they were met.
  const placeholders = new Map<number, number>();
  for (let id = 1; id < stacks.count; id++) {
    const frame = stacks.frames[id]!;
    if (frame < 0 && !placeholders.has(frame)) {
      placeholders.set(frame, placeholders.size);
    }
  }
  const { size } = placeholders;
  return listChildren(stacks, size + names.length, (id) => {
    if (totals[id]! < least) return -1;
    const frame = stacks.frames[id]!;
    return frame < 0 ? placeholders.get(frame)! : size + ranks[frame]!;
  });
}
