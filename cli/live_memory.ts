/**
 * The memory of a live process: what was copied while it was stopped, else what is there now.
 *
 * @module
 */
import type { ByteSource } from "../formats/base/byte_source.ts";
import type { MemoryMap } from "../formats/proc/mod.ts";
import type { LiveSystem } from "./live_system.ts";

/** No process has more address space. */
const ADDRESS_SPACE_SIZE = 2 ** 56;
const PAGE_SIZE = 4096;
const EXECUTABLE = 1;
const WRITABLE = 2;
/** Bytes of all copied stacks together, where that leaves {@linkcode LEAST_COPY} for each. */
const COPY_BUDGET = 32 * 2 ** 20;
const LEAST_COPY = 64 * 1024;
const MOST_COPY = 8 * 2 ** 20;
/** Ranges of one call. */
const BATCH = 1024;
/** Bytes below the stack pointer that leaf functions of x86-64 use. */
const RED_ZONE = 128;

/** Whole pages, copied. */
interface Copy {
  readonly start: number;
  readonly bytes: Uint8Array;
}

/** See the module's description. Offsets are addresses. */
export class LiveMemory implements ByteSource {
  /** Size in bytes: no process has more. */
  readonly size: number = ADDRESS_SPACE_SIZE;
  /** Whether data that may have changed since the process runs again was read. */
  isStale = false;
  /** Whether what is read now is kept: the process is stopped. */
  keepsReads = false;
  private readonly system: LiveSystem;
  private readonly pid: number;
  private readonly maps: readonly MemoryMap[];
  /** Disjoint, by address. */
  private readonly copies: Copy[] = [];

  /** The memory of process `pid`, whose mappings are `maps`, by address. */
  constructor(system: LiveSystem, pid: number, maps: readonly MemoryMap[]) {
    this.system = system;
    this.pid = pid;
    // The kernel's half, [vsyscall], has negative addresses and stands last: it cannot be read.
    this.maps = maps.filter(({ start }) => start >= 0);
  }

  /** Copies each stack from its pointer up, as far as its mapping reaches and as much as there is room for. */
  copyStacks(pointers: readonly number[]): void {
    const most = Math.min(
      MOST_COPY,
      Math.max(LEAST_COPY, COPY_BUDGET / Math.max(1, pointers.length)),
    );
    const sorted = Float64Array.from(pointers).sort();
    const starts: number[] = [];
    const sizes: number[] = [];
    for (let i = 0; i < sorted.length; i++) {
      const map = this.find(sorted[i]!);
      if (map === undefined) continue;
      const start = Math.max(map.start, pageOf(sorted[i]! - RED_ZONE));
      // Two stacks in one mapping: each byte once.
      const next = i + 1 < sorted.length ? sorted[i + 1]! : Infinity;
      const end = Math.min(
        map.end,
        start + pageOf(most),
        pageOf(next - RED_ZONE),
      );
      if (end <= start) continue;
      starts.push(start);
      sizes.push(end - start);
    }
    for (let at = 0; at < starts.length; at += BATCH) {
      this.copyBatch(starts.slice(at, at + BATCH), sizes.slice(at, at + BATCH));
    }
  }

  /** Reads what is at an address now, and keeps it. */
  keep(address: number, size: number): Uint8Array {
    const before = this.keepsReads;
    this.keepsReads = true;
    const bytes = this.read(address, size);
    this.keepsReads = before;
    return bytes;
  }

  /** Reads `length` bytes at the address `offset`; fewer where the process has no memory. */
  read(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    return bytes.subarray(0, this.readInto(offset, bytes));
  }

  /** Fills `target` from the address `offset`; what was copied ends where the copy does. */
  readInto(offset: number, target: Uint8Array): number {
    if (!(offset >= 0) || target.length === 0) return 0;
    const index = lastUpTo(this.copies, offset);
    const copy = this.copies[index];
    if (copy !== undefined && offset < copy.start + copy.bytes.length) {
      const at = offset - copy.start;
      const part = copy.bytes.subarray(at, at + target.length);
      target.set(part);
      return part.length;
    }
    const next = this.copies[index + 1]?.start ?? Infinity;
    const length = Math.min(target.length, next - offset);
    return this.readLive(offset, target.subarray(0, length));
  }

  private readLive(offset: number, target: Uint8Array): number {
    const map = this.find(offset);
    const isData = map !== undefined &&
      (map.flags & (WRITABLE | EXECUTABLE)) === WRITABLE;
    if (isData && this.keepsReads) return this.keepPages(offset, target);
    if (isData) this.isStale = true;
    return Math.max(0, this.system.readMemory(this.pid, offset, target));
  }

  /** Reads the pages around a range and keeps them. */
  private keepPages(offset: number, target: Uint8Array): number {
    const start = pageOf(offset);
    const next = this.copies[lastUpTo(this.copies, offset) + 1]?.start ??
      Infinity;
    const end = Math.min(pageOf(offset + target.length - 1) + PAGE_SIZE, next);
    const bytes = new Uint8Array(end - start);
    const count = this.system.readMemory(this.pid, start, bytes);
    if (count <= 0) return 0;
    const copy = { start, bytes: bytes.subarray(0, count) };
    this.copies.splice(lastUpTo(this.copies, start) + 1, 0, copy);
    const part = copy.bytes.subarray(offset - start)
      .subarray(0, target.length);
    target.set(part);
    return part.length;
  }

  /**
   * One call for many stacks. It ends at the first page that cannot be read, such as a guard page that is no mapping of
   * its own: what is before it counts, and the next stack has a call of its own.
   */
  private copyBatch(starts: readonly number[], sizes: readonly number[]): void {
    const buffer = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0));
    let first = 0;
    let filled = 0;
    while (first < starts.length) {
      const count = this.system.readRanges(
        this.pid,
        starts.slice(first),
        sizes.slice(first),
        buffer.subarray(filled),
      );
      const end = filled + Math.max(0, count);
      do {
        const from = filled;
        filled = Math.min(filled + sizes[first]!, end);
        const bytes = buffer.subarray(from, filled);
        if (bytes.length > 0) {
          this.copies.push({ start: starts[first]!, bytes });
        }
        first++;
      } while (first < starts.length && filled < end);
    }
  }

  private find(address: number): MemoryMap | undefined {
    const map = this.maps[lastUpTo(this.maps, address)];
    return map !== undefined && address < map.end ? map : undefined;
  }
}

/** Index of the last of `ranges`, which are by address, that starts at or before `address`; -1 if none does. */
function lastUpTo(
  ranges: readonly { start: number }[],
  address: number,
): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ranges[middle]!.start <= address) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function pageOf(address: number): number {
  return Math.floor(address / PAGE_SIZE) * PAGE_SIZE;
}
