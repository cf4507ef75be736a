/**
 * A capture of `perf record`: its flame graph, its functions, its modules.
 *
 * @module
 */
import type { ByteSource } from "../../../formats/base/byte_source.ts";
import { openPerfData, type PerfData } from "../../../formats/perf_data/mod.ts";
import { FrameNames, Profile } from "../../../kernel/profile/mod.ts";
import { openZstdStream } from "../../decompress.ts";
import { isMangled } from "../../demangle.ts";
import { layOutFlames } from "../../profile/flame_layout.ts";
import { shareFunctions } from "../../profile/function_shares.ts";
import { packFlames } from "../model/pack_flames.ts";
import { SelectableCounts } from "../model/selected_counts.ts";
import type {
  CaptureFacts,
  FlameData,
  FlameSelection,
  FunctionCount,
  ModuleRow,
} from "../protocol.ts";
import { decompress } from "./decompress.ts";
import { loadNames } from "./demangle.ts";
import type { GivenFiles } from "./files.ts";
import type { Progress } from "./progress.ts";

/** Boxes narrower than this part of the whole are left out: zoomed in a hundredfold they are still no pixel wide. */
const LEAST = 1 / 100_000;
/** Boxes of a graph at most. */
const MAX_BOXES = 200_000;
/** Functions that the list shows. */
const TOP_COUNT = 2000;

/** See the module's description. */
export class CaptureDocument {
  /** What it is. */
  readonly kind = "capture";
  private readonly data: PerfData;
  private readonly profile: Profile;
  private readonly counts: SelectableCounts;
  private readonly known: Set<string> = new Set();
  private readonly progress: { report: Progress };
  private reading: Promise<void> | undefined = undefined;

  private constructor(data: PerfData, size: number, files: GivenFiles) {
    const progress = { report: (() => {}) as Progress };
    this.progress = progress;
    this.data = data;
    this.profile = new Profile({
      candidates: files.find,
      decompress,
      warn: (message) => this.known.add(message),
      progress: (count) => progress.report(count / size, "reading samples"),
    });
    const names = new FrameNames(this.profile, {
      kallsyms: () => files.read("kallsyms"),
      perfMap: (pid) => files.read(`perf-${pid}.map`),
      isMangled,
      loadDemangler: loadNames,
    });
    this.counts = new SelectableCounts(this.profile, names);
  }

  /** Opens a capture; its samples are read when they are first asked for. @throws {FormatError} If it is none. */
  static async open(
    source: ByteSource,
    files: GivenFiles,
  ): Promise<CaptureDocument> {
    const data = await openPerfData(source, { decompressor: openZstdStream });
    return new CaptureDocument(data, source.size, files);
  }

  /** What is to be said of it at once. */
  facts(): [string, string][] {
    const { features } = this.data;
    const facts: [string, string][] = [["Kind", "capture of perf record"]];
    const say = (label: string, text: string | undefined): void => {
      if (text !== undefined && text !== "") facts.push([label, text]);
    };
    say("Host", features.hostName);
    say("Kernel", features.release);
    say("Machine", features.architecture);
    return facts;
  }

  /** What the user should know; grows while samples are read. */
  warnings(): string[] {
    const { counts } = this.profile;
    const losses: [number, string][] = [
      [counts.lost, "records were lost while recording"],
      [counts.damaged, "records make no sense and were left out"],
      [counts.late, "records came too late to be put in order"],
    ];
    return [
      ...this.known,
      ...this.data.warnings.map(({ message }) => message),
      ...losses.filter(([count]) => count > 0).map(([count, text]) =>
        `${count} ${text}`
      ),
    ];
  }

  /** Reads the samples. */
  async read(report: Progress): Promise<CaptureFacts> {
    this.progress.report = report;
    this.reading ??= this.readSamples();
    await this.reading;
    const { events, sampleCount } = this.profile;
    return {
      events: events.map(({ name, sampleCount: count }) => ({ name, count })),
      threads: this.counts.threads(),
      total: sampleCount,
      warnings: this.warnings(),
    };
  }

  private async readSamples(): Promise<void> {
    await this.profile.add(this.data, this.counts);
  }

  /** The flame graph of what is selected. */
  flames(selection: FlameSelection): FlameData {
    const counts = this.counts.select(selection);
    return packFlames(layOutFlames(counts, LEAST, MAX_BOXES));
  }

  /** The functions of what is selected, those with most samples of their own first. */
  top(selection: FlameSelection): FunctionCount[] {
    const counts = this.counts.select({ ...selection, inverted: false });
    return shareFunctions(counts).filter(({ total }) => total > 0)
      .slice(0, TOP_COUNT);
  }

  /** The modules. */
  modules(): ModuleRow[] {
    return this.profile.modules.map(({ index, path, buildId, file }) => ({
      index,
      path,
      buildId: buildId ?? null,
      tables: [],
      status: file?.elf === undefined
        ? "missing"
        : buildId === undefined
        ? "unverified"
        : "ok",
    }));
  }

  /** The file of a module. */
  moduleSource(index: number): ByteSource | undefined {
    return this.profile.modules[index]!.file?.elf?.source;
  }
}
