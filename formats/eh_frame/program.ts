/**
 * Runs call frame instructions: from an FDE to its rows.
 *
 * @module
 */
import { FormatError } from "../base/error.ts";
import { RowFlag } from "../base/unwind_row.ts";
import { CfaOpcode } from "./constants.ts";
import type { Fde } from "./fde.ts";
import { InstructionReader } from "./instruction.ts";
import { COLUMN_COUNT, RegisterRules, RuleKind } from "./rules.ts";
import type { CfiSection } from "./section.ts";

/** How deep remembered states may nest; compilers use one level. */
const MAX_REMEMBERED = 64;

/**
 * Yields the rows of one FDE after another into a `RegisterRules` of the caller.
 *
 * `begin`, then `nextRow` until it is false. Empty rows (an advance of zero, instructions at or behind the function's
 * end) are left out, so that rows are never empty, ascend, and together cover the function.
 *
 * Source: DWARF 5 sections 6.4.2 and 6.4.3.
 */
export class CfaProgram {
  private readonly section: CfiSection;
  private readonly reader: InstructionReader;
  private readonly initial: RegisterRules = new RegisterRules();
  /** Remembered states, kept for the next function; `remembered` of them are in use. */
  private readonly stack: RegisterRules[] = [];
  private remembered = 0;
  private rules: RegisterRules = this.initial;
  private location = 0;
  private endPc = 0;

  /** A machine for `section`; it can be used for any number of FDEs. */
  constructor(section: CfiSection) {
    this.section = section;
    this.reader = new InstructionReader(section);
  }

  /**
   * Starts with `fde`, filling `rules` with the initial ones of its CIE.
   *
   * @throws {FormatError} As {@linkcode InstructionReader.next}, or `bad-value` for a CIE that moves the location.
   */
  begin(fde: Fde, rules: RegisterRules): void {
    const { cie } = fde;
    this.rules = rules;
    this.remembered = 0;
    this.location = fde.startPc;
    this.endPc = fde.endPc;
    rules.reset();
    rules.returnColumn = cie.returnColumn;
    if (cie.isSignalFrame) rules.flags |= RowFlag.SIGNAL;
    this.initial.reset();
    const reader = this.reader;
    reader.open(
      cie,
      fde.startPc,
      cie.instructionsOffset,
      cie.instructionsEndOffset,
    );
    while (reader.next()) {
      if (!Number.isNaN(this.execute())) {
        throw this.bad("initial_instructions", "no change of location");
      }
    }
    this.initial.copyRules(rules);
    reader.open(
      cie,
      fde.startPc,
      fde.instructionsOffset,
      fde.instructionsEndOffset,
    );
  }

  /**
   * Runs up to the end of the next row.
   *
   * @returns Whether there is one; then the rules are complete, with `startPc` and `endPc`.
   * @throws {FormatError} As {@linkcode InstructionReader.next}; `bad-value` for a location that goes back, a state
   * that was not remembered or a CFA without a register; `limit` for states remembered too deep. What is wrong begins at
   * {@linkcode CfaProgram.currentPc}.
   */
  nextRow(): boolean {
    const { rules, reader } = this;
    if (this.location >= this.endPc) return false;
    rules.startPc = this.location;
    while (reader.next()) {
      const next = this.execute();
      if (Number.isNaN(next) || next === this.location) continue;
      if (!(next > this.location)) throw this.bad("address", "a later address");
      this.location = Math.min(next, this.endPc);
      return this.finishRow();
    }
    this.location = this.endPc;
    return this.finishRow();
  }

  /** The first pc of the row that is being built. */
  get currentPc(): number {
    return this.location;
  }

  private finishRow(): boolean {
    const rules = this.rules;
    rules.endPc = this.location;
    const column = rules.returnColumn;
    const outermost = column < COLUMN_COUNT &&
      rules.kinds[column] === RuleKind.UNDEFINED;
    if (outermost) rules.flags |= RowFlag.OUTERMOST;
    else rules.flags &= ~RowFlag.OUTERMOST;
    return true;
  }

