/**
 * The core as a byte source: a file as it is, or what comes compressed or through a pipe decoded once, in order.
 *
 * @module
 */
import type { ByteSource } from "../formats/base/byte_source.ts";
import { FormatError, UnsupportedError } from "../formats/base/error.ts";
import {
  type Compression,
  isCompressed,
  spoolCore,
} from "../formats/core_dump/mod.ts";
import { InputError, type Io } from "./io.ts";

/** Enough to tell a compression. */
const HEAD_SIZE = 6;
const CHUNK_SIZE = 256 * 1024;
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
  if (typeof source === "string") {
    const hint = source.endsWith("a pipe") ? " (as standard input, use -)" : "";
    throw new InputError(`${path}: ${source}${hint}`);
  }
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
    : decode(chunks, compression, damage);
  const { source, warnings } = await spoolCore(withProgress(decoded, io), {
    memoryLimit,
  });
  return {
    source,
    warnings: [...damage, ...warnings.map(({ message }) => message)],
  };
}

/** Decodes as far as that goes: of a core cut off in the middle the first part still tells much. */
async function* decode(
  chunks: AsyncIterable<Uint8Array>,
  compression: Compression,
  damage: string[],
): AsyncGenerator<Uint8Array> {
  if (compression === "lz4") {
    throw new UnsupportedError(
      "core dump",
      "compression",
      0,
      compression,
      "zstd, gzip or xz",
    );
  }
  const { decodeStream } = await import("./decompress.ts");
  let offset = 0;
  try {
    for await (const chunk of decodeStream(compression, chunks)) {
      offset += chunk.length;
      yield chunk;
    }
  } catch (cause) {
    if (cause instanceof FormatError) throw cause;
    const error = new FormatError({
      code: "bad-value",
      format: compression,
      field: "decoded stream",
      offset,
      value: cause instanceof Error ? cause.message : String(cause),
      expected: "a whole stream",
      cause,
    });
    if (offset === 0) throw error;
    damage.push(error.message);
  }
}

async function* chunksOf(source: ByteSource): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < source.size; offset += CHUNK_SIZE) {
    const chunk = await source.read(offset, CHUNK_SIZE);
    if (chunk.length === 0) return;
    yield chunk;
  }
}

/** Takes the first bytes of a stream and puts them back in front of it. */
async function peek(
  chunks: AsyncIterable<Uint8Array>,
): Promise<[Uint8Array, AsyncIterable<Uint8Array>]> {
  const iterator = chunks[Symbol.asyncIterator]();
  let head = new Uint8Array(0);
  let done = false;
  while (head.length < HEAD_SIZE && !done) {
    const next = await iterator.next();
    if (next.done === true) done = true;
    else head = join(head, next.value);
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    if (head.length > 0) yield head;
    if (!done) yield* { [Symbol.asyncIterator]: () => iterator };
  }
  return [head, all()];
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
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
