/**
 * Memory whose bytes lie in files: the core's segments, and the text and constants that a core leaves to the mapped
 * files. Read in blocks, on demand, so that the work of a walk depends on the stack and not on the file.
 *
 * @module
 */
import { readInt64 } from "../../formats/base/address.ts";
import { type ByteSource, viewOf } from "../../formats/base/byte_source.ts";
import { Memory } from "./memory.ts";
import { RangeTable } from "./range_table.ts";

const PAGE_SIZE = 4096;
/**
 * A thousand small stacks need little each, a deep one is read in order: two pages from the first that is needed serve
 * both. Larger reads cost more in fresh memory than they save in calls.
 */
const BLOCK_SIZE = 2 * PAGE_SIZE;
/** Blocks kept; the oldest goes first. More than one step can touch. */
const BLOCK_COUNT = 64;

/** Bytes of a source, the first of them at `start`. */
interface Region {
  start: number;
  source: ByteSource;
  sourceOffset: number;
}

/** Bytes at an address; the buffer is used again for the next block. */
interface Block {
  buffer: Uint8Array;
  view: DataView;
  start: number;
  size: number;
}

function pageAfter(address: number): number {
  return Math.floor(address / PAGE_SIZE + 1) * PAGE_SIZE;
}

/** See the module's description. Regions are added first, in any order; then words are read. */
export class SourceMemory extends Memory {
  private readonly regions: Region[] = [];
  private readonly ranges: RangeTable = new RangeTable();
  private readonly blocks: Block[] = [];
  private readonly blockOfPage: Map<number, Block> = new Map();
  private oldest = 0;
  private readonly scratch: DataView = new DataView(new ArrayBuffer(8));

  /** Adds the `end - start` bytes of `source` from `sourceOffset` at `start`; what is there already wins. */
  addRegion(
    start: number,
    end: number,
    source: ByteSource,
    sourceOffset: number,
  ): void {
    const owner = this.regions.push({ start, source, sourceOffset }) - 1;
    this.ranges.add(start, end, owner);
  }

  /** Loads the page that {@linkcode Memory.missing} names and the next. */
  fill(): void | Promise<void> {
    const address = this.missing;
    this.missing = NaN;
    const range = this.ranges.find(address);
    if (range < 0) return;
    const start = this.pageStart(range, address);
    const block = this.takeBlock();
    const size = Math.min(BLOCK_SIZE, this.ranges.end(range) - start);
    const region = this.regions[this.ranges.owner(range)]!;
    const { source } = region;
    const offset = region.sourceOffset + start - region.start;
    if (source.readInto !== undefined) {
      return this.keep(
        block,
        start,
        source.readInto(offset, block.buffer.subarray(0, size)),
      );
    }
    const bytes = source.read(offset, size);
    if (bytes instanceof Promise) {
      return bytes.then((loaded) => this.copy(block, start, loaded));
    }
    this.copy(block, start, bytes);
  }

  /** Reads a range whole: what the load phase needs of the process. Cut where the bytes end. */
  async readRange(address: number, size: number): Promise<Uint8Array> {
    const range = this.ranges.find(address);
    if (range < 0) return new Uint8Array(0);
    const region = this.regions[this.ranges.owner(range)]!;
    const available = Math.min(size, this.ranges.end(range) - address);
    return await region.source.read(
      region.sourceOffset + address - region.start,
      available,
    );
  }

  /** The word at `address`, for the load phase; NaN where it is not in the core. */
  async readPointer(address: number): Promise<number> {
    const bytes = await this.readRange(address, 8);
    return bytes.length < 8
      ? NaN
      : readInt64(viewOf(bytes), 0, this.littleEndian);
  }

  /** Whether both lie in one region. */
  override sameMapping(a: number, b: number): boolean {
    const range = this.ranges.find(a);
    return range >= 0 && range === this.ranges.find(b);
  }

  /** Whether a region holds `address`. */
  override isMapped(address: number): boolean {
    return this.ranges.find(address) >= 0;
  }

  /** Makes the block that holds `address` the window, if it is loaded; otherwise names it as missing. */
  protected override seek(address: number, size: number): boolean {
    const range = this.ranges.find(address);
    if (range < 0) return false;
    const block = this.blockOfPage.get(this.pageStart(range, address));
    if (block === undefined) {
      this.missing = address;
      return false;
    }
    const { start } = block;
    this.window = block.view;
    this.windowStart = start;
    this.windowSize = block.size;
    if (address - start + size <= this.windowSize) return true;
    return address - start < this.windowSize && this.straddle(address, size);
  }

  /** A word across two blocks, put together byte by byte. */
  private straddle(address: number, size: number): boolean {
    if (size === 1) return false;
    for (let i = 0; i < size; i++) {
      const byte = this.readByte(address + i);
      if (byte !== byte) return false;
      this.scratch.setUint8(i, byte);
    }
    this.window = this.scratch;
    this.windowStart = address;
    this.windowSize = size;
    return true;
  }

  /** The next buffer to be filled; what it held is forgotten. */
  private takeBlock(): Block {
    if (this.blocks.length < BLOCK_COUNT) {
      const buffer = new Uint8Array(BLOCK_SIZE);
      const block = { buffer, view: viewOf(buffer), start: NaN, size: 0 };
      this.blocks.push(block);
      return block;
    }
    const block = this.blocks[this.oldest]!;
    this.oldest = (this.oldest + 1) % BLOCK_COUNT;
    if (this.windowStart === block.start) this.windowSize = 0;
    for (const page of [block.start, pageAfter(block.start)]) {
      if (this.blockOfPage.get(page) === block) this.blockOfPage.delete(page);
    }
    return block;
  }

  /** Takes bytes that the source handed out over into a block. */
  private copy(block: Block, start: number, bytes: Uint8Array): void {
    block.buffer.set(bytes);
    this.keep(block, start, bytes.length);
  }

  /** Makes a filled block known by its pages; a page that the source does not have stays to be asked for. */
  private keep(block: Block, start: number, size: number): void {
    block.start = start;
    block.size = size;
    this.blockOfPage.set(start, block);
    const next = pageAfter(start);
    if (next < start + size) this.blockOfPage.set(next, block);
  }

  /** First address that lies in the same page of a range as `address`. */
  private pageStart(range: number, address: number): number {
    const page = Math.floor(address / PAGE_SIZE) * PAGE_SIZE;
    return Math.max(page, this.ranges.start(range));
  }
}
