/**
 * Memory of a modelled process: mappings, and the kernel's copies from and to them.
 *
 * @module
 */
import { upperBound } from "../../formats/base/search.ts";
import { Memory } from "../mod.ts";

/** Bits of a mapping's protection, as in mmap(2). */
export const Protection = { READ: 1, WRITE: 2, EXEC: 4 } as const;

/** Bytes of a page. */
export const PAGE_SIZE = 4096;
/** First address behind user space (TASK_SIZE of x86-64 with four levels). */
export const USER_END = 0x7fff_ffff_f000;
/** Where mmap without an address begins to look, downward. */
const MAP_TOP = 0x7fff_0000_0000;

/** One mapping. Splitting keeps the bytes shared, so that a view of them stays live. */
export interface Mapping {
  /** First address. */
  start: number;
  /** Address behind the last. */
  end: number;
  /** Bits of {@linkcode Protection}. */
  protection: number;
  /** The bytes; none as long as all are zero. */
  bytes: Uint8Array | undefined;
  /** Path of the file, `[stack]` and so on; empty for anonymous memory. */
  name: string;
  /** Where in the file it begins. */
  fileOffset: number;
  /** Whether its bytes may go at any time, and are zero in a forked process. */
  isDroppable: boolean;
}

/** What can be said of a new mapping. */
export interface MappingOptions {
  /** Path or name in brackets. */
  name?: string;
  /** Where in the file it begins. */
  fileOffset?: number;
  /** Whether its bytes may go at any time. */
  isDroppable?: boolean;
  /** Initial content, copied; the rest is zero. */
  content?: Uint8Array;
}

/** Rounds up to whole pages. */
export function roundToPages(size: number): number {
  return Math.ceil(size / PAGE_SIZE) * PAGE_SIZE;
}

/**
 * Sorted, disjoint mappings. As {@linkcode Memory} it is what a walk reads: the bytes of one mapping are one window.
 * Copies are whole or not at all: one that faults has written nothing.
 */
export class UserMemory extends Memory {
  /** The mappings in address order. */
  readonly mappings: Mapping[] = [];
  /** Bytes that may be mapped at once. */
  readonly limit: number;
  /** Counts changes of the mappings (not of bytes): views that were taken at another count may be of bytes that are gone. */
  generation = 0;
  private mapped = 0;
  private starts: Float64Array = new Float64Array(16);

  /** Without mappings. */
  constructor(littleEndian: boolean, limit: number) {
    super(littleEndian);
    this.limit = limit;
  }

  /** Bytes that are mapped. */
  get mappedSize(): number {
    return this.mapped;
  }

  /** Whether `size` more bytes may be mapped. */
  hasRoom(size: number): boolean {
    return this.mapped + size <= this.limit;
  }

  /** Maps `[start, end)`, in place of what is there. Both are multiples of the page size, in user space. */
  map(
    start: number,
    end: number,
    protection: number,
    options: MappingOptions = {},
  ): Mapping {
    this.unmap(start, end);
    const { name = "", fileOffset = 0, isDroppable = false } = options;
    const { content } = options;
    const mapping: Mapping = {
      start,
      end,
      protection,
      bytes: undefined,
      name,
      fileOffset,
      isDroppable,
    };
    if (content !== undefined && content.length > 0) {
      mapping.bytes = new Uint8Array(end - start);
      mapping.bytes.set(content.subarray(0, end - start));
    }
    this.mappings.splice(this.indexAbove(start), 0, mapping);
    this.changed(end - start);
    return mapping;
  }

  /** Takes `[start, end)` away; returns whether anything was there. */
  unmap(start: number, end: number): boolean {
    this.splitAt(start);
    this.splitAt(end);
    const first = this.indexAtOrAbove(start);
    const last = this.indexAtOrAbove(end);
    if (first === last) return false;
    const removed = this.mappings.splice(first, last - first);
    const size = removed.reduce((sum, { start, end }) => sum + end - start, 0);
    this.changed(-size);
    return true;
  }

  /** Changes the protection of `[start, end)`; false, with nothing changed, where there is a hole. */
  protect(start: number, end: number, protection: number): boolean {
    if (!this.isCovered(start, end, 0)) return false;
    this.splitAt(start);
    this.splitAt(end);
    const last = this.indexAtOrAbove(end);
    for (let i = this.indexAtOrAbove(start); i < last; i++) {
      this.mappings[i]!.protection = protection;
    }
    this.changed(0);
    return true;
  }

  /** A free place for `size` bytes: at `hint` if that is free, else the highest below the others; NaN if there is none. */
  findFree(size: number, hint: number): number {
    if (
      hint > 0 && hint % PAGE_SIZE === 0 && hint + size <= USER_END &&
      !this.isTouched(hint, hint + size)
    ) return hint;
    let top = MAP_TOP;
    for (let i = this.indexAtOrAbove(MAP_TOP) - 1; i >= 0; i--) {
      const { start, end } = this.mappings[i]!;
      if (end <= top && top - end >= size) break;
      top = Math.min(top, start);
    }
    return top - size >= PAGE_SIZE ? top - size : NaN;
  }

  /** The mapping that holds `address`. */
  mappingAt(address: number): Mapping | undefined {
    const mapping = this.mappings[this.indexAbove(address) - 1];
    return mapping !== undefined && address < mapping.end ? mapping : undefined;
  }

  /** The mapping that holds all of `[start, end)`. */
  mappingOf(start: number, end: number): Mapping | undefined {
    const mapping = this.mappingAt(start);
    return mapping !== undefined && end <= mapping.end ? mapping : undefined;
  }

