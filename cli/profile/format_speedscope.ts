/**
 * `--format speedscope`: JSON for speedscope. There is a profile for each event, and with `--by` for each thread, process
 * or processor; samples are in the order of time, those that follow each other with the same stack as one.
 *
 * Source: speedscope's file-format-schema.json, "Type: sampled".
 *
 * @module
 */
import { EMPTY_STACK, type ProfileSample } from "../../kernel/profile/mod.ts";
import type { FormatContext, ProfileFormat, ProfileWriter } from "./format.ts";
import { FunctionTree } from "./function_tree.ts";
import { type GrowingList, intList } from "./growing_list.ts";
import { JsonWriter } from "./json_writer.ts";
import { SampleGroups } from "./sample_groups.ts";
import { SampleStacks } from "./sample_stacks.ts";

const SCHEMA = "https://www.speedscope.app/file-format-schema.json";

/** Stacks in the order of time, each with the number of samples that had it one after another. */
class Sequence {
  readonly event: number;
  /** Index of the thread or whatever is kept apart. */
  readonly group: number;
  readonly stacks: GrowingList<Int32Array> = intList();
  readonly weights: GrowingList<Int32Array> = intList();
  total = 0;

  constructor(event: number, group: number) {
    this.event = event;
    this.group = group;
  }

  add(stack: number): void {
    const { stacks, weights } = this;
    const last = stacks.count - 1;
    this.total++;
    if (last >= 0 && stacks.values[last] === stack) weights.values[last]!++;
    else {
      stacks.push(stack);
      weights.push(1);
    }
  }
}

/** Gathers the samples. */
class SpeedscopeWriter implements ProfileWriter {
  private readonly context: FormatContext;
  private readonly groups: SampleGroups | undefined;
  private readonly stacks: SampleStacks;
  /** By group, then by event. */
  private readonly sequences: (Sequence | undefined)[][] = [];

  constructor(context: FormatContext) {
    const { profile, by, inverted } = context;
    this.context = context;
    this.groups = by === undefined ? undefined : new SampleGroups(profile, by);
    this.stacks = new SampleStacks(inverted);
  }

  sample(sample: ProfileSample): void {
    const { event } = sample;
    const group = this.groups?.of(sample) ?? 0;
    const byEvent = this.sequences[group] ??= [];
    const sequence = byEvent[event] ??= new Sequence(event, group);
    sequence.add(this.stacks.of(sample, EMPTY_STACK));
  }

  async end(): Promise<void> {
    const { profile: { frames }, names, paths, write } = this.context;
    await names.loadAll();
    const tree = new FunctionTree(this.stacks, [], frames, names);
    const json = new JsonWriter(write);
    await json.text(`{"$schema":"${SCHEMA}","exporter":"framewalk","name":`);
    await json.value(paths.join(", "));
    await json.text(`,"activeProfileIndex":0,"shared":{"frames":[`);
    for (const [index, { name, module }] of tree.functions.entries()) {
      if (index > 0) await json.text(",");
      await json.value(module === "" ? { name } : { name, file: module });
    }
    await json.text(`]},"profiles":[`);
    const found = this.sequences.flat().filter((one) => one !== undefined);
    // What there is most of is shown first. A file without profiles is taken for damaged.
    found.sort((a, b) => b.total - a.total);
    if (found.length === 0) found.push(new Sequence(0, 0));
    for (const [index, sequence] of found.entries()) {
      if (index > 0) await json.text(",");
      await this.writeSequence(json, tree, sequence);
    }
    await json.text("]}\n");
    await json.flush();
  }

  private async writeSequence(
    json: JsonWriter,
    tree: FunctionTree,
    { event, group, stacks, weights, total }: Sequence,
  ): Promise<void> {
    await json.text(`{"type":"sampled","unit":"none","startValue":0,`);
    await json.text(`"endValue":${total},"name":`);
    await json.value(this.name(event, group));
    // Places in one function are one here.
    const runs = intList();
    await json.text(`,"samples":[`);
    let last = -1;
    for (let i = 0; i < stacks.count; i++) {
      const node = tree.nodes[stacks.values[i]!]!;
      if (node === last) runs.values[runs.count - 1]! += weights.values[i]!;
      else {
        if (last >= 0) await json.text(",");
        await json.text(`[${tree.path(node).join(",")}]`);
        runs.push(weights.values[i]!);
        last = node;
      }
    }
    await json.text(`],"weights":`);
    await json.list(runs.count, (i) => runs.values[i]!);
    await json.text("}");
  }

  private name(event: number, group: number): string {
    const { groups, context: { profile: { events } } } = this;
    const name = events[event]?.name ?? "no samples";
    if (groups === undefined) return name;
    return events.length > 1
      ? `${groups.name(group)} (${name})`
      : groups.name(group);
  }
}

/** speedscope. */
export const format: ProfileFormat = {
  name: "speedscope",
  open: (context) => new SpeedscopeWriter(context),
};
