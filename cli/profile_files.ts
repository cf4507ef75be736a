/**
 * Where the binaries of a capture may be.
 *
 * @module
 */
import type { Candidate, ModuleRequest } from "../kernel/profile/mod.ts";
import { makeCandidates } from "./candidates.ts";
import type { Io } from "./io.ts";
import type { ProfileCommandOptions } from "./profile_options.ts";

/** A build id is a hash; anything else makes no file name. */
const BUILD_ID = /^[0-9a-f]{4,128}$/;

/** Folders of users, and of one who has no folder there. */
const HOMES = ["/home", "/Users"];
const ROOT_HOME = "/root";

/** The folders in which perf keeps the binaries of its captures, by build id. */
export class BuildIdCache {
  private readonly directories: readonly string[];
  private readonly io: Io;

  /** The caches in `directories`, which need not be there. */
  constructor(directories: readonly string[], io: Io) {
    this.directories = directories.map((path) => path.replace(/\/+$/, ""));
    this.io = io;
  }

  /** Where a binary (`elf`), its debug information (`debug`) or a vDSO may be; nowhere without a build id. */
  paths(
    buildId: string | undefined,
    name: "elf" | "debug" | "vdso",
  ): string[] {
    if (buildId === undefined || !BUILD_ID.test(buildId)) return [];
    const folder = `${buildId.slice(0, 2)}/${buildId.slice(2)}`;
    return this.directories.map((path) =>
      `${path}/.build-id/${folder}/${name}`
    );
  }

  /** Where the symbols of a kernel may be. */
  kallsyms(buildId: string | undefined): string[] {
    if (buildId === undefined || !BUILD_ID.test(buildId)) return [];
    return this.directories.map((path) =>
      `${path}/[kernel.kallsyms]/${buildId}/kallsyms`
    );
  }

  /** Where the vDSO of a capture is that does not tell its build id: if only one has been kept, it is that. */
  onlyVdso(): string[] {
    const kept = new Map<string, string>();
    for (const path of this.directories) {
      const entries = this.io.list(`${path}/[vdso]`);
      if (typeof entries === "string") continue;
      for (const { name } of entries) {
        kept.set(name, `${path}/[vdso]/${name}/vdso`);
      }
    }
    return kept.size === 1 ? [...kept.values()] : [];
  }
}

/**
 * The cache that the options name, or the user's own. Who the user is cannot be known without permission to read the
 * environment: then the caches of all users that can be read. What is found there by build id is right whoever kept it.
 */
export function findCache(
  { buildIdDirectory }: ProfileCommandOptions,
  io: Io,
): BuildIdCache {
  if (buildIdDirectory !== undefined) {
    return new BuildIdCache([buildIdDirectory], io);
  }
  const home = io.env("HOME");
  const homes = home === undefined || home === "" ? listHomes(io) : [home];
  return new BuildIdCache(homes.map((path) => `${path}/.debug`), io);
}

function listHomes(io: Io): string[] {
  const homes = [ROOT_HOME];
  for (const folder of HOMES) {
    const entries = io.list(folder);
    if (typeof entries === "string") continue;
    homes.push(...entries.map(({ name }) => `${folder}/${name}`));
  }
  return homes;
}

/**
 * Makes the policy by which modules are looked for: under `--symfs` only, if that is given; else as named under each
 * `--sysroot` and as it is, by build id among the debug files; last in perf's own cache. The vDSO is in that cache, or
 * where `--vdso` says.
 */
export function makeProfileCandidates(
  options: ProfileCommandOptions,
  sidecarPaths: (buildId: string) => string[],
  io: Io,
): (request: ModuleRequest) => Candidate[] {
  const { symfs, vdso, sysroots, sidecars } = options;
  const find = makeCandidates(
    io,
    symfs === undefined ? sysroots : [symfs],
    sidecars,
    sidecarPaths,
  );
  const cache = findCache(options, io);
  const open = (paths: readonly string[]): Candidate[] =>
    paths.map((path) => ({ path, open: () => io.open(path) }));
  return (request) => {
    const { path, buildId, purpose } = request;
    if (purpose === "sidecar") return find(request);
    if (path === "[vdso]") {
      if (purpose !== "binary") return [];
      if (vdso !== undefined) return open([vdso]);
      const kept = cache.paths(buildId, "vdso");
      return open(kept.length > 0 ? kept : cache.onlyVdso());
    }
    const found = symfs === undefined
      ? find(request)
      : find(request).filter((candidate) => candidate.path.startsWith(symfs));
    const kept = purpose === "debug" ? "debug" : "elf";
    return [...found, ...open(cache.paths(buildId, kept))];
  };
}
