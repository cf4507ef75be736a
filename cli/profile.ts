/**
 * `framewalk profile`: the stacks of captures of `perf record`.
 *
 * @module
 */
import { later } from "./later.ts";
import {
  openPerfData,
  openPerfStream,
  type PerfData,
  type PerfFeatures,
} from "../formats/perf_data/mod.ts";
import type { FrameNames, NameSources } from "../kernel/profile/mod.ts";
import {
  Profile,
  type ProfileSample,
  SampleStop,
} from "../kernel/profile/reader.ts";
import { InputError, type Io, UsageError } from "./io.ts";
import { printable } from "./plain_text.ts";
import type { NamelessContext } from "./profile/format.ts";
import { loadFormat } from "./profile/formats.ts";
import { openOutput } from "./profile_output.ts";
import type { ProgressLine } from "./progress.ts";
import { makeProfileCandidates } from "./profile_files.ts";
import {
  parseProfileOptions,
  type ProfileCommandOptions,
} from "./profile_options.ts";

/** Debug information that is kept of each module where frames are asked for in order, bytes. */
const LINE_CACHE_SIZE = 1 << 23;

/**
 * Runs `framewalk profile`.
 *
 * @returns The exit code: 0, or 1 if a capture cannot be read or is damaged.
 * @throws {UsageError} For arguments that make no sense.
 */
export async function runProfile(args: string[], io: Io): Promise<number> {
  const options = await parseProfileOptions(args);
  if (options === undefined) {
    const { HELP }: typeof import("./help.ts") = await import(
      later("./help.ts")
    );
    io.stdout.write(new TextEncoder().encode(HELP.profile!));
    return 0;
  }
  const state = { path: undefined as string | undefined };
  try {
    return await makeProfile(options, io, state) ? 0 : 1;
  } catch (error) {
    const { reportError }: typeof import("./report.ts") = await import(
      later("./report.ts")
    );
    return reportError(error, state.path, options.json, io);
  }
}

/** Returns whether all captures were whole. */
async function makeProfile(
  options: ProfileCommandOptions,
  io: Io,
  state: { path: string | undefined },
): Promise<boolean> {
  const warnings = new Set<string>();
  const toTerminal = options.output === undefined && io.stdout.isTerminal;
  const format = await loadFormat(
    options.format ?? (toTerminal ? "summary" : "text"),
    options,
  );
  let progress: ProgressLine | undefined;
  const { sidecarPaths }: typeof import("../formats/sidecar/mod.ts") =
    options.sidecars.length === 0
      ? { sidecarPaths: () => [] }
      : await import(later("../formats/sidecar/mod.ts"));
  const profile: Profile = new Profile({
    candidates: makeProfileCandidates(options, sidecarPaths, io),
    decompress: async (kind, bytes, size) => {
      const module: typeof import("./decompress.ts") = await import(
        later("./decompress.ts")
      );
      return await module.decompress(kind, bytes, size);
    },
    loadSidecar: async () => await import(later("../kernel/walk/sidecar.ts")),
    loadLines: async () => await import(later("../kernel/walk/lines.ts")),
    lineCacheSize: format.asksAsItGoes === true ? undefined : LINE_CACHE_SIZE,
    tables: options.tables,
    kernel: options.kernel,
    filter: makeFilter(options, () => profile),
    warn: (message) => warnings.add(message),
    progress: (size) => progress?.update(size),
  });
  const captures: PerfFeatures[] = [];
  if (format.isBinary === true && toTerminal) {
    throw new UsageError(
      `--format ${format.name} is not for a terminal: name a file with -o`,
    );
  }
  const output = openOutput(options.output, io);
  const context: NamelessContext = {
    write: (bytes) => output.write(bytes),
    profile,
    by: options.by,
    inverted: options.inverted,
    lines: options.lines ?? format.hasLines === true,
    showLines: options.lines === true,
    json: options.json,
    color: toTerminal && (await loadColor()).wantsColor("auto", io),
    columns: io.stdout.columns ?? 80,
    paths: options.captures,
    features: captures,
    output: options.output,
  };
  const writer = format.isNameless === true
    ? await format.open(context)
    : await format.open({
      ...context,
      names: await loadNames(profile, options, captures, io),
    });
  let isWhole = true;
  try {
    for (const path of options.captures) {
      state.path = path;
      const data = await openCapture(path, io);
      captures.push(data.features);
      progress = await makeProgress(path, data, io);
      await profile.add(data, writer);
      progress?.end();
      for (const { message } of data.warnings) {
        warnings.add(`${path}: ${message}`);
        isWhole = false;
      }
    }
    state.path = undefined;
    await writer.end();
    output.end();
  } catch (error) {
    progress?.end();
    output.drop();
    throw error;
  }
  for (const text of describeLosses(profile)) warnings.add(text);
  const lines = [...warnings].map((text) => `warning: ${printable(text)}\n`);
  if (lines.length > 0) {
    io.stderr.write(new TextEncoder().encode(lines.join("")));
  }
  return isWhole;
}

