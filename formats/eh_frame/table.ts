/**
 * `.eh_frame` and `.debug_frame` as an unwind table.
 *
 * @module
 */
import { FormatError } from "../base/error.ts";
import { Lookup, UnwindRow, type UnwindTable } from "../base/unwind_row.ts";
import { CieCache } from "./cie.ts";
import { decodeFde, type Fde } from "./fde.ts";
import { FdeIndex, readFdes } from "./fde_index.ts";
import { EhFrameHeader } from "./header.ts";
import { InstructionReader } from "./instruction.ts";
import { Lowering } from "./lower.ts";
import { PlainFde } from "./plain_fde.ts";
import { PlainLookup, PlainRows } from "./plain_rows.ts";
import { CfaProgram } from "./program.ts";
import { RowStore } from "./row_store.ts";
import { RegisterRules } from "./rules.ts";
import { type CfiOptions, CfiSection } from "./section.ts";

/** Errors that are kept; a broken section has thousands of the same. */
const MAX_ERRORS = 16;

/** Largest section: offsets are kept in 32 bits. */
const MAX_SIZE = 0xffff_fff0;

/**
 * Opens an `.eh_frame` section. Nothing is decoded but the head of `.eh_frame_hdr`, if that is given.
 *
 * @param bytes The section.
 * @param address Its address in the file's own space: pointers in it are relative to it.
 * @throws {FormatError} `limit` for a section of 4 GiB or more. All else shows up as `errors`, and as lookups that find
 * nothing.
 *
 * @example The row at a pc
 * ```ts
 * import { type CfiTable, openDebugFrame, openEhFrame, UnwindRow } from "@framewalk/framewalk/formats/eh_frame";
 * const options = { littleEndian: true, machine: "x86-64" } as const;
 * const tables: CfiTable[] = [
 *   openEhFrame(new Uint8Array(4), 0x2000, options),
 *   openDebugFrame(new Uint8Array(), options),
 * ];
 * const row = new UnwindRow();
 * for (const table of tables) console.log(table.lookup(0x1000, row)); // 1: no row, as both are empty
 * ```
 *
 * Source: LSB core 5.0 section 10.6.
 */
export function openEhFrame(
  bytes: Uint8Array,
  address: number,
  options: CfiOptions,
): CfiTable {
  return new CfiTable("eh_frame", bytes, address, options);
}

/**
 * Opens a `.debug_frame` section (DWARF 2 to 5, both length forms). It has no search table: the first lookup makes one.
 *
 * @throws {FormatError} As {@linkcode openEhFrame}.
 *
 * Source: DWARF 5 section 6.4.
 */
export function openDebugFrame(
  bytes: Uint8Array,
  options: CfiOptions,
): CfiTable {
  return new CfiTable("debug_frame", bytes, 0, options);
}

/**
 * Call frame information, evaluated on demand: the first lookup in a function evaluates all its rows and keeps them,
 * later ones search them and allocate nothing. Addresses are those that the file states.
 */
export class CfiTable implements UnwindTable {
  /** Which section it is. */
  readonly kind: "eh_frame" | "debug_frame";
  /** The section's bytes, for the expressions of {@linkcode RegisterRules}. */
  readonly view: DataView;
  private readonly section: CfiSection;
  private readonly cies: CieCache;
  /** The linker's search table, until our own takes its place. */
  private header: EhFrameHeader | undefined;
  private readonly plain: PlainFde;
  private readonly program: CfaProgram;
  private readonly lowering: Lowering;
  private readonly store: RowStore = new RowStore();
  private readonly rules: RegisterRules = new RegisterRules();
  /** Rows of plain functions, by the search table in use; the others' are in `store`. */
  private plainRows: PlainRows | undefined = undefined;
  private readonly row: UnwindRow = new UnwindRow();
  private readonly maxRows: number;
  private index: FdeIndex | undefined = undefined;
  private readonly kept: FormatError[] = [];

