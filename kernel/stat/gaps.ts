/**
 * Why code has no rows.
 *
 * @module
 */
import type { ElfSection } from "../../formats/elf/mod.ts";
import {
  intersect,
  RangeCollector,
  type Ranges,
  sizeOf,
  subtract,
} from "./ranges.ts";

/** Code without rows. */
export interface Gap {
  /** Why, in a few words. */
  reason: string;
  /** Bytes. */
  size: number;
}

/** Linkers and compilers align functions to at most so many bytes: what is shorter, between two functions, is padding. */
const MAX_PADDING = 64;
/** Sections of code that are told apart: linked files have five or so. */
const MAX_SECTIONS = 32;

/**
 * Sorts the code that the table in use does not cover: between functions; with rows in `.eh_frame` only; by the section
 * that holds it.
 *
 * @param text All code.
 * @param sections The sections that hold it.
 * @param sframe What `.sframe` covers, if there is one: the table in use.
 * @param ehFrame What `.eh_frame` covers: the table in use without `.sframe`.
 * @returns The reasons that hold for some bytes, the largest first.
 */
export function findGaps(
  text: Ranges,
  sections: readonly ElfSection[],
  sframe: Ranges | undefined,
  ehFrame: Ranges | undefined,
): Gap[] {
  const empty = new Float64Array(0);
  const used = sframe ?? ehFrame ?? empty;
  let rest = subtract(text, used);
  const padding = findPadding(rest, used);
  const gaps = [{ reason: "padding between functions", size: sizeOf(padding) }];
  rest = subtract(rest, padding);
  if (sframe !== undefined && ehFrame !== undefined) {
    const other = intersect(rest, ehFrame);
    gaps.push({ reason: "rows in .eh_frame only", size: sizeOf(other) });
    rest = subtract(rest, other);
  }
  for (const { name, address, size } of sections.slice(0, MAX_SECTIONS)) {
    const own = intersect(rest, Float64Array.of(address, address + size));
    gaps.push({ reason: `no rows for code in ${name}`, size: sizeOf(own) });
    rest = subtract(rest, own);
  }
  gaps.push({ reason: "no rows", size: sizeOf(rest) });
  return gaps.filter(({ size }) => size > 0).sort((a, b) => b.size - a.size);
}

/** The ranges of `rest` that are short and begin and end where covered ones end and begin. */
export function findPadding(rest: Ranges, covered: Ranges): Ranges {
  const padding = new RangeCollector();
  let at = 0;
  for (let i = 0; i < rest.length; i += 2) {
    const start = rest[i]!;
    const end = rest[i + 1]!;
    while (at < covered.length && covered[at]! < end) at += 2;
    const isBetween = at >= 2 && covered[at - 1] === start &&
      covered[at] === end;
    if (isBetween && end - start < MAX_PADDING) padding.add(start, end);
  }
  return padding.finish();
}
