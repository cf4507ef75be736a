/**
 * Memory whose bytes lie in files: the core's segments, and the text and constants that a core leaves to the mapped
 * files. Read in blocks, on demand, so that the work of a walk depends on the stack and not on the file.
 *
 * @module
 */
import { type ByteSource, viewOf } from "../../formats/base/byte_source.ts";
import { upperBound } from "../../formats/base/search.ts";
import { Memory } from "./memory.ts";

/** A thousand small stacks need one block each, a deep one is read in order: 16 KiB serves both. */
const BLOCK_SIZE = 16384;
/** A source may have some pages and not others; see `spoolCore`. */
const PAGE_SIZE = 4096;
/** Blocks kept; the oldest goes first. More than one step can touch. */
const MAX_BLOCK_COUNT = 64;

interface Region {
  start: number;
  end: number;
  source: ByteSource;
  sourceOffset: number;
}

/** Start of the block or page of a region that holds `address`. */
function alignedStart(region: Region, address: number, size: number): number {
  return Math.max(Math.floor(address / size) * size, region.start);
}

/** See the module's description. Regions are added first, in any order; then words are read. */
export class SourceMemory extends Memory {
  private regions: Region[] = [];
  private starts: Float64Array = new Float64Array(0);
  private readonly blocks: Map<number, DataView> = new Map();
  private readonly scratch: DataView = new DataView(new ArrayBuffer(8));

  /** Adds the `end - start` bytes of `source` from `sourceOffset` at `start`; what is there already wins. */
  addRegion(
    start: number,
    end: number,
    source: ByteSource,
    sourceOffset: number,
  ): void {
    if (!(end > start)) return;
    const last = this.regions.at(-1);
    if (last === undefined || start >= last.end) {
      this.insert(this.regions.length, { start, end, source, sourceOffset });
      return;
    }
    let from = start;
    for (let i = 0; i < this.regions.length && from < end; i++) {
      const { start: takenStart, end: takenEnd } = this.regions[i]!;
      if (takenEnd <= from) continue;
      if (takenStart >= end) break;
      if (takenStart > from) {
        this.insert(i++, {
          start: from,
          end: takenStart,
          source,
          sourceOffset: sourceOffset + from - start,
        });
      }
      from = takenEnd;
    }
    if (from < end) {
      const at = this.regions.findIndex((region) => region.start > from);
      const region = {
        start: from,
        end,
        source,
        sourceOffset: sourceOffset + from - start,
      };
      this.insert(at < 0 ? this.regions.length : at, region);
    }
  }

  /**
   * Loads the block that {@linkcode Memory.missing} names; where the source has only some pages of it, from that page
   * on.
   */
  fill(): void | Promise<void> {
    const address = this.missing;
    this.missing = NaN;
    const region = this.region(address);
    if (region === undefined) return;
    const start = alignedStart(region, address, BLOCK_SIZE);
    if (this.blocks.has(start)) {
      return this.load(region, alignedStart(region, address, PAGE_SIZE), start);
    }
    return this.load(region, start, start);
  }

  /** Reads a range whole: what the load phase needs of the process. Cut where the bytes end. */
  async readRange(address: number, size: number): Promise<Uint8Array> {
    const region = this.region(address);
    if (region === undefined) return new Uint8Array(0);
    const available = Math.min(size, region.end - address);
    return await region.source.read(
      region.sourceOffset + address - region.start,
      available,
    );
  }

  /** Whether both lie in one region. */
  override sameMapping(a: number, b: number): boolean {
    const region = this.region(a);
    return region !== undefined && region === this.region(b);
  }

  /** Makes the block that holds `address` the window, if it is loaded; otherwise names it as missing. */
  protected override seek(address: number, size: number): boolean {
    const region = this.region(address);
    if (region === undefined) return false;
    let start = alignedStart(region, address, BLOCK_SIZE);
    let block = this.blocks.get(start);
    if (block !== undefined && address - start >= block.byteLength) {
      start = alignedStart(region, address, PAGE_SIZE);
      block = this.blocks.get(start);
    }
    if (block === undefined) {
      this.missing = address;
      return false;
    }
    this.window = block;
    this.windowStart = start;
    this.windowSize = block.byteLength;
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

  /** Keeps what the source has from `start` to the end of the block at `blockStart`. */
  private load(
    region: Region,
    start: number,
    blockStart: number,
  ): void | Promise<void> {
    const blockEnd = Math.floor(blockStart / BLOCK_SIZE) * BLOCK_SIZE +
      BLOCK_SIZE;
    const size = Math.min(blockEnd, region.end) - start;
    const bytes = region.source.read(
      region.sourceOffset + start - region.start,
      size,
    );
    if (bytes instanceof Promise) {
      return bytes.then((loaded) => this.keep(start, loaded));
    }
    this.keep(start, bytes);
  }

  private keep(start: number, bytes: Uint8Array): void {
    if (this.blocks.size === MAX_BLOCK_COUNT) {
      for (const oldest of this.blocks.keys()) {
        this.blocks.delete(oldest);
        break;
      }
    }
    this.blocks.set(start, viewOf(bytes));
  }

  private region(address: number): Region | undefined {
    if (this.starts.length !== this.regions.length) {
      this.starts = Float64Array.from(this.regions, (region) => region.start);
    }
    const region =
      this.regions[upperBound(this.starts, this.starts.length, address) - 1];
    return region !== undefined && address < region.end ? region : undefined;
  }

  private insert(at: number, region: Region): void {
    this.regions.splice(at, 0, region);
    this.starts = new Float64Array(0);
  }
}
