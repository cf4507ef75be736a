/**
 * Names that no binary has: the kernel's, and those of code made at run time.
 *
 * @module
 */
import type { ByteSource } from "../formats/base/byte_source.ts";
import { decodeNotes } from "../formats/elf/mod.ts";
import type { PerfFeatures } from "../formats/perf_data/mod.ts";
import type { NameSources } from "../kernel/profile/mod.ts";
import { readSpecialFile } from "./file_source.ts";
import { InputError, type Io } from "./io.ts";
import { type BuildIdCache, findCache } from "./profile_files.ts";
import type { ProfileCommandOptions } from "./profile_options.ts";

/** Note type of a build id. */
const NT_GNU_BUILD_ID = 3;

/**
 * Makes the policy by which such names are looked for: where the options say; the kernel's in perf's own cache by build
 * id; else on this machine, if the capture is of it.
 *
 * @param captures What the captures say about their machines; it may grow until names are asked for.
 */
export function makeNameSources(
  options: ProfileCommandOptions,
  captures: readonly PerfFeatures[],
  io: Io,
): NameSources {
  const cache = findCache(options, io);
  return {
    kallsyms: (buildId) => readKallsyms(options, cache, captures, buildId, io),
    perfMap: (pid, kernelBuildId) => {
      const { perfMaps } = options;
      if (perfMaps !== undefined) {
        return readWhole(io.open(`${perfMaps}/perf-${pid}.map`));
      }
      return isThisMachine(captures, kernelBuildId)
        ? readWhole(io.open(`/tmp/perf-${pid}.map`))
        : undefined;
    },
  };
}

async function readKallsyms(
  options: ProfileCommandOptions,
  cache: BuildIdCache,
  captures: readonly PerfFeatures[],
  buildId: string | undefined,
  io: Io,
): Promise<Uint8Array | undefined> {
  const { kallsyms } = options;
  if (kallsyms !== undefined) {
    const given = kallsyms === "/proc/kallsyms"
      ? readSpecialFile(kallsyms)
      : await readWhole(io.open(kallsyms));
    if (given === undefined) throw new InputError(`${kallsyms}: not readable`);
    return given;
  }
  for (const path of cache.kallsyms(buildId)) {
    const kept = await readWhole(io.open(path));
    if (kept !== undefined) return kept;
  }
  return isThisMachine(captures, buildId)
    ? readSpecialFile("/proc/kallsyms")
    : undefined;
}

async function readWhole(
  source: ByteSource | string,
): Promise<Uint8Array | undefined> {
  return typeof source === "string"
    ? undefined
    : await source.read(0, source.size);
}

/** Whether all captures were made here: by host name, release and build id of the kernel. */
function isThisMachine(
  captures: readonly PerfFeatures[],
  buildId: string | undefined,
): boolean {
  if (buildId === undefined || captures.length === 0) return false;
  const line = (path: string): string | undefined => {
    const bytes = readSpecialFile(path);
    return bytes && new TextDecoder().decode(bytes).trim();
  };
  const host = line("/proc/sys/kernel/hostname");
  const release = line("/proc/sys/kernel/osrelease");
  return host !== undefined && release !== undefined &&
    captures.every((capture) =>
      capture.hostName === host && capture.release === release
    ) && kernelBuildId() === buildId;
}

function kernelBuildId(): string | undefined {
  const bytes = readSpecialFile("/sys/kernel/notes");
  if (bytes === undefined) return undefined;
  const note = decodeNotes(bytes, true).notes.find(({ name, type }) =>
    name === "GNU" && type === NT_GNU_BUILD_ID
  );
  if (note === undefined) return undefined;
  const { descOffset, descSize } = note;
  return Array.from(
    bytes.subarray(descOffset, descOffset + descSize),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join("");
}
