/**
 * Directories, and files as they are written.
 *
 * @module
 */
import { describeFailure } from "./file_source.ts";
import type { DirectoryEntry } from "./io.ts";

/** Permission bits of a mode, without the kind of the file. */
const PERMISSIONS = 0o7777;

/** Lists a directory, sorted by name. @returns Its entries, or in a few words why not. */
export function listDirectory(path: string): DirectoryEntry[] | string {
  const entries: DirectoryEntry[] = [];
  try {
    for (const entry of Deno.readDirSync(path)) {
      const kind = entry.isSymlink
        ? "link"
        : entry.isDirectory
        ? "directory"
        : entry.isFile
        ? "file"
        : "other";
      entries.push({ name: entry.name, kind });
    }
  } catch (error) {
    return describeFailure(error);
  }
  return entries.sort((a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
}

/** Makes a directory and those above it, where they are not there. @returns `undefined`, or in a few words why not. */
export function makeDirectory(path: string): string | undefined {
  try {
    Deno.mkdirSync(path, { recursive: true });
    return undefined;
  } catch (error) {
    return describeFailure(error);
  }
}

/**
 * Writes a file whole: beside its place and then renamed to it, so that a program that runs from the old file goes on,
 * and a failure leaves the old file as it was. What is there and no regular file (a device, a pipe) is written to. A
 * symbolic link is followed.
 *
 * @param like A file whose permissions the new one gets.
 * @returns `undefined`, or in a few words why not.
 */
export function saveFile(
  path: string,
  bytes: Uint8Array,
  like?: string,
): string | undefined {
  try {
    const old = statOrNothing(path);
    if (old !== undefined && !old.isFile) {
      if (old.isDirectory) return "is a directory";
      Deno.writeFileSync(path, bytes, { create: false });
      return undefined;
    }
    const place = old === undefined ? path : Deno.realPathSync(path);
    const mode = like === undefined ? old?.mode : Deno.statSync(like).mode;
    replaceFile(place, bytes, mode ?? undefined);
    return undefined;
  } catch (error) {
    return describeFailure(error);
  }
}

function statOrNothing(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function replaceFile(
  path: string,
  bytes: Uint8Array,
  mode: number | undefined,
): void {
  const temporary = `${path}.${crypto.randomUUID().slice(0, 8)}.new`;
  Deno.writeFileSync(temporary, bytes, { createNew: true });
  try {
    if (mode !== undefined && Deno.build.os !== "windows") {
      Deno.chmodSync(temporary, mode & PERMISSIONS);
    }
    Deno.renameSync(temporary, path);
  } catch (error) {
    Deno.removeSync(temporary);
    throw error;
  }
}
