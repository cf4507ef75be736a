/**
 * Where each box of a flame graph lies.
 *
 * @module
 */
import type { FunctionTree } from "./function_tree.ts";

/** One box: a function as called by what lies below it. */
export interface FlameBox {
  /** Text of the box. */
  name: string;
  /** Path of the function's file; empty for roots. */
  module: string;
  /** A value of `FrameKind`; −1 for roots. */
  kind: number;
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
}

/**
 * Lays out the stacks of all events together. Boxes narrower than `least` of the whole are left out, with what is above
 * them: nobody could see them.
 */
export function layOutFlames(tree: FunctionTree, least: number): FlameLayout {
  const { stacks, functions } = tree;
  const totals = new Float64Array(stacks.count);
  for (const byStack of tree.total) {
    for (let id = 0; id < stacks.count; id++) totals[id]! += byStack[id]!;
  }
  const total = totals[0]!;
  const all: FlameBox = {
    name: "all",
    module: "",
    kind: -1,
    depth: 0,
    start: 0,
    count: total,
  };
  const layout: FlameLayout = { boxes: [all], total, depth: 1 };
  const children = childLists(tree, totals, total * least);
  /** Stacks whose children are to be placed, with the place where they begin. */
  const open: { stack: number; start: number; depth: number }[] = [
    { stack: 0, start: 0, depth: 1 },
  ];
  while (open.length > 0) {
    const { stack, start, depth } = open.pop()!;
    let at = start;
    for (const child of children.get(stack) ?? []) {
      const { name, module, kind } = functions[stacks.frames[child]!]!;
      const count = totals[child]!;
      layout.boxes.push({ name, module, kind, depth, start: at, count });
      layout.depth = Math.max(layout.depth, depth + 1);
      open.push({ stack: child, start: at, depth: depth + 1 });
      at += count;
    }
  }
  return layout;
}

/** The stacks above each stack, in the order of their names. */
function childLists(
  tree: FunctionTree,
  totals: Float64Array,
  least: number,
): Map<number, number[]> {
  const lists = new Map<number, number[]>();
  const { parents, count } = tree.stacks;
  for (let id = 1; id < count; id++) {
    if (totals[id]! < least || totals[id] === 0) continue;
    const list = lists.get(parents[id]!);
    if (list === undefined) lists.set(parents[id]!, [id]);
    else list.push(id);
  }
  for (const list of lists.values()) {
    list.sort((a, b) => tree.nameOf(a) < tree.nameOf(b) ? -1 : 1);
  }
  return lists;
}
