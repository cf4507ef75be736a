/**
 * From the call frame instructions of one function to the rows that gas makes of them.
 *
 * @module
 */
import {
  CfaOpcode,
  type CfiMachine,
  type CfiTable,
  type Cie,
  type Fde,
  type InstructionReader,
  MACHINES,
} from "../../formats/eh_frame/mod.ts";
import { FormatError } from "../../formats/base/error.ts";
import type { SFrameRowSpec } from "../../formats/sframe/mod.ts";
import { Instructions } from "./instructions.ts";
import type { ConvertRules } from "./options.ts";
import { RowMaker } from "./row_spec.ts";
import { NO_REGISTER, RowState } from "./row_state.ts";

/** V3 counts the rows of a function in 16 bits. */
const MAX_V3_ROWS = 0xffff;

/** What the initial instructions of a CIE lead to. */
interface Start {
  /** The first row as they leave it. */
  state: RowState;
  /** Whether they need control words. */
  isFlex: boolean;
  /** Why its functions have no rows, if they cannot. */
  problem: string | undefined;
}

/**
 * Translates one function after another. Its habits are those of gas, measured with 2.40, 2.44 and 2.47: a row is made
 * where an instruction touched CFA, FP or RA since the last one, whether or not anything changed.
 */
export class Translator {
  /** The rows of the last function. */
  rows: SFrameRowSpec[] = [];
  /** Whether the last function needs control words. */
  isFlex = false;
  private readonly table: CfiTable;
  private readonly machine: CfiMachine;
  private readonly rules: ConvertRules;
  private readonly instructions: Instructions;
  private readonly maker: RowMaker;
  private reader: InstructionReader | undefined;
  private readonly starts: Map<Cie, Start> = new Map();

  /** A translator for the functions of `table`. */
  constructor(table: CfiTable, machine: CfiMachine, rules: ConvertRules) {
    this.table = table;
    this.machine = machine;
    this.rules = rules;
    this.instructions = new Instructions(table.view, machine, rules);
    this.maker = new RowMaker(machine, rules.version);
  }

  /**
   * Translates `fde` into {@linkcode Translator.rows}.
   *
   * @returns Why it has no rows, or `undefined` if it has. Never throws.
   */
  translate(fde: Fde): string | undefined {
    this.rows = [];
    this.isFlex = false;
    const start = this.startOf(fde);
    if (start.problem !== undefined) return start.problem;
    const { instructions } = this;
    instructions.begin(start.state, start.isFlex);
    try {
      this.reader = this.table.instructions(fde, this.reader);
      const problem = this.run(this.reader, fde) ?? this.finish();
      this.isFlex = instructions.isFlex;
      return problem;
    } catch (error) {
      return reasonOf(error);
    }
  }

  /** The state behind the initial instructions, which functions share. */
  private startOf(fde: Fde): Start {
    let start = this.starts.get(fde.cie);
    if (start === undefined) {
      start = this.readStart(fde);
      this.starts.set(fde.cie, start);
    }
    return start;
  }

  private readStart(fde: Fde): Start {
    const start: Start = {
      state: new RowState(),
      isFlex: false,
      problem: undefined,
    };
    const { raRegister } = MACHINES[this.machine];
    const { returnColumn } = fde.cie;
    if (returnColumn !== raRegister) {
      start.problem = `the return address is in column ${returnColumn}`;
      return start;
    }
    const { instructions, machine, rules } = this;
    start.state.isRaLost = machine === "x86-64" && rules.rows === "correct";
    instructions.begin(start.state, false);
    try {
      const reader = this.table.initialInstructions(fde);
      while (start.problem === undefined && reader.next()) {
        start.problem = isAdvance(reader.opcode)
          ? "its initial instructions move on"
          : instructions.execute(reader);
      }
    } catch (error) {
      start.problem = reasonOf(error);
    }
    start.state.copyRules(instructions.current);
    start.state.isDirty = instructions.current.isDirty;
    start.isFlex = instructions.isFlex;
    return start;
  }

  private run(reader: InstructionReader, fde: Fde): string | undefined {
    const { instructions } = this;
    const { current } = instructions;
    const size = fde.endPc - fde.startPc;
    let offset = 0;
    while (reader.next()) {
      if (!isAdvance(reader.opcode)) {
        const problem = instructions.execute(reader);
        if (problem !== undefined) return problem;
        continue;
      }
      offset = reader.opcode === CfaOpcode.SET_LOC
        ? reader.value - fde.startPc
        : offset + reader.value;
      if (!(offset >= current.startOffset && offset <= size)) {
        return "its instructions go beyond it";
      }
      if (current.isDirty) {
        const problem = this.addRow();
        if (problem !== undefined) return problem;
      }
      current.startOffset = offset;
    }
    return undefined;
  }

  private finish(): string | undefined {
    const { current } = this.instructions;
    // Without any instruction there is no row; gas 2.47 writes the function so.
    const isEmpty = current.startOffset === 0 && !current.isDirty &&
      current.cfaRegister === NO_REGISTER && this.rows.length === 0;
    if (isEmpty && this.rules.version < 3) return "it has no rows";
    const problem = isEmpty ? undefined : this.addRow();
    if (problem !== undefined) return problem;
    if (this.rules.version === 3 && this.rows.length > MAX_V3_ROWS) {
      return `it has ${this.rows.length} rows`;
    }
    return undefined;
  }

  private addRow(): string | undefined {
    const { instructions } = this;
    const row = this.maker.make(instructions.current);
    if (typeof row === "string") return row;
    this.rows.push(row);
    instructions.finishRow();
    return undefined;
  }
}

function isAdvance(opcode: number): boolean {
  switch (opcode) {
    case CfaOpcode.ADVANCE_LOC:
    case CfaOpcode.ADVANCE_LOC1:
    case CfaOpcode.ADVANCE_LOC2:
    case CfaOpcode.ADVANCE_LOC4:
    case CfaOpcode.MIPS_ADVANCE_LOC8:
    case CfaOpcode.SET_LOC:
      return true;
    default:
      return false;
  }
}

/** What is wrong with the data, in words; anything else is a defect of this program and goes on. */
function reasonOf(error: unknown): string {
  if (!(error instanceof FormatError)) throw error;
  return error.code === "unsupported" && error.field === "instruction"
    ? `instruction 0x${Number(error.value).toString(16)} is not known`
    : `unreadable: ${error.message}`;
}
