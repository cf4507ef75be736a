/**
 * Decompression by packages, each loaded when the first stream of its kind is met.
 *
 * @module
 */

/** What a stream whose size is not stated may grow to: mini debug info is a few hundred kilobytes. */
const MAX_UNSTATED_SIZE = 1 << 28;

/** Deflate makes at most 16 MiB of this. */
const GZIP_PUSH_SIZE = 16 * 1024;
/** A block of 128 KiB takes four bytes if all its bytes are the same: at most 32 MiB of this. */
const ZSTD_PUSH_SIZE = 1024;

/** Streams that can be decoded. */
export type StreamKind = "zlib" | "gzip" | "zstd" | "xz";

/** Decompresses zlib, zstd and xz streams of ELF files. @throws {RangeError} if the result has not its stated size. */
export async function decompress(
  kind: "zlib" | "zstd" | "xz",
  bytes: Uint8Array,
  size: number | undefined,
): Promise<Uint8Array> {
  const gather = new Gather(size ?? MAX_UNSTATED_SIZE);
  for await (const chunk of decodeStream(kind, one(bytes))) gather.add(chunk);
  const result = gather.take();
  if (size !== undefined && result.length < size) {
    throw new RangeError(`The stream holds ${result.length} bytes`);
  }
  return result;
}

/** Decodes a stream chunk by chunk; chunks are the reader's to keep. */
export async function* decodeStream(
  kind: StreamKind,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (kind === "zstd") return yield* decodeZstd(chunks);
  if (kind === "gzip") return yield* decodeGzip(chunks);
  const input = ReadableStream.from(
    chunks as AsyncIterable<Uint8Array<ArrayBuffer>>,
  );
  if (kind === "xz") {
    const XzReadableStream = await loadXz();
    return yield* new XzReadableStream(input);
  }
  yield* input.pipeThrough(new DecompressionStream("deflate"));
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

type XzStream = new (
  input: ReadableStream<Uint8Array>,
) => ReadableStream<Uint8Array>;

async function loadXz(): Promise<XzStream> {
  const xz = await import("xz-decompress") as unknown as {
    XzReadableStream?: XzStream;
    default?: { XzReadableStream: XzStream };
  };
  // A CommonJS package: where its names are not seen from outside, they hang on `default`.
  return xz.XzReadableStream ?? xz.default!.XzReadableStream;
}

/**
 * `DecompressionStream` knows only one member, wants nothing behind it and gives nothing of a stream that is cut off;
 * Node's decoder does as `gzip` does. What it made before it failed is handed on before the failure is.
 */
async function* decodeGzip(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const { createGunzip } = await import("node:zlib");
  const decoder = createGunzip();
  const ready: Uint8Array[] = [];
  const end = new Promise<unknown>((resolve) => {
    decoder.on("end", () => resolve(undefined));
    decoder.on("error", resolve);
  });
  decoder.on("data", (chunk: Uint8Array) => ready.push(chunk));
  for await (const piece of cut(chunks, GZIP_PUSH_SIZE)) {
    const written = new Promise((resolve) => decoder.write(piece, resolve));
    await Promise.race([written, end]);
    yield* ready.splice(0);
    if (decoder.errored) break;
  }
  decoder.end();
  const failure = await end;
  yield* ready;
  if (failure !== undefined) throw failure;
}

/** Cuts chunks into pieces: decoders give all that a piece holds at once. */
async function* cut(
  chunks: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += size) {
      yield chunk.subarray(at, at + size);
    }
  }
}

/**
 * Makes a decompressor for one zstd stream that comes in pieces and need not end, as in captures of perf. A piece that is
 * no such data makes `push` throw.
 */
export async function openZstdStream(): Promise<
  { push(piece: Uint8Array): Uint8Array[] }
> {
  const { Decompress } = await import("fzstd");
  let ready: Uint8Array[] = [];
  const decoder = new Decompress((chunk) => ready.push(chunk));
  return {
    push(piece: Uint8Array): Uint8Array[] {
      decoder.push(piece);
      const made = ready;
      ready = [];
      return made;
    },
  };
}

async function* decodeZstd(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const { Decompress } = await import("fzstd");
  const ready: Uint8Array[] = [];
  const decoder = new Decompress((chunk) => {
    if (chunk.length > 0) ready.push(chunk);
  });
  for await (const piece of cut(chunks, ZSTD_PUSH_SIZE)) {
    decoder.push(piece);
    yield* ready.splice(0);
  }
  decoder.push(new Uint8Array(0), true);
  yield* ready;
}

/** Collects chunks up to a limit. */
class Gather {
  private readonly limit: number;
  private readonly chunks: Uint8Array[] = [];
  private size = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  add(chunk: Uint8Array): void {
    this.size += chunk.length;
    if (this.size > this.limit) {
      throw new RangeError(`The stream is larger than ${this.limit} bytes`);
    }
    this.chunks.push(chunk);
  }

  take(): Uint8Array {
    if (this.chunks.length === 1) return this.chunks[0]!;
    const all = new Uint8Array(this.size);
    let at = 0;
    for (const chunk of this.chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all;
  }
}
