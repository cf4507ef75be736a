/**
 * A section that is searched where it lies.
 *
 * @module
 */
import { FormatError } from "../base/error.ts";
import { upperBound } from "../base/search.ts";
import {
  Base,
  Lookup,
  RowFlag,
  type UnwindRow,
  type UnwindTable,
} from "../base/unwind_row.ts";
import { FdeInfo, FdeType, FORMAT, SFrameFlag } from "./constants.ts";
import {
  buildIndex,
  type FunctionIndex,
  isNear,
  searchNear,
  searchWide,
} from "./search.ts";
import { decodeHeader, type SFrameHeader } from "./header.ts";
import { findRow, NO_ROW } from "./rows.ts";
import { clearRules, readRules, setOutermost } from "./rules.ts";
import {
  FunctionEntry,
  functionStart,
  readAttributes,
  readDescriptor,
  Section,
} from "./section.ts";

/** Small tables need no index: so many lookups are always searched in place. */
const MIN_LOOKUPS = 256;

/** How a section is read. */
export interface SFrameOptions {
  /**
   * ld (seen in 2.44 and 2.47) writes the rows of AMD64's `.plt.got` with CFA = SP + 16, eight too much; `.eh_frame` has it
   * right. `"correct"` reads those rows as SP + 8, `"ld"` (the default) as they stand.
   */
  plt?: "ld" | "correct";
  /** Where the section's header is in the bytes; default 0. The section address is that of the first byte. */
  offset?: number;
  /**
   * Whether function starts are relative to their own fields (or else to the section). By default the section's flags
   * tell; V1 and V2 with neither PCREL nor SORTED count as field-relative, as gas before 2.45 wrote them. `readelf`
   * and `objdump` print such sections as if they were section-relative: `false` gives the addresses that they print.
   */
  fieldRelative?: boolean;
}

/**
 * Opens a section for lookup: checks preamble, header and table bounds, keeps the bytes, decodes no row. A section
 * whose functions are not marked as sorted gets an index of their starts; else opening costs the same for any size.
 *
 * @param bytes Bytes of the section, which may go on behind it and must not change afterwards.
 * @param sectionAddress Address of `bytes[0]` in the file's own address space (`sh_addr`).
 * @throws {FormatError} `truncated`, `bad-magic`, `bad-value`, `unsupported`, `out-of-bounds`.
 *
 * @example Looking up one address
 * ```ts
 * import {
 *   Base, Lookup, openSFrame, type SFrameOptions, type SFrameTable, UnwindRow,
 * } from "@framewalk/framewalk/formats/sframe";
 * // Version 3 for AMD64: one function of four bytes at 0x1000, with one row, CFA = SP + 8.
 * const bytes = new Uint8Array([
 *   0xe2, 0xde, 3, 5, 3, 0, 0xf8, 0, 1, 0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0,
 *   0xe4, 0xef, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 4, 0, 0, 0, 0, 0, 0, 0,
 *   1, 0, 0, 0, 0, 0, 3, 8,
 * ]);
 * const options: SFrameOptions = { plt: "correct" };
 * const table: SFrameTable = openSFrame(bytes, 0x2000, options);
 * const row = new UnwindRow();
 * if (table.lookup(0x1002, row) !== Lookup.FOUND) throw new Error("no row");
 * if (row.cfaBase !== Base.SP || row.cfaOffset !== 8) throw new Error("another row");
 * ```
 *
 * Source: The SFrame Format, versions 1 to 3.
 */
export function openSFrame(
  bytes: Uint8Array,
  sectionAddress: number,
  options: SFrameOptions = {},
): SFrameTable {
  const offset = options.offset ?? 0;
  const header = decodeHeader(bytes, offset);
  const section = new Section(
    bytes,
    header,
    offset,
    sectionAddress,
    options.fieldRelative,
  );
  return new SFrameTable(header, section, offset, options.plt === "correct");
}

/** Tells which rows are at hand of a section that is read in parts. */
export interface SFrameRowParts {
  /** Whether the rows at `freOffset`, bytes from the start of all rows, are at hand; if not, remembers them as missing. */
  has(freOffset: number): boolean;
}

/**
 * Opens `count` functions of a sorted section from function `first` on, as if the others were not there: of `bytes`, only
 * the header and their descriptors need to be at hand. Before rows are read, `parts` is asked; where it denies, a lookup
 * answers `NEEDS_DATA`.
 *
 * @param header The header, decoded.
 * @throws {FormatError} `bad-value` if the section is not sorted.
 */
