/**
 * From the rules of all registers to the row that the walker executes.
 *
 * @module
 */
import { Base, RowFlag, type UnwindRow } from "../base/unwind_row.ts";
import { type CfiMachineTraits, MACHINES } from "./machine.ts";
import { COLUMN_COUNT, type RegisterRules, RuleKind } from "./rules.ts";
import type { CfiSection } from "./section.ts";
import {
  INITIAL_VALUE,
  matchPltExpression,
  SimpleExpression,
} from "./simple_expression.ts";

/**
 * Lowers complete rules to rows. What a row cannot hold sets `RowFlag.FULL`; the row's range and other flags are right
 * even then.
 */
export class Lowering {
  private readonly section: CfiSection;
  private readonly traits: CfiMachineTraits;
  private readonly cfa: SimpleExpression = new SimpleExpression();
  private readonly other: SimpleExpression = new SimpleExpression();
  /** Whether {@linkcode cfa} describes the current CFA. */
  private cfaIsSimple = false;

  /** Lowers rules whose expressions lie in `section`. */
  constructor(section: CfiSection) {
    this.section = section;
    this.traits = MACHINES[section.machine];
  }

  /**
   * Fills `row` from `rules`.
   *
   * @returns 0; or for a PLT's CFA expression the threshold t: `row` then has the rule of pcs with (pc & 15) < t, and the
   * CFA is 8 more for the others.
   */
  lower(rules: RegisterRules, row: UnwindRow): number {
    row.reset();
    row.startPc = rules.startPc;
    row.endPc = rules.endPc;
    row.flags = rules.flags;
    // No caller is looked for, so it does not matter which rules would lead there.
    if ((rules.flags & RowFlag.OUTERMOST) !== 0) {
      this.lowerCfa(rules, row);
      return 0;
    }
    let threshold = 0;
    let isComplete = this.lowerCfa(rules, row);
    if (!isComplete && rules.cfaExpressionOffset >= 0) {
      threshold = this.lowerPlt(rules, row);
      isComplete = threshold !== 0;
    }
    isComplete = this.lowerRa(rules, row) && isComplete;
    isComplete = this.lowerFp(rules, row) && isComplete;
    isComplete = this.hasDefaultSp(rules) && isComplete;
    if (isComplete) return threshold;
    row.flags |= RowFlag.FULL;
    return 0;
  }

  /** CFA = register + offset, or memory[register + offset]. */
  private lowerCfa(rules: RegisterRules, row: UnwindRow): boolean {
    const { cfa, section } = this;
    if (rules.cfaRegister >= 0) {
      cfa.base = rules.cfaRegister;
      cfa.offset = rules.cfaOffset;
      cfa.deref = false;
      this.cfaIsSimple = true;
    } else {
      this.cfaIsSimple = rules.cfaExpressionOffset >= 0 &&
        cfa.match(
          section.view,
          section.littleEndian,
          rules.cfaExpressionOffset,
          rules.cfaExpressionSize,
        ) &&
        cfa.base !== INITIAL_VALUE;
    }
    if (!this.cfaIsSimple || cfa.base > 255 || !isInt32(cfa.offset)) {
      return false;
    }
    row.cfaBase = this.baseOf(cfa.base);
    row.cfaOffset = cfa.offset;
    row.cfaDeref = cfa.deref;
    return true;
  }

  private lowerPlt(rules: RegisterRules, row: UnwindRow): number {
    if (this.section.machine !== "x86-64") return 0;
    const { view } = this.section;
    const at = rules.cfaExpressionOffset;
    const threshold = matchPltExpression(view, at, rules.cfaExpressionSize);
    if (threshold !== 0) {
      row.cfaBase = Base.SP;
      row.cfaOffset = view.getUint8(at + 1);
    }
    return threshold;
  }

