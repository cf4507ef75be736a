/**
 * Decompression in a page: the browser's own for zlib and gzip, packages for zstd and xz.
 *
 * @module
 */
import {
  decodeStream as decodeByPackage,
  type StreamKind,
} from "../../decompress.ts";
import { joinChunks } from "../../../formats/base/join.ts";

/** What a stream whose size is not stated may grow to. */
const MAX_UNSTATED_SIZE = 1 << 28;

/** Decodes a stream chunk by chunk; chunks are the reader's to keep. */
export async function* decodeStream(
  kind: StreamKind,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (kind === "zstd") return yield* decodeByPackage(kind, chunks);
  const input = toStream(chunks);
  if (kind === "xz") {
    const { default: xz } = await import("xz-decompress") as unknown as {
      default: {
        XzReadableStream: new (
          input: ReadableStream<Uint8Array>,
        ) => ReadableStream<Uint8Array>;
      };
    };
    return yield* readStream(new xz.XzReadableStream(input));
  }
  const format = kind === "zlib" ? "deflate" : "gzip";
  const decoder = new DecompressionStream(format);
  yield* readStream(
    input.pipeThrough(
      decoder as unknown as ReadableWritablePair<Uint8Array, Uint8Array>,
    ),
  );
}

/** Decompresses a section. @throws {RangeError} if the result has not its stated size. */
export async function decompress(
  kind: "zlib" | "zstd" | "xz",
  bytes: Uint8Array,
  size: number | undefined,
): Promise<Uint8Array> {
  const limit = size ?? MAX_UNSTATED_SIZE;
  const parts: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of decodeStream(kind, one(bytes))) {
    total += chunk.length;
    if (total > limit) {
      throw new RangeError(`The stream is larger than ${limit} bytes`);
    }
    parts.push(chunk);
  }
  if (size !== undefined && total < size) {
    throw new RangeError(`The stream holds ${total} bytes`);
  }
  return joinChunks(parts, total);
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** `ReadableStream.from`, which not all browsers have. */
function toStream(
  chunks: AsyncIterable<Uint8Array>,
): ReadableStream<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller): Promise<void> {
      const { done, value } = await iterator.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
  });
}

async function* readStream(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}
