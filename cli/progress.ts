/**
 * Saying how far a long read is.
 *
 * @module
 */
import type { Io } from "./io.ts";

const PROGRESS_AFTER_MS = 1000;
const PROGRESS_EVERY_MS = 250;

/** A line on a terminal that says how far something is, from the second second on. */
export class ProgressLine {
  private readonly what: string;
  private readonly totalSize: number | undefined;
  private readonly io: Io;
  private next: number;
  private isShown = false;

  /**
   * @param what What goes on: `reading the core`.
   * @param totalSize Bytes in all, where that is known.
   */
  constructor(what: string, totalSize: number | undefined, io: Io) {
    this.what = what;
    this.totalSize = totalSize;
    this.io = io;
    this.next = io.now() + PROGRESS_AFTER_MS;
  }

  /** Says that `size` bytes are done, if it is time to. */
  update(size: number): void {
    const { io, what, totalSize } = this;
    if (!io.stderr.isTerminal) return;
    const now = io.now();
    if (now < this.next) return;
    this.next = now + PROGRESS_EVERY_MS;
    this.isShown = true;
    const total = totalSize === undefined ? "" : ` of ${mebibytes(totalSize)}`;
    const text = `\r${what}: ${mebibytes(size)}${total} MiB`;
    io.stderr.write(new TextEncoder().encode(text));
  }

  /** Takes the line away. */
  end(): void {
    if (!this.isShown) return;
    this.io.stderr.write(new TextEncoder().encode("\r\x1b[K"));
    this.isShown = false;
  }
}

/** Passes chunks on and says how far it is, as {@linkcode ProgressLine} does. */
export async function* withProgress(
  chunks: AsyncIterable<Uint8Array>,
  what: string,
  totalSize: number | undefined,
  io: Io,
): AsyncGenerator<Uint8Array> {
  if (!io.stderr.isTerminal) return yield* chunks;
  const line = new ProgressLine(what, totalSize, io);
  let size = 0;
  try {
    for await (const chunk of chunks) {
      size += chunk.length;
      line.update(size);
      yield chunk;
    }
  } finally {
    line.end();
  }
}

function mebibytes(size: number): number {
  return Math.round(size / 2 ** 20);
}
