/**
 * How many samples each function has.
 *
 * @module
 */
import type { ProfileSample, SampleSink } from "../../kernel/profile/mod.ts";
import type { FormatContext } from "./format.ts";
import {
  type FunctionEntry,
  FunctionTable,
  INLINED_KIND,
} from "./function_table.ts";
import type { FunctionCounts } from "./stack_counts.ts";

/** One function's share. */
export interface FunctionShare {
  /** Its name. */
  name: string;
  /** Path of its file. */
  module: string;
  /** Samples in it. */
  self: number;
  /** Samples in it or in what it called. */
  total: number;
}

/** Shares of all functions, those with most samples of their own first. A function that calls itself counts once. */
export function shareFunctions(
  counts: Pick<FunctionCounts, "functions" | "stacks" | "self">,
): FunctionShare[] {
  const { functions, stacks } = counts;
  const self = counts.self();
  const shares = functions.entries.map(emptyShare);
  const seenAt = new Int32Array(shares.length).fill(-1);
  for (let id = 1; id < stacks.count; id++) {
    const count = self[id]!;
    if (count === 0) continue;
    const innermost = shares[stacks.frames[id]!];
    if (innermost !== undefined) innermost.self += count;
    for (let at = id; at !== 0; at = stacks.parents[at]!) {
      const index = stacks.frames[at]!;
      // Marks are told by how walks ended.
      if (index < 0 || seenAt[index] === id) continue;
      seenAt[index] = id;
      shares[index]!.total += count;
    }
  }
  return shares.sort(byShare);
}

function emptyShare({ name, module, kind }: FunctionEntry): FunctionShare {
  const shown = kind === INLINED_KIND ? `${name} (inlined)` : name;
  return { name: shown, module, self: 0, total: 0 };
}

function byShare(a: FunctionShare, b: FunctionShare): number {
  return b.self - a.self || b.total - a.total;
}

/**
 * Samples by function, counted as they come: memory grows with the number of functions, not with that of different
 * stacks.
 */
export class FunctionTotals implements SampleSink {
  private readonly functions: FunctionTable;
  /** Samples in each function. */
  private self: Float64Array = new Float64Array(1024);
  /** Samples in each function or in what it called. */
  private total: Float64Array = new Float64Array(1024);
  /** Number of the last sample that each function was in. */
  private seenAt: Float64Array = new Float64Array(1024);
  private sampleCount = 0;

  /** Counts for a profile. */
  constructor({ profile, names }: FormatContext) {
    this.functions = new FunctionTable(profile, names);
  }

  /** Counts one sample; waits where names have to be loaded. */
  sample(sample: ProfileSample): void | Promise<void> {
    const loading = this.functions.update();
    if (loading === undefined) return this.add(sample);
    return loading.then(() => this.add(sample));
  }

  /** Shares of all functions, as {@linkcode shareFunctions} has them. */
  shares(): FunctionShare[] {
    const shares = this.functions.entries.map((entry, id) => ({
      ...emptyShare(entry),
      self: this.self[id] ?? 0,
      total: this.total[id] ?? 0,
    }));
    return shares.sort(byShare);
  }

  private add({ frames, count }: ProfileSample): void {
    const { entries, ids } = this.functions;
    if (entries.length > this.self.length) this.grow(entries.length);
    const { self, total, seenAt } = this;
    const number = ++this.sampleCount;
    if (count > 0) self[ids[frames[0]!]!]!++;
    for (let i = 0; i < count; i++) {
      const id = ids[frames[i]!]!;
      if (seenAt[id] === number) continue;
      seenAt[id] = number;
      total[id]!++;
    }
  }

  private grow(count: number): void {
    const { self, total, seenAt } = this;
    const size = Math.max(count, 2 * self.length);
    this.self = new Float64Array(size);
    this.self.set(self);
    this.total = new Float64Array(size);
    this.total.set(total);
    this.seenAt = new Float64Array(size);
    this.seenAt.set(seenAt);
  }
}
