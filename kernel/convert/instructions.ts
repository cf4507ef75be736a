/**
 * What each call frame instruction does to the row in the making.
 *
 * @module
 */
import {
  CfaOpcode,
  type CfiMachine,
  type CfiMachineTraits,
  type InstructionReader,
  MACHINES,
} from "../../formats/eh_frame/mod.ts";
import type { ConvertRules } from "./options.ts";
import { RowHistory } from "./row_history.ts";
import { NO_REGISTER, Place, RowState } from "./row_state.ts";

/** `DW_OP_breg0`; 31 more follow. */
const BREG0 = 0x70;
/** `DW_OP_breg31`. */
const BREG31 = 0x8f;
/** `DW_OP_breg6`: rbp + SLEB128. */
const BREG_RBP = 0x76;
/** `DW_OP_deref` */
const DEREF = 0x06;

/** AMD64: where the return address always is unless said otherwise, bytes from the CFA. */
const AMD64_RA_OFFSET = -8;

/** s390x: the caller's SP - CFA. */
const S390X_SP_OFFSET = -160;

/**
 * Executes instructions as gas' SFrame writer does. What it cannot express is answered in words, which become the reason
 * for dropping the function.
 */
export class Instructions {
  /** The row in the making. */
  readonly current: RowState = new RowState();
  /** Whether the function needs control words. */
  isFlex = false;
  private readonly view: DataView;
  private readonly rules: ConvertRules;
  private readonly traits: CfiMachineTraits;
  /** Whether rows say where RA is. */
  private readonly tracksRa: boolean;
  private readonly isAmd64: boolean;
  private readonly isS390x: boolean;
  /** Whether functions may have control words. */
  private readonly canFlex: boolean;
  /** Whether the habits of gas 2.47 hold, not those of the versions before. */
  private readonly isNew: boolean;
  /** Whether to do as `.eh_frame` says where gas does not. */
  private readonly isCorrect: boolean;
  private readonly history: RowHistory;

  /** Expressions lie in `view`. */
  constructor(view: DataView, machine: CfiMachine, rules: ConvertRules) {
    this.view = view;
    this.rules = rules;
    this.traits = MACHINES[machine];
    this.isAmd64 = machine === "x86-64";
    this.isS390x = machine === "s390x";
    this.tracksRa = !this.isAmd64;
    this.canFlex = rules.version === 3 && machine !== "aarch64";
    this.isCorrect = rules.rows === "correct";
    this.isNew = rules.gas === "2.47" || this.isCorrect;
    this.history = new RowHistory(rules);
  }

  /** Starts a function with the row that its CIE's initial instructions left. */
  begin(start: RowState, isFlex: boolean): void {
    this.current.reset();
    this.current.copyRules(start);
    this.current.isDirty = start.isDirty;
    this.isFlex = isFlex;
    this.history.begin(start);
  }

  /** Takes note that the current row is complete; the next one starts with its rules. */
  finishRow(): void {
    this.history.finish(this.current);
    this.current.isDirty = false;
  }

