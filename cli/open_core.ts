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
import { withProgress } from "./progress.ts";

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
  const watched = withProgress(decoded, "reading the core", undefined, io);
  const { source, warnings } = await spoolCore(watched, { memoryLimit });
  return {
    source,
    warnings: [...damage, ...warnings.map(({ message }) => message)],
  };
}
