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

/** The folder in which perf keeps the binaries of its captures, by build id. */
export class BuildIdCache {
  private readonly directory: string;
  private readonly io: Io;

  /** The cache in `directory`, which need not be there. */
  constructor(directory: string, io: Io) {
    this.directory = directory.replace(/\/+$/, "");
    this.io = io;
  }

  /** Path of a binary (`elf`), its debug information (`debug`) or a vDSO; undefined without a build id. */
  path(
    buildId: string | undefined,
    name: "elf" | "debug" | "vdso",
  ): string | undefined {
    if (buildId === undefined || !BUILD_ID.test(buildId)) return undefined;
    const folder = `${buildId.slice(0, 2)}/${buildId.slice(2)}`;
    return `${this.directory}/.build-id/${folder}/${name}`;
  }

  /** Path of the symbols of a kernel. */
  kallsyms(buildId: string | undefined): string | undefined {
    return buildId === undefined || !BUILD_ID.test(buildId)
      ? undefined
      : `${this.directory}/[kernel.kallsyms]/${buildId}/kallsyms`;
  }

  /** Path of the vDSO of a capture that does not tell its build id: if only one has been kept, it is that. */
  onlyVdso(): string | undefined {
    const folder = `${this.directory}/[vdso]`;
    const entries = this.io.list(folder);
    return typeof entries === "string" || entries.length !== 1
      ? undefined
      : `${folder}/${entries[0]!.name}/vdso`;
  }
}

/** The cache that the options name, or the user's own. */
export function findCache(
  { buildIdDirectory }: ProfileCommandOptions,
  io: Io,
): BuildIdCache | undefined {
  if (buildIdDirectory !== undefined) {
    return new BuildIdCache(buildIdDirectory, io);
  }
  const home = io.env("HOME");
  return home === undefined || home === ""
    ? undefined
    : new BuildIdCache(`${home}/.debug`, io);
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
  const open = (path: string | undefined): Candidate[] =>
    path === undefined ? [] : [{ path, open: () => io.open(path) }];
  return (request) => {
    const { path, buildId, purpose } = request;
    if (purpose === "sidecar") return find(request);
    if (path === "[vdso]") {
      if (purpose !== "binary") return [];
      if (vdso !== undefined) return open(vdso);
      return open(cache?.path(buildId, "vdso") ?? cache?.onlyVdso());
    }
    const found = symfs === undefined
      ? find(request)
      : find(request).filter((candidate) => candidate.path.startsWith(symfs));
    const kept = purpose === "debug" ? "debug" : "elf";
    return [...found, ...open(cache?.path(buildId, kept))];
  };
}