  /** The bytes of `[start, end)` themselves, not a copy, if one readable mapping holds them all. */
  view(start: number, end: number): Uint8Array | undefined {
    const mapping = this.mappingOf(start, end);
    if (mapping === undefined || (mapping.protection & 1) === 0) {
      return undefined;
    }
    const bytes = bytesOf(mapping);
    return bytes.subarray(start - mapping.start, end - mapping.start);
  }

  /** Copies `size` bytes in; `undefined` if any cannot be read. */
  copyIn(address: number, size: number): Uint8Array | undefined {
    if (!this.isCovered(address, address + size, Protection.READ)) {
      return undefined;
    }
    const copy = new Uint8Array(size);
    this.visit(address, address + size, (bytes, at) => copy.set(bytes, at));
    return copy;
  }

  /** Copies `source` out; false, with nothing written, if any byte cannot be. */
  copyOut(address: number, source: Uint8Array): boolean {
    const end = address + source.length;
    if (!this.isCovered(address, end, Protection.WRITE)) return false;
    this.visit(
      address,
      end,
      (bytes, at) => bytes.set(source.subarray(at, at + bytes.length)),
    );
    return true;
  }

  /** Copies a NUL-terminated string in, without the NUL; `undefined` if it faults or is `limit` bytes or longer. */
  copyInString(address: number, limit: number): Uint8Array | undefined {
    for (let size = 0; size < limit; size++) {
      if (!this.isCovered(address + size, address + size + 1, 1)) {
        return undefined;
      }
      if (this.readByte(address + size) === 0) {
        return this.copyIn(address, size);
      }
    }
    return undefined;
  }

  /** Takes over mappings that were saved. */
  adopt(mappings: readonly Mapping[]): void {
    for (const { start, end, protection, bytes, ...rest } of mappings) {
      // The order of the fields that `map` gives: a checkpoint leaves out bytes that are not there yet.
      this.mappings.push({ start, end, protection, bytes, ...rest });
    }
    this.changed(
      mappings.reduce((sum, { start, end }) => sum + end - start, 0),
    );
  }

  /** A copy for a forked process. */
  fork(): UserMemory {
    const copy = new UserMemory(this.littleEndian, this.limit);
    for (const mapping of this.mappings) {
      const bytes = mapping.isDroppable ? undefined : mapping.bytes?.slice();
      copy.mappings.push({ ...mapping, bytes });
    }
    copy.changed(this.mapped);
    return copy;
  }

  /** Whether any byte of `[start, end)` is mapped. */
  isTouched(start: number, end: number): boolean {
    const above = this.mappings[this.indexAbove(start)];
    return this.mappingAt(start) !== undefined ||
      (above !== undefined && above.start < end);
  }

  /** Whether all bytes of `[start, end)` are mapped with all bits of `protection`. */
  isCovered(start: number, end: number, protection: number): boolean {
    if (!(start >= 0 && end <= USER_END && end >= start)) return false;
    for (let at = start; at < end;) {
      const mapping = this.mappingAt(at);
      if (
        mapping === undefined ||
        (mapping.protection & protection) !== protection
      ) return false;
      at = mapping.end;
    }
    return true;
  }

  /** One window is one mapping. */
  protected override seek(address: number, size: number): boolean {
    const mapping = this.mappingOf(address, address + size);
    if (mapping === undefined || (mapping.protection & 1) === 0) return false;
    const bytes = bytesOf(mapping);
    this.window = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.windowStart = mapping.start;
    this.windowSize = bytes.length;
    return true;
  }

  /** Whether one mapping holds both. */
  override sameMapping(a: number, b: number): boolean {
    const mapping = this.mappingAt(a);
    return mapping !== undefined && mapping === this.mappingAt(b);
  }

  /** Whether there is a mapping at `address`. */
  override isMapped(address: number): boolean {
    return this.mappingAt(address) !== undefined;
  }

  /** Index of the first mapping that starts above `address`. */
  private indexAbove(address: number): number {
    return upperBound(this.starts, this.mappings.length, address);
  }

  /** Index of the first mapping that starts at `address` or above. */
  private indexAtOrAbove(address: number): number {
    const index = this.indexAbove(address);
    return this.mappings[index - 1]?.start === address ? index - 1 : index;
  }

  /** Makes a mapping begin at `address`, if one holds it. */
  private splitAt(address: number): void {
    const mapping = this.mappingAt(address);
    if (mapping === undefined || mapping.start === address) return;
    const offset = address - mapping.start;
    const upper: Mapping = {
      ...mapping,
      start: address,
      bytes: mapping.bytes?.subarray(offset),
      fileOffset: mapping.fileOffset + offset,
    };
    mapping.end = address;
    mapping.bytes = mapping.bytes?.subarray(0, offset);
    this.mappings.splice(this.mappings.indexOf(mapping) + 1, 0, upper);
    this.changed(0);
  }

  /** Goes through the bytes of `[start, end)`, all of which are mapped. */
  private visit(
    start: number,
    end: number,
    use: (bytes: Uint8Array, at: number) => void,
  ): void {
    for (let at = start; at < end;) {
      const mapping = this.mappingAt(at)!;
      const to = Math.min(end, mapping.end);
      const bytes = bytesOf(mapping);
      use(bytes.subarray(at - mapping.start, to - mapping.start), at - start);
      at = to;
    }
  }

  /** The mappings are others now: what was derived from them is made anew. */
  private changed(growth: number): void {
    this.generation++;
    this.mapped += growth;
    const { mappings } = this;
    if (this.starts.length < mappings.length) {
      this.starts = new Float64Array(mappings.length * 2);
    }
    for (let i = 0; i < mappings.length; i++) {
      this.starts[i] = mappings[i]!.start;
    }
    this.windowSize = 0;
  }
}

function bytesOf(mapping: Mapping): Uint8Array {
  mapping.bytes ??= new Uint8Array(mapping.end - mapping.start);
  return mapping.bytes;
}
