/**
 * A section as the Linux kernel reads it: from bytes that may change at any time, so that nothing is kept and every
 * lookup checks what it reads.
 *
 * @module
 */
import { Base, Lookup, UnwindRow } from "../base/unwind_row.ts";
import { FdeInfo, FdeType } from "./constants.ts";
import type { SFrameHeader } from "./header.ts";
import { readRules, readUnsigned, readWord } from "./rules.ts";
import {
  FunctionEntry,
  functionStart,
  readAttributes,
  readDescriptor,
  rowStartSize,
  Section,
  wordCount,
  wordSize,
} from "./section.ts";

/** What the kernel finds wrong with a section, beyond its header. */
export interface KernelSectionProblem {
  /**
   * `fde` a function's descriptor makes no sense, or it has no rows; `fde-order` it starts before (or where) the one in
   * front does; `fre` a row makes no sense; `fre-order` it starts before (or where) the one in front does.
   */
  kind: "fde" | "fde-order" | "fre" | "fre-order";
  /** Position of the function in the table. */
  functionIndex: number;
  /** Number of the row in the function; -1 if it is not about one. */
  rowIndex: number;
}

/** Highest register in a control word: the kernel takes five bits. */
const MAX_KERNEL_REGISTER = 31;
/** Bit 2 of a control word is reserved. */
const RESERVED_CONTROL = 4;
const TWO_64 = 2 ** 64;
/** Answers of the searches. */
const NONE = -1;
const BROKEN = -2;

/** A section of whose header {@linkcode readKernelHeader} had nothing to say. */
export class KernelSection {
  /** What the last lookup that answered `BAD` met. */
  problem: KernelSectionProblem = {
    kind: "fde",
    functionIndex: -1,
    rowIndex: -1,
  };
  private readonly section: Section;
  private readonly entry: FunctionEntry;
  private readonly textStart: number;
  private readonly textEnd: number;
  /** Number of the row that the last search found. */
  private rowIndex = 0;

  /**
   * Binds the bytes, which must be as many as were registered.
   *
   * @param sectionAddress Address of `bytes[0]`, in the same space as the text.
   * @param textStart First address of the text that was registered with the section.
   * @param textEnd Address behind it.
   * @param sibling A section with which this one shares the room for what a lookup reads: of 10,000 sections, each touches
   * less memory then.
   */
  constructor(
    bytes: Uint8Array,
    header: SFrameHeader,
    sectionAddress: number,
    textStart: number,
    textEnd: number,
    sibling?: KernelSection,
  ) {
    this.entry = sibling?.entry ?? new FunctionEntry();
    this.section = new Section(bytes, header, 0, sectionAddress, true);
    this.textStart = textStart;
    this.textEnd = textEnd;
  }

  /**
   * Fills `row` with the rules at exactly `pc`. `NO_ROW` between functions; `BAD`, with {@linkcode KernelSection.problem}
   * set, where the bytes on the way make no sense. Never throws.
   */
  lookup(pc: number, row: UnwindRow): number {
    const index = this.findFunction(pc);
    if (index < 0) return index === NONE ? Lookup.NO_ROW : Lookup.BAD;
    const { section, entry } = this;
    if (!this.readFunction(index)) return this.refuse("fde", index);
    if (pc >= entry.startAddress + entry.size) return Lookup.NO_ROW;
    if (entry.rowCount === 0) return this.refuse("fde", index);
    let pcOffset = pc - entry.startAddress;
    if ((entry.info & FdeInfo.PC_MASK) !== 0) {
      if (entry.repSize === 0) return this.refuse("fde", index);
      pcOffset %= entry.repSize;
    }
    const found = this.findRow(index, pcOffset);
    if (found < 0) return Lookup.BAD;
    if (!fillRow(section, entry, found, row)) {
      return this.refuse("fre", index, this.rowIndex);
    }
    row.startPc = pc - pcOffset + entry.rowStart;
    row.endPc = pc + 1; // what follows may have changed by the next lookup
    return Lookup.FOUND;
  }

  /** Reads everything, as a kernel with validation does at registration: functions and rows must ascend strictly. */
  validate(): KernelSectionProblem | undefined {
    let previous = 0;
    for (let i = 0; i < this.section.functionCount; i++) {
      if (!this.readFunction(i)) return problem("fde", i);
      const start = this.entry.startAddress;
      if (start <= previous) return problem("fde-order", i);
      previous = start;
      const bad = this.validateRows(i);
      if (bad !== undefined) return bad;
    }
    return undefined;
  }

  /** The first row of the function in `entry` that is wrong. */
  private validateRows(index: number): KernelSectionProblem | undefined {
    const { section, entry } = this;
    let at = entry.rowsOffset;
    let previous = -1;
    const row = new UnwindRow();
    for (let i = 0; i < entry.rowCount; i++) {
      const infoOffset = readRowHead(section, entry, at);
      if (infoOffset < 0 || !fillRow(section, entry, infoOffset, row)) {
        return problem("fre", index, i);
      }
      if (entry.rowStart <= previous) return problem("fre-order", index, i);
      previous = entry.rowStart;
      at = rowEnd(section, infoOffset);
    }
    return undefined;
  }

