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

  /** Takes over `file`, which has `size` bytes. */
  constructor(file: Deno.FsFile, size: number) {
    this.file = file;
    this.size = size;
  }

  /** Reads up to `length` bytes from `offset`; the result is the caller's. */
  read(offset: number, length: number): Uint8Array {
    const wanted = Math.max(0, Math.min(length, this.size - offset));
    const bytes = new Uint8Array(wanted);
    if (wanted === 0) return bytes;
    this.file.seekSync(offset, Deno.SeekMode.Start);
    let filled = 0;
    while (filled < wanted) {
      const count = this.file.readSync(bytes.subarray(filled));
      if (count === null) return bytes.subarray(0, filled); // the file has shrunk
      filled += count;
    }
    return bytes;
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

function describeFailure(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "not found";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  if (error instanceof Deno.errors.NotCapable) {
    return "reading is not permitted (run with --allow-read)";
  }
  const text = error instanceof Error ? error.message : String(error);
  // The system's own words, without the call and the path that Deno puts behind them.
  return text.replace(/ \(os error.*$/s, "").replace(/: \w+ '.*$/s, "")
    .toLowerCase();
}
