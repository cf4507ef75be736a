/**
 * Which symbols of a table are code, and in which range of addresses each may answer.
 *
 * @module
 */
import { upperBound } from "../base/search.ts";
import { EM, PF, PT, SHF, SHN, SHT, STB, STT } from "./constants.ts";
import type { ElfSection } from "./sections.ts";
import type { ElfSegments } from "./segments.ts";
import type { CodeRanges, CodeSymbols } from "./symbol_index.ts";
import type { SymbolOptions, SymbolTable } from "./symbols.ts";

const DOLLAR = 0x24;
const DOT = 0x2e;
const LETTER_L = 0x4c;

interface NumberedRange {
  start: number;
  end: number;
  /** Number of the section, -1 for a segment. */
  section: number;
}

/**
 * Picks the symbols of code out of a table, with the ranges that they belong to. O(n).
 *
 * @param numbers Only these symbols, in ascending order; default all.
 *
 * Reads most fields from the bytes itself instead of asking the table for each, for the sake of large tables.
 */
export function collectCode(
  table: SymbolTable,
  options: SymbolOptions,
  numbers?: readonly number[],
): [CodeRanges, CodeSymbols] {
  const { sections, segments } = options;
  const bySection = sections !== undefined && sections.length > 0;
  const ranges = sortRanges(
    bySection ? sectionRanges(sections) : segmentRanges(segments),
  );
  const starts = Float64Array.from(ranges, (range) => range.start);
  const ends = Float64Array.from(ranges, (range) => range.end);
  const rangeOf = bySection ? mapSections(ranges, sections.length) : undefined;
  const last = numbers?.length ?? table.count;
  const symbols = emptySymbols(last, table.strings);
  const { view, stride, littleEndian, elfClass } = table;
  const infoOffset = elfClass === 64 ? 4 : 12;
  let count = 0;
  for (let k = numbers === undefined ? 1 : 0; k < last; k++) {
    const i = numbers === undefined ? k : numbers[k]!;
    const at = i * stride;
    const info = view.getUint8(at + infoOffset);
    const type = info & 15;
    if (type === STT.SECTION || type === STT.FILE || type === STT.TLS) continue;
    let section = view.getUint16(at + infoOffset + 2, littleEndian);
    if (section >= SHN.LORESERVE) {
      if (section !== SHN.XINDEX) continue; // absolute or common
      section = table.sectionIndex(i);
    }
    if (section === SHN.UNDEF) continue;
    const nameOffset = view.getUint32(at, littleEndian);
    if (!isName(table.strings, nameOffset, info >>> 4, options)) continue;
    const start = table.start(i);
    const range = rangeOf === undefined
      ? findRange(starts, ends, type, start)
      : section < rangeOf.length
      ? rangeOf[section]!
      : -1;
    if (range < 0) continue;
    const offset = start - starts[range]!;
    // Some symbols mark the end of their section: not beyond it.
    if (!(offset >= 0 && start <= ends[range]! && offset < 2 ** 32)) continue;
    symbols.numbers[count] = i;
    symbols.ranges[count] = range;
    symbols.offsets[count] = offset;
    symbols.sizes[count] = table.size(i);
    symbols.nameOffsets[count] = nameOffset;
    count++;
  }
  symbols.count = count;
  return [{ starts, ends }, symbols];
}

function emptySymbols(count: number, strings: Uint8Array): CodeSymbols {
  return {
    count: 0,
    numbers: new Uint32Array(count),
    ranges: new Uint32Array(count),
    offsets: new Uint32Array(count),
    sizes: new Float64Array(count),
    nameOffsets: new Uint32Array(count),
    strings,
  };
}

/** Whether the name at `at` is one that a person gave; labels that a compiler left behind and marks are not. */
function isName(
  strings: Uint8Array,
  at: number,
  binding: number,
  options: SymbolOptions,
): boolean {
  if (at >= strings.length) return false;
  const first = strings[at]!;
  if (first !== DOT && first !== DOLLAR) return first !== 0;
  if (first === DOLLAR && isMappingSymbol(strings, at, options.machine ?? 0)) {
    return false;
  }
  return !(binding === STB.LOCAL && strings[at + 1] === LETTER_L);
}

/** Whether the name at `at`, which starts with `$`, only says what follows: `$x` code, `$d` data, `$a`, `$t`. */
function isMappingSymbol(
  strings: Uint8Array,
  at: number,
  machine: number,
): boolean {
  const kind = strings[at + 1];
  const next = strings[at + 2] ?? 0;
  const ends = next === 0 || next === DOT;
  const isCodeOrData = kind === 0x78 || kind === 0x64;
  switch (machine) {
    case EM.AARCH64:
      return isCodeOrData && ends;
    case EM.RISCV: // `$x` may be followed by the instruction set
      return kind === 0x78 || (kind === 0x64 && ends);
    case EM.ARM:
      return (kind === 0x61 || kind === 0x74 || kind === 0x64) && ends;
    default:
      return false;
  }
}

function sectionRanges(sections: readonly ElfSection[]): NumberedRange[] {
  const wanted = SHF.ALLOC | SHF.EXECINSTR;
  return sections
    .filter(({ flags, type }) =>
      (flags & wanted) === wanted && type !== SHT.NULL
    )
    .map(({ index, address, size }) => ({
      start: address,
      end: address + size,
      section: index,
    }));
}

function segmentRanges(segments: ElfSegments | undefined): NumberedRange[] {
  if (segments === undefined) {
    return [{ start: 0, end: Infinity, section: -1 }];
  }
  const ranges: NumberedRange[] = [];
  for (let i = 0; i < segments.count; i++) {
    if (segments.types[i] !== PT.LOAD) continue;
    if ((segments.flags[i]! & PF.X) === 0) continue;
    const start = segments.addresses[i]!;
    ranges.push({
      start,
      end: start + segments.memorySizes[i]!,
      section: -1,
    });
  }
  return ranges;
}

/** Ascending, without empty ones, and each ending where the next one starts at the latest. */
function sortRanges(ranges: NumberedRange[]): NumberedRange[] {
  const sorted = ranges
    .filter((range) => range.end > range.start)
    .sort((a, b) => a.start - b.start);
  for (let i = 0; i + 1 < sorted.length; i++) {
    sorted[i]!.end = Math.min(sorted[i]!.end, sorted[i + 1]!.start);
  }
  return sorted;
}

/** Section number -> range number, -1 where a section has none. */
function mapSections(
  ranges: readonly NumberedRange[],
  sectionCount: number,
): Int32Array {
  const map = new Int32Array(sectionCount).fill(-1);
  ranges.forEach((range, i) => map[range.section] = i);
  return map;
}

/** Which segment a symbol is in. Without sections nothing but its type tells constants in code segments from code. */
function findRange(
  starts: Float64Array,
  ends: Float64Array,
  type: number,
  address: number,
): number {
  if (type === STT.OBJECT) return -1;
  const range = upperBound(starts, starts.length, address) - 1;
  return range >= 0 && address < ends[range]! ? range : -1;
}
