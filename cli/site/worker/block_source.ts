/**
 * Bytes that are far away, in a file of the user's or behind the local server, read in blocks that are kept: a decoder
 * makes thousands of small reads, each of which would otherwise be a wait of its own.
 *
 * @module
 */
import type { ByteSource } from "../../../formats/base/byte_source.ts";

const BLOCK_SIZE = 1 << 18;
/** Blocks that are read beyond what is wanted, where the block in front was read too. */
const AHEAD = 7;
/** Blocks that are kept: 32 MiB for each file. */
const MAX_BLOCKS = 128;

/** Reads a range of a file, which lies inside it. */
export type ReadFar = (start: number, end: number) => Promise<Uint8Array>;

/** See the module's description. What is at hand is answered at once, so that a walk need not wait. */
export class BlockSource implements ByteSource {
  /** Size in bytes. */
  readonly size: number;
  private readonly readFar: ReadFar;
  /** The blocks by number, that which was used longest ago first. */
  private readonly blocks: Map<number, Uint8Array> = new Map();

  /** Reads a file of `size` bytes by `readFar`. */
  constructor(size: number, readFar: ReadFar) {
    this.size = size;
    this.readFar = readFar;
  }

  /** Reads a range, cut at the end. */
  read(offset: number, length: number): Uint8Array | Promise<Uint8Array> {
    if (!(offset >= 0 && length > 0) || offset >= this.size) {
      return new Uint8Array(0);
    }
    const end = Math.min(offset + length, this.size);
    const first = Math.floor(offset / BLOCK_SIZE);
    const last = Math.floor((end - 1) / BLOCK_SIZE);
    // What is read in order and in large pieces is not read again.
    if (last - first > 3) return this.readWhole(offset, end);
    for (let i = first; i <= last; i++) {
      if (!this.blocks.has(i)) return this.load(first, last, offset, end);
    }
    return this.take(first, last, offset, end);
  }

  private async readWhole(start: number, end: number): Promise<Uint8Array> {
    return await this.readFar(start, end);
  }

  private async load(
    first: number,
    last: number,
    offset: number,
    end: number,
  ): Promise<Uint8Array> {
    let from = first;
    while (this.blocks.has(from)) from++;
    // What is read in order is asked for in larger pieces.
    const ahead = this.blocks.has(from - 1) ? AHEAD : 0;
    const start = from * BLOCK_SIZE;
    const behind = Math.min((last + 1 + ahead) * BLOCK_SIZE, this.size);
    const bytes = await this.readFar(start, behind);
    for (let i = from; i * BLOCK_SIZE < behind; i++) {
      const at = i * BLOCK_SIZE - start;
      this.blocks.set(i, bytes.subarray(at, at + BLOCK_SIZE));
    }
    const result = this.take(first, last, offset, end);
    for (const key of this.blocks.keys()) {
      if (this.blocks.size <= MAX_BLOCKS) break;
      this.blocks.delete(key);
    }
    return result;
  }

  private take(
    first: number,
    last: number,
    offset: number,
    end: number,
  ): Uint8Array {
    const result = new Uint8Array(end - offset);
    for (let i = first; i <= last; i++) {
      const block = this.blocks.get(i)!;
      this.blocks.delete(i);
      this.blocks.set(i, block);
      const start = i * BLOCK_SIZE;
      const part = block.subarray(Math.max(0, offset - start), end - start);
      result.set(part, Math.max(0, start - offset));
    }
    return result;
  }
}

/** The bytes of a file that the user gave. */
export function openBlob(blob: Blob): ByteSource {
  return new BlockSource(
    blob.size,
    async (start, end) =>
      new Uint8Array(await blob.slice(start, end).arrayBuffer()),
  );
}

/**
 * The bytes of a file behind the local server.
 *
 * @param url Where they are, in full.
 */
export function openUrl(url: string, size: number): ByteSource {
  return new BlockSource(size, async (start, end) => {
    const parts: Uint8Array[] = [];
    let at = start;
    while (at < end) {
      const part = await fetchRange(url, at, end);
      if (part.length === 0) break; // the file has shrunk
      parts.push(part);
      at += part.length;
    }
    if (parts.length === 1) return parts[0]!;
    return new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer());
  });
}

async function fetchRange(
  url: string,
  start: number,
  end: number,
): Promise<Uint8Array> {
  const response = await fetch(url, {
    headers: { range: `bytes=${start}-${end - 1}` },
  });
  if (response.status === 416) return new Uint8Array(0);
  if (!response.ok) {
    throw new Error(`The local server answers ${response.status}`);
  }
  return new Uint8Array(await response.arrayBuffer());
}
