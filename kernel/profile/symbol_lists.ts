/**
 * Symbols in text files: the kernel's `/proc/kallsyms`, and the maps that run-time compilers write for perf.
 *
 * @module
 */
import { upperBound } from "../../formats/base/search.ts";
import type { FoundSymbol } from "../walk/symbols.ts";

/** Symbols by address. */
export class ListedSymbols {
  private readonly starts: Float64Array;
  private readonly ends: Float64Array;
  private readonly names: readonly string[];

  /** Parallel arrays, ascending by start. An end of NaN is the next symbol's start. */
  constructor(
    starts: Float64Array,
    ends: Float64Array,
    names: readonly string[],
  ) {
    this.starts = starts;
    this.ends = ends;
    this.names = names;
  }

  /** Number of symbols. */
  get count(): number {
    return this.names.length;
  }

  /** The symbol at `address`. */
  find(address: number): FoundSymbol | undefined {
    const index = upperBound(this.starts, this.starts.length, address) - 1;
    if (index < 0 || address >= this.ends[index]!) return undefined;
    return { name: this.names[index]!, address: this.starts[index]! };
  }
}

interface Line {
  start: number;
  end: number;
  name: string;
  order: number;
}

/**
 * Parses `/proc/kallsyms`: lines of address, type and name, for modules also `[module]`. Only text counts. Addresses of 0,
 * which is what those see who may not see more, give no symbols.
 */
export function parseKallsyms(bytes: Uint8Array): ListedSymbols {
  const lines: Line[] = [];
  for (const line of linesOf(bytes)) {
    const match = /^([0-9a-f]+) ([tTwW]) (\S+)/.exec(line);
    if (match === null) continue;
    const start = parseAddress(match[1]!);
    if (start === 0) continue;
    lines.push({ start, end: NaN, name: match[3]!, order: lines.length });
  }
  return makeList(lines, true);
}

/**
 * Parses a `perf-PID.map`: lines of address, size and name, the first two hexadecimal. Where lines overlap the later one
 * counts: code is thrown away and its place used again.
 */
export function parsePerfMap(bytes: Uint8Array): ListedSymbols {
  const lines: Line[] = [];
  for (const line of linesOf(bytes)) {
    const match = /^(?:0x)?([0-9a-f]+) (?:0x)?([0-9a-f]+) (.*)$/i.exec(line);
    if (match === null) continue;
    const start = parseAddress(match[1]!);
    const end = start + parseAddress(match[2]!);
    if (end > start) {
      lines.push({ start, end, name: match[3]!, order: lines.length });
    }
  }
  return makeList(lines, false);
}

/** Sixteen digits are a signed 64-bit number in the form that addresses have here. */
function parseAddress(digits: string): number {
  const low = parseInt(digits.slice(-8), 16);
  const high = digits.length > 8 ? parseInt(digits.slice(0, -8), 16) | 0 : 0;
  return high * 0x1_0000_0000 + low;
}

function* linesOf(bytes: Uint8Array): Generator<string> {
  const decoder = new TextDecoder();
  for (let start = 0; start < bytes.length;) {
    let end = bytes.indexOf(10, start);
    if (end < 0) end = bytes.length;
    yield decoder.decode(bytes.subarray(start, end));
    start = end + 1;
  }
}

/** @param first Whether the first of several symbols with the same start counts, or the last. */
function makeList(lines: Line[], first: boolean): ListedSymbols {
  lines.sort((a, b) =>
    a.start - b.start || (first ? a.order - b.order : b.order - a.order)
  );
  const kept = lines.filter((line, i) =>
    i === 0 || line.start !== lines[i - 1]!.start
  );
  const starts = Float64Array.from(kept, ({ start }) => start);
  const ends = Float64Array.from(kept, ({ end }, i) => {
    const next = starts[i + 1] ?? Infinity;
    return Number.isNaN(end) ? next : Math.min(end, next);
  });
  return new ListedSymbols(starts, ends, kept.map(({ name }) => name));
}
