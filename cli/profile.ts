/**
 * `framewalk profile`: the stacks of captures of `perf record`.
 *
 * @module
 */
import {
  openPerfData,
  openPerfStream,
  type PerfData,
} from "../formats/perf_data/mod.ts";
import {
  FrameNames,
  Profile,
  type ProfileSample,
} from "../kernel/profile/mod.ts";
import { InputError, type Io } from "./io.ts";
import { printable } from "./plain_text.ts";
import { loadFormat } from "./profile/formats.ts";
import { makeProfileCandidates } from "./profile_files.ts";
import {
  parseProfileOptions,
  type ProfileCommandOptions,
} from "./profile_options.ts";
import { reportError } from "./report.ts";

/** Keeps what few profiles need out of the module graph that is built before the first line runs. */
const later = (specifier: string): string => specifier;

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
  const profile: Profile = new Profile({
    candidates: makeProfileCandidates(options, io),
    decompress: async (kind, bytes, size) => {
      const module: typeof import("./decompress.ts") = await import(
        later("./decompress.ts")
      );
      return await module.decompress(kind, bytes, size);
    },
    loadSidecar: async () => await import(later("../kernel/walk/sidecar.ts")),
    tables: options.tables,
    kernel: options.kernel,
    filter: makeFilter(options, () => profile),
    warn: (message) => warnings.add(message),
  });
  const names = new FrameNames(profile);
  const format = await loadFormat(options.format ?? "addresses");
  const writer = await format.open({
    write: (bytes) => io.stdout.write(bytes),
    profile,
    names,
    by: options.by,
    inverted: options.inverted,
    json: options.json,
    color: false,
    columns: 80,
    paths: options.captures,
  });
  let isWhole = true;
  for (const path of options.captures) {
    state.path = path;
    const data = await openCapture(path, io);
    await profile.add(data, writer);
    for (const { message } of data.warnings) {
      warnings.add(`${path}: ${message}`);
      isWhole = false;
    }
  }
  state.path = undefined;
  await writer.end();
  const lines = [...warnings].map((text) => `warning: ${printable(text)}\n`);
  if (lines.length > 0) {
    io.stderr.write(new TextEncoder().encode(lines.join("")));
  }
  return isWhole;
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
