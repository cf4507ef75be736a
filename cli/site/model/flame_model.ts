/**
 * What of a flame graph is to be seen, and where: no pixels are drawn here.
 *
 * @module
 */
import type { FlameData } from "../protocol.ts";

/** A box that is to be drawn. Places are parts of the width, from 0 to 1. */
export interface VisibleBox {
  /** Its number. */
  box: number;
  /** Left end. */
  left: number;
  /** Width. */
  width: number;
  /** Whether it is below the box that fills the width, and so shown as wide as that. */
  isBelow: boolean;
}

/** A graph, the box that fills its width, and what was searched for. */
export class FlameModel {
  /** The boxes. */
  readonly data: FlameData;
  /** The box that fills the width. */
  zoomed = 0;
  /** Whether a name was found, by its number; undefined if nothing is searched for. */
  found: Uint8Array | undefined = undefined;
  /** Boxes of each row from left to right. */
  private readonly rows: Int32Array[];

  /** Shows all of `data`. */
  constructor(data: FlameData) {
    this.data = data;
    const rows: number[][] = Array.from({ length: data.depth }, () => []);
    for (const [box, depth] of data.depths.entries()) rows[depth]?.push(box);
    this.rows = rows.map((row) =>
      Int32Array.from(row).sort((a, b) => data.starts[a]! - data.starts[b]!)
    );
  }

  /** The boxes of a row that are at least `least` wide. */
  visible(depth: number, least: number): VisibleBox[] {
    const { starts, counts, depths } = this.data;
    const from = starts[this.zoomed]!;
    const size = counts[this.zoomed]!;
    const row = this.rows[depth];
    if (row === undefined || !(size > 0)) return [];
    if (depth < depths[this.zoomed]!) {
      const box = this.at(depth, from);
      return box < 0 ? [] : [{ box, left: 0, width: 1, isBelow: true }];
    }
    const shown: VisibleBox[] = [];
    for (let i = this.search(row, from); i < row.length; i++) {
      const box = row[i]!;
      const start = starts[box]!;
      if (start >= from + size) break;
      if (start < from) continue;
      const width = counts[box]! / size;
      if (width < least) continue;
      shown.push({ box, left: (start - from) / size, width, isBelow: false });
    }
    return shown;
  }

  /** The box at a place of the picture; −1 for none. */
  hit(depth: number, left: number): number {
    const { starts, counts } = this.data;
    const sample = starts[this.zoomed]! + left * counts[this.zoomed]!;
    return this.at(depth, sample);
  }

  /** The box that called this one; −1 for the first. */
  parent(box: number): number {
    const { depths, starts } = this.data;
    return this.at(depths[box]! - 1, starts[box]!);
  }

  /** The widest box on top of this one; −1 for none. */
  widestChild(box: number): number {
    const { depths, starts, counts } = this.data;
    const row = this.rows[depths[box]! + 1];
    if (row === undefined) return -1;
    const end = starts[box]! + counts[box]!;
    let widest = -1;
    for (let i = this.search(row, starts[box]!); i < row.length; i++) {
      const one = row[i]!;
      if (starts[one]! >= end) break;
      if (starts[one]! < starts[box]!) continue;
      if (widest < 0 || counts[one]! > counts[widest]!) widest = one;
    }
    return widest;
  }

  /** The next box of the same row, to the right for 1 and to the left for −1; −1 for none. */
  neighbour(box: number, step: 1 | -1): number {
    const row = this.rows[this.data.depths[box]!]!;
    const at = row.indexOf(box) + step;
    const next = row[at];
    if (next === undefined) return -1;
    const { starts, counts } = this.data;
    const from = starts[this.zoomed]!;
    const inside = starts[next]! >= from &&
      starts[next]! < from + counts[this.zoomed]!;
    return inside ? next : -1;
  }

  /**
   * Searches for functions.
   *
   * @returns The part of all samples that have such a function in their stack; undefined for an empty search.
   */
  find(text: string): number | undefined {
    const wanted = text.trim().toLowerCase();
    if (wanted === "") {
      this.found = undefined;
      return undefined;
    }
    const { names, nameOf, starts, counts, depths, total } = this.data;
    this.found = Uint8Array.from(
      names,
      (name) => name.toLowerCase().includes(wanted) ? 1 : 0,
    );
    let covered = 0;
    // Counted at the outermost box of each stack: those above it lie inside it.
    const outer: [start: number, end: number, depth: number][] = [];
    for (let box = 1; box < nameOf.length; box++) {
      if (this.found[nameOf[box]!] === 1) {
        const start = starts[box]!;
        outer.push([start, start + counts[box]!, depths[box]!]);
      }
    }
    outer.sort((a, b) => a[0] - b[0] || a[2] - b[2]);
    let end = 0;
    for (const [from, to] of outer) {
      if (to <= end) continue;
      covered += to - Math.max(from, end);
      end = to;
    }
    return total === 0 ? 0 : covered / total;
  }

  /** The box of a row that has the sample; −1 for none. */
  private at(depth: number, sample: number): number {
    const row = this.rows[depth];
    if (row === undefined) return -1;
    const { starts, counts } = this.data;
    const box = row[this.search(row, sample)];
    if (box === undefined) return -1;
    const inside = sample >= starts[box]! &&
      sample < starts[box]! + counts[box]!;
    return inside ? box : -1;
  }

  /** Index in a row of the last box that begins at or before the sample; 0 if there is none. */
  private search(row: Int32Array, sample: number): number {
    const { starts } = this.data;
    let [low, high] = [0, row.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (starts[row[middle]!]! <= sample) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }
}

/** A box in words. */
export function boxText(data: FlameData, box: number): string {
  const count = data.counts[box]!;
  const share = data.total === 0 ? 0 : 100 * count / data.total;
  const module = data.modules[data.moduleOf[box]!]!;
  const where = module === "" ? "" : ` (${module})`;
  return `${data.names[data.nameOf[box]!]}${where}: ${
    count.toLocaleString("en")
  } samples, ${share.toFixed(2)} %`;
}

/** Hues by kind of frame: user, kernel, run-time code, vDSO; degrees. */
const HUES: readonly number[] = [25, 45, 140, 200];

/** Colour of a box, the same for a function in every graph. */
export function boxColor(name: string, kind: number, isDark: boolean): string {
  let hash = 0;
  for (let i = 0; i < name.length; i++) {
    hash = Math.imul(hash, 31) + name.charCodeAt(i) | 0;
  }
  const shade = hash >>> 4 & 15;
  if (kind < 0) return isDark ? "hsl(0 0% 32%)" : "hsl(0 0% 82%)";
  const hue = (HUES[kind] ?? 300) + (hash & 15) - 8;
  return isDark
    ? `hsl(${hue} 55% ${28 + shade * .6}%)`
    : `hsl(${hue} 85% ${66 + shade * .8}%)`;
}
