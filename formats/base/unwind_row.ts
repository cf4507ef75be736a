/**
 * One row of an unwind table in the form that every table yields and the walker executes.
 *
 * @module
 */

/**
 * Bases of rules. Values from 0 to 255 are DWARF register numbers of the machine; these stand beside them.
 * `SP` and `FP` are given by name so that the walker need not know their numbers.
 */
export const Base = {
  /** The stack pointer of this frame. */
  SP: -1,
  /** The frame pointer of this frame. */
  FP: -2,
  /** The canonical frame address of this row. */
  CFA: -3,
  /** The register keeps its value: RA is still in the link register, FP is unchanged. */
  SAME: -4,
  /** The value cannot be had. For RA: this is the outermost frame. */
  UNDEFINED: -5,
} as const;

/** Bits of {@linkcode UnwindRow.flags}. */
export const RowFlag = {
  /** The frame has no caller. */
  OUTERMOST: 1,
  /** The frame was put on the stack by a signal: the recovered pc is exact, not behind a call. */
  SIGNAL: 2,
  /** The recovered RA carries a pointer authentication code. */
  RA_SIGNED: 4,
  /** The row has rules that this form cannot hold: take the table's full rules. */
  FULL: 8,
} as const;

/**
 * Rules for CFA, RA and FP of one range of program counters.
 *
 * Each rule is: value = base + offset, and with `...Deref` the 64-bit word loaded from there. The CFA's base is `SP`,
 * `FP` or a register; RA's and FP's base is `CFA`, a register, `SAME` or `UNDEFINED`. A row is owned by the caller and
 * filled by tables; nothing is allocated per lookup.
 */
export class UnwindRow {
  /** Base of the CFA rule. */
  cfaBase: number = Base.UNDEFINED;
  /** Offset of the CFA rule, bytes. */
  cfaOffset: number = 0;
  /** Whether the CFA is loaded from base + offset. */
  cfaDeref: boolean = false;
  /** Base of the rule for the return address. */
  raBase: number = Base.UNDEFINED;
  /** Offset of the rule for the return address, bytes. */
  raOffset: number = 0;
  /** Whether the return address is loaded from base + offset. */
  raDeref: boolean = false;
  /** Base of the rule for the frame pointer. */
  fpBase: number = Base.SAME;
  /** Offset of the rule for the frame pointer, bytes. */
  fpOffset: number = 0;
  /** Whether the frame pointer is loaded from base + offset. */
  fpDeref: boolean = false;
  /** Bits of {@linkcode RowFlag}. */
  flags: number = 0;
  /** First pc that the row covers, in the address space of the table (the ELF file's own addresses). */
  startPc: number = 0;
  /** First pc behind the row. Repeating rows (PCMASK) give the range of this repetition. */
  endPc: number = 0;

  /** Sets every rule to "not known" and clears the flags. */
  reset(): void {
    this.cfaBase = Base.UNDEFINED;
    this.cfaOffset = 0;
    this.cfaDeref = false;
    this.raBase = Base.UNDEFINED;
    this.raOffset = 0;
    this.raDeref = false;
    this.fpBase = Base.SAME;
    this.fpOffset = 0;
    this.fpDeref = false;
    this.flags = 0;
    this.startPc = 0;
    this.endPc = 0;
  }
}

/** What a table answers to {@linkcode UnwindTable.lookup}. */
export const Lookup = {
  /** The row was filled. */
  FOUND: 0,
  /** The table says nothing of this pc. */
  NO_ROW: 1,
  /** The table covers this pc, but its bytes there make no sense. */
  BAD: 2,
  /**
   * The table's bytes for this pc are not at hand: its owner calls {@linkcode UnwindTable.fill} and asks again. Only
   * tables with that method answer so.
   */
  NEEDS_DATA: 3,
} as const;

/**
 * An unwind table, opened once and searched in place.
 *
 * Addresses are those that the ELF file itself states (before the load bias). `lookup` never throws.
 */
export interface UnwindTable {
  /** Which table this is, as `bt --json` names it. */
  readonly kind:
    | "sframe-v1"
    | "sframe-v2"
    | "sframe-v3"
    | "sidecar"
    | "eh_frame"
    | "debug_frame"
    | "jit";
  /**
   * Fills `row` with the rules at `pc`.
   *
   * @param pc Address in the file's own space: for a return address already minus one.
   * @param row Filled if the answer is `FOUND`; otherwise its content is undefined.
   * @returns A value of {@linkcode Lookup}.
   */
  lookup(pc: number, row: UnwindRow): number;
  /**
   * Loads what the last lookup that answered `NEEDS_DATA` lacked: for tables that are read in parts. Bytes that are not
   * there, or are damaged, make later lookups answer `BAD`; it throws only what reading throws.
   */
  fill?(): void | Promise<void>;
}