  /** Executes the instruction in the reader. Returns the new location if it sets one, otherwise NaN. */
  private execute(): number {
    const { rules, reader } = this;
    const { register, value } = reader;
    switch (reader.opcode) {
      case CfaOpcode.ADVANCE_LOC:
      case CfaOpcode.ADVANCE_LOC1:
      case CfaOpcode.ADVANCE_LOC2:
      case CfaOpcode.ADVANCE_LOC4:
      case CfaOpcode.MIPS_ADVANCE_LOC8:
        return this.location + value;
      case CfaOpcode.SET_LOC:
        return value;
      case CfaOpcode.OFFSET:
      case CfaOpcode.OFFSET_EXTENDED:
      case CfaOpcode.OFFSET_EXTENDED_SF:
      case CfaOpcode.GNU_NEGATIVE_OFFSET_EXTENDED:
        rules.set(register, RuleKind.OFFSET, value);
        break;
      case CfaOpcode.RESTORE:
      case CfaOpcode.RESTORE_EXTENDED:
        rules.copyColumn(register, this.initial);
        break;
      case CfaOpcode.UNDEFINED:
        rules.set(register, RuleKind.UNDEFINED, 0);
        break;
      case CfaOpcode.SAME_VALUE:
        rules.set(register, RuleKind.SAME, 0);
        break;
      case CfaOpcode.REGISTER:
        rules.set(register, RuleKind.REGISTER, value);
        break;
      case CfaOpcode.VAL_OFFSET:
      case CfaOpcode.VAL_OFFSET_SF:
        rules.set(register, RuleKind.VAL_OFFSET, value);
        break;
      case CfaOpcode.EXPRESSION:
        this.setExpression(RuleKind.EXPRESSION);
        break;
      case CfaOpcode.VAL_EXPRESSION:
        this.setExpression(RuleKind.VAL_EXPRESSION);
        break;
      case CfaOpcode.REMEMBER_STATE:
        this.remember();
        break;
      case CfaOpcode.RESTORE_STATE:
        this.restore();
        break;
      case CfaOpcode.DEF_CFA:
      case CfaOpcode.DEF_CFA_SF:
        rules.cfaOffset = value;
        this.setCfaRegister(register);
        break;
      case CfaOpcode.DEF_CFA_REGISTER:
        this.setCfaRegister(register);
        break;
      case CfaOpcode.DEF_CFA_OFFSET:
      case CfaOpcode.DEF_CFA_OFFSET_SF:
        if (rules.cfaRegister < 0) throw this.bad("CFA", "a register before");
        rules.cfaOffset = value;
        break;
      case CfaOpcode.DEF_CFA_EXPRESSION:
        rules.cfaRegister = -1;
        rules.cfaExpressionOffset = reader.expressionOffset;
        rules.cfaExpressionSize = reader.expressionSize;
        break;
      case CfaOpcode.AARCH64_NEGATE_RA_STATE:
      case CfaOpcode.AARCH64_NEGATE_RA_STATE_WITH_PC:
        rules.flags ^= RowFlag.RA_SIGNED;
        break;
      case CfaOpcode.AARCH64_SET_RA_STATE:
        if (value !== 0) rules.flags |= RowFlag.RA_SIGNED;
        else rules.flags &= ~RowFlag.RA_SIGNED;
        break;
      default: // NOP, GNU_ARGS_SIZE: nothing that recovers a register
    }
    return NaN;
  }

  private setCfaRegister(register: number): void {
    if (!(register < COLUMN_COUNT)) {
      throw this.bad("CFA", `a register below ${COLUMN_COUNT}`);
    }
    const { rules } = this;
    rules.cfaRegister = register;
    rules.cfaExpressionOffset = -1;
    rules.cfaExpressionSize = 0;
  }

  private setExpression(kind: number): void {
    const { register, expressionOffset, expressionSize } = this.reader;
    this.rules.setExpression(register, kind, expressionOffset, expressionSize);
  }

  private remember(): void {
    if (this.remembered === MAX_REMEMBERED) {
      throw new FormatError({
        code: "limit",
        format: this.section.format,
        field: "remember_state",
        offset: this.reader.offset,
        expected: `at most ${MAX_REMEMBERED} remembered states`,
      });
    }
    let state = this.stack[this.remembered];
    if (state === undefined) {
      state = new RegisterRules();
      this.stack.push(state);
    }
    state.copyRules(this.rules);
    this.remembered++;
  }

  private restore(): void {
    if (this.remembered === 0) {
      throw this.bad("restore_state", "a remembered state");
    }
    this.remembered--;
    this.rules.copyRules(this.stack[this.remembered]!);
  }

  private bad(field: string, expected: string): FormatError {
    return new FormatError({
      code: "bad-value",
      format: this.section.format,
      field,
      offset: this.reader.offset,
      value: this.reader.opcode,
      expected,
    });
  }
}
