/**
 * What codectl keeps of a text range, and the ordered map of these ranges. Plain data: a checkpoint saves it as it is.
 *
 * @module
 */
import type { SFrameHeader } from "../../formats/sframe/mod.ts";

/** An SFrame section that the kernel reads where it lies. */
export interface CodeSection {
  /** Address of its first byte; of a section in a file, the one that it would have if it were mapped. */
  address: number;
  /** Bytes. */
  size: number;
  /** Its header as it was when it was registered; the rest is read at each lookup. */
  header: SFrameHeader;
  /** File that holds it; empty if it is in memory. */
  path: string;
  /** Where it begins in that file. */
  fileOffset: number;
  /** Whether it made no sense once: then it is never looked at again. */
  bad: boolean;
}

/** A table beside the binary. */
export interface CodeSidecar {
  /** Its file. */
  path: string;
  /** Address in the process minus address in the binary. */
  loadBias: number;
  /** As in {@linkcode CodeSection}. */
  bad: boolean;
}

/** Which object the text comes from. */
export interface CodeIdentity {
  /** Build ID, hexadecimal; empty if there is none. */
  buildId: string;
  /** Name of the separate debug file; empty if there is none. */
  debugLink: string;
  /** Its CRC-32. */
  debugLinkCrc: number;
}

/** A table that a JIT compiler keeps. */
export interface CodeJit {
  /** Address of the first table of the chain. */
  head: number;
  /** As in {@linkcode CodeSection}. */
  bad: boolean;
}

/** A text range with what was registered for it: one of each aspect at most. */
export interface CodeRange {
  /** First address of the text. */
  start: number;
  /** Address behind it. */
  end: number;
  /** SFrame section in memory. */
  sframe: CodeSection | null;
  /** SFrame section in a file. */
  file: CodeSection | null;
  /** Sidecar. */
  sidecar: CodeSidecar | null;
  /** Identity. */
  identity: CodeIdentity | null;
  /** Tables of a JIT. */
  jit: CodeJit | null;
}

/** Aspects by name, in the order in which walks ask them. */
export const ASPECTS = [
  "sframe",
  "file",
  "sidecar",
  "identity",
  "jit",
] as const;

/** Name of what can be registered for a range. */
export type CodeAspect = (typeof ASPECTS)[number];

/**
 * Disjoint ranges in address order, in blocks: a map of 10,000 ranges takes one in as fast as a map of 100, while of one
 * sorted list half would have to move.
 */
export interface CodeRanges {
  /** Sorted lists of at least one range each, in order. */
  blocks: CodeRange[][];
  /** Number of all ranges. */
  count: number;
}

/** Most ranges of a block; it is cut in two beyond. */
const BLOCK_SIZE = 128;

/** A map without ranges. */
export function noCode(): CodeRanges {
  return { blocks: [], count: 0 };
}

/** A range for which nothing is registered yet. */
export function blankRange(start: number, end: number): CodeRange {
  return {
    start,
    end,
    sframe: null,
    file: null,
    sidecar: null,
    identity: null,
    jit: null,
  };
}

/** All ranges in order. */
export function* allCode(ranges: CodeRanges): Generator<CodeRange> {
  for (const block of ranges.blocks) yield* block;
}

/** The ranges of which any byte lies in `[start, end)`, in order. */
export function codeIn(
  ranges: CodeRanges,
  start: number,
  end: number,
): CodeRange[] {
  const found: CodeRange[] = [];
  const { blocks } = ranges;
  for (let b = Math.max(0, blockOf(blocks, start)); b < blocks.length; b++) {
    const block = blocks[b]!;
    if (block[0]!.start >= end) break;
    for (let i = Math.max(0, indexIn(block, start)); i < block.length; i++) {
      const range = block[i]!;
      if (range.start >= end) break;
      if (range.end > start) found.push(range);
    }
  }
  return found;
}

/** Puts a range in that overlaps none. O(log ranges). */
export function insertCode(ranges: CodeRanges, range: CodeRange): void {
  const { blocks } = ranges;
  ranges.count++;
  if (blocks.length === 0) {
    blocks.push([range]);
    return;
  }
  const b = Math.max(0, blockOf(blocks, range.start));
  const block = blocks[b]!;
  block.splice(indexIn(block, range.start) + 1, 0, range);
  if (block.length > BLOCK_SIZE) {
    // A run of ascending ranges leaves full blocks behind.
    const isLast = b === blocks.length - 1;
    const cut = isLast ? BLOCK_SIZE - 1 : BLOCK_SIZE / 2;
    blocks.splice(b + 1, 0, block.splice(cut));
  }
}

/** Takes a range out that is there. O(log ranges). */
export function removeCode(ranges: CodeRanges, range: CodeRange): void {
  const { blocks } = ranges;
  const b = blockOf(blocks, range.start);
  const block = blocks[b]!;
  block.splice(indexIn(block, range.start), 1);
  if (block.length === 0) blocks.splice(b, 1);
  ranges.count--;
}

/** Index of the last block that begins at or below `address`; −1 if none does. */
function blockOf(blocks: readonly CodeRange[][], address: number): number {
  let low = 0;
  let high = blocks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (blocks[middle]![0]!.start <= address) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Index of the last range that begins at or below `address`; −1 if none does. */
function indexIn(block: readonly CodeRange[], address: number): number {
  let low = 0;
  let high = block.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (block[middle]!.start <= address) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
