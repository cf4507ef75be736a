/**
 * Samples written down as text, for tests of what the formats make of them.
 *
 * @module
 */
import type { FormatContext } from "../../../cli/profile/format.ts";
import { loadFormat } from "../../../cli/profile/formats.ts";
import {
  FrameKind,
  type FrameNames,
  FrameTable,
  type Profile,
  ProfileSample,
  SAMPLE_STOPS,
} from "../../../kernel/profile/mod.ts";

/** A sample; what is left out is the same for all. */
export interface LiteralSample {
  /** Names of functions, outermost first; `k:` in front for the kernel's, `j:` for code made at run time, `?` for none. */
  stack: readonly string[];
  /** Name of the thread. */
  comm?: string;
  /** Process. */
  pid?: number;
  /** Thread. */
  tid?: number;
  /** Processor. */
  cpu?: number;
  /** Nanoseconds. */
  time?: number;
  /** Name of the event. */
  event?: string;
  /** Events that the sample stands for. */
  period?: number;
  /** Number of the capture. */
  capture?: number;
  /** Why the walk ended. */
  stop?: (typeof SAMPLE_STOPS)[number];
}

/** The program, the kernel, code made at run time: the modules of every literal profile. */
const MODULES = [
  {
    index: 0,
    path: "/usr/lib/libc.so.6",
    kind: FrameKind.USER,
    buildId: undefined,
  },
  {
    index: 1,
    path: "/opt/bin/prog",
    kind: FrameKind.USER,
    buildId: "0123456789abcdef0123456789abcdef01234567",
  },
  {
    index: 2,
    path: "[kernel.kallsyms]",
    kind: FrameKind.KERNEL,
    buildId: undefined,
  },
  {
    index: 3,
    path: "/tmp/perf-7.map",
    kind: FrameKind.JIT,
    buildId: undefined,
  },
];
const KERNEL_BASE = -0x7f00_0000;
const FUNCTION_SIZE = 0x100;

/** Gives each function an address; a name ending in `+N` is N bytes behind its function's start. */
class LiteralFrames {
  readonly table: FrameTable = new FrameTable();
  readonly names: (string | undefined)[] = [];
  private readonly starts: Map<string, number> = new Map();

  id(text: string): number {
    const [, kind, name, offset] = /^(k:|j:)?([^]*?)(?:\+(\d+))?$/.exec(text)!;
    const module = kind === "k:" ? 2 : kind === "j:" ? 3 : 1;
    let start = this.starts.get(`${module} ${name}`);
    if (start === undefined) {
      start = FUNCTION_SIZE * (this.starts.size + 1) +
        (module === 2 ? KERNEL_BASE : 0);
      this.starts.set(`${module} ${name}`, start);
    }
    const id = this.table.intern(
      module,
      start + Number(offset ?? 0),
      MODULES[module]!.kind,
    );
    this.names[id] = name === "?" ? undefined : name;
    return id;
  }
}

/** What a format writes for `samples`. */
export async function write(
  formatName: string,
  samples: readonly LiteralSample[],
  options: Partial<FormatContext> = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const frames = new LiteralFrames();
  const comms: string[] = [""];
  const events: { index: number; name: string; sampleCount: number }[] = [];
  const stopCounts = SAMPLE_STOPS.map(() => 0);
  const profile = {
    comms,
    events,
    frames: frames.table,
    modules: MODULES,
    stopCounts,
    sampleCount: 0,
    untrustedCount: 0,
    counts: { lost: 0, damaged: 0, late: 0 },
  };
  const loaded = new Set<number>();
  const names = {
    needsLoad: (frame: number) => !loaded.has(frames.table.modules[frame]!),
    load: async (frame: number) => {
      await Promise.resolve();
      loaded.add(frames.table.modules[frame]!);
    },
    loadAll: () => Promise.resolve(),
    sources: () => [],
    name: (frame: number) => ({
      symbol: frames.names[frame],
      offset: frames.table.addresses[frame]! & (FUNCTION_SIZE - 1),
      module: MODULES[frames.table.modules[frame]!]!.path,
    }),
  };
  const pieces: Uint8Array[] = [];
  const { by, inverted = false } = options;
  const format = await loadFormat(formatName, { by, inverted });
  const writer = await format.open({
    write: (bytes) => pieces.push(bytes.slice()),
    profile: profile as unknown as Profile,
    names: names as unknown as FrameNames,
    by,
    inverted,
    lines: false,
    showLines: false,
    color: false,
    columns: 80,
    json: false,
    paths: ["perf.data"],
    features: [{ architecture: "x86_64", release: "6.12.1" }],
    output: undefined,
    ...options,
  });
  const sample = new ProfileSample();
  for (const [index, literal] of samples.entries()) {
    fill(sample, literal, index, frames, comms, events);
    stopCounts[sample.stop]!++;
    profile.sampleCount++;
    events[sample.event]!.sampleCount++;
    await writer.sample(sample);
  }
  await writer.end();
  return new Uint8Array(await new Blob(pieces as BlobPart[]).arrayBuffer());
}

function fill(
  sample: ProfileSample,
  literal: LiteralSample,
  index: number,
  frames: LiteralFrames,
  comms: string[],
  events: { index: number; name: string; sampleCount: number }[],
): void {
  const { stack, comm = "prog", pid = 7, event = "cpu-clock" } = literal;
  const indexOf = (list: string[], text: string): number => {
    const known = list.indexOf(text);
    return known >= 0 ? known : list.push(text) - 1;
  };
  sample.comm = indexOf(comms, comm);
  sample.pid = pid;
  sample.tid = literal.tid ?? pid;
  sample.cpu = literal.cpu ?? 0;
  sample.time = literal.time ?? 1e9 + index * 1e6;
  sample.period = literal.period ?? 1e6;
  sample.capture = literal.capture ?? 0;
  sample.stop = SAMPLE_STOPS.indexOf(literal.stop ?? "end-of-stack");
  sample.tables = 0;
  const names = events.map(({ name }) => name);
  sample.event = indexOf(names, event);
  if (sample.event === events.length) {
    events.push({ index: sample.event, name: event, sampleCount: 0 });
  }
  sample.count = stack.length;
  sample.frames.fill(-9);
  for (const [depth, name] of stack.toReversed().entries()) {
    sample.frames[depth] = frames.id(name);
  }
}

/** The same as text. */
export async function writeText(
  formatName: string,
  samples: readonly LiteralSample[],
  options: Partial<FormatContext> = {},
): Promise<string> {
  // A fatal decoder: nothing but Unicode text may be written.
  return new TextDecoder("utf-8", { fatal: true }).decode(
    await write(formatName, samples, options),
  );
}

/** Bytes of gzip, decompressed. */
export async function gunzip(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(
    new DecompressionStream("gzip"),
  );
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Names that break formats whose authors did not think of them. */
export const HOSTILE_NAMES: readonly string[] = [
  "a;b",
  "line\nbreak\r\n",
  "<script>alert(1)</script>",
  `"quoted" & 'so'`,
  "]]>",
  "\u0000\u001b[31m\u009b",
  "lone \ud800 surrogate \udc00",
  "\u2028\u202e",
  "",
  " ",
  "ends in 12",
  "x".repeat(100_000),
  "\ufffe\uffff",
  "pair \u{1f600}".repeat(50),
];
