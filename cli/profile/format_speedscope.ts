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
import {
  type FunctionEntry,
  FunctionTable,
  INLINED_KIND,
  PLACEHOLDER_KIND,
} from "./function_table.ts";
import { type GrowingList, intList } from "./growing_list.ts";
import { PieceWriter } from "./text_pieces.ts";
import { SampleGroups } from "./sample_groups.ts";
import { MARK_NAMES, markIndex, SampleStacks } from "./sample_stacks.ts";

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
  private readonly functions: FunctionTable;
  private stacks: SampleStacks;
  /** Id that each stack of places has among {@linkcode SpeedscopeWriter.stacks}; undefined if these are they. */
  private ids: Int32Array | undefined = undefined;
  /** By group, then by event. */
  private readonly sequences: (Sequence | undefined)[][] = [];

  constructor(context: FormatContext) {
    const { profile, names, by, inverted } = context;
    this.context = context;
    this.groups = by === undefined ? undefined : new SampleGroups(profile, by);
    this.functions = new FunctionTable(profile, names);
    this.stacks = new SampleStacks(
      inverted,
      context.lines ? undefined : this.functions,
    );
  }

  sample(sample: ProfileSample): void | Promise<void> {
    const loading = this.context.lines ? undefined : this.functions.update();
    if (loading !== undefined) return loading.then(() => this.add(sample));
    this.add(sample);
  }

  private add(sample: ProfileSample): void {
    const { event } = sample;
    const group = this.groups?.of(sample) ?? 0;
    const byEvent = this.sequences[group] ??= [];
    const sequence = byEvent[event] ??= new Sequence(event, group);
    sequence.add(this.stacks.of(sample, EMPTY_STACK));
  }

  async end(): Promise<void> {
    const { paths, write, lines, names } = this.context;
    if (lines) {
      await names.loadAll({ lines });
      const placed = this.stacks.replace((frame) =>
        this.functions.chain(frame)
      );
      this.stacks = placed.stacks;
      this.ids = placed.ids;
    }
    const json = new PieceWriter(write);
    await json.text(`{"$schema":"${SCHEMA}","exporter":"framewalk","name":`);
    await json.value(paths.join(", "));
    await json.text(`,"activeProfileIndex":0,"shared":{"frames":[`);
    await this.writeFrames(json);
    await json.text(`]},"profiles":[`);
    const found = this.sequences.flat().filter((one) => one !== undefined);
    // What there is most of is shown first. A file without profiles is taken for damaged.
    found.sort((a, b) => b.total - a.total);
    if (found.length === 0) found.push(new Sequence(0, 0));
    for (const [index, sequence] of found.entries()) {
      if (index > 0) await json.text(",");
      await this.writeSequence(json, sequence);
    }
    await json.text("]}\n");
    await json.flush();
  }

  /** Functions by their ids, then the marks. */
  private async writeFrames(json: PieceWriter): Promise<void> {
    const all: FunctionEntry[] = [
      ...this.functions.entries,
      ...MARK_NAMES.map((name) => ({
        name,
        module: "",
        kind: PLACEHOLDER_KIND,
      })),
    ];
    for (const [index, entry] of all.entries()) {
      const { name, module, kind, file = module } = entry;
      if (index > 0) await json.text(",");
      const text = kind === INLINED_KIND ? `${name} (inlined)` : name;
      await json.value(file === "" ? { name: text } : { name: text, file });
    }
  }

  private async writeSequence(
    json: PieceWriter,
    { event, group, stacks, weights, total }: Sequence,
  ): Promise<void> {
    await json.text(`{"type":"sampled","unit":"none","startValue":0,`);
    await json.text(`"endValue":${total},"name":`);
    await json.value(this.name(event, group));
    await json.text(`,"samples":[`);
    for (let i = 0; i < stacks.count; i++) {
      const stack = stacks.values[i]!;
      const path = this.path(this.ids?.[stack] ?? stack).join(",");
      await json.text(i === 0 ? `[${path}]` : `,[${path}]`);
    }
    await json.text(`],"weights":`);
    await json.list(weights.count, (i) => weights.values[i]!);
    await json.text("}");
  }

  /** Indexes of a stack's functions, outermost first. */
  private path(stack: number): number[] {
    const path: number[] = [];
    const { parents, frames } = this.stacks;
    const { entries } = this.functions;
    for (let at = stack; at !== EMPTY_STACK; at = parents[at]!) {
      const frame = frames[at]!;
      path.push(frame < 0 ? entries.length + markIndex(frame) : frame);
    }
    return path.reverse();
  }

  private name(event: number, group: number): string {
    const { groups, context: { profile: { events } } } = this;
    const name = events[event]?.name ?? "no samples";
    if (groups === undefined || groups.groups.length === 0) return name;
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
