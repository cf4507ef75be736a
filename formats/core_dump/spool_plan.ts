/**
 * Decides which pages of a core dump are worth keeping.
 *
 * @module
 */
import { upperBound } from "../base/search.ts";
import { type ElfHeader, type ElfSegments, PF, PT } from "../elf/mod.ts";
import type { CoreDump } from "./core_dump.ts";
import type { FileMapping } from "./file_note.ts";
import { STORE_PAGE_SIZE } from "./page_store.ts";
import { AT } from "./process_notes.ts";

/** How much a page matters. */
export const Worth = {
  /** Not kept. */
  NONE: 0,
  /** Kept while there is room. */
  SOME: 1,
  /** Stack of a thread: kept while there is room, of which a part is set aside for it. */
  STACK: 2,
  /** Kept always. */
  ALL: 3,
} as const;

/** Red zone and what a prologue just wrote lie below the stack pointer. */
const STACK_BELOW = 4096;
/** Stack above the stack pointer that is kept before other memory, at most and at least. */
const STACK_ABOVE_MOST = 1 << 20;
const STACK_ABOVE_LEAST = 2 * STORE_PAGE_SIZE;
/** Enough of a mapped file for its program headers and, as linkers place it, its build id. */
const ELF_HEAD_SIZE = 4 * STORE_PAGE_SIZE;
/** Read-only data of a file up to this size are kept: the dynamic section is there after relocation. */
const SMALL_SEGMENT_SIZE = 1 << 20;
/** `\x7fELF` as a big-endian 32-bit value. */
const ELF_MAGIC = 0x7f454c46;
/** Segments that are looked at for one page; a sound file has one or two there. */
const MAX_OVERLAP = 8;

/** Ranges of the file in order of their offsets, with what their pages are worth. */
export class SpoolPlan {
  /** Room that is set aside for stacks, bytes. */
  readonly stackRoom: number;
  /** Bytes above each stack pointer that count as its stack. */
  private readonly stackAbove: number;
  private readonly count: number;
  private readonly starts: Float64Array;
  private readonly ends: Float64Array;
  private readonly addresses: Float64Array;
  private readonly worths: Uint8Array;
  /** Stack pointers, ascending. */
  private readonly stackPointers: Float64Array;
  private cursor = 0;
  private elfHeadEnd = 0;

  /**
   * Plans for the segments of `core`, whose notes were read already. Where the limit is too small for whole stacks,
   * each thread gets the same share of half of it.
   */
  constructor(
    header: ElfHeader,
    segments: ElfSegments,
    core: CoreDump,
    memoryLimit: number,
  ) {
    const ranges: [
      start: number,
      end: number,
      address: number,
      worth: number,
    ][] = [];
    if (header.sectionHeaderOffset > 0) {
      const at = header.sectionHeaderOffset;
      ranges.push([at, at + 64, NaN, Worth.ALL]);
    }
    for (let i = 0; i < segments.count; i++) {
      const start = segments.offsets[i]!;
      const size = segments.fileSizes[i]!;
      if (size === 0) continue;
      const worth = worthOfSegment(segments, i, core);
      const isLoad = segments.types[i] === PT.LOAD;
      const address = isLoad ? segments.addresses[i]! : NaN;
      ranges.push([start, start + size, address, worth]);
    }
    ranges.sort((a, b) => a[0] - b[0]);
    this.count = ranges.length;
    this.starts = Float64Array.from(ranges, (range) => range[0]);
    this.ends = Float64Array.from(ranges, (range) => range[1]);
    this.addresses = Float64Array.from(ranges, (range) => range[2]);
    this.worths = Uint8Array.from(ranges, (range) => range[3]);
    this.stackPointers = Float64Array
      .from(core.threads, (thread) => thread.sp)
      .filter(Number.isSafeInteger)
      .sort();
    const count = this.stackPointers.length;
    const share = Math.floor(memoryLimit / 2 / Math.max(1, count));
    this.stackAbove = Math.min(
      STACK_ABOVE_MOST,
      Math.max(STACK_ABOVE_LEAST, share),
    );
    this.stackRoom = Math.min(memoryLimit / 2, count * this.stackAbove);
  }

  /**
   * What the page at `offset` of the file is worth. Pages must be asked for in ascending order.
   *
   * @param page The page's bytes: those of a mapped ELF file's first page are recognised.
   */
  worthOf(offset: number, page: DataView): number {
    const end = offset + STORE_PAGE_SIZE;
    let { cursor } = this;
    while (cursor < this.count && this.ends[cursor]! <= offset) cursor++;
    this.cursor = cursor;
    let worth: number = offset < this.elfHeadEnd ? Worth.ALL : Worth.NONE;
    const last = Math.min(this.count, cursor + MAX_OVERLAP);
    for (let i = cursor; i < last && this.starts[i]! < end; i++) {
      if (this.starts[i] === offset && page.getUint32(0) === ELF_MAGIC) {
        this.elfHeadEnd = Math.min(offset + ELF_HEAD_SIZE, this.ends[i]!);
        worth = Worth.ALL;
      }
      const address = this.addresses[i]! + (offset - this.starts[i]!);
      worth = Math.max(
        worth,
        this.worths[i]!,
        this.isStack(address) ? Worth.STACK : Worth.NONE,
      );
    }
    return worth;
  }

  /** Whether some thread's stack pointer makes the page at `address` a likely part of its stack. */
  private isStack(address: number): boolean {
    const { stackPointers } = this;
    const count = stackPointers.length;
    const next = upperBound(stackPointers, count, address - this.stackAbove);
    return next < count &&
      stackPointers[next]! < address + STORE_PAGE_SIZE + STACK_BELOW;
  }
}

function worthOfSegment(
  segments: ElfSegments,
  index: number,
  core: CoreDump,
): number {
  if (segments.types[index] === PT.NOTE) return Worth.ALL;
  if (segments.types[index] !== PT.LOAD) return Worth.NONE;
  const address = segments.addresses[index]!;
  if (address === core.auxv.get(AT.SYSINFO_EHDR)) return Worth.ALL;
  if ((segments.flags[index]! & PF.W) !== 0) return Worth.SOME;
  if (!isFileMapped(core.mappings, address)) return Worth.SOME;
  const isCode = (segments.flags[index]! & PF.X) !== 0;
  return !isCode && segments.fileSizes[index]! <= SMALL_SEGMENT_SIZE
    ? Worth.SOME
    : Worth.NONE;
}

function isFileMapped(
  mappings: readonly FileMapping[],
  address: number,
): boolean {
  let low = 0;
  let high = mappings.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (mappings[middle]!.start <= address) low = middle + 1;
    else high = middle;
  }
  return low > 0 && address < mappings[low - 1]!.end;
}
