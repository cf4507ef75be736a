/**
 * Samples counted so that a page can choose among threads and events afterwards.
 *
 * @module
 */
import {
  EMPTY_STACK,
  type FrameNames,
  type Profile,
  type ProfileSample,
  type SampleSink,
} from "../../../kernel/profile/mod.ts";
import {
  type FunctionEntry,
  FunctionTable,
} from "../../profile/function_table.ts";
import { SampleGroups } from "../../profile/sample_groups.ts";
import { SampleStacks } from "../../profile/sample_stacks.ts";
import { entryOf, sumUpStacks } from "../../profile/stack_counts.ts";

/** What is wanted. */
export interface Selection {
  /** Index of the event; undefined for all. */
  event: number | undefined;
  /** Index of the thread among {@linkcode SelectableCounts.threads}; undefined for all. */
  thread: number | undefined;
  /** Whether stacks begin with their innermost function. */
  inverted: boolean;
}

/** Counts of all threads and events apart. Memory grows with the number of different stacks of each thread. */
export class SelectableCounts implements SampleSink {
  /** The functions of all threads. */
  readonly functions: FunctionTable;
  private readonly stacks: SampleStacks;
  /** Samples by stack, for each thread and event. */
  private readonly counts: Map<number, number>[][] = [];
  private readonly groups: SampleGroups;

  /** Counts for `profile`. */
  constructor(profile: Profile, names: FrameNames) {
    this.functions = new FunctionTable(profile, names);
    this.stacks = new SampleStacks(false, this.functions);
    this.groups = new SampleGroups(profile, "thread");
  }

  /** Counts one sample; waits for the names of functions that were not met before. */
  sample(sample: ProfileSample): void | Promise<void> {
    const loading = this.functions.update();
    return loading === undefined
      ? this.count(sample)
      : loading.then(() => this.count(sample));
  }

  /** The threads with their samples, by number. */
  threads(): { name: string; count: number }[] {
    return this.counts.map((byEvent, thread) => {
      let count = 0;
      for (const byStack of byEvent) {
        for (const one of byStack?.values() ?? []) count += one;
      }
      return { name: this.groups.name(thread), count };
    });
  }

  /** What is chosen. */
  select(selection: Selection): SelectedCounts {
    const counts = new Float64Array(this.stacks.count);
    for (const byStack of this.chosen(selection)) {
      for (const [stack, count] of byStack) counts[stack]! += count;
    }
    const { stacks, functions } = this;
    if (!selection.inverted) {
      return new SelectedCounts(stacks, functions, counts);
    }
    const turned = invertStacks(stacks, counts);
    return new SelectedCounts(turned.stacks, functions, turned.counts);
  }

  private count(sample: ProfileSample): void {
    const byEvent = this.counts[this.groups.of(sample)] ??= [];
    const byStack = byEvent[sample.event] ??= new Map();
    const stack = this.stacks.of(sample, EMPTY_STACK);
    byStack.set(stack, (byStack.get(stack) ?? 0) + 1);
  }

  private chosen(
    { thread, event }: Selection,
  ): ReadonlyMap<number, number>[] {
    const threads = thread === undefined
      ? this.counts
      : [this.counts[thread] ?? []];
    return threads.flatMap((byEvent) =>
      event === undefined
        ? byEvent.filter((byStack) => byStack !== undefined)
        : byEvent[event] ?? []
    );
  }
}

/** Samples of some threads and events, in the form that flame graphs and lists of functions are made from. */
export class SelectedCounts {
  /** The stacks. */
  readonly stacks: SampleStacks;
  /** The functions. */
  readonly functions: FunctionTable;
  private readonly counts: Float64Array;

  /** `counts` are the samples that end in each of `stacks`. */
  constructor(
    stacks: SampleStacks,
    functions: FunctionTable,
    counts: Float64Array,
  ) {
    this.stacks = stacks;
    this.functions = functions;
    this.counts = counts;
  }

  /** Samples that end in each stack. */
  self(): Float64Array {
    return this.counts;
  }

  /** Adds to the samples of each stack those of all stacks above it: parents have smaller ids. */
  sumUp(self: Float64Array): Float64Array {
    return sumUpStacks(this.stacks, self);
  }

  /** The innermost function of a stack, or what stands in its place. */
  entry(stack: number): FunctionEntry {
    return entryOf(this.stacks, this.functions, stack);
  }
}

/**
 * Turns stacks round: innermost frame first, so that all callers of a function come together.
 *
 * @param counts Samples that end in each of `stacks`.
 * @returns The turned stacks and the samples that end in each.
 */
export function invertStacks(
  stacks: SampleStacks,
  counts: Float64Array,
): { stacks: SampleStacks; counts: Float64Array } {
  const turned = new SampleStacks(true);
  const ends = new Map<number, number>();
  for (const [id, count] of counts.entries()) {
    if (count === 0) continue;
    let stack = EMPTY_STACK;
    for (let at = id; at !== EMPTY_STACK; at = stacks.parents[at]!) {
      stack = turned.child(stack, stacks.frames[at]!);
    }
    ends.set(stack, (ends.get(stack) ?? 0) + count);
  }
  const result = new Float64Array(turned.count);
  for (const [stack, count] of ends) result[stack] = count;
  return { stacks: turned, counts: result };
}
