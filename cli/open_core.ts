/**
 * The core as a byte source: a file as it is, or what comes compressed or through a pipe decoded once, in order.
 *
 * @module
 */
import type { ByteSource } from "../formats/base/byte_source.ts";
import {
  type Compression,
  isCompressed,
  spoolCore,
} from "../formats/core_dump/mod.ts";
import {
  chunksOf,
  decodeChunks,
  HEAD_SIZE,
  openError,
  peek,
} from "./chunks.ts";
import type { Io } from "./io.ts";

const PROGRESS_AFTER_MS = 1000;
const PROGRESS_EVERY_MS = 250;

/** A core that can be read by range. */
export interface OpenCore {
  /** Its bytes. */
  source: ByteSource;
  /** What could not be kept. */
  warnings: string[];
}

/**
 * Opens the core at `path`, or standard input for `-`.
 *
 * @throws {InputError} If it cannot be opened.
 * @throws {FormatError} If it cannot be decoded.
 */
export async function openCore(
  path: string,
  memoryLimit: number,
  io: Io,
): Promise<OpenCore> {
  if (path === "-") {
    const [head, chunks] = await peek(io.stdin());
    return await spool(chunks, isCompressed(head), memoryLimit, io);
  }
  const source = io.open(path);
  if (typeof source === "string") throw openError(path, source);
  const compression = isCompressed(await source.read(0, HEAD_SIZE));
  if (compression === undefined) return { source, warnings: [] };
  return await spool(chunksOf(source), compression, memoryLimit, io);
}

async function spool(
  chunks: AsyncIterable<Uint8Array>,
  compression: Compression | undefined,
  memoryLimit: number,
  io: Io,
): Promise<OpenCore> {
  const damage: string[] = [];
  const decoded = compression === undefined
    ? chunks
    : decodeChunks(chunks, compression, "core dump", damage);
  const { source, warnings } = await spoolCore(withProgress(decoded, io), {
    memoryLimit,
  });
  return {
    source,
    warnings: [...damage, ...warnings.map(({ message }) => message)],
  };
}

/** Says how far it is, on a terminal, from the second second on. */
async function* withProgress(
  chunks: AsyncIterable<Uint8Array>,
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
        const read = Math.round(size / 2 ** 20);
        io.stderr.write(encoder.encode(`\rreading the core: ${read} MiB`));
      }
      yield chunk;
    }
  } finally {
    if (next > start + PROGRESS_AFTER_MS) {
      io.stderr.write(encoder.encode("\r\x1b[K"));
    }
  }
}