  /** Opens the section: {@linkcode openEhFrame} and {@linkcode openDebugFrame} under their common name. */
  constructor(
    kind: "eh_frame" | "debug_frame",
    bytes: Uint8Array,
    address: number,
    options: CfiOptions,
  ) {
    this.kind = kind;
    this.section = new CfiSection(bytes, address, kind === "eh_frame", options);
    this.view = this.section.view;
    if (bytes.length > MAX_SIZE) {
      throw new FormatError({
        code: "limit",
        format: this.section.format,
        field: "size",
        offset: 0,
        value: bytes.length,
        expected: "a section below 4 GiB",
      });
    }
    this.cies = new CieCache(this.section);
    this.plain = new PlainFde(this.section, this.cies);
    this.program = new CfaProgram(this.section);
    this.lowering = new Lowering(this.section);
    // Every row of every FDE takes at least a byte, so only FDEs that overlap can have more rows than this.
    this.maxRows = bytes.length + 256;
    this.header = this.openHeader(options);
  }

  /** The first few things that were found wrong, each once; grows as more of the section is looked at. */
  get errors(): readonly FormatError[] {
    return this.kept;
  }

  /**
   * Fills `row` with the rules at `pc`. Rules that a row cannot hold set `RowFlag.FULL`: then ask
   * {@linkcode CfiTable.lookupFull}.
   *
   * @returns A value of `Lookup`. Never throws.
   */
  lookup(pc: number, row: UnwindRow): number {
    if (this.header !== undefined) {
      const status = this.lookupBy(this.header, pc, row);
      if (status !== Lookup.NO_ROW || this.isComplete()) return status;
    }
    return this.lookupBy(this.ownIndex(), pc, row);
  }

  /**
   * Fills `rules` with the rules of all registers at `pc`, evaluating the function anew.
   *
   * @returns A value of `Lookup`. Never throws.
   */
  lookupFull(pc: number, rules: RegisterRules): number {
    try {
      const fde = this.findFde(pc);
      if (fde === undefined) return Lookup.NO_ROW;
      this.program.begin(fde, rules);
      while (this.program.nextRow()) {
        if (pc < rules.endPc) return Lookup.FOUND;
      }
      return Lookup.BAD;
    } catch (error) {
      this.keep(error);
      return Lookup.BAD;
    }
  }

  /** The FDE that covers `pc`, decoded; `undefined` if there is none. */
  findFde(pc: number): Fde | undefined {
    if (this.header !== undefined) {
      const fde = this.findFdeBy(this.header, pc);
      if (fde !== undefined || this.isComplete()) return fde;
    }
    return this.findFdeBy(this.ownIndex(), pc);
  }

  /** Yields the FDEs in the order of the section; what is wrong goes to {@linkcode CfiTable.errors}. */
  functions(): Generator<Fde> {
    return readFdes(this.section, this.cies, (error) => this.keep(error));
  }

  /**
   * Reads the instructions of an FDE of this table, those of its CIE not included.
   *
   * @param reuse A reader of this table that is no longer needed, to be used again.
   */
  instructions(fde: Fde, reuse?: InstructionReader): InstructionReader {
    const reader = reuse ?? new InstructionReader(this.section);
    const { cie, startPc, instructionsOffset, instructionsEndOffset } = fde;
    reader.open(cie, startPc, instructionsOffset, instructionsEndOffset);
    return reader;
  }

  /** Reads the initial instructions of the CIE of an FDE of this table. */
  initialInstructions(fde: Fde): InstructionReader {
    const reader = new InstructionReader(this.section);
    const { cie, startPc } = fde;
    const { instructionsOffset, instructionsEndOffset } = cie;
    reader.open(cie, startPc, instructionsOffset, instructionsEndOffset);
    return reader;
  }

  /**
   * Yields the complete rules of each row of an FDE of this table, always in the same object.
   *
   * @throws {FormatError} `truncated`, `bad-value`, `limit` or `unsupported` where the instructions make no sense.
   */
  *rows(fde: Fde): Generator<RegisterRules> {
    const rules = new RegisterRules();
    const program = new CfaProgram(this.section);
    program.begin(fde, rules);
    while (program.nextRow()) yield rules;
  }

