/**
 * `--format summary`: what a capture has, how its walks ended, by which tables, and where the time went; the default on
 * a terminal. With `--json` the same as an object.
 *
 * @module
 */
import {
  type ProfileSample,
  SAMPLE_STOPS,
  type SampleSink,
  SampleStop,
  TABLE_NAMES,
} from "../../kernel/profile/mod.ts";
import { makePalette, printable } from "../plain_text.ts";
import type { FormatContext, ProfileFormat } from "./format.ts";
import { SampleGroups } from "./sample_groups.ts";
import {
  type FunctionShare,
  FunctionTotals,
  shareFunctions,
} from "./function_shares.ts";
import { FunctionCounts } from "./stack_counts.ts";
import { TimeSpan } from "./time_span.ts";

/** Functions that the text shows. */
const TOP = 20;

/** What the reasons mean, by index into `SAMPLE_STOPS`, where the name does not say it. */
const MEANINGS: Readonly<Record<string, string>> = {
  "end-of-stack": "to the root",
  "no-module": "into no file's code",
  "no-row": "at code without unwind data",
  "unreadable-stack": "at memory that was not copied",
  cut: "where the copied stack ends",
  "no-stack": "without a user stack",
  chain: "by the kernel's own chain",
};

/** What the summary tells. */
interface Summary {
  schema: 1;
  files: readonly string[];
  samples: number;
  /** From the first sample of each capture to its last, seconds. */
  seconds: number;
  processes: number;
  threads: number;
  events: { name: string; samples: number }[];
  /** Records that were lost while recording, that are damaged, and that came too late to be ordered. */
  lost: number;
  damaged: number;
  late: number;
  /** Samples by why their walk ended. */
  stops: Record<string, number>;
  /** Samples with a frame from each unwind table. */
  tables: Record<string, number>;
  functions: readonly FunctionShare[];
  /** With `--by`: samples of each thread, process, processor or name, most first. */
  groups?: { name: string; samples: number }[];
}

/** Counts what the tree of stacks does not. */
class Tally {
  private readonly span: TimeSpan = new TimeSpan();
  private readonly pids: Set<number> = new Set();
  private readonly tids: Set<number> = new Set();
  private readonly tables: number[] = TABLE_NAMES.map(() => 0);
  private readonly groups: SampleGroups | undefined;
  private readonly groupCounts: number[] = [];

  constructor({ profile, by }: FormatContext) {
    this.groups = by === undefined ? undefined : new SampleGroups(profile, by);
  }

  sample(sample: ProfileSample): void {
    const { pid, tid, tables } = sample;
    const group = this.groups?.of(sample);
    if (group !== undefined) {
      this.groupCounts[group] = (this.groupCounts[group] ?? 0) + 1;
    }
    this.span.add(sample);
    this.pids.add(pid);
    this.tids.add(tid);
    for (let i = 1; i < TABLE_NAMES.length; i++) {
      // Bit operations are right here: a bit for each table.
      if ((tables >>> i & 1) !== 0) this.tables[i]!++;
    }
  }

  summarize(
    { profile, paths }: FormatContext,
    functions: readonly FunctionShare[],
  ): Summary {
    const { lost, damaged, late } = profile.counts;
    return {
      schema: 1,
      files: paths,
      samples: profile.sampleCount,
      seconds: this.span.nanoseconds / 1e9,
      processes: this.pids.size,
      threads: this.tids.size,
      events: profile.events.map(({ name, sampleCount }) => ({
        name,
        samples: sampleCount,
      })),
      lost,
      damaged,
      late,
      stops: countsOf(SAMPLE_STOPS, profile.stopCounts),
      tables: countsOf(TABLE_NAMES, this.tables),
      functions,
      ...this.groups && { groups: this.shareGroups(this.groups) },
    };
  }

  /** Groups of the same name, as those of several captures, are one here. */
  private shareGroups(
    groups: SampleGroups,
  ): { name: string; samples: number }[] {
    const byName = new Map<string, number>();
    for (const [index, count] of this.groupCounts.entries()) {
      const name = groups.name(index);
      byName.set(name, (byName.get(name) ?? 0) + count);
    }
    return [...byName].map(([name, samples]) => ({ name, samples }))
      .sort((a, b) => b.samples - a.samples);
  }
}

function countsOf(
  names: readonly (string | null)[],
  counts: readonly number[],
): Record<string, number> {
  const entries = counts.flatMap((count, i): [string, number][] =>
    count > 0 && names[i] !== null ? [[names[i]!, count]] : []
  );
  return Object.fromEntries(entries.sort((a, b) => b[1] - a[1]));
}

