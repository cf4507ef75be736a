/**
 * Files that grow, and devices that hand out records.
 *
 * @module
 */
import { describeFailure } from "./file_source.ts";

const CHUNK_SIZE = 256 * 1024;
/** How often a file at its end is looked at: as `tail -f` does, without a watch that not every file system has. */
const LOOK_EVERY_MS = 250;

/** Opens `path` to be read for ever. @returns Its bytes, or in a few words why not. */
export function followFile(path: string): AsyncIterable<Uint8Array> | string {
  try {
    const file = Deno.openSync(path, { read: true });
    const { isFile, isDirectory } = file.statSync();
    if (isFile) return follow(path, file);
    if (!isDirectory) return readWholeRecords(file);
    file.close();
    return "is a directory";
  } catch (error) {
    return describeFailure(error);
  }
}

async function* follow(
  path: string,
  first: Deno.FsFile,
): AsyncGenerator<Uint8Array> {
  let file = first;
  let offset = 0;
  try {
    for (;;) {
      const chunk = new Uint8Array(CHUNK_SIZE);
      const count = await file.read(chunk);
      if (count !== null) {
        offset += count;
        yield chunk.subarray(0, count);
        continue;
      }
      await sleep(LOOK_EVERY_MS);
      const next = lookAgain(path, file, offset);
      if (next !== undefined) {
        file = next;
        offset = 0;
      }
    }
  } finally {
    file.close();
  }
}

/** The file to read from its start, if the one at hand was cut short or another one has taken its name. */
function lookAgain(
  path: string,
  file: Deno.FsFile,
  offset: number,
): Deno.FsFile | undefined {
  const own = file.statSync();
  if (own.size < offset) {
    file.seekSync(0, Deno.SeekMode.Start);
    return file;
  }
  try {
    const now = Deno.statSync(path);
    if (now.ino === own.ino && now.dev === own.dev) return undefined;
    const next = Deno.openSync(path, { read: true });
    file.close();
    return next;
  } catch {
    return undefined; // the new one is not there yet
  }
}

/**
 * Reads a pipe to its end, or a device that gives a record with each read. A broken pipe means that the device has
 * overwritten records before they were read: the next read goes on with the oldest that is left.
 */
export async function* readWholeRecords(
  file: { read(bytes: Uint8Array): Promise<number | null> },
): AsyncGenerator<Uint8Array> {
  for (;;) {
    const chunk = new Uint8Array(CHUNK_SIZE);
    let count: number | null;
    try {
      count = await file.read(chunk);
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) continue;
      throw error;
    }
    if (count === null) return;
    yield chunk.subarray(0, count);
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
