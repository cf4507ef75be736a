/**
 * Whether an SFrame section says the same as `.eh_frame`.
 *
 * @module
 */
import type { FormatError } from "../../formats/base/error.ts";
import { Lookup, RowFlag, UnwindRow } from "../../formats/base/unwind_row.ts";
import type { CfiTable } from "../../formats/eh_frame/mod.ts";
import {
  decodeSFrame,
  openSFrame,
  type SFrameFunction,
  type SFrameTable,
} from "../../formats/sframe/mod.ts";
import { describeRule } from "./rule_text.ts";

/** Findings that are kept; a wrong section has thousands of the same kind. */
const DEFAULT_MAX_FINDINGS = 10_000;

/** Ranges per byte of both tables; real ones need far less than one, as each row takes bytes. */
const BUDGET_PER_BYTE = 4;
/** Ranges for any input: linkage tables have few bytes for many entries. */
const MIN_BUDGET = 0xc000;

/** One range of addresses for which the two tables have different rules. */
export interface MeaningFinding {
  /** First address of the range, in the file's own space. */
  address: number;
  /** Address behind it. */
  endAddress: number;
  /** Address of the SFrame function. */
  functionAddress: number;
  /** What differs. */
  what: "cfa" | "ra" | "fp" | "ra-signed" | "signal-frame" | "outermost";
  /** The rule of SFrame, in words. */
  sframe: string;
  /** The rule of `.eh_frame`, in words. */
  ehFrame: string;
  /** How many repetitions of the row show the same, this one included: linkage tables have one row for all entries. */
  count: number;
}

/** What the comparison found. */
export interface MeaningReport {
  /** SFrame functions that were compared. */
  functionCount: number;
  /** Ranges that were compared: each ends where either table has a new row. */
  rangeCount: number;
  /** Disagreements, in the order of the section's functions. */
  findings: MeaningFinding[];
  /** Whether there may be more than were kept, as a limit was reached. */
  isCut: boolean;
  /** Bytes of functions of which `.eh_frame` says nothing. */
  uncoveredSize: number;
  /** Ranges whose rules in `.eh_frame` are expressions that cannot be compared. */
  incomparableCount: number;
  /** Functions that could not be compared as they are broken, or have no rows. */
  skippedCount: number;
  /** What was wrong with the two sections. */
  errors: FormatError[];
}

/** What the comparison may be told. */
export interface MeaningOptions {
  /** Where the section's header is in the bytes. Default: 0. */
  offset?: number;
  /** Most findings to keep. Default: 10,000. */
  maxFindings?: number;
}

/**
 * Compares the rules for CFA, RA and FP of every SFrame function with those of `.eh_frame`, at the boundaries of both
 * tables' rows. Rows are taken as they stand: those that ld writes wrong for `.plt.got` are found.
 *
 * @param bytes The section.
 * @param address Its address in the file's own space.
 * @throws {FormatError} For the section's header only.
 *
 * @example Two tables without functions agree
 * ```ts
 * import { openEhFrame } from "@framewalk/framewalk/formats/eh_frame";
 * import { buildSFrame } from "@framewalk/framewalk/formats/sframe";
 * import { verifyMeaning } from "@framewalk/framewalk/kernel/convert";
 * const table = openEhFrame(new Uint8Array(4), 0x2000, { littleEndian: true, machine: "x86-64" });
 * const bytes = buildSFrame({ version: 3, abi: 3, sectionAddress: 0x3000, functions: [] });
 * console.log(verifyMeaning(bytes, 0x3000, table).findings); // []
 * ```
 */
export function verifyMeaning(
  bytes: Uint8Array,
  address: number,
  table: CfiTable,
  options: MeaningOptions = {},
): MeaningReport {
  const { offset = 0, maxFindings = DEFAULT_MAX_FINDINGS } = options;
  const section = decodeSFrame(bytes, address, { offset });
  const sframe = openSFrame(bytes, address, { offset });
  const budget = MIN_BUDGET +
    BUDGET_PER_BYTE * (bytes.length + table.view.byteLength);
  const comparison = new Comparison(sframe, table, maxFindings, budget);
  for (const f of section.functions) comparison.compare(f);
  const { report } = comparison;
  report.errors = section.errors.concat(table.errors);
  return report;
}

class Comparison {
  readonly report: MeaningReport = {
    functionCount: 0,
    rangeCount: 0,
    findings: [],
    isCut: false,
    uncoveredSize: 0,
    incomparableCount: 0,
    skippedCount: 0,
    errors: [],
  };
  private readonly sframe: SFrameTable;
  private readonly table: CfiTable;
  private readonly maxFindings: number;
  /** Steps that are left: a damaged section may claim the same 4 GiB again and again. */
  private budget: number;
  private readonly ours: UnwindRow = new UnwindRow();
  private readonly theirs: UnwindRow = new UnwindRow();
  /** Findings of the current function by what they say, if its rows repeat. */
  private readonly repeated: Map<string, MeaningFinding> = new Map();
  private address = 0;
  private endAddress = 0;
  private current: SFrameFunction | undefined;

