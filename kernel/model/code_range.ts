/**
 * What codectl keeps of a text range, and the list of these ranges: disjoint and in address order. Plain data: a
 * checkpoint saves it as it is.
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

/** What derives from the ranges of an address space, and is told of changes. */
export interface CodeFollower {
  /** A range is registered. */
  add(range: CodeRange): void;
  /** A range is no longer registered. */
  remove(range: CodeRange): void;
  /** Other aspects are registered for a range. */
  change(range: CodeRange): void;
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

/** The ranges of which any byte lies in `[start, end)`, in order. O(log ranges + found). */
export function codeIn(
  ranges: readonly CodeRange[],
  start: number,
  end: number,
): CodeRange[] {
  const first = indexAbove(ranges, start);
  const found: CodeRange[] = [];
  for (let i = Math.max(0, first - 1); i < ranges.length; i++) {
    const range = ranges[i]!;
    if (range.start >= end) break;
    if (range.end > start) found.push(range);
  }
  return found;
}

/**
 * Puts a range in that overlaps none. Half of the others may have to move: with 10,000 ranges, a twentieth of what the
 * call costs (tests/bench/model_bench.ts, model/register).
 */
export function insertCode(ranges: CodeRange[], range: CodeRange): void {
  ranges.splice(indexAbove(ranges, range.start), 0, range);
}

/** Takes a range out that is there. */
export function removeCode(ranges: CodeRange[], range: CodeRange): void {
  ranges.splice(indexAbove(ranges, range.start) - 1, 1);
}

/** Index of the first of some ranges in address order that begins above `address`. */
export function indexAbove(
  ranges: readonly { readonly start: number }[],
  address: number,
): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ranges[middle]!.start <= address) low = middle + 1;
    else high = middle;
  }
  return low;
}
