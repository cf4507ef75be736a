/**
 * The stacks of samples, each once, with what is not code but has to be seen in them.
 *
 * @module
 */
import {
  EMPTY_STACK,
  type ProfileSample,
  SAMPLE_STOPS,
  SampleStop,
  StackTable,
} from "../../kernel/profile/mod.ts";
import type { FunctionTable } from "./function_table.ts";

/** What stands for the frames that a walk did not reach. Frames below -1 stand for no code; -1 is the empty stack's. */
export const Mark = {
  /** The copy of the stack ends, and the stack goes on. */
  TRUNCATED: -2,
  /** The walk got stuck: no unwind data, no file, unreadable memory. */
  INCOMPLETE: -3,
  /** The sample has no frames at all. */
  NO_STACK: -4,
} as const;

/** Names of the marks, by {@linkcode markIndex}. */
export const MARK_NAMES: readonly string[] = [
  "[truncated]",
  "[incomplete]",
  "[no stack]",
];

/** Number of a mark, from 0 on. */
export function markIndex(mark: number): number {
  return Mark.TRUNCATED - mark;
}

const FIRST_ROOT = Mark.TRUNCATED - MARK_NAMES.length;

/** The mark for each way in which a walk can end; 0 for none. */
const MARK_OF_STOP: Int32Array = Int32Array.from(
  SAMPLE_STOPS,
  (name, stop) => {
    if (stop === SampleStop.CUT) return Mark.TRUNCATED;
    const isWhole = name === "end-of-stack" || name === "chain" ||
      name === "no-stack";
    return isWhole ? 0 : Mark.INCOMPLETE;
  },
);

/**
 * A table of stacks in which a stack that does not reach its thread's first function begins with a mark, so that it is
 * not taken for one that does. Frames below -1 are marks and roots: {@linkcode SampleStacks.placeholderName}.
 *
 * Outer frames rarely change from sample to sample; only those that do are looked up.
 */
export class SampleStacks extends StackTable {
  private readonly inverted: boolean;
  private readonly functions: FunctionTable | undefined;
  private readonly rootStacks: number[] = [];
  private readonly rootNames: (() => string)[] = [];
  /** The last sample's frames, from the root on, and the stack up to each of them. */
  private path: Int32Array = new Int32Array(256);
  private pathStacks: Int32Array = new Int32Array(256);
  private pathLength = 0;
  private pathRoot = EMPTY_STACK;

  /**
   * No stacks yet.
   *
   * @param inverted Whether stacks begin with their innermost frame.
   * @param functions If given, functions take the place of frames.
   */
  constructor(inverted: boolean, functions?: FunctionTable) {
    super();
    this.inverted = inverted;
    this.functions = functions;
  }

  /** The stack that is nothing but root `index`; `name` is asked for at the end. */
  root(index: number, name: () => string): number {
    const known = this.rootStacks[index];
    if (known !== undefined) return known;
    this.rootNames[index] = name;
    const stack = this.child(EMPTY_STACK, FIRST_ROOT - index);
    this.rootStacks[index] = stack;
    return stack;
  }

  /** Whether `frame` is a root. */
  isRoot(frame: number): boolean {
    return frame <= FIRST_ROOT;
  }

  /** Number of the root that `frame` is. */
  rootIndex(frame: number): number {
    return FIRST_ROOT - frame;
  }

  /** Text of `frame`, which is a mark or a root. */
  placeholderName(frame: number): string {
    return frame <= FIRST_ROOT
      ? this.rootNames[FIRST_ROOT - frame]!()
      : MARK_NAMES[markIndex(frame)]!;
  }

  /** The stack of a sample, above `root`. */
  of({ frames, count, stop }: ProfileSample, root: number): number {
    const mark = count === 0 ? Mark.NO_STACK : MARK_OF_STOP[stop]!;
    const start = mark === 0 || this.inverted ? root : this.child(root, mark);
    const stack = this.extend(start, frames, count);
    return mark !== 0 && this.inverted ? this.child(stack, mark) : stack;
  }

  /**
   * The same stacks with others in the place of each frame.
   *
   * @param chainOf What takes a frame's place, innermost first.
   * @returns The stacks, and the id that each of the old ones has among them.
   */
  replace(
    chainOf: (frame: number) => readonly number[],
  ): { stacks: SampleStacks; ids: Int32Array } {
    const stacks = new SampleStacks(this.inverted);
    this.rootNames.forEach((name, index) => stacks.root(index, name));
    const chains: (readonly number[])[] = [];
    const ids = new Int32Array(this.count);
    for (let id = 1; id < this.count; id++) {
      const frame = this.frames[id]!;
      let stack = ids[this.parents[id]!]!;
      if (frame < 0) stack = stacks.child(stack, frame);
      else {
        const chain = chains[frame] ??= chainOf(frame);
        for (let i = 0; i < chain.length; i++) {
          const at = this.inverted ? i : chain.length - 1 - i;
          stack = stacks.child(stack, chain[at]!);
        }
      }
      ids[id] = stack;
    }
    return { stacks, ids };
  }

  /** The stack that is `root` with a sample's frames. */
  private extend(root: number, frames: Int32Array, count: number): number {
    const last = this.inverted ? 0 : count - 1;
    const step = this.inverted ? 1 : -1;
    if (count > this.path.length) this.growPath(count);
    const { path, pathStacks } = this;
    const same = root === this.pathRoot ? Math.min(count, this.pathLength) : 0;
    let depth = 0;
    let at = last;
    while (depth < same && path[depth] === frames[at]) {
      depth++;
      at += step;
    }
    let stack = depth === 0 ? root : pathStacks[depth - 1]!;
    const ids = this.functions?.ids;
    for (; depth < count; depth++) {
      const frame = frames[at]!;
      stack = this.child(stack, ids === undefined ? frame : ids[frame]!);
      path[depth] = frame;
      pathStacks[depth] = stack;
      at += step;
    }
    this.pathLength = count;
    this.pathRoot = root;
    return stack;
  }

  private growPath(count: number): void {
    const { path, pathStacks } = this;
    this.path = new Int32Array(count * 2);
    this.path.set(path);
    this.pathStacks = new Int32Array(count * 2);
    this.pathStacks.set(pathStacks);
  }
}