  /** The last function that does not start above `pc`; `NONE`, or `BROKEN` if the table is not in order. */
  private findFunction(pc: number): number {
    const { section } = this;
    let low = 0;
    let high = section.functionCount - 1;
    let lowest = 0;
    let highest = Infinity;
    let found = NONE;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const signed = functionStart(section, middle);
      const start = signed < 0 ? signed + TWO_64 : signed;
      if (pc >= start) {
        if (start < lowest) return this.stop("fde-order", middle);
        lowest = start;
        found = middle;
        low = middle + 1;
      } else {
        if (start > highest) return this.stop("fde-order", middle);
        highest = start;
        high = middle - 1;
      }
    }
    return found;
  }

  /** Reads descriptor and attributes of function `index`; false if they cannot be right. */
  private readFunction(index: number): boolean {
    const { section, entry } = this;
    readDescriptor(section, index, entry);
    return entry.startAddress >= this.textStart &&
      entry.startAddress + entry.size <= this.textEnd &&
      readAttributes(section, entry) && entry.rowCount <= entry.size;
  }

  /** Offset of the info byte of the last row that does not start behind `pcOffset`, or `BROKEN`. */
  private findRow(index: number, pcOffset: number): number {
    const { section, entry } = this;
    let at = entry.rowsOffset;
    let found = NONE;
    let foundStart = -1;
    for (let i = 0; i < entry.rowCount; i++) {
      const infoOffset = readRowHead(section, entry, at);
      if (infoOffset < 0) return this.stop("fre", index, i);
      if (entry.rowStart <= foundStart) return this.stop("fre-order", index, i);
      if (entry.rowStart > pcOffset) break;
      found = infoOffset;
      foundStart = entry.rowStart;
      this.rowIndex = i;
      at = rowEnd(section, infoOffset);
    }
    // No row so early: the kernel has no word for that but "invalid".
    if (found === NONE) return this.stop("fre", index, 0);
    entry.rowStart = foundStart;
    return found;
  }

  /** Ends a search with {@linkcode KernelSection.problem} set. */
  private stop(
    kind: KernelSectionProblem["kind"],
    functionIndex: number,
    rowIndex?: number,
  ): number {
    this.refuse(kind, functionIndex, rowIndex);
    return BROKEN;
  }

  /** Ends a lookup with {@linkcode KernelSection.problem} set. */
  private refuse(
    kind: KernelSectionProblem["kind"],
    functionIndex: number,
    rowIndex?: number,
  ): number {
    this.problem = problem(kind, functionIndex, rowIndex);
    return Lookup.BAD;
  }
}

function problem(
  kind: KernelSectionProblem["kind"],
  functionIndex: number,
  rowIndex = -1,
): KernelSectionProblem {
  return { kind, functionIndex, rowIndex };
}

/**
 * Reads the start of the row at `at` into `entry` and checks where it ends. Returns the offset of its info byte, or
 * `BROKEN`.
 */
function readRowHead(
  section: Section,
  entry: FunctionEntry,
  at: number,
): number {
  const { view, littleEndian, rowsEnd } = section;
  const startSize = rowStartSize(entry.info);
  const infoOffset = at + startSize;
  if (startSize === 0 || infoOffset + 1 > rowsEnd) return BROKEN;
  entry.rowStart = readUnsigned(view, at, startSize, littleEndian);
  const isMask = (entry.info & FdeInfo.PC_MASK) !== 0;
  if (entry.rowStart >= (isMask ? entry.repSize : entry.size)) return BROKEN;
  const size = wordSize(view.getUint8(infoOffset));
  return size === 0 || rowEnd(section, infoOffset) > rowsEnd
    ? BROKEN
    : infoOffset;
}

function rowEnd({ view }: Section, infoOffset: number): number {
  const info = view.getUint8(infoOffset);
  return infoOffset + 1 + wordCount(info) * wordSize(info);
}

/** Turns the words of a row into rules; false if they do not come out even. */
function fillRow(
  section: Section,
  entry: FunctionEntry,
  infoOffset: number,
  row: UnwindRow,
): boolean {
  const { view, littleEndian, fixedRaOffset, fixedFpOffset } = section;
  const info = view.getUint8(infoOffset);
  const count = wordCount(info);
  const type = entry.info2 & FdeType.MASK;
  if (count > 0 && type === FdeType.FLEX) {
    if (!areFlexWordsEven(section, infoOffset)) return false;
  } else {
    const most = 1 + (fixedRaOffset === 0 ? 1 : 0) +
      (fixedFpOffset === 0 ? 1 : 0);
    if (count > most) return false;
  }
  if (readRules(section, entry, infoOffset, row) !== Lookup.FOUND) return false;
  const fpIndex = fixedRaOffset === 0 ? 2 : 1;
  if (type === FdeType.DEFAULT && fixedFpOffset === 0 && count > fpIndex) {
    const size = wordSize(info);
    const at = infoOffset + 1 + fpIndex * size;
    // The kernel takes 0 for "unchanged".
    if (readWord(view, at, size, littleEndian) === 0) clearFp(row);
  }
  return true;
}

function clearFp(row: UnwindRow): void {
  row.fpBase = Base.SAME;
  row.fpDeref = false;
}

/** Whether pairs of control word and offset fill the row: a control of 0 stands alone, and not at the end. */
function areFlexWordsEven(section: Section, infoOffset: number): boolean {
  const { view, littleEndian } = section;
  const info = view.getUint8(infoOffset);
  const size = wordSize(info);
  let left = wordCount(info);
  let at = infoOffset + 1;
  for (let rule = 0; rule < 3 && left >= 2; rule++) {
    const control = readUnsigned(view, at, size, littleEndian);
    if ((control & RESERVED_CONTROL) !== 0) return false;
    if (control >>> 3 > MAX_KERNEL_REGISTER) return false;
    const taken = control === 0 && rule > 0 ? 1 : 2;
    left -= taken;
    at += taken * size;
  }
  return left === 0;
}