  constructor(
    sframe: SFrameTable,
    table: CfiTable,
    maxFindings: number,
    budget: number,
  ) {
    this.budget = budget;
    this.sframe = sframe;
    this.table = table;
    this.maxFindings = maxFindings;
  }

  /** Compares one function, range by range. */
  compare(f: SFrameFunction): void {
    const { report, ours, theirs } = this;
    if (f.error !== undefined || f.rows.length === 0) {
      report.skippedCount++;
      return;
    }
    report.functionCount++;
    this.current = f;
    this.repeated.clear();
    const end = f.startAddress + f.size;
    for (let pc = f.startAddress; pc < end; this.budget--) {
      if (this.budget <= 0) {
        report.isCut = true;
        return;
      }
      if (this.sframe.lookup(pc, ours) !== Lookup.FOUND) {
        // Before the first row, or of another function that starts here: nothing is claimed.
        pc = nextStart(f, pc);
        this.budget -= f.rows.length;
        continue;
      }
      const next = Math.min(end, ours.endPc);
      if (this.table.lookup(pc, theirs) !== Lookup.FOUND) {
        report.uncoveredSize += next - pc;
        pc = next;
        continue;
      }
      this.address = pc;
      this.endAddress = Math.min(next, theirs.endPc);
      report.rangeCount++;
      this.compareRows();
      pc = this.endAddress;
    }
  }

  private compareRows(): void {
    const { ours, theirs } = this;
    const isEnd = (ours.flags & RowFlag.OUTERMOST) !== 0;
    const isTheirEnd = (theirs.flags & RowFlag.OUTERMOST) !== 0;
    if (isEnd !== isTheirEnd) {
      return this.add("outermost", yesNo(isEnd), yesNo(isTheirEnd));
    }
    if (isEnd) return;
    if ((theirs.flags & RowFlag.FULL) !== 0) this.report.incomparableCount++;
    else this.compareRules();
    this.compareFlag("ra-signed", RowFlag.RA_SIGNED);
    if (this.sframe.kind === "sframe-v3") {
      this.compareFlag("signal-frame", RowFlag.SIGNAL);
    }
  }

  private compareRules(): void {
    const { ours, theirs } = this;
    if (
      ours.cfaBase !== theirs.cfaBase || ours.cfaOffset !== theirs.cfaOffset ||
      ours.cfaDeref !== theirs.cfaDeref
    ) {
      this.add(
        "cfa",
        describeRule(ours.cfaBase, ours.cfaOffset, ours.cfaDeref),
        describeRule(theirs.cfaBase, theirs.cfaOffset, theirs.cfaDeref),
      );
    }
    if (
      ours.raBase !== theirs.raBase || ours.raOffset !== theirs.raOffset ||
      ours.raDeref !== theirs.raDeref
    ) {
      this.add(
        "ra",
        describeRule(ours.raBase, ours.raOffset, ours.raDeref),
        describeRule(theirs.raBase, theirs.raOffset, theirs.raDeref),
      );
    }
    if (
      ours.fpBase !== theirs.fpBase || ours.fpOffset !== theirs.fpOffset ||
      ours.fpDeref !== theirs.fpDeref
    ) {
      this.add(
        "fp",
        describeRule(ours.fpBase, ours.fpOffset, ours.fpDeref),
        describeRule(theirs.fpBase, theirs.fpOffset, theirs.fpDeref),
      );
    }
  }

  private compareFlag(what: MeaningFinding["what"], flag: number): void {
    const ours = (this.ours.flags & flag) !== 0;
    const theirs = (this.theirs.flags & flag) !== 0;
    if (ours !== theirs) this.add(what, yesNo(ours), yesNo(theirs));
  }

  private add(
    what: MeaningFinding["what"],
    sframe: string,
    ehFrame: string,
  ): void {
    const { report, address, endAddress } = this;
    const f = this.current!;
    const repeats = f.pcType === "mask" && f.repSize > 0;
    const key = repeats
      ? `${(address - f.startAddress) % f.repSize} ${what} ${sframe} ${ehFrame}`
      : "";
    const known = repeats ? this.repeated.get(key) : undefined;
    if (known !== undefined) {
      known.count++;
      return;
    }
    if (report.findings.length >= this.maxFindings) {
      report.isCut = true;
      return;
    }
    const finding: MeaningFinding = {
      address,
      endAddress,
      functionAddress: f.startAddress,
      what,
      sframe,
      ehFrame,
      count: 1,
    };
    if (repeats) this.repeated.set(key, finding);
    report.findings.push(finding);
  }
}

/** Where the next row of `f` starts behind `pc`; its end if there is none. */
function nextStart(f: SFrameFunction, pc: number): number {
  const end = f.startAddress + f.size;
  if (f.pcType === "mask") return end;
  const offset = pc - f.startAddress;
  const row = f.rows.find(({ startOffset }) => startOffset > offset);
  return row === undefined ? end : f.startAddress + row.startOffset;
}

function yesNo(value: boolean): string {
  return value ? "yes" : "no";
}
