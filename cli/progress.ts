/**
 * Saying how far a long read is.
 *
 * @module
 */
import type { Io } from "./io.ts";

const PROGRESS_AFTER_MS = 1000;
const PROGRESS_EVERY_MS = 250;

/**
 * Says how far it is, on a terminal, from the second second on.
 *
 * @param what What goes on: `reading the core`.
 * @param totalSize Bytes in all, where that is known.
 */
export async function* withProgress(
  chunks: AsyncIterable<Uint8Array>,
  what: string,
  totalSize: number | undefined,
  io: Io,
): AsyncGenerator<Uint8Array> {
  if (!io.stderr.isTerminal) return yield* chunks;
  const encoder = new TextEncoder();
  const start = io.now();
  let next = start + PROGRESS_AFTER_MS;
  let size = 0;
  try {
    for await (const chunk of chunks) {
      size += chunk.length;
      const now = io.now();
      if (now >= next) {
        next = now + PROGRESS_EVERY_MS;
        const total = totalSize === undefined
          ? ""
          : ` of ${mebibytes(totalSize)}`;
        const text = `\r${what}: ${mebibytes(size)}${total} MiB`;
        io.stderr.write(encoder.encode(text));
      }
      yield chunk;
    }
  } finally {
    if (next > start + PROGRESS_AFTER_MS) {
      io.stderr.write(encoder.encode("\r\x1b[K"));
    }
  }
}

function mebibytes(size: number): number {
  return Math.round(size / 2 ** 20);
}