/** What the samples do not show, and why. */
function describeLosses(profile: Profile): string[] {
  const { counts, stopCounts, unverifiedCount } = profile;
  const lines: string[] = [];
  const say = (count: number, text: string): void => {
    if (count > 0) lines.push(`${text}: ${count}`);
  };
  say(counts.lost, "records lost while recording");
  say(counts.damaged, "records that make no sense, left out");
  say(counts.late, "records that came too late to be put in order");
  say(
    unverifiedCount,
    "binaries used without knowing that they are those that ran (the capture has no build IDs of them)",
  );
  for (const { path, missedCount } of profile.modules) {
    say(
      missedCount,
      `stacks that end in ${path}, of which no unwind table is known`,
    );
  }
  say(
    stopCounts[SampleStop.CUT]!,
    "stacks that go on behind the part that was copied (record more with --call-graph dwarf,SIZE)",
  );
  return lines;
}

/** What names the profile's frames. */
async function loadNames(
  profile: Profile,
  options: ProfileCommandOptions,
  captures: PerfFeatures[],
  io: Io,
): Promise<FrameNames> {
  const { FrameNames }: typeof import("../kernel/profile/mod.ts") =
    await import(later("../kernel/profile/mod.ts"));
  return new FrameNames(profile, await nameSources(options, captures, io));
}

/** Takes what names need of the command line; the parts that few profiles need are loaded when they do. */
async function nameSources(
  options: ProfileCommandOptions,
  captures: PerfFeatures[],
  io: Io,
): Promise<NameSources> {
  const { makeNameSources }: typeof import("./profile_names.ts") = await import(
    later("./profile_names.ts")
  );
  const sources = makeNameSources(options, captures, io);
  if (!options.demangle) return sources;
  const { isMangled, loadDemangler }: typeof import("./demangle.ts") =
    await import(later("./demangle.ts"));
  return { ...sources, isMangled, loadDemangler };
}

async function makeProgress(
  path: string,
  data: PerfData,
  io: Io,
): Promise<ProgressLine | undefined> {
  if (!io.stderr.isTerminal) return undefined;
  const { ProgressLine }: typeof import("./progress.ts") = await import(
    later("./progress.ts")
  );
  return new ProgressLine(`reading ${printable(path)}`, data.source?.size, io);
}

async function loadColor(): Promise<typeof import("./color.ts")> {
  return await import(later("./color.ts"));
}

async function openCapture(path: string, io: Io): Promise<PerfData> {
  const decompressor = async () => {
    const module: typeof import("./decompress.ts") = await import(
      later("./decompress.ts")
    );
    return await module.openZstdStream();
  };
  if (path === "-") {
    return await openPerfStream(io.stdin(), { decompressor });
  }
  const source = io.open(path);
  if (typeof source === "string") throw new InputError(`${path}: ${source}`);
  return await openPerfData(source, { decompressor });
}

/** Says which samples are wanted; undefined if all are. */
function makeFilter(
  options: ProfileCommandOptions,
  profile: () => Profile,
): ((sample: ProfileSample) => boolean) | undefined {
  const { comms, pids, tids, events, cpus, time: [from, to] } = options;
  const tests: ((sample: ProfileSample) => boolean)[] = [];
  if (comms.length > 0) {
    tests.push(({ comm }) => comms.includes(profile().comms[comm]!));
  }
  if (pids.length > 0) tests.push(({ pid }) => pids.includes(pid));
  if (tids.length > 0) tests.push(({ tid }) => tids.includes(tid));
  if (cpus.length > 0) tests.push(({ cpu }) => cpus.includes(cpu));
  if (events.length > 0) {
    tests.push(({ event }) => events.includes(profile().events[event]!.name));
  }
  if (from > -Infinity || to < Infinity) {
    tests.push(({ time }) => time >= from && time <= to);
  }
  if (tests.length === 0) return undefined;
  return (sample) => tests.every((test) => test(sample));
}