  /** Opens the linker's search table; without it, or if it makes no sense, we make our own. */
  private openHeader(options: CfiOptions): EhFrameHeader | undefined {
    if (options.header === undefined) return undefined;
    try {
      return new EhFrameHeader(options.header, this.section);
    } catch (error) {
      this.keep(error);
      return undefined;
    }
  }

  /** Our own search table, made when first needed. */
  private ownIndex(): FdeIndex {
    return this.index ??= new FdeIndex(
      this.section,
      this.cies,
      this.plain,
      (error) => this.keep(error),
    );
  }

  /**
   * Whether the header knows all functions. If not, our own index, which knows where they end, takes its place: what
   * the header does not find may be there nevertheless.
   */
  private isComplete(): boolean {
    if (this.header?.isComplete(this.plain)) return true;
    this.header = undefined;
    this.plainRows = undefined;
    return false;
  }

  /** As {@linkcode CfiTable.lookup}, by the search table that is in use. */
  private lookupBy(
    functions: EhFrameHeader | FdeIndex,
    pc: number,
    row: UnwindRow,
  ): number {
    const index = functions.find(pc);
    if (index < 0) return Lookup.NO_ROW;
    this.plainRows ??= new PlainRows(
      this.section,
      this.plain,
      functions.count,
    );
    const fdeOffset = functions.fdeOffset(index);
    const answer = this.plainRows.lookup(index, fdeOffset, pc, row);
    if (answer === PlainLookup.FOUND) return Lookup.FOUND;
    if (answer === PlainLookup.OUTSIDE) return Lookup.NO_ROW;
    const found = this.evaluated(fdeOffset, pc);
    return found < 0 ? Lookup.NO_ROW : this.store.read(found, pc, row);
  }

  /** As {@linkcode CfiTable.findFde}, by the search table that is in use. */
  private findFdeBy(
    functions: EhFrameHeader | FdeIndex,
    pc: number,
  ): Fde | undefined {
    const index = functions.find(pc);
    return index < 0 ? undefined : this.tryFde(functions.fdeOffset(index), pc);
  }

  /** The evaluated function of the FDE at `fdeOffset` if it covers `pc`, otherwise -1. */
  private evaluated(fdeOffset: number, pc: number): number {
    if (!(fdeOffset >= 0)) return -1;
    const found = this.store.find(fdeOffset);
    if (found >= 0) return this.store.covers(found, pc) ? found : -1;
    const fde = this.tryFde(fdeOffset, pc);
    return fde === undefined ? -1 : this.evaluate(fde);
  }

  /** The FDE at `fdeOffset` if there is one and it covers `pc`. */
  private tryFde(fdeOffset: number, pc: number): Fde | undefined {
    if (!(fdeOffset >= 0 && fdeOffset < this.section.size)) return undefined;
    try {
      const fde = decodeFde(this.section, this.cies, fdeOffset);
      return pc >= fde.startPc && pc < fde.endPc ? fde : undefined;
    } catch (error) {
      this.keep(error);
      return undefined;
    }
  }

  /** Evaluates all rows of `fde` and keeps them; returns the function's index in the store. */
  private evaluate(fde: Fde): number {
    const { store, program, rules, row } = this;
    if (store.rowCount > this.maxRows) store.clear();
    const index = store.addFunction(fde.offset, fde.startPc, fde.endPc);
    try {
      program.begin(fde, rules);
      while (program.nextRow()) {
        const threshold = this.lowering.lower(rules, row);
        store.push(row, threshold);
      }
    } catch (error) {
      this.keep(error);
      store.pushBad(program.currentPc);
    }
    return index;
  }

  /** Keeps what is wrong with the data; anything else is a defect of this program and goes on. */
  private keep(error: unknown): void {
    if (!(error instanceof FormatError)) throw error;
    const { offset, field } = error;
    const isKnown = this.kept.some((other) =>
      other.offset === offset && other.field === field
    );
    if (!isKnown && this.kept.length < MAX_ERRORS) this.kept.push(error);
  }
}
