/**
 * The files that the page may read: those that were named on the command line, and those that these turn out to need.
 *
 * @module
 */
import type { ByteSource } from "../../formats/base/byte_source.ts";
import { isElf } from "../../formats/elf/mod.ts";
import type { FindCandidates, ModuleRequest } from "../../kernel/mod.ts";
import type { Io } from "../io.ts";

/** Kinds of files that a page may ask for. */
const PURPOSES: readonly string[] = [
  "binary",
  "debug",
  "sidecar",
  "supplementary",
  "package",
  "split",
];
/** Longest path that is looked at. */
const MAX_PATH_SIZE = 4096;
/** Files that are looked for at most: as many as a large program has, many times over. */
const MAX_FILE_COUNT = 4096;

/** A place that was looked at: the file's number, or why there is none. */
export type FoundFile =
  | { path: string; id: number; size: number }
  | { path: string; reason: string };

/** Files by number. Numbers are given to what was opened, so that a request cannot name a path. */
export class OpenFiles {
  private readonly io: Io;
  private readonly find: FindCandidates;
  private readonly sources: ByteSource[] = [];
  private readonly byPath: Map<string, FoundFile> = new Map();

  /** Looks for files as `find` says. */
  constructor(io: Io, find: FindCandidates) {
    this.io = io;
    this.find = find;
  }

  /** Opens what the command line names, whatever it is. @returns Its number, or in a few words why it cannot be had. */
  openGiven(path: string): { id: number; size: number } | string {
    const source = this.io.open(path);
    return typeof source === "string" ? source : this.add(source);
  }

  /** The file with that number. */
  get(id: number): ByteSource | undefined {
    return this.sources[id];
  }

  /**
   * Looks for a file that the page wants. It gets what the rules of `bt` would open, and of that ELF files only (and
   * sidecars where the command line says): a page cannot make the server show any other file of its user.
   */
  async look(request: ModuleRequest): Promise<FoundFile[]> {
    const found: FoundFile[] = [];
    for (const { path, open } of this.find(request)) {
      const known = this.byPath.get(path);
      if (known !== undefined) {
        found.push(known);
        continue;
      }
      const source = await open();
      const file = typeof source === "string"
        ? { path, reason: source }
        : await this.admit(path, source, request.purpose === "sidecar");
      if ("id" in file) this.byPath.set(path, file);
      found.push(file);
    }
    return found;
  }

  private async admit(
    path: string,
    source: ByteSource,
    isSidecar: boolean,
  ): Promise<FoundFile> {
    if (this.sources.length >= MAX_FILE_COUNT) {
      return { path, reason: "too many files are open" };
    }
    if (!isSidecar && !isElf(await source.read(0, 4))) {
      return { path, reason: "not an ELF file" };
    }
    return { path, ...this.add(source) };
  }

  private add(source: ByteSource): { id: number; size: number } {
    const id = this.sources.push(source) - 1;
    return { id, size: source.size };
  }
}

/**
 * Reads what a page looks for. A path that climbs (`..`) is refused: no process has such a mapping, and debug
 * information that refers to its files so is not followed out of its directories.
 *
 * @returns Undefined for what is no such request.
 */
export function readRequest(value: unknown): ModuleRequest | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { path, buildId, purpose, directories, debugLink } = value as Record<
    string,
    unknown
  >;
  if (!isPath(path) || !PURPOSES.includes(purpose as string)) return undefined;
  if (buildId !== undefined && typeof buildId !== "string") return undefined;
  const request: ModuleRequest = {
    path,
    buildId,
    purpose: purpose as ModuleRequest["purpose"],
  };
  if (directories !== undefined) {
    if (!Array.isArray(directories) || !directories.every(isPath)) {
      return undefined;
    }
    request.directories = directories;
  }
  if (debugLink !== undefined) {
    const link = debugLink as Record<string, unknown> | null;
    if (!isPath(link?.name) || !isPath(link.directory)) return undefined;
    const { name, directory, crc } = link;
    request.debugLink = { name, directory, crc: Number(crc) };
  }
  return request;
}

function isPath(value: unknown): value is string {
  return typeof value === "string" && value.length <= MAX_PATH_SIZE &&
    !value.includes("\0") && !value.split("/").includes("..");
}
