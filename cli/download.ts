/**
 * Bodies of answers on their way to a file or to memory.
 *
 * @module
 */
import { type ByteSource, BytesSource } from "../formats/base/byte_source.ts";
import type { Io, NewFile } from "./io.ts";

/** Where a download goes. Methods that give a text say in a few words what failed. */
export interface DownloadTarget {
  /** Most bytes that it takes. */
  readonly capacity: number;
  /** Adds bytes. */
  add(bytes: Uint8Array): string | undefined;
  /** What came so far. */
  source(): ByteSource | string;
  /** Keeps it: only now it has its name. */
  keep(): ByteSource | string;
  /** Takes away what came so far. */
  drop(): void;
}

/** What is kept in memory of one download. */
const MEMORY_CAPACITY = 2 ** 29;

/** A download that is kept as long as this program runs. */
export class MemoryTarget implements DownloadTarget {
  /** Most bytes that it takes. */
  readonly capacity: number = MEMORY_CAPACITY;
  private chunks: Uint8Array[] = [];

  /** Adds bytes, which stay the target's. */
  add(bytes: Uint8Array): undefined {
    this.chunks.push(bytes);
  }

  /** What came so far, in one piece. */
  source(): ByteSource {
    const size = this.chunks.reduce((sum, { length }) => sum + length, 0);
    const all = new Uint8Array(size);
    let at = 0;
    for (const chunk of this.chunks.splice(0)) {
      all.set(chunk, at);
      at += chunk.length;
    }
    this.chunks.push(all);
    return new BytesSource(all);
  }

  /** What came. */
  keep(): ByteSource {
    return this.source();
  }

  /** Forgets what came. */
  drop(): void {
    this.chunks = [];
  }
}

/** A download to a file. */
export class FileTarget implements DownloadTarget {
  /** Most bytes that it takes. */
  readonly capacity: number;
  private readonly io: Io;
  private readonly file: NewFile;
  private readonly path: string;

  /** Goes to `file`, which becomes `path`. */
  constructor(io: Io, file: NewFile, path: string, capacity: number) {
    this.io = io;
    this.file = file;
    this.path = path;
    this.capacity = capacity;
  }

  /** Writes bytes. */
  add(bytes: Uint8Array): string | undefined {
    return this.file.write(bytes);
  }

  /** The file as far as it is written. */
  source(): ByteSource | string {
    return this.io.open(this.file.path);
  }

  /** Gives the file its name and opens it. */
  keep(): ByteSource | string {
    return this.file.keep() ?? this.io.open(this.path);
  }

  /** Removes the file. */
  drop(): void {
    this.file.drop();
  }
}
