/**
 * Inputs that are read from start to end: files and standard input, compressed or not.
 *
 * @module
 */
import type { ByteSource } from "../formats/base/byte_source.ts";
import { FormatError, UnsupportedError } from "../formats/base/error.ts";
import { joinChunks } from "../formats/base/join.ts";
import { type Compression, isCompressed } from "../formats/core_dump/mod.ts";
import { InputError, type Io } from "./io.ts";

/** Enough to tell a compression. */
export const HEAD_SIZE = 6;
const CHUNK_SIZE = 256 * 1024;

/**
 * The bytes of the file at `path`, or of standard input for `-`, decompressed.
 *
 * @param format What it should be, for errors.
 * @param damage Gets the message of what was wrong behind the first part.
 * @throws {InputError} If it cannot be opened.
 * @throws {FormatError} If nothing of it can be decoded.
 */
export async function* openChunks(
  path: string,
  format: string,
  damage: string[],
  io: Io,
): AsyncGenerator<Uint8Array> {
  const [head, chunks] = await peek(openPlain(path, io));
  const compression = isCompressed(head);
  yield* compression === undefined
    ? chunks
    : decodeChunks(chunks, compression, format, damage);
}

async function* openPlain(path: string, io: Io): AsyncGenerator<Uint8Array> {
  if (path === "-") return yield* io.stdin();
  const source = io.open(path);
  if (typeof source === "string") throw openError(path, source);
  yield* chunksOf(source);
}

/** Why `path` cannot be opened, with what helps. */
export function openError(path: string, reason: string): InputError {
  const hint = reason.endsWith("a pipe") ? " (as standard input, use -)" : "";
  return new InputError(`${path}: ${reason}${hint}`);
}

/** Decodes as far as that goes: of an input cut off in the middle the first part still tells much. */
export async function* decodeChunks(
  chunks: AsyncIterable<Uint8Array>,
  compression: Compression,
  format: string,
  damage: string[],
): AsyncGenerator<Uint8Array> {
  if (compression === "lz4") {
    throw new UnsupportedError(
      format,
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

/** The bytes of a source in pieces. */
export async function* chunksOf(
  source: ByteSource,
): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < source.size; offset += CHUNK_SIZE) {
    const chunk = await source.read(offset, CHUNK_SIZE);
    if (chunk.length === 0) return;
    yield chunk;
  }
}

/** Takes the first bytes of a stream, `size` of them or a little more, and puts them back in front of it. */
export async function peek(
  chunks: AsyncIterable<Uint8Array>,
  size: number = HEAD_SIZE,
): Promise<[Uint8Array, AsyncIterable<Uint8Array>]> {
  const iterator = chunks[Symbol.asyncIterator]();
  const parts: Uint8Array[] = [];
  let taken = 0;
  let done = false;
  while (taken < size && !done) {
    const next = await iterator.next();
    if (next.done === true) done = true;
    else {
      parts.push(next.value);
      taken += next.value.length;
    }
  }
  const head = joinChunks(parts, taken);
  async function* all(): AsyncGenerator<Uint8Array> {
    if (head.length > 0) yield head;
    if (!done) yield* { [Symbol.asyncIterator]: () => iterator };
  }
  return [head, all()];
}
