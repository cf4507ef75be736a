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
  StackTable,
} from "../../kernel/profile/mod.ts";
import type { ProfileBy } from "./format.ts";

/** Roots are told from frames by their sign: −2 and below; −1 is the empty stack's. */
const FIRST_ROOT = -2;

/** Counts by stack and event. Memory grows with the number of different stacks, not with that of samples. */
export class StackCounts implements SampleSink {
  /** The stacks; a frame below −1 is a root, see {@linkcode StackCounts.rootName}. */
  readonly stacks: StackTable = new StackTable();
  /** Samples that end in each stack, by event. */
  readonly counts: Float64Array[] = [];
  /** Sums of their periods, by event. */
  readonly periods: Float64Array[] = [];
  private readonly profile: Profile;
  private readonly by: ProfileBy | undefined;
  private readonly inverted: boolean;
  private readonly rootByKey: Map<number | string, number> = new Map();
  private readonly rootNames: (() => string)[] = [];

  /** Counts for `profile`, under a root for each thread, process or processor if `by` says so. */
  constructor(profile: Profile, by: ProfileBy | undefined, inverted: boolean) {
    this.profile = profile;
    this.by = by;
    this.inverted = inverted;
  }

  /** Counts one sample. */
  sample(sample: ProfileSample): void {
    const { stacks } = this;
    const root = this.by === undefined ? EMPTY_STACK : this.root(sample);
    const { frames, count, event } = sample;
    const stack = this.inverted
      ? stacks.internInverted(frames, count, root)
      : stacks.intern(frames, count, root);
    while (event >= this.counts.length) {
      this.counts.push(new Float64Array(1024));
      this.periods.push(new Float64Array(1024));
    }
    if (stack >= this.counts[event]!.length) this.grow(event, stack);
    this.counts[event]![stack]!++;
    this.periods[event]![stack]! += sample.period;
  }

  /** Text of the root `frame`, a number below −1. */
  rootName(frame: number): string {
    return this.rootNames[FIRST_ROOT - frame]!();
  }

  /** The stack that holds nothing but the sample's thread, process or processor. */
  private root(sample: ProfileSample): number {
    const { by, profile } = this;
    const key = by === "cpu"
      ? sample.cpu
      : by === "process"
      ? sample.pid
      : `${sample.pid} ${sample.tid}`;
    const known = this.rootByKey.get(key);
    if (known !== undefined) return known;
    const { pid, tid, cpu, comm } = sample;
    this.rootNames.push(() => {
      if (by === "cpu") return `cpu ${cpu}`;
      const name = profile.comms[comm] || "?";
      return `${name} ${by === "process" ? pid : `${pid}/${tid}`}`;
    });
    const frame = FIRST_ROOT - (this.rootNames.length - 1);
    const stack = this.stacks.child(EMPTY_STACK, frame);
    this.rootByKey.set(key, stack);
    return stack;
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