export function openSFramePart(
  bytes: Uint8Array,
  sectionAddress: number,
  header: SFrameHeader,
  first: number,
  count: number,
  parts: SFrameRowParts,
  options: Pick<SFrameOptions, "plt"> = {},
): SFrameTable {
  if ((header.flags & SFrameFlag.FDE_SORTED) === 0) {
    throw new FormatError({
      code: "bad-value",
      format: FORMAT,
      field: "flags",
      offset: 3,
      value: header.flags,
      expected: "a sorted section",
    });
  }
  const section = new Section(
    bytes,
    header,
    0,
    sectionAddress,
    undefined,
    first,
    count,
  );
  const correct = options.plt === "correct";
  return new SFrameTable(header, section, 0, correct, parts);
}

/**
 * An opened SFrame section.
 *
 * Rows in the form of {@linkcode UnwindRow}: on AMD64 RA = load(CFA - 8) by the header; on AArch64 and s390x RA is
 * `SAME` until a row says where it was saved. Flexible functions name registers by DWARF number, SP and FP by
 * `Base.SP` and `Base.FP`. s390x: the caller's SP is CFA - 160.
 */
export class SFrameTable implements UnwindTable {
  /** Which version the section has. */
  readonly kind: "sframe-v1" | "sframe-v2" | "sframe-v3";
  /** The decoded header. */
  readonly header: SFrameHeader;
  /** Number of functions. */
  readonly functionCount: number;
  /** Bytes that the section occupies, from its header to the end of its rows. */
  readonly size: number;
  private readonly section: Section;
  private readonly correctPlt: boolean;
  private readonly parts: SFrameRowParts | undefined;
  private readonly entry: FunctionEntry;
  private readonly sorted: boolean;
  private readonly near: boolean;
  private index: FunctionIndex | undefined;
  private lookupsBeforeIndex: number;
  /** Starts in ascending order and the functions they belong to; empty if the section is sorted. */
  private readonly starts: Float64Array;
  private readonly order: Uint32Array;

  /** Use {@linkcode openSFrame}. */
  constructor(
    header: SFrameHeader,
    section: Section,
    offset: number,
    correctPlt: boolean,
    parts?: SFrameRowParts,
  ) {
    this.kind = `sframe-v${header.version}`;
    this.header = header;
    this.functionCount = section.functionCount;
    this.parts = parts;
    this.size = section.rowsEnd - offset;
    this.section = section;
    this.correctPlt = correctPlt;
    this.entry = new FunctionEntry();
    this.sorted = (header.flags & SFrameFlag.FDE_SORTED) !== 0;
    this.near = this.sorted && isNear(section);
    this.index = undefined;
    this.lookupsBeforeIndex = Math.max(MIN_LOOKUPS, this.functionCount / 8);
    const count = this.sorted ? 0 : this.functionCount;
    this.order = new Uint32Array(count);
    this.starts = new Float64Array(count);
    if (count > 0) this.buildOrder();
  }

  /**
   * Fills `row` with the rules at `pc`. Searches functions and rows in place and never throws. Allocates
   * nothing, but for one index of functions (two bytes each) when a table has served many lookups.
   * O(log functions + rows of one function).
   *
   * Special rows: RA undefined gives `OUTERMOST`; so does a V3 function that has no rows and is not marked as a signal
   * frame. A signal function without rows is `FOUND` with flag `SIGNAL` and no CFA: its registers are in the context
   * that the kernel put on the stack.
   *
   * @param pc Address in the file's own space: for a return address already minus one.
   * @param row Filled if the answer is `FOUND`; otherwise its content is undefined.
   * @returns A value of {@linkcode Lookup}.
   */
  lookup(pc: number, row: UnwindRow): number {
    if (!this.findFunction(pc)) return Lookup.NO_ROW;
    const { section, entry, parts } = this;
    if (parts !== undefined && !parts.has(entry.freOffset)) {
      return Lookup.NEEDS_DATA;
    }
    if (!readAttributes(section, entry)) return Lookup.BAD;
    if (entry.rowCount === 0) return this.fillEmpty(row);
    let repetition = entry.startAddress;
    let size = entry.size;
    if ((entry.info & FdeInfo.PC_MASK) !== 0) {
      if (entry.repSize === 0) return Lookup.BAD;
      const pcOffset = pc - repetition;
      repetition = pc - pcOffset % entry.repSize;
      size = Math.min(entry.repSize, size - (repetition - entry.startAddress));
    }
    const infoOffset = findRow(section, entry, pc - repetition);
    if (infoOffset < 0) {
      return infoOffset === NO_ROW ? Lookup.NO_ROW : Lookup.BAD;
    }
    const answer = readRules(section, entry, infoOffset, row);
    if (answer !== Lookup.FOUND) return answer;
    row.startPc = repetition + entry.rowStart;
    row.endPc = repetition + Math.min(entry.nextRowStart, size);
    if (section.version === 3 && (entry.info & FdeInfo.SIGNAL) !== 0) {
      row.flags |= RowFlag.SIGNAL;
    }
    if (this.correctPlt && isWrongPltRow(section, entry, row)) {
      row.cfaOffset = 8;
    }
    return Lookup.FOUND;
  }

