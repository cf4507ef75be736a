/**
 * Directories, and files as they are written.
 *
 * @module
 */
import { describeFailure } from "./file_source.ts";
import type { DirectoryEntry, FileFacts, NewFile } from "./io.ts";

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
  return attempt(() => Deno.mkdirSync(path, { recursive: true }));
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

/** Size and age of a file. */
export function fileFacts(path: string): FileFacts | undefined {
  try {
    const { size, mtime } = Deno.statSync(path);
    const written = mtime?.getTime() ?? 0;
    return { size, age: Math.max(0, (Date.now() - written) / 1000) };
  } catch {
    return undefined;
  }
}

/** Begins a file beside `path`, which takes that name when it is kept. */
export function createFile(path: string): NewFile | string {
  const temporary = temporaryName(path);
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(temporary, {
      createNew: true,
      write: true,
      mode: 0o600,
    });
  } catch (error) {
    return describeFailure(error);
  }
  return {
    path: temporary,
    write: (bytes) => attempt(() => writeAll(file, bytes)),
    keep: () =>
      attempt(() => {
        file.close();
        Deno.renameSync(temporary, path);
      }),
    drop: () => {
      attempt(() => file.close());
      attempt(() => Deno.removeSync(temporary));
    },
  };
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  let rest = bytes;
  while (rest.length > 0) rest = rest.subarray(file.writeSync(rest));
}

function attempt(action: () => void): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return describeFailure(error);
  }
}

function temporaryName(path: string): string {
  return `${path}.${crypto.randomUUID().slice(0, 8)}.new`;
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
  const temporary = temporaryName(path);
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
