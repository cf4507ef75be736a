/**
 * Files as byte sources, read by range.
 *
 * @module
 */
import type { ByteSource } from "../formats/base/byte_source.ts";

/** A regular file. Reads are synchronous: every byte of a file at hand is at hand. */
export class FileSource implements ByteSource {
  /** Size in bytes when the file was opened. */
  readonly size: number;
  private readonly file: Deno.FsFile;
  /** Where the next read begins by itself. */
  private position = NaN;

  /** Takes over `file`, which has `size` bytes. */
  constructor(file: Deno.FsFile, size: number) {
    this.file = file;
    this.size = size;
  }

  /** Reads up to `length` bytes from `offset`; the result is the caller's. */
  read(offset: number, length: number): Uint8Array {
    const wanted = Math.max(0, Math.min(length, this.size - offset));
    const bytes = new Uint8Array(wanted);
    const filled = this.readInto(offset, bytes);
    return filled < wanted ? bytes.subarray(0, filled) : bytes; // the file has shrunk
  }

  /** Fills `target` from `offset`; less at the end of the file. */
  readInto(offset: number, target: Uint8Array): number {
    if (target.length === 0 || offset >= this.size) return 0;
    // One call of two into the system, of which a large file that is read in order has thousands.
    if (offset !== this.position) {
      this.file.seekSync(offset, Deno.SeekMode.Start);
    }
    this.position = NaN;
    let filled = 0;
    while (filled < target.length) {
      const rest = filled === 0 ? target : target.subarray(filled);
      const count = this.file.readSync(rest);
      if (count === null) break;
      filled += count;
    }
    this.position = offset + filled;
    return filled;
  }

  /** Gives the file back to the system. */
  close(): void {
    this.file.close();
  }
}

/**
 * Opens `path` if it is a regular file. Nothing else is opened, not even to look at it: opening a device or a pipe
 * can act on it or wait for ever, and paths in a core dump are whatever the process chose.
 *
 * @returns The file, or in a few words why not.
 */
export function openFile(path: string): FileSource | string {
  try {
    const before = Deno.statSync(path);
    if (!before.isFile) return describeKind(before);
    const file = Deno.openSync(path, { read: true });
    const { isFile, size } = file.statSync();
    if (isFile) return new FileSource(file, size);
    file.close();
    return "not a regular file";
  } catch (error) {
    return describeFailure(error);
  }
}

/** Reads one of the files of `/proc` and `/sys`, which state no size; `undefined` if that cannot be done. */
export function readSpecialFile(path: string): Uint8Array | undefined {
  try {
    return Deno.readFileSync(path);
  } catch {
    return undefined;
  }
}

function describeKind(info: Deno.FileInfo): string {
  if (info.isDirectory) return "is a directory";
  const kind = info.isFifo
    ? "a pipe"
    : info.isSocket
    ? "a socket"
    : info.isCharDevice || info.isBlockDevice
    ? "a device"
    : "something else";
  return `not a regular file but ${kind}`;
}

/** Why a file could not be had or written, in a few words. */
export function describeFailure(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "not found";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  if (error instanceof Deno.errors.NotCapable) {
    // Devices and much of /proc are outside of what --allow-read can grant.
    if (/all access/.test(error.message)) {
      return "reading is not permitted (run with --allow-all, or give it as standard input)";
    }
    return /write/.test(error.message)
      ? "writing is not permitted (run with --allow-write)"
      : "reading is not permitted (run with --allow-read)";
  }
  return describeSystemError(error);
}

/** The system's own words, without the call and the path that the runtime puts around them. */
export function describeSystemError(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/ \(os error.*$/s, "").replace(/: \w+ '.*$/s, "")
    .toLowerCase();
}
