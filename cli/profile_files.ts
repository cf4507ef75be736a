/**
 * Where the binaries of a capture may be.
 *
 * @module
 */
import type { Candidate, ModuleRequest } from "../kernel/walk/module_file.ts";
import { makeCandidates } from "./candidates.ts";
import type { Io } from "./io.ts";
import type { ProfileCommandOptions } from "./profile_options.ts";

/** A build id is a hash; anything else makes no file name. */
const BUILD_ID = /^[0-9a-f]{4,128}$/;

/**
 * Makes the policy by which modules are looked for: under `--symfs` only, if that is given; else as named under each
 * `--sysroot` and as it is, by build id among the debug files, and last in perf's own cache. The vDSO is in that cache, or
 * where `--vdso` says.
 */
export function makeProfileCandidates(
  options: ProfileCommandOptions,
  io: Io,
): (request: ModuleRequest) => Candidate[] {
  const { symfs, vdso } = options;
  const roots = symfs === undefined ? options.sysroots : [symfs];
  const find = makeCandidates(io, roots);
  const cache = options.buildIdDirectory ?? defaultCache(io);
  const open = (path: string): Candidate => ({
    path,
    open: () => io.open(path),
  });
  return (request) => {
    if (request.path === "[vdso]" && request.purpose === "binary") {
      if (vdso !== undefined) return [open(vdso)];
      if (request.buildId === undefined) return onlyVdso(cache, io).map(open);
      return cachePaths(cache, request, "vdso").map(open);
    }
    const found = find(request);
    const inCache = request.purpose === "sidecar" ? [] : cachePaths(
      cache,
      request,
      request.purpose === "debug" ? "debug" : "elf",
    ).map(open);
    return [...found, ...inCache];
  };
}

function defaultCache(io: Io): string | undefined {
  const home = io.env("HOME");
  return home === undefined || home === "" ? undefined : `${home}/.debug`;
}

/** Captures rarely tell the build id of the vDSO: if perf has kept one only, it is that. */
function onlyVdso(cache: string | undefined, io: Io): string[] {
  if (cache === undefined) return [];
  const directory = `${cache}/[vdso]`;
  const entries = io.list(directory);
  if (typeof entries === "string" || entries.length !== 1) return [];
  return [`${directory}/${entries[0]!.name}/vdso`];
}

function cachePaths(
  cache: string | undefined,
  { buildId }: ModuleRequest,
  name: string,
): string[] {
  if (cache === undefined || buildId === undefined || !BUILD_ID.test(buildId)) {
    return [];
  }
  const base = `${cache.replace(/\/+$/, "")}/.build-id/${buildId.slice(0, 2)}/${
    buildId.slice(2)
  }`;
  return [`${base}/${name}`];
}
