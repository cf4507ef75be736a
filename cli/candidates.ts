/**
 * Where the files of a process may be on this machine.
 *
 * @module
 */
import type { Candidate, ModuleRequest } from "../kernel/reader.ts";
import type { Io } from "./io.ts";
import { baseName } from "./plain_text.ts";

/** Where debug files are, below each root. */
const DEBUG_ROOT = "/usr/lib/debug";
/** A build id is a hash; anything else makes no file name. */
const BUILD_ID = /^[0-9a-f]{4,128}$/;

/**
 * Makes the policy by which modules are looked for: each path first under every sysroot, then as it is; a binary as it
 * was named and then by its build id; a debug file by its build id and then by its debug link; what a debug file refers
 * to by its name, then by its build id; a sidecar in the directories of sidecars only, by the names that `sidecarPaths`
 * gives.
 */
export function makeCandidates(
  io: Io,
  sysroots: readonly string[],
  sidecars: readonly string[] = [],
  sidecarPaths: (buildId: string) => string[] = () => [],
): (request: ModuleRequest) => Candidate[] {
  const roots = [...sysroots.map((root) => root.replace(/\/+$/, "")), ""];
  return (request) => {
    const candidates: Candidate[] = [];
    if (request.purpose === "sidecar") {
      for (const directory of sidecars) {
        for (const path of sidecarPaths(request.buildId ?? "")) {
          const full = `${directory.replace(/\/+$/, "")}/${path}`;
          candidates.push({ path: full, open: () => io.open(full) });
        }
      }
      return candidates;
    }
    for (const path of pathsOf(request)) {
      for (const root of roots) {
        const full = root + path;
        candidates.push({ path: full, open: () => io.open(full) });
      }
    }
    return candidates;
  };
}

/** Absolute paths, the likeliest first. */
function pathsOf(request: ModuleRequest): string[] {
  const paths: string[] = [...besidePaths(request)];
  if (request.purpose === "binary" && request.path.startsWith("/")) {
    paths.push(request.path);
  }
  paths.push(...buildIdPaths(request));
  if (request.purpose === "debug") paths.push(...debugLinkPaths(request));
  return [...new Set(paths)];
}

/** A path as it is, or from the directories from which it may count. */
function besidePaths({ purpose, path, directories }: ModuleRequest): string[] {
  if (directories === undefined) return [];
  if (path.startsWith("/") || purpose === "package") return [path];
  const from = directories.map((one) => one.replace(/\/+$/, ""));
  const beside = from.map((directory) => `${directory}/${path}`);
  // A split unit may have been moved beside its program.
  return purpose === "split"
    ? [...beside, ...from.map((one) => `${one}/${baseName(path)}`)]
    : beside;
}

function buildIdPaths({ buildId, purpose }: ModuleRequest): string[] {
  if (buildId === undefined || !BUILD_ID.test(buildId)) return [];
  const base = `${DEBUG_ROOT}/.build-id/${buildId.slice(0, 2)}/${
    buildId.slice(2)
  }`;
  return purpose !== "binary" ? [`${base}.debug`] : [base, `${base}.debug`];
}

function debugLinkPaths({ debugLink }: ModuleRequest): string[] {
  // A name with a slash in it would lead out of the folders where debug files are.
  if (debugLink === undefined || /^$|\/|^\.\.?$/.test(debugLink.name)) {
    return [];
  }
  const { name } = debugLink;
  const directory = debugLink.directory.replace(/\/+$/, "");
  return [
    `${directory}/${name}`,
    `${directory}/.debug/${name}`,
    `${DEBUG_ROOT}${directory}/${name}`,
  ];
}