/** The summary of what was counted, as text. */
function summaryText(summary: Summary, context: FormatContext): string {
  const { profile, columns } = context;
  const { bold, dim, cyan } = makePalette(context.color);
  const { samples } = summary;
  const several = summary.events.length > 1;
  const events = summary.events.map(({ name, samples }) =>
    several ? `${count(samples)} ${name}` : name
  ).join(", ");
  const what = several ? `(${events})` : `of ${events || "no event"}`;
  const lines = [
    `${bold(`${count(samples)} samples`)} ${what} in ${
      summary.seconds.toFixed(2)
    } s, ${plural(summary.processes, "process", "processes")}, ${
      plural(summary.threads, "thread", "threads")
    }`,
  ];
  for (const [what, n] of losses(summary)) lines.push(`${count(n)} ${what}`);
  lines.push("", bold("Walks ended"));
  for (const [name, n] of Object.entries(summary.stops)) {
    lines.push(`  ${percent(n, samples)}  ${MEANINGS[name] ?? name}`);
  }
  const tables = Object.entries(summary.tables)
    .map(([name, n]) => `${name} ${percent(n, samples).trim()}`);
  if (tables.length > 0) lines.push("", `Unwind tables: ${tables.join(", ")}`);
  const cut = profile.stopCounts[SampleStop.CUT] ?? 0;
  if (cut > samples / 10) {
    lines.push(
      dim(
        "Larger copies (perf record --call-graph dwarf,65528) are cut less often.",
      ),
    );
  }
  if (summary.groups !== undefined) {
    lines.push("", bold(`Samples by ${context.by}`));
    for (const { name, samples: n } of summary.groups.slice(0, TOP)) {
      lines.push(`  ${percent(n, samples)}  ${printable(name)}`);
    }
  }
  lines.push("", bold("   self   total  function"));
  for (const { name, module, self, total } of summary.functions.slice(0, TOP)) {
    const file = module.slice(module.lastIndexOf("/") + 1);
    const where = file === "" || name.includes(file) ? "" : `  ${file}`;
    const room = Math.max(20, columns - 18 - where.length);
    const plain = printable(name);
    const cutName = plain.length > room
      ? `${plain.slice(0, room - 1)}…`
      : plain;
    lines.push(
      `${percent(self, samples)}  ${percent(total, samples)}  ${cyan(cutName)}${
        dim(printable(where))
      }`,
    );
  }
  return `${lines.join("\n")}\n`;
}

function losses({ lost, damaged, late }: Summary): [string, number][] {
  const all: [string, number][] = [
    ["records lost while recording: maps may be missing", lost],
    ["damaged records left out", damaged],
    ["records came too late to be put in order", late],
  ];
  return all.filter(([, n]) => n > 0);
}

function count(n: number): string {
  return `${n}`.replaceAll(/\B(?=(\d{3})+$)/g, ",");
}

function plural(n: number, one: string, more: string): string {
  return `${count(n)} ${n === 1 ? one : more}`;
}

function percent(part: number, whole: number): string {
  const value = whole === 0 ? 0 : 100 * part / whole;
  return `${value.toFixed(1)}%`.padStart(6);
}

/** The summary. */
export const format: ProfileFormat = {
  name: "summary",
  refusesInverted: "which counts functions, not stacks",
  open(context) {
    const { write, json } = context;
    const counts = openCounts(context);
    const tally = new Tally(context);
    return {
      sample(sample): void | Promise<void> {
        tally.sample(sample);
        return counts.sample(sample);
      },
      async end(): Promise<void> {
        const summary = tally.summarize(context, await counts.shares());
        const text = json
          ? `${JSON.stringify(summary, undefined, 1)}\n`
          : summaryText(summary, context);
        write(new TextEncoder().encode(text));
      },
    };
  },
};

/** Counts samples by function. What was inlined is known only at the end, so that it takes a tree of all stacks. */
function openCounts(
  context: FormatContext,
): SampleSink & { shares(): FunctionShare[] | Promise<FunctionShare[]> } {
  if (!context.lines) return new FunctionTotals(context);
  const counts = new FunctionCounts({ ...context, by: undefined }, false);
  return {
    sample: (sample) => counts.sample(sample),
    async shares(): Promise<FunctionShare[]> {
      await counts.finish();
      return shareFunctions(counts);
    },
  };
}
