/**
 * How much of a binary its unwind tables cover, and what they cost.
 *
 * @module
 */
import { FormatError } from "../../formats/base/error.ts";
import type { CfiTable } from "../../formats/eh_frame/mod.ts";
import {
  type ElfFile,
  type ElfSection,
  PF,
  PT,
  SHF,
  SHT,
} from "../../formats/elf/mod.ts";
import { decodeSFrame } from "../../formats/sframe/mod.ts";
import { type ElfTables, openElfTables } from "../convert/mod.ts";
import { findGaps, type Gap } from "./gaps.ts";
import { intersect, RangeCollector, type Ranges, sizeOf } from "./ranges.ts";

/** `.eh_frame` of a binary. */
export interface EhFrameStat {
  /** Bytes of `.eh_frame` and `.eh_frame_hdr`. */
  size: number;
  /** Functions (FDEs). */
  functions: number;
  /** Bytes of code that they cover. */
  covered: number;
}

/** `.sframe` of a binary. */
export interface SFrameStat {
  /** Bytes of the section. */
  size: number;
  /** Versions of its sections, ascending. */
  versions: number[];
  /** Functions (FDEs). */
  functions: number;
  /** Rows (FREs). */
  rows: number;
  /** Bytes of code in functions that have rows. */
  covered: number;
}

/** What {@linkcode statElf} finds. */
export interface BinaryStat {
  /** The machine, as the unwind tables name it. */
  machine: string;
  /** Build ID, hexadecimal. */
  buildId: string | undefined;
  /** Bytes of code: executable sections, or without sections executable segments. */
  textSize: number;
  /** Functions of the table with more of them. */
  functions: number;
  /** `.eh_frame`, if there is one. */
  ehFrame: EhFrameStat | undefined;
  /** `.sframe`, if there is one. */
  sframe: SFrameStat | undefined;
  /** Code without rows in `.sframe` (or without `.sframe` in `.eh_frame`), by reason, the largest first. */
  gaps: Gap[];
  /** What was wrong with the tables. */
  errors: FormatError[];
}

/** Which code of a binary has rows. */
export interface CodeCoverage {
  /** All code. */
  text: Ranges;
  /** What `.eh_frame` covers, in code or not; `undefined` if there is none. */
  ehFrame: Ranges | undefined;
  /** What `.sframe` covers; `undefined` if there is none. */
  sframe: Ranges | undefined;
  /** What was wrong with the tables. */
  errors: FormatError[];
}

/**
 * Measures the unwind tables of a linked binary. Reads its headers and tables only.
 *
 * @throws {FormatError} `unsupported` for machines without such tables and for files that are not linked; and what
 * reading sections throws.
 */
export async function statElf(elf: ElfFile): Promise<BinaryStat> {
  const { machine, ehFrame, sframe, code, coverage } = await measure(elf);
  const { text, errors } = coverage;
  return {
    machine,
    buildId: await elf.buildId(),
    textSize: sizeOf(text),
    functions: Math.max(ehFrame?.functions ?? 0, sframe?.functions ?? 0),
    ehFrame,
    sframe,
    gaps: findGaps(text, code, coverage.sframe, coverage.ehFrame),
    errors,
  };
}

/**
 * Tells which code of a linked binary has rows, as ranges of its own addresses.
 *
 * @throws {FormatError} As {@linkcode statElf}.
 */
export async function coverElf(elf: ElfFile): Promise<CodeCoverage> {
  return (await measure(elf)).coverage;
}

async function measure(elf: ElfFile): Promise<
  Pick<BinaryStat, "machine" | "ehFrame" | "sframe"> & {
    code: ElfSection[];
    coverage: CodeCoverage;
  }
> {
  const tables = await openElfTables(elf);
  const sections = await elf.sections();
  const code = sections.filter(isCode);
  const text = codeRanges(elf, code);
  const errors: FormatError[] = [];
  const [ehFrame, ehRanges] = statEhFrame(tables.ehFrame, sections, text);
  const [sframe, sframeRanges] = statSFrame(tables, text, errors);
  errors.push(...tables.ehFrame?.errors ?? []);
  const coverage = { text, ehFrame: ehRanges, sframe: sframeRanges, errors };
  return { machine: tables.machine, ehFrame, sframe, code, coverage };
}

function isCode({ type, flags }: ElfSection): boolean {
  return (flags & SHF.EXECINSTR) !== 0 && (flags & SHF.ALLOC) !== 0 &&
    type !== SHT.NOBITS;
}

function codeRanges(
  { segments }: ElfFile,
  code: readonly ElfSection[],
): Ranges {
  const ranges = new RangeCollector();
  for (const { address, size } of code) ranges.add(address, address + size);
  if (code.length > 0) return ranges.finish();
  for (let i = 0; i < segments.count; i++) {
    if (segments.types[i] !== PT.LOAD) continue;
    if ((segments.flags[i]! & PF.X) === 0) continue;
    const start = segments.addresses[i]!;
    ranges.add(start, start + segments.fileSizes[i]!);
  }
  return ranges.finish();
}

function statEhFrame(
  table: CfiTable | undefined,
  sections: readonly ElfSection[],
  text: Ranges,
): [EhFrameStat | undefined, Ranges | undefined] {
  if (table === undefined) return [undefined, undefined];
  const ranges = new RangeCollector();
  let functions = 0;
  for (const { startPc, endPc } of table.functions()) {
    functions++;
    ranges.add(startPc, endPc);
  }
  const covered = ranges.finish();
  let size = 0;
  for (const section of sections) {
    if (section.name === ".eh_frame" || section.name === ".eh_frame_hdr") {
      size += section.size;
    }
  }
  return [
    { size, functions, covered: sizeOf(intersect(text, covered)) },
    covered,
  ];
}

function statSFrame(
  { sframe }: ElfTables,
  text: Ranges,
  errors: FormatError[],
): [SFrameStat | undefined, Ranges | undefined] {
  if (sframe === undefined) return [undefined, undefined];
  const { bytes, address } = sframe;
  const ranges = new RangeCollector();
  const versions = new Set<number>();
  let functions = 0;
  let rows = 0;
  let offset = 0;
  try {
    while (offset < bytes.length) {
      const section = decodeSFrame(bytes, address, { offset });
      errors.push(...section.errors.slice(0, 1));
      versions.add(section.header.version);
      functions += section.functions.length;
      for (const found of section.functions) {
        rows += found.rows.length;
        if (found.rows.length === 0) continue;
        ranges.add(found.startAddress, found.startAddress + found.size);
      }
      offset += section.size;
      while (offset < bytes.length && bytes[offset] === 0) offset++;
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    errors.push(error);
  }
  const covered = ranges.finish();
  const stat = {
    size: bytes.length,
    versions: [...versions].sort((a, b) => a - b),
    functions,
    rows,
    covered: sizeOf(intersect(text, covered)),
  };
  return [stat, covered];
}
