/**
 * Counts by function: stacks of places in code become stacks of functions.
 *
 * @module
 */
import {
  EMPTY_STACK,
  FrameKind,
  type FrameNames,
  type FrameTable,
  StackTable,
} from "../../kernel/profile/mod.ts";
import type { SampleStacks } from "./sample_stacks.ts";

/** Kind of what is no code: roots, and marks of stacks that are not whole. */
export const PLACEHOLDER_KIND = -1;

/** A function, or code that nothing names. */
export interface FunctionEntry {
  /** Name; `[file]` for code of a file without one, the address where there is no file. */
  name: string;
  /** Path of its file. */
  module: string;
  /** A value of `FrameKind`, or {@linkcode PLACEHOLDER_KIND}. */
  kind: number;
}

/** See the module's description. */
export class FunctionTree {
  /** The functions, by id: what the tree's frames are. */
  readonly functions: FunctionEntry[] = [];
  /** Stacks of functions. */
  readonly stacks: StackTable = new StackTable();
  /** Samples that end in each stack, by event. */
  readonly self: Float64Array[];
  /** Samples that end in or above each stack, by event. */
  readonly total: Float64Array[];

  /** For each stack of places its stack of functions. */
  readonly nodes: Int32Array;

  /**
   * Sums up. The names of all frames must have been loaded.
   *
   * @param stacks Stacks of places in code.
   * @param counts Samples that end in each, by event.
   */
  constructor(
    stacks: SampleStacks,
    counts: readonly Float64Array[],
    frames: FrameTable,
    names: FrameNames,
  ) {
    const functionOf = this.nameFrames(stacks, frames, names);
    const nodes = new Int32Array(stacks.count);
    for (let id = 1; id < stacks.count; id++) {
      const parent = nodes[stacks.parents[id]!]!;
      nodes[id] = this.stacks.child(parent, functionOf(stacks.frames[id]!));
    }
    this.nodes = nodes;
    this.self = counts.map((byStack) => {
      const self = new Float64Array(this.stacks.count);
      const count = Math.min(stacks.count, byStack.length);
      for (let id = 0; id < count; id++) self[nodes[id]!]! += byStack[id]!;
      return self;
    });
    this.total = this.self.map((self) => this.sumUp(self));
  }

  /** Self counts plus those of all stacks above: parents have smaller ids. */
  sumUp(self: Float64Array): Float64Array {
    const total = self.slice();
    for (let id = this.stacks.count - 1; id > 0; id--) {
      total[this.stacks.parents[id]!]! += total[id]!;
    }
    return total;
  }

  /** Name of a stack's innermost function. */
  nameOf(stack: number): string {
    return this.functions[this.stacks.frames[stack]!]!.name;
  }

  /** The functions of a stack, outermost first. */
  path(stack: number): number[] {
    const path: number[] = [];
    const { parents, frames } = this.stacks;
    for (let at = stack; at !== EMPTY_STACK; at = parents[at]!) {
      path.push(frames[at]!);
    }
    return path.reverse();
  }

  /** Gives each frame its function's id. */
  private nameFrames(
    stacks: SampleStacks,
    frames: FrameTable,
    names: FrameNames,
  ): (frame: number) => number {
    const byKey = new Map<string, number>();
    const add = (entry: FunctionEntry): number => {
      const key = `${entry.kind} ${entry.module}\0${entry.name}`;
      let id = byKey.get(key);
      if (id === undefined) {
        id = this.functions.push(entry) - 1;
        byKey.set(key, id);
      }
      return id;
    };
    const byFrame = new Map<number, number>();
    return (frame) => {
      let id = byFrame.get(frame);
      if (id === undefined) {
        id = add(describeFrame(frame, stacks, frames, names));
        byFrame.set(frame, id);
      }
      return id;
    };
  }
}

/** The function of a frame, or what the frame stands for. */
export function describeFrame(
  frame: number,
  stacks: SampleStacks,
  frames: FrameTable,
  names: FrameNames,
): FunctionEntry {
  if (frame < 0) {
    const name = stacks.placeholderName(frame);
    return { name, module: "", kind: PLACEHOLDER_KIND };
  }
  const { symbol, module } = names.name(frame);
  const kind = frames.kinds[frame]!;
  if (symbol !== undefined) return { name: symbol, module, kind };
  const file = module.slice(module.lastIndexOf("/") + 1);
  const name = kind === FrameKind.KERNEL ? "[kernel]" : bracketed(file);
  return { name, module, kind };
}

function bracketed(name: string): string {
  return name.startsWith("[") ? name : `[${name}]`;
}