  /**
   * Executes the instruction in `reader`, which is no advance.
   *
   * @returns Why it cannot be expressed, or `undefined`.
   */
  execute(reader: InstructionReader): string | undefined {
    const { current } = this;
    const { register, value } = reader;
    switch (reader.opcode) {
      case CfaOpcode.NOP:
        return undefined;
      case CfaOpcode.DEF_CFA:
      case CfaOpcode.DEF_CFA_SF:
        return this.defineCfa(register, value);
      case CfaOpcode.DEF_CFA_REGISTER:
        // gas takes the offset of the last finished row, not that of this one.
        return this.defineCfa(
          register,
          this.history.rowCount > 0 && !this.isCorrect
            ? this.history.last.cfaOffset
            : current.cfaOffset,
        );
      case CfaOpcode.DEF_CFA_OFFSET:
      case CfaOpcode.DEF_CFA_OFFSET_SF:
        if (current.cfaRegister === NO_REGISTER) {
          return "the CFA has an offset but no register";
        }
        current.cfaOffset = value;
        current.isDirty = true;
        return undefined;
      case CfaOpcode.DEF_CFA_EXPRESSION:
        return this.cfaExpression(
          reader.expressionOffset,
          reader.expressionSize,
        );
      case CfaOpcode.OFFSET:
      case CfaOpcode.OFFSET_EXTENDED:
      case CfaOpcode.OFFSET_EXTENDED_SF:
      case CfaOpcode.GNU_NEGATIVE_OFFSET_EXTENDED:
        return this.saved(register, value);
      case CfaOpcode.VAL_OFFSET:
      case CfaOpcode.VAL_OFFSET_SF:
        return this.valueOffset(register, value);
      case CfaOpcode.REGISTER:
        return this.inRegister(register, value);
      case CfaOpcode.RESTORE:
      case CfaOpcode.RESTORE_EXTENDED:
        this.restore(register);
        return undefined;
      case CfaOpcode.SAME_VALUE:
        if (this.isNew) this.sameValue(register);
        return undefined;
      case CfaOpcode.UNDEFINED:
        return this.undefine(register);
      case CfaOpcode.EXPRESSION:
        return this.expression(
          register,
          reader.expressionOffset,
          reader.expressionSize,
        );
      case CfaOpcode.REMEMBER_STATE:
        return this.history.remember(current);
      case CfaOpcode.RESTORE_STATE:
        return this.history.restoreState(current);
      case CfaOpcode.AARCH64_NEGATE_RA_STATE:
        current.mangledRa = !current.mangledRa;
        current.isDirty = true;
        return undefined;
      case CfaOpcode.GNU_ARGS_SIZE:
        return this.argumentsSize(value);
      default:
        return `instruction 0x${reader.opcode.toString(16)}`;
    }
  }

  private defineCfa(register: number, offset: number): string | undefined {
    const { current, traits } = this;
    if (register !== traits.spRegister && register !== traits.fpRegister) {
      if (!this.canFlex) {
        return `the CFA is based on register ${register}`;
      }
      this.isFlex = true;
    }
    current.cfaRegister = register;
    current.cfaOffset = offset;
    current.cfaDeref = false;
    current.isDirty = true;
    return undefined;
  }

  /** Only memory[rbp + a byte], which GCC writes where it aligns the stack. */
  private cfaExpression(at: number, size: number): string | undefined {
    const { current, view } = this;
    const offset = size === 3 ? shortOffset(view.getUint8(at + 1)) : NaN;
    const isKnown = this.canFlex && this.isAmd64 && !Number.isNaN(offset) &&
      view.getUint8(at) === BREG_RBP && view.getUint8(at + 2) === DEREF;
    if (!isKnown) return "the CFA is an expression";
    current.cfaRegister = this.traits.fpRegister;
    current.cfaOffset = offset;
    current.cfaDeref = true;
    current.isDirty = true;
    this.isFlex = true;
    return undefined;
  }

  private saved(register: number, offset: number): string | undefined {
    const { current, traits } = this;
    if (register === traits.fpRegister) {
      current.fpPlace = Place.STACK;
      current.fpOffset = offset;
      current.fpDeref = true;
      current.isDirty = true;
    } else if (register === traits.raRegister) {
      return this.savedRa(offset);
    }
    return undefined;
  }

  private savedRa(offset: number): string | undefined {
    const { current } = this;
    const isFixed = !this.tracksRa && offset === AMD64_RA_OFFSET;
    if (!this.tracksRa && !this.isNew) {
      return isFixed ? undefined : `RA is saved at CFA${signed(offset)}`;
    }
    if (!isFixed && !this.tracksRa) {
      if (!this.canFlex) return `RA is saved at CFA${signed(offset)}`;
      this.isFlex = true;
    }
    current.raPlace = isFixed ? Place.NONE : Place.STACK;
    current.raOffset = isFixed ? 0 : offset;
    current.raDeref = !isFixed;
    current.raUndefined &&= isFixed && !this.isCorrect;
    current.isRaLost = false;
    current.isDirty = true;
    return undefined;
  }

  /** Value = CFA + offset: for SP that is the default, for FP and RA there is no way to say it. */
  private valueOffset(register: number, offset: number): string | undefined {
    const { spRegister, fpRegister, raRegister } = this.traits;
    if (register === spRegister) {
      const usual = this.isS390x ? S390X_SP_OFFSET : 0;
      return offset === usual ? undefined : `SP is CFA${signed(offset)}`;
    }
    if (register === fpRegister) return `FP is CFA${signed(offset)}`;
    if (register === raRegister && this.tracksRa) {
      return `RA is CFA${signed(offset)}`;
    }
    return undefined;
  }

