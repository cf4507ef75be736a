/**
 * Samples counted by stack: what every format starts from that sums up.
 *
 * @module
 */
import {
  EMPTY_STACK,
  type ProfileSample,
  type SampleSink,
} from "../../kernel/profile/mod.ts";
import type { FormatContext } from "./format.ts";
import {
  type FunctionEntry,
  FunctionTable,
  PLACEHOLDER_KIND,
} from "./function_table.ts";
import { SampleGroups } from "./sample_groups.ts";
import { SampleStacks } from "./sample_stacks.ts";

/** Counts by stack and event. Memory grows with the number of different stacks, not with that of samples. */
export class StackCounts implements SampleSink {
  /** The stacks, of places in code. */
  stacks: SampleStacks;
  /** What is kept apart: the outermost frame of each stack. */
  readonly groups: SampleGroups | undefined;
  /** Samples that end in each stack, by event; what is beyond the end of an array is 0. */
  readonly counts: Float64Array[] = [];
  /** Sums of their periods, by event; nothing for stacks of functions, of which nobody asks for them. */
  readonly periods: Float64Array[] = [];

  private readonly keepsPeriods: boolean;

  /** Counts for a profile, under a root for each thread, process, processor or name if `by` says so. */
  constructor(
    { profile, by }: FormatContext,
    inverted: boolean,
    functions?: FunctionTable,
  ) {
    this.keepsPeriods = functions === undefined;
    this.stacks = new SampleStacks(inverted, functions);
    this.groups = by === undefined ? undefined : new SampleGroups(profile, by);
  }

  /** Counts one sample. */
  sample(sample: ProfileSample): void | Promise<void> {
    const { groups, stacks } = this;
    const root = groups === undefined
      ? EMPTY_STACK
      : this.root(groups, groups.of(sample));
    const stack = stacks.of(sample, root);
    const { event } = sample;
    while (event >= this.counts.length) {
      this.counts.push(new Float64Array(1024));
      this.periods.push(new Float64Array(this.keepsPeriods ? 1024 : 0));
    }
    if (stack >= this.counts[event]!.length) this.grow(event, stack);
    this.counts[event]![stack]!++;
    if (this.keepsPeriods) this.periods[event]![stack]! += sample.period;
  }

  /** Samples that end in each stack, of all events. */
  self(): Float64Array {
    const self = new Float64Array(this.stacks.count);
    for (const counts of this.counts) {
      const count = Math.min(self.length, counts.length);
      for (let id = 0; id < count; id++) self[id]! += counts[id]!;
    }
    return self;
  }

  /** Puts others in the place of each frame, innermost first. */
  protected replaceFrames(
    chainOf: (frame: number) => readonly number[],
  ): void {
    const { stacks, ids } = this.stacks.replace(chainOf);
    for (const arrays of [this.counts, this.periods]) {
      for (const [event, old] of arrays.entries()) {
        const sums = new Float64Array(stacks.count);
        const count = Math.min(old.length, ids.length);
        for (let id = 0; id < count; id++) sums[ids[id]!]! += old[id]!;
        arrays[event] = sums;
      }
    }
    this.stacks = stacks;
  }

  /** The stack that holds nothing but the group. */
  private root(groups: SampleGroups, group: number): number {
    return this.stacks.root(group, () => groups.name(group));
  }

  /** Room for counts of `stack`. */
  private grow(event: number, stack: number): void {
    const both = this.keepsPeriods
      ? [this.counts, this.periods]
      : [this.counts];
    for (const arrays of both) {
      const old = arrays[event]!;
      let size = old.length;
      while (size <= stack) size *= 2;
      arrays[event] = new Float64Array(size);
      arrays[event].set(old);
    }
  }
}

/**
 * Counts by stacks of functions: frames are their ids. Names are loaded as they come up; where inlined functions are
 * wanted, stacks are of places until {@linkcode FunctionCounts.finish}, when all debug information is read in order.
 */
export class FunctionCounts extends StackCounts {
  /** The functions. */
  readonly functions: FunctionTable;
  private readonly names: FormatContext["names"];
  private readonly lines: boolean;

  /** Counts for a profile; see {@linkcode StackCounts} and, for `textOf`, {@linkcode FunctionTable}. */
  constructor(
    context: FormatContext,
    inverted: boolean,
    textOf?: (entry: FunctionEntry) => string,
  ) {
    const { profile, names } = context;
    const functions = new FunctionTable(profile, names, textOf);
    super(context, inverted, context.lines ? undefined : functions);
    this.functions = functions;
    this.names = context.names;
    this.lines = context.lines;
  }

  /** To be called when all samples have come. */
  async finish(): Promise<void> {
    const { functions, names } = this;
    if (!this.lines) return;
    await names.loadAll({ lines: true });
    this.replaceFrames((frame) => functions.chain(frame));
  }

  override sample(sample: ProfileSample): void | Promise<void> {
    if (this.lines) return super.sample(sample);
    const loading = this.functions.update();
    if (loading === undefined) return super.sample(sample);
    return loading.then(() => super.sample(sample));
  }

  /** The innermost function of a stack, or what stands in its place. */
  entry(stack: number): FunctionEntry {
    return entryOf(this.stacks, this.functions, stack);
  }

  /** Adds to the samples of each stack those of all stacks above it: parents have smaller ids. */
  sumUp(self: Float64Array): Float64Array {
    return sumUpStacks(this.stacks, self);
  }
}

/** The innermost function of a stack of functions, or what stands in its place. */
export function entryOf(
  stacks: SampleStacks,
  functions: FunctionTable,
  stack: number,
): FunctionEntry {
  const frame = stacks.frames[stack]!;
  if (frame >= 0) return functions.entries[frame]!;
  const name = stacks.placeholderName(frame);
  return { name, module: "", kind: PLACEHOLDER_KIND };
}

/** Adds to the samples of each stack those of all stacks above it: parents have smaller ids. */
export function sumUpStacks(
  { parents, count }: SampleStacks,
  self: Float64Array,
): Float64Array {
  const total = self.slice();
  for (let id = count - 1; id > 0; id--) total[parents[id]!]! += total[id]!;
  return total;
}
