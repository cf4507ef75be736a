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
  private head(group: number, eventIndex: number): Record<string, unknown> {
    const { profile, groups, context } = this;
    const { pid, tid, capture, comm } = groups.groups[group]!;
    const { by = "thread" } = context;
    const { sampleCount, name: event } = profile.events[eventIndex]!;
    const hasEvents = sampleCount < profile.sampleCount;
    const name = profile.comms[comm] || "?";
    const label = by === "thread" ? name : groups.name(group);
    // Equal numbers in two captures need not be one process.
    const unique = capture === 0 ? "" : `.${capture + 1}`;
    const isOfProcess = by === "thread" || by === "process";
    const id = by === "thread" ? tid : by === "process" ? pid : label;
    return {
      name: hasEvents ? `${label} (${event})` : label,
      isMainThread: by === "process" || (by === "thread" && pid === tid),
      processName: isOfProcess ? name : `by ${by}`,
      pid: `${isOfProcess ? pid : 0}${unique}`,
      tid: unique === "" && !hasEvents ? id : `${id}${unique}/${event}`,
      hasBusyTime: clockOf(event) === this.clock(),
    };
  }

  /** What all periods that tell how busy a thread was are counted in: the page takes one unit only. */
  private clock(): "ns" | "cycles" {
    const isClock = ({ name }: { name: string }) => clockOf(name) === "ns";
    const { events } = this.profile;
    if (events.some(isClock)) return "ns";
    return events.some(({ name }) => clockOf(name) === "cycles")
      ? "cycles"
      : "ns";
  }

  private meta(): Record<string, unknown> {
    const { context, tracks } = this;
    let interval = Infinity;
    let end = 0;
    for (const track of tracks.flat()) {
      if (track === undefined) continue;
      interval = Math.min(interval, track.typicalInterval() || Infinity);
      end = Math.max(end, track.end());
    }
    if (interval === Infinity) interval = 1e6;
    const [features = {}] = context.features;
    const { release, hostName, commandLine } = features;
    const unit = this.clock() === "ns" ? "ns" : "variable CPU cycles";
    return {
      interval: interval / 1e6,
      startTime: 0,
      profilingStartTime: 0,
      // The page counts what lies before the end.
      profilingEndTime: (end + interval) / 1e6,
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