  private inRegister(register: number, other: number): string | undefined {
    const { current, traits } = this;
    // gas 2.40 does not know the instruction, whatever the register.
    if (this.rules.gas === "2.40" && !this.isCorrect) {
      return `register ${register} is in register ${other}`;
    }
    const isFp = register === traits.fpRegister;
    const isRa = register === traits.raRegister;
    if (isFp || isRa) {
      // s390x had words for this before there were control words.
      const hasWord = this.isS390x && this.rules.version === 2;
      if (this.canFlex) this.isFlex = true;
      else if (!hasWord) {
        return `${isFp ? "FP" : "RA"} is in register ${other}`;
      }
      current.isDirty = true;
      if (isFp) {
        current.fpPlace = Place.REGISTER;
        current.fpRegister = other;
        current.fpOffset = 0;
        current.fpDeref = false;
      } else {
        current.raPlace = Place.REGISTER;
        current.raRegister = other;
        current.raOffset = 0;
        current.raDeref = false;
        current.raUndefined = false;
        current.isRaLost = false;
      }
    } else if (register === traits.spRegister && !traits.savesSp) {
      return `SP is in register ${other}`;
    }
    return undefined;
  }

  private restore(register: number): void {
    const { current, history, traits } = this;
    if (register === traits.fpRegister) history.restoreFp(current);
    else if (
      register === traits.raRegister && (this.tracksRa || this.isCorrect)
    ) history.restoreRa(current);
  }

  private sameValue(register: number): void {
    const { current, traits } = this;
    if (register === traits.fpRegister) {
      current.fpPlace = Place.NONE;
      current.fpOffset = 0;
      current.isDirty = true;
    } else if (
      register === traits.raRegister && (this.tracksRa || this.isCorrect)
    ) {
      current.raPlace = Place.NONE;
      current.raOffset = 0;
      current.raUndefined = false;
      current.isRaLost = !this.tracksRa;
      current.isDirty = true;
    }
  }

  private undefine(register: number): string | undefined {
    const { current, traits } = this;
    if (register === traits.fpRegister) return "FP is undefined";
    if (register === traits.spRegister) return "SP is undefined";
    if (register !== traits.raRegister) return undefined;
    if (this.rules.version === 3) {
      current.raUndefined = true;
      current.isDirty = true;
      return undefined;
    }
    // Before V3 a row cannot say it, and gas 2.44 did not notice on AMD64: such a row would claim a caller.
    return "RA is undefined";
  }

  /** FP saved at register + a byte is expressible; for other registers it does not matter where they are. */
  private expression(
    register: number,
    at: number,
    size: number,
  ): string | undefined {
    const { current, traits, view } = this;
    if (!this.isNew || size !== 2) return "a register's place is an expression";
    const operation = view.getUint8(at);
    const offset = shortOffset(view.getUint8(at + 1));
    if (Number.isNaN(offset)) return "a register's place is an expression";
    if (register === traits.fpRegister && this.canFlex && this.isAmd64) {
      if (operation < BREG0 || operation > BREG31) {
        return "FP's place is an expression";
      }
      current.fpPlace = Place.REGISTER;
      current.fpRegister = operation - BREG0;
      current.fpOffset = offset;
      current.fpDeref = true;
      current.isDirty = true;
      this.isFlex = true;
      return undefined;
    }
    const matters = register === traits.spRegister ||
      register === traits.fpRegister || register === current.cfaRegister ||
      register === traits.raRegister && this.tracksRa;
    return matters
      ? `register ${register}'s place is an expression`
      : undefined;
  }

  /** Pushed arguments do not matter where the CFA does not move with SP. */
  private argumentsSize(size: number): string | undefined {
    const isFp = this.current.cfaRegister === this.traits.fpRegister;
    return this.isNew && (size === 0 || isFp && size < 128)
      ? undefined
      : `${size} bytes of arguments are pushed`;
  }
}

/** An SLEB128 of one byte; NaN if it goes on. */
function shortOffset(byte: number): number {
  if (byte >= 0x80) return NaN;
  return byte >= 0x40 ? byte - 0x80 : byte;
}

function signed(offset: number): string {
  return offset < 0 ? `${offset}` : `+${offset}`;
}
