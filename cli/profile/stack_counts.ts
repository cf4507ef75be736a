/**
 * Samples counted by stack: what every format starts from that sums up.
 *
 * @module
 */
import {
  EMPTY_STACK,
  type Profile,
  type ProfileSample,
  type SampleSink,
} from "../../kernel/profile/mod.ts";
import type { ProfileBy } from "./format.ts";
import { SampleGroups } from "./sample_groups.ts";
import { SampleStacks } from "./sample_stacks.ts";

/** Counts by stack and event. Memory grows with the number of different stacks, not with that of samples. */
export class StackCounts implements SampleSink {
  /** The stacks. */
  readonly stacks: SampleStacks;
  /** What is kept apart: the outermost frame of each stack. */
  readonly groups: SampleGroups | undefined;
  /** Samples that end in each stack, by event. */
  readonly counts: Float64Array[] = [];
  /** Sums of their periods, by event. */
  readonly periods: Float64Array[] = [];

  /** Counts for `profile`, under a root for each thread, process, processor or name if `by` says so. */
  constructor(profile: Profile, by: ProfileBy | undefined, inverted: boolean) {
    this.stacks = new SampleStacks(inverted);
    this.groups = by === undefined ? undefined : new SampleGroups(profile, by);
  }

  /** Counts one sample. */
  sample(sample: ProfileSample): void {
    this.add(sample);
  }

  /** Counts one sample and returns its stack. */
  add(sample: ProfileSample): number {
    const { groups, stacks } = this;
    const root = groups === undefined
      ? EMPTY_STACK
      : this.root(groups, groups.of(sample));
    const stack = stacks.of(sample, root);
    const { event } = sample;
    while (event >= this.counts.length) {
      this.counts.push(new Float64Array(1024));
      this.periods.push(new Float64Array(1024));
    }
    if (stack >= this.counts[event]!.length) this.grow(event, stack);
    this.counts[event]![stack]!++;
    this.periods[event]![stack]! += sample.period;
    return stack;
  }

  /** The stack that holds nothing but the group. */
  private root(groups: SampleGroups, group: number): number {
    return this.stacks.root(group, () => groups.name(group));
  }

  /** Room for counts of `stack`. */
  private grow(event: number, stack: number): void {
    for (const arrays of [this.counts, this.periods]) {
      const old = arrays[event]!;
      let size = old.length;
      while (size <= stack) size *= 2;
      arrays[event] = new Float64Array(size);
      arrays[event].set(old);
    }
  }
}
