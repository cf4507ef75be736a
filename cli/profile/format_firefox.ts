/**
 * `--format firefox`: a profile for the Firefox Profiler (profiler.firefox.com): a track for each thread, samples in the
 * order of time. Gzipped, unless the name of the output ends in `.json`.
 *
 * What is kept of a sample while captures are read is its time, stack and period: 20 bytes.
 *
 * Source: the Firefox Profiler's docs-developer/CHANGELOG-formats.md and src/types/profile.ts, "processed profile".
 *
 * @module
 */
import {
  EMPTY_STACK,
  type Profile,
  type ProfileSample,
} from "../../kernel/profile/mod.ts";
import { baseName } from "../plain_text.ts";
import { FirefoxTables } from "./firefox_tables.ts";
import { FirefoxTrack, writeTrack } from "./firefox_track.ts";
import type { FormatContext, ProfileFormat, ProfileWriter } from "./format.ts";
import { GzipWriter } from "./gzip.ts";
import { PieceWriter } from "./text_pieces.ts";
import { SampleGroups } from "./sample_groups.ts";
import { SampleStacks } from "./sample_stacks.ts";

/**
 * Version of the format: the first that keeps its tables once for all threads as the present one does. Later versions of
 * the page bring it up to theirs.
 */
const VERSION = 61;

/** Gathers the samples. */
class FirefoxWriter implements ProfileWriter {
  private readonly context: FormatContext;
  private readonly profile: Profile;
  private readonly groups: SampleGroups;
  private readonly stacks: SampleStacks = new SampleStacks(false);
  /** Tracks by group, then by event. */
  private readonly tracks: (FirefoxTrack | undefined)[][] = [];
  /** Time of each capture's first sample: captures of different days are laid over each other. */
  private readonly starts: number[] = [];

  constructor(context: FormatContext) {
    this.context = context;
    this.profile = context.profile;
    this.groups = new SampleGroups(context.profile, context.by ?? "thread");
  }

  sample(sample: ProfileSample): void {
    const { time, capture, event, period } = sample;
    const start = this.starts[capture] ??= time;
    const group = this.groups.of(sample);
    const byEvent = this.tracks[group] ??= [];
    const track = byEvent[event] ??= new FirefoxTrack(event);
    // Records that came too late are out of order.
    track.add(
      Math.max(0, time - start),
      this.stacks.of(sample, EMPTY_STACK),
      period,
    );
  }

  async end(): Promise<void> {
    const { write, output } = this.context;
    if (output?.endsWith(".json") === true) {
      return await this.writeAll(new PieceWriter(write));
    }
    const gzip = new GzipWriter(write);
    await this.writeAll(new PieceWriter((bytes) => gzip.add(bytes)));
    await gzip.end();
  }

  private async writeAll(json: PieceWriter): Promise<void> {
    const { stacks, context } = this;
    await context.names.loadAll({ lines: context.lines });
    const tables = new FirefoxTables(context, stacks);
    await json.text(`{"meta":`);
    await json.value(this.meta());
    await json.text(`,"libs":`);
    await json.value(tables.libs);
    await json.text(`,"shared":`);
    await tables.write(json);
    await json.text(`,"threads":[`);
    let isFirst = true;
    for (const [group, byEvent] of this.tracks.entries()) {
      for (const track of byEvent) {
        if (track === undefined) continue;
        if (!isFirst) await json.text(",");
        isFirst = false;
        await writeTrack(
          json,
          track,
          tables.stackIds,
          this.head(group, track.event),
        );
      }
    }
    await json.text("]}\n");
    await json.flush();
  }

  /** What the page shows of a track beside its samples. */
  private head(group: number, event: number): Record<string, unknown> {
    const { profile, groups, context } = this;
    const { pid, tid, capture, comm } = groups.groups[group]!;
    const hasEvents =
      profile.events.filter(({ sampleCount }) => sampleCount > 0).length > 1;
    const name = profile.comms[comm] || "?";
    const label = context.by === undefined || context.by === "thread"
      ? name
      : groups.name(group);
    // Equal numbers in two captures need not be one process.
    const unique = capture === 0 ? "" : `.${capture + 1}`;
    const process = context.by === "cpu" || context.by === "comm" ? 0 : pid;
    return {
      name: hasEvents ? `${label} (${profile.events[event]!.name})` : label,
      isMainThread: pid === tid || context.by === "process",
      processName: process === 0 ? "all processes" : name,
      pid: `${process}${unique}`,
      tid: unique === "" && !hasEvents ? tid : `${tid}${unique}/${event}`,
      clock: clockOf(profile.events[event]!.name),
    };
  }

  private meta(): Record<string, unknown> {
    const { profile, context, tracks } = this;
    const all = tracks.flat().filter((track) => track !== undefined);
    const intervals = all.map((track) => track.typicalInterval())
      .filter((interval) => interval > 0);
    const interval = intervals.length === 0 ? 1e6 : Math.min(...intervals);
    const ends = all.map((track) => track.end());
    const [features = {}] = context.features;
    const { release, hostName, commandLine } = features;
    const clocks = new Set(profile.events.map(({ name }) => clockOf(name)));
    const unit = clocks.size === 1 && clocks.has("cycles")
      ? "variable CPU cycles"
      : "ns";
    return {
      interval: interval / 1e6,
      startTime: 0,
      profilingStartTime: 0,
      // The page counts what lies before the end.
      profilingEndTime: (Math.max(0, ...ends) + interval) / 1e6,
      processType: 0,
      product: context.paths.map(baseName).join(", "),
      importedFrom: "framewalk",
      stackwalk: 1,
      version: 30,
      preprocessedProfileVersion: VERSION,
      symbolicated: true,
      categories: FirefoxTables.categories,
      markerSchema: [],
      sampleUnits: { time: "ms", eventDelay: "ms", threadCPUDelta: unit },
      platform: "Linux",
      ...release !== undefined && { oscpu: `Linux ${release}` },
      ...hostName !== undefined && { device: hostName },
      ...commandLine !== undefined && { arguments: commandLine.join(" ") },
      usesOnlyOneStackType: true,
      sourceCodeIsNotOnSearchfox: true,
      keepProfileThreadOrder: false,
    };
  }
}

/** What the periods of an event are, where they tell how busy a thread was. */
function clockOf(event: string): "ns" | "cycles" | undefined {
  if (/^(cpu|task)-clock/.test(event)) return "ns";
  return /^(cpu-)?cycles/.test(event) ? "cycles" : undefined;
}

/** A profile for the Firefox Profiler. */
export const format: ProfileFormat = {
  name: "firefox",
  isBinary: true,
  refusesInverted: "whose page can turn stacks round itself",
  open: (context) => new FirefoxWriter(context),
};
