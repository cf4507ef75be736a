/**
 * Symbols in text files: the kernel's `/proc/kallsyms`, and the maps that run-time compilers write for perf.
 *
 * @module
 */
import { upperBound } from "../../formats/base/search.ts";
import type { FoundSymbol } from "../walk/symbols.ts";
import { LineReader, SymbolLines } from "./symbol_lines.ts";

const DECODER = new TextDecoder();
/** Types of symbols of code: t, T, w, W. */
const TEXT_TYPES: ReadonlySet<number> = new Set(
  Array.from("tTwW", (letter) => letter.charCodeAt(0)),
);

/** Symbols by address. A name becomes a string when it is asked for: a kernel has 100,000, and a profile uses few. */
export class ListedSymbols {
  /** Number of symbols. */
  readonly count: number;
  private readonly bytes: Uint8Array;
  private readonly starts: Float64Array;
  private readonly ends: Float64Array;
  private readonly nameOffsets: Int32Array;
  private readonly nameEnds: Int32Array;

  /**
   * Puts lines in order.
   *
   * @param bytes The file, which is kept.
   * @param first Whether the first of several symbols with the same start counts, or the last.
   */
  constructor(bytes: Uint8Array, lines: SymbolLines, first: boolean) {
    const order = lines.order(first);
    const count = order.length;
    this.count = count;
    this.bytes = bytes;
    this.starts = new Float64Array(count);
    this.ends = new Float64Array(count);
    this.nameOffsets = new Int32Array(count);
    this.nameEnds = new Int32Array(count);
    let next = Infinity;
    for (let i = count - 1; i >= 0; i--) {
      const index = order[i]!;
      const end = lines.ends[index]!;
      this.ends[i] = end < next ? end : next;
      next = lines.starts[index]!;
      this.starts[i] = next;
      this.nameOffsets[i] = lines.nameOffsets[index]!;
      this.nameEnds[i] = lines.nameEnds[index]!;
    }
  }

  /** The symbol at `address`. */
  find(address: number): FoundSymbol | undefined {
    const index = upperBound(this.starts, this.count, address) - 1;
    if (index < 0 || address >= this.ends[index]!) return undefined;
    const name = DECODER.decode(
      this.bytes.subarray(this.nameOffsets[index]!, this.nameEnds[index]!),
    );
    return { name, address: this.starts[index]! };
  }
}

/**
 * Parses `/proc/kallsyms`: lines of address, type and name, for modules also `[module]`. Only text counts. Addresses of 0,
 * which is what those see who may not see more, give no symbols.
 */
export function parseKallsyms(bytes: Uint8Array): ListedSymbols {
  const lines = new SymbolLines();
  const reader = new LineReader(bytes);
  while (reader.nextLine()) {
    const start = reader.hexadecimal();
    if (Number.isNaN(start) || start === 0) continue;
    if (!TEXT_TYPES.has(reader.letter())) continue;
    const end = reader.wordEnd();
    if (end > reader.at) lines.add(start, NaN, reader.at, end);
  }
  return new ListedSymbols(bytes, lines, true);
}

/**
 * Parses a `perf-PID.map`: lines of address, size and name, the first two hexadecimal. Where lines overlap the later one
 * counts: code is thrown away and its place used again.
 */
export function parsePerfMap(bytes: Uint8Array): ListedSymbols {
  const lines = new SymbolLines();
  const reader = new LineReader(bytes);
  while (reader.nextLine()) {
    const start = reader.hexadecimal();
    const end = start + reader.hexadecimal();
    if (end > start) lines.add(start, end, reader.at, reader.end);
  }
  return new ListedSymbols(bytes, lines, false);
}
