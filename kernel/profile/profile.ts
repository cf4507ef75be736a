/**
 * A profile: the samples of one or more captures with their stacks, and what these consist of.
 *
 * @module
 */
import { CaptureReader } from "./capture_reader.ts";
import type { Decompress } from "../../formats/elf/mod.ts";
import type { PerfData } from "../../formats/perf_data/mod.ts";
import type { Machine } from "../walk/machine.ts";
import { MACHINES } from "../walk/machines.ts";
import type { FindCandidates } from "../walk/module_file.ts";
import { TABLE_SOURCES, type TableSource } from "../walk/table_sources.ts";
import type { CaptureCounts } from "./capture.ts";
import { FrameTable } from "./frame_table.ts";
import { ModuleList, type ProfileModule } from "./modules.ts";
import {
  type ProfileSample,
  SAMPLE_STOPS,
  type SampleSink,
} from "./profile_sample.ts";

/** What reads sidecars: the module `kernel/walk/sidecar.ts`, which is loaded when there are any. */
export type SidecarReader = typeof import("../walk/sidecar.ts");

/** What reads source lines: the module `kernel/walk/lines.ts`, which is loaded when there are any. */
export type LineReader = typeof import("../walk/lines.ts");

/** How a profile is made. */
export interface ProfileOptions {
  /** Where the files of modules may be. */
  candidates: FindCandidates;
  /** Opens compressed sections of binaries; without it they count as absent. */
  decompress?: Decompress | undefined;
  /**
   * Sources of rows, in the order in which they are asked; default all, but `.debug_frame` only of the binaries
   * themselves. Where this names it, the separate debug files are looked for, too.
   */
  tables?: readonly TableSource[] | undefined;
  /** Loads the reader of sidecars; without it there are none. */
  loadSidecar?: (() => Promise<SidecarReader>) | undefined;
  /** Loads the reader of source lines; without it no frame has any. */
  loadLines?: (() => Promise<LineReader>) | undefined;
  /** Bytes of debug information, about, that are kept of each module; default 64 MiB. */
  lineCacheSize?: number | undefined;
  /** Whether samples have the kernel's frames; default true. */
  kernel?: boolean | undefined;
  /** Whether a sample is wanted. Its frames are not known yet. */
  filter?: ((sample: ProfileSample) => boolean) | undefined;
  /** Takes a warning for the user. */
  warn?: ((message: string) => void) | undefined;
  /** Told from time to time how many bytes of a capture have been read. */
  progress?: ((byteCount: number) => void) | undefined;
  /** Leave every stack to the general walk: for comparing the two. */
  onlyGeneralWalk?: boolean | undefined;
}

/** Machines whose stacks can be walked. */
export type MachineName = "x86-64" | "aarch64" | "s390x";

/** An event of a profile; captures that have events of the same name share it. */
export interface ProfileEvent {
  /** Its index. */
  readonly index: number;
  /** Name. */
  name: string;
  /** Number of samples that were wanted. */
  sampleCount: number;
}

/**
 * See the module's description. What {@linkcode Profile.add} gives to a sink refers to the lists here, which grow
 * meanwhile and hold everything at the end.
 */
export class Profile {
  /** Names of threads, by index. */
  readonly comms: string[] = [""];
  /** The events, by index. */
  readonly events: ProfileEvent[] = [];
  /** The frames, by id. */
  readonly frames: FrameTable = new FrameTable();
  /** How many samples' walks ended for each reason, by index into {@linkcode SAMPLE_STOPS}. */
  readonly stopCounts: number[] = SAMPLE_STOPS.map(() => 0);
  /** Samples that were wanted. */
  sampleCount = 0;
  /** Samples in all. */
  readCount = 0;
  /** Samples with a frame that was guessed. */
  untrustedCount = 0;
  /** Samples whose stack the general walk did. */
  generalCount = 0;
  /** What the captures lack. */
  readonly counts: CaptureCounts = { lost: 0, damaged: 0, late: 0 };
  /** Captures added. */
  captureCount = 0;
  /** The captures' machine; undefined before the first. */
  get machine(): { readonly name: MachineName } | undefined {
    return this.walkMachine;
  }

  private readonly options: ProfileOptions;
  private list: ModuleList | undefined = undefined;
  private walkMachine: Machine | undefined = undefined;

  /** Starts without samples. */
  constructor(options: ProfileOptions) {
    this.options = options;
  }

  /** The modules, by index. */
  get modules(): readonly ProfileModule[] {
    return this.list?.modules ?? [];
  }

  /** Files that were used without knowing whether they are those that ran: the capture does not tell their build IDs. */
  get unverifiedCount(): number {
    return this.list?.unverifiedCount ?? 0;
  }

  /**
   * Adds the samples of a capture and gives each to `sink`, in the order of time.
   *
   * @throws {FormatError} Nothing that is wrong with records: those are counted, or become warnings of `data`.
   */
  async add(data: PerfData, sink: SampleSink): Promise<void> {
    const { options } = this;
    const sources = options.tables ?? TABLE_SOURCES;
    this.walkMachine ??= MACHINES[machineOf(data)];
    this.list ??= new ModuleList({
      candidates: options.candidates,
      decompress: options.decompress,
      sources,
      machine: this.walkMachine,
      warn: options.warn ?? (() => {}),
      // Looking for a debug file takes longer than walking a thousand stacks, and hardly any has rows of its own.
      separateDebugFrames: options.tables !== undefined,
      lineCacheSize: options.lineCacheSize,
      parts: { sidecar: options.loadSidecar, lines: options.loadLines },
    });
    for (const { path, buildId } of data.features.buildIds ?? []) {
      this.list.buildIds.set(path, buildId);
    }
    const reader = new CaptureReader(
      this,
      data,
      this.list,
      this.walkMachine,
      sink,
      options,
      sources,
    );
    await reader.run();
    this.captureCount++;
  }

  /** The event called `name`. */
  event(name: string): ProfileEvent {
    const known = this.events.find((event) => event.name === name);
    if (known !== undefined) return known;
    const made = { index: this.events.length, name, sampleCount: 0 };
    this.events.push(made);
    return made;
  }
}

/** Machine of a capture by what its recorder says; x86-64 if it says nothing. */
function machineOf({ features }: PerfData): Machine["name"] {
  const { elfMachine, architecture = "" } = features;
  for (const machine of Object.values(MACHINES)) {
    if (machine.elfMachine === elfMachine) return machine.name;
  }
  if (/^(aarch64|arm64)/.test(architecture)) return "aarch64";
  return architecture === "s390x" ? "s390x" : "x86-64";
}