  /** Tells whether a function of this section contains `pc`, with or without rows. Never throws. */
  covers(pc: number): boolean {
    return this.findFunction(pc);
  }

  /** Reads the descriptor of the function that contains `pc` into `entry`, if there is one. */
  private findFunction(pc: number): boolean {
    const { section, order, entry } = this;
    let position = this.near
      ? this.searchNear(pc)
      : this.sorted
      ? searchWide(section, pc)
      : upperBound(this.starts, order.length, pc) - 1;
    // Functions of no size contain nothing, but can stand behind the one that does.
    while (position >= 0) {
      readDescriptor(section, this.sorted ? position : order[position]!, entry);
      if (entry.size !== 0) {
        const pcOffset = pc - entry.startAddress;
        return pcOffset >= 0 && pcOffset < entry.size &&
          Number.isSafeInteger(pc);
      }
      position--;
    }
    return false;
  }

  /**
   * Searches in place, and behind an index once the lookups have cost more than building one. A table of which a walk
   * needs three rows never builds it.
   */
  private searchNear(pc: number): number {
    if (this.index !== undefined) return this.index.search(pc);
    if (--this.lookupsBeforeIndex < 0) {
      this.index = buildIndex(this.section);
      this.lookupsBeforeIndex = Infinity;
    }
    return searchNear(this.section, pc, 0, this.functionCount);
  }

  /** The answer for a function without rows. */
  private fillEmpty(row: UnwindRow): number {
    const { section, entry } = this;
    if (section.version !== 3) return Lookup.NO_ROW;
    if ((entry.info & FdeInfo.SIGNAL) !== 0) {
      clearRules(row);
      row.raBase = Base.UNDEFINED;
      row.fpBase = Base.UNDEFINED;
      row.flags = RowFlag.SIGNAL;
    } else if ((entry.info2 & FdeType.MASK) === FdeType.DEFAULT) {
      // The specification calls this an outermost frame; gas 2.47 writes it for a function without CFI rules.
      setOutermost(row);
    } else return Lookup.NO_ROW;
    row.startPc = entry.startAddress;
    row.endPc = entry.startAddress + entry.size;
    return Lookup.FOUND;
  }

  /** Sorts the functions of an unsorted section by start; equal starts keep their order. */
  private buildOrder(): void {
    const { section, order, starts } = this;
    for (let i = 0; i < order.length; i++) {
      order[i] = i;
      starts[i] = functionStart(section, i);
    }
    const unsorted = starts.slice();
    order.sort((a, b) => unsorted[a]! - unsorted[b]! || a - b);
    for (let i = 0; i < order.length; i++) starts[i] = unsorted[order[i]!]!;
  }
}

/** The row that ld writes for `.plt.got`: alone in a repeating function, CFA = SP + 16 from the first byte on. */
function isWrongPltRow(
  section: Section,
  entry: FunctionEntry,
  row: UnwindRow,
): boolean {
  return section.isAmd64 && section.version >= 2 && entry.rowCount === 1 &&
    (entry.info & FdeInfo.PC_MASK) !== 0 &&
    (entry.repSize === 8 || entry.repSize === 16) &&
    entry.info2 === FdeType.DEFAULT && entry.rowStart === 0 &&
    row.cfaBase === Base.SP && row.cfaOffset === 16 && !row.cfaDeref;
}
