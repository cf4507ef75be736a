/**
 * The memory of the process: what was mapped, and which parts of it are in the file.
 *
 * @module
 */
import { type ElfSegments, PF, PT } from "../elf/mod.ts";
import { upperBound } from "../base/search.ts";
import { coreError, type Warnings } from "./warnings.ts";

/**
 * The `PT_LOAD` segments in address order and without overlap, as parallel arrays of `count` items.
 *
 * Bytes of segment `i` from `starts[i]` to `fileEnds[i]` are in the file at `offsets[i]`; from there to `ends[i]` the
 * memory was mapped, but not dumped.
 */
export class CoreSegments {
  /** How many there are. */
  readonly count: number;
  /** First address, signed canonical. */
  readonly starts: Float64Array;
  /** First address behind the segment. */
  readonly ends: Float64Array;
  /** First address whose byte is not in the file: what `p_filesz` says, cut where the file ends. */
  readonly fileEnds: Float64Array;
  /** Where the bytes are: from the start of the file. */
  readonly offsets: Float64Array;
  /** `p_flags`: bit 0 execute, bit 1 write, bit 2 read. */
  readonly flags: Uint32Array;

  /** Makes `count` empty entries, to be filled by {@linkcode layOutSegments}. */
  constructor(count: number) {
    this.count = count;
    this.starts = new Float64Array(count);
    this.ends = new Float64Array(count);
    this.fileEnds = new Float64Array(count);
    this.offsets = new Float64Array(count);
    this.flags = new Uint32Array(count);
  }

  /** Index of the segment that covers `address`; -1 if none does. O(log n), allocates nothing. */
  find(address: number): number {
    const index = upperBound(this.starts, this.count, address) - 1;
    return index >= 0 && address < this.ends[index]! ? index : -1;
  }

  /** Whether segment `index` may be executed. */
  isExecutable(index: number): boolean {
    return (this.flags[index]! & PF.X) !== 0;
  }

  /** Whether segment `index` may be written. */
  isWritable(index: number): boolean {
    return (this.flags[index]! & PF.W) !== 0;
  }
}

/**
 * Sorts the `PT_LOAD` segments, cuts what overlaps (the segment that starts first keeps its bytes) and what the file
 * does not hold. Each kind of damage is one warning, however many segments have it.
 *
 * @param fileSize Bytes that the file really has.
 */
export function layOutSegments(
  segments: ElfSegments,
  fileSize: number,
  warnings: Warnings,
): CoreSegments {
  const order = sortedLoads(segments, warnings);
  const memory = new CoreSegments(order.length);
  let overlaps = 0;
  let missingSize = 0;
  let end = -Infinity;
  for (let i = 0; i < order.length; i++) {
    const from = order[i]!;
    const address = segments.addresses[from]!;
    const segmentEnd = address + segments.memorySizes[from]!;
    if (end > address) overlaps++;
    // A segment inside another one becomes empty at the other's end: harmless to the search.
    const start = Math.max(address, end);
    end = Math.max(start, segmentEnd);
    const offset = segments.offsets[from]!;
    const stated = Math.min(
      segments.fileSizes[from]!,
      segments.memorySizes[from]!,
    );
    const present = Math.max(0, Math.min(stated, fileSize - offset));
    missingSize += stated - present;
    memory.starts[i] = start;
    memory.ends[i] = end;
    memory.fileEnds[i] = Math.min(end, Math.max(start, address + present));
    memory.offsets[i] = offset + (start - address);
    memory.flags[i] = segments.flags[from]!;
  }
  warnOfLayout(overlaps, missingSize, fileSize, warnings);
  return memory;
}

function sortedLoads(
  segments: ElfSegments,
  warnings: Warnings,
): number[] {
  const { addresses, memorySizes, types } = segments;
  const order: number[] = [];
  let senseless = 0;
  for (let i = 0; i < segments.count; i++) {
    if (types[i] !== PT.LOAD || memorySizes[i] === 0) continue;
    const isSafe = Number.isSafeInteger(addresses[i]) &&
      Number.isSafeInteger(addresses[i]! + memorySizes[i]!);
    if (isSafe) order.push(i);
    else senseless++;
  }
  if (senseless > 0) {
    warnings.add(coreError({
      code: "bad-value",
      field: "p_vaddr",
      offset: 0,
      value: `${senseless} segments elsewhere`,
      expected: "segments inside the address space",
    }));
  }
  return order.sort((a, b) => addresses[a]! - addresses[b]! || a - b);
}

function warnOfLayout(
  overlaps: number,
  missingSize: number,
  fileSize: number,
  warnings: Warnings,
): void {
  if (overlaps > 0) {
    warnings.add(coreError({
      code: "bad-value",
      field: "p_vaddr",
      offset: 0,
      value: `${overlaps} segments that overlap`,
      expected: "segments beside each other",
    }));
  }
  if (missingSize > 0) {
    warnings.add(coreError({
      code: "truncated",
      field: "p_filesz",
      offset: fileSize,
      value: "end of file",
      expected: `${missingSize} more bytes of memory`,
    }));
  }
}
