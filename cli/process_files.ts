/**
 * Where the files of a process may be and how they are opened, for `bt` and its like.
 *
 * @module
 */
import type { Decompress, FindCandidates } from "../kernel/reader.ts";
import { later } from "./later.ts";
import { makeCandidates } from "./candidates.ts";
import type { Io } from "./io.ts";

/** The options that say where files are. */
export interface FileOptions {
  /** Directories under which files are looked for first. */
  readonly sysroot: readonly string[];
  /** Directories with sidecars, by build ID. */
  readonly sidecars: readonly string[];
  /** Addresses of debuginfod servers; without one, those of the environment. */
  readonly debuginfod: readonly string[];
}

/**
 * Makes the policy by which files are looked for. What only some calls need is loaded only for them.
 *
 * @param warn Takes what the user should know.
 * @param mayAsk Whether servers may be asked just now.
 * @throws {UsageError} For a debuginfod server that is no address.
 */
export async function findFiles(
  { sysroot, sidecars, debuginfod }: FileOptions,
  io: Io,
  warn: (text: string) => void,
  mayAsk: () => boolean = () => true,
): Promise<FindCandidates> {
  const sidecarPaths = sidecars.length === 0
    ? undefined
    : await loadSidecarPaths();
  const local = makeCandidates(io, sysroot, sidecars, sidecarPaths);
  if (debuginfod.length === 0 && !io.env("DEBUGINFOD_URLS")) return local;
  const { addDebuginfod }: typeof import("./debuginfod.ts") = await import(
    later("./debuginfod.ts")
  );
  return addDebuginfod(local, debuginfod, io, warn, mayAsk);
}

/** Opens compressed sections; its packages are loaded when the first comes. */
export const decompressLater: Decompress = async (
  kind: Parameters<Decompress>[0],
  bytes: Uint8Array,
  size?: number,
): Promise<Uint8Array> => {
  const { decompress }: typeof import("./decompress.ts") = await import(
    later("./decompress.ts")
  );
  return await decompress(kind, bytes, size);
};

async function loadSidecarPaths(): Promise<
  typeof import("../formats/sidecar/mod.ts").sidecarPaths
> {
  const { sidecarPaths }: typeof import("../formats/sidecar/mod.ts") =
    await import(later("../formats/sidecar/mod.ts"));
  return sidecarPaths;
}