  private lowerRa(rules: RegisterRules, row: UnwindRow): boolean {
    const column = rules.returnColumn;
    if (column >= COLUMN_COUNT) return false;
    row.raDeref = false;
    row.raOffset = 0;
    switch (rules.kinds[column]) {
      case RuleKind.UNSPECIFIED:
      case RuleKind.SAME:
        row.raBase = column === this.traits.raRegister
          ? Base.SAME
          : this.baseOf(column);
        return true;
      case RuleKind.REGISTER:
        row.raBase = this.baseOf(rules.values[column]!);
        return row.raBase <= 255;
      case RuleKind.OFFSET:
      case RuleKind.VAL_OFFSET:
        row.raBase = Base.CFA;
        row.raOffset = rules.values[column]!;
        row.raDeref = rules.kinds[column] === RuleKind.OFFSET;
        return isInt32(row.raOffset);
      default:
        if (!this.matchColumn(rules, column)) return false;
        row.raBase = this.otherBase();
        row.raOffset = this.other.offset;
        row.raDeref = this.other.deref;
        return true;
    }
  }

  private lowerFp(rules: RegisterRules, row: UnwindRow): boolean {
    const column = this.traits.fpRegister;
    row.fpDeref = false;
    row.fpOffset = 0;
    switch (rules.kinds[column]) {
      case RuleKind.UNSPECIFIED:
      case RuleKind.SAME:
        row.fpBase = Base.SAME;
        return true;
      case RuleKind.UNDEFINED:
        row.fpBase = Base.UNDEFINED;
        return true;
      case RuleKind.REGISTER:
        row.fpBase = this.baseOf(rules.values[column]!);
        return row.fpBase <= 255;
      case RuleKind.OFFSET:
      case RuleKind.VAL_OFFSET:
        row.fpBase = Base.CFA;
        row.fpOffset = rules.values[column]!;
        row.fpDeref = rules.kinds[column] === RuleKind.OFFSET;
        return isInt32(row.fpOffset);
      default:
        if (!this.matchColumn(rules, column)) return false;
        row.fpBase = this.otherBase();
        row.fpOffset = this.other.offset;
        row.fpDeref = this.other.deref;
        return true;
    }
  }

  /** Whether the caller's SP is what the machine makes of the CFA anyway. */
  private hasDefaultSp(rules: RegisterRules): boolean {
    const { spRegister, spFromCfa } = this.traits;
    const { cfa, cfaIsSimple } = this;
    switch (rules.kinds[spRegister]) {
      case RuleKind.UNSPECIFIED:
        return true;
      case RuleKind.SAME: // SP = CFA + spFromCfa by another name
        return cfaIsSimple && !cfa.deref && cfa.base === spRegister &&
          cfa.offset + spFromCfa === 0;
      case RuleKind.VAL_OFFSET:
        return rules.values[spRegister] === spFromCfa;
      case RuleKind.OFFSET:
      case RuleKind.REGISTER:
        return this.isSavedSp(rules, rules.values[spRegister]!);
      case RuleKind.EXPRESSION:
      case RuleKind.VAL_EXPRESSION:
        // x86-64 signal trampolines load CFA and SP from the same word.
        return spFromCfa === 0 && cfaIsSimple &&
          this.matchColumn(rules, spRegister) &&
          this.other.base === cfa.base && this.other.offset === cfa.offset &&
          this.other.deref === cfa.deref;
      default:
        return false;
    }
  }

  /** Whether a function (not a trampoline) put its own entry SP into its frame or a floating-point register. */
  private isSavedSp(rules: RegisterRules, value: number): boolean {
    const { spRegister, savesSp } = this.traits;
    if (!savesSp || (rules.flags & RowFlag.SIGNAL) !== 0) return false;
    return rules.kinds[spRegister] === RuleKind.OFFSET
      ? value < 0
      : value >= 16;
  }

  /** Brings the expression of a column into {@linkcode other}: the value, whichever of the two kinds it is. */
  private matchColumn(rules: RegisterRules, column: number): boolean {
    const { other, section } = this;
    const matches = other.match(
      section.view,
      section.littleEndian,
      rules.expressionOffsets[column]!,
      rules.expressionSizes[column]!,
    );
    if (!matches || other.base > 255 || !isInt32(other.offset)) return false;
    if (rules.kinds[column] === RuleKind.EXPRESSION) {
      if (other.deref) return false; // two loads
      other.deref = true;
    }
    return true;
  }

  private otherBase(): number {
    return this.other.base === INITIAL_VALUE
      ? Base.CFA
      : this.baseOf(this.other.base);
  }

  private baseOf(register: number): number {
    if (register === this.traits.spRegister) return Base.SP;
    if (register === this.traits.fpRegister) return Base.FP;
    return register;
  }
}

function isInt32(value: number): boolean {
  return value === (value | 0);
}
