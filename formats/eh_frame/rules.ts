/**
 * The rules of all registers at one pc.
 *
 * @module
 */

/** Columns that are kept. Higher numbers (none matters to unwinding here) are read and forgotten. */
export const COLUMN_COUNT = 128;

/** Kinds of register rules. The formulas give the caller's value of register r. */
export const RuleKind = {
  /** Nothing was said: by convention the value is kept, except that of the stack pointer. */
  UNSPECIFIED: 0,
  /** r = r */
  SAME: 1,
  /** r cannot be recovered. */
  UNDEFINED: 2,
  /** r = memory[CFA + value] */
  OFFSET: 3,
  /** r = CFA + value */
  VAL_OFFSET: 4,
  /** r = register number `value` */
  REGISTER: 5,
  /** r = memory[expression], the CFA being pushed first */
  EXPRESSION: 6,
  /** r = expression, the CFA being pushed first */
  VAL_EXPRESSION: 7,
} as const;

/**
 * The complete rules of one row. Owned by the caller and filled by `CfiTable.lookupFull`.
 *
 * Arrays are indexed by DWARF register number. Expressions are given as offset and size in the table's `view`.
 *
 * Source: DWARF 5 section 6.4.1.
 */
export class RegisterRules {
  /** CFA = this register + {@linkcode cfaOffset}; -1 if an expression gives it or nothing does. */
  cfaRegister: number = -1;
  /** Offset of the CFA, bytes. */
  cfaOffset: number = 0;
  /** Offset of the CFA's expression in the section; -1 if there is none. */
  cfaExpressionOffset: number = -1;
  /** Size of the CFA's expression, bytes. */
  cfaExpressionSize: number = 0;
  /** A value of {@linkcode RuleKind} for each column. */
  readonly kinds: Uint8Array = new Uint8Array(COLUMN_COUNT);
  /** Offset or register number of each rule. */
  readonly values: Float64Array = new Float64Array(COLUMN_COUNT);
  /** Offset of each rule's expression in the section. */
  readonly expressionOffsets: Float64Array = new Float64Array(COLUMN_COUNT);
  /** Size of each rule's expression, bytes. */
  readonly expressionSizes: Float64Array = new Float64Array(COLUMN_COUNT);
  /** No column from this number on has a rule. */
  columnCount: number = 0;
  /** Column of the return address. */
  returnColumn: number = 0;
  /** Bits of `RowFlag`: `OUTERMOST`, `SIGNAL` and `RA_SIGNED`. */
  flags: number = 0;
  /** First pc of the row, in the file's own address space. */
  startPc: number = 0;
  /** First pc behind the row. */
  endPc: number = 0;

  /** Forgets all rules. */
  reset(): void {
    this.cfaRegister = -1;
    this.cfaOffset = 0;
    this.cfaExpressionOffset = -1;
    this.cfaExpressionSize = 0;
    this.kinds.fill(RuleKind.UNSPECIFIED);
    this.columnCount = 0;
    this.returnColumn = 0;
    this.flags = 0;
    this.startPc = 0;
    this.endPc = 0;
  }

  /** Gives column `register` a rule without an expression. Columns that are not kept are ignored. */
  set(register: number, kind: number, value: number): void {
    if (!(register < COLUMN_COUNT)) return;
    this.kinds[register] = kind;
    this.values[register] = value;
    if (register >= this.columnCount) this.columnCount = register + 1;
  }

  /** Gives column `register` a rule with an expression. Columns that are not kept are ignored. */
  setExpression(
    register: number,
    kind: number,
    offset: number,
    size: number,
  ): void {
    if (!(register < COLUMN_COUNT)) return;
    this.set(register, kind, 0);
    this.expressionOffsets[register] = offset;
    this.expressionSizes[register] = size;
  }

  /** Gives column `register` the rule that it has in `other`. */
  copyColumn(register: number, other: RegisterRules): void {
    if (!(register < COLUMN_COUNT)) return;
    this.kinds[register] = other.kinds[register]!;
    this.values[register] = other.values[register]!;
    this.expressionOffsets[register] = other.expressionOffsets[register]!;
    this.expressionSizes[register] = other.expressionSizes[register]!;
    if (register >= this.columnCount) this.columnCount = register + 1;
  }

  /** Takes over the rules of `other`: CFA, columns and flags, but not the range and the return column. */
  copyRules(other: RegisterRules): void {
    this.cfaRegister = other.cfaRegister;
    this.cfaOffset = other.cfaOffset;
    this.cfaExpressionOffset = other.cfaExpressionOffset;
    this.cfaExpressionSize = other.cfaExpressionSize;
    this.flags = other.flags;
    const count = Math.max(this.columnCount, other.columnCount);
    for (let i = 0; i < count; i++) {
      this.kinds[i] = other.kinds[i]!;
      this.values[i] = other.values[i]!;
      this.expressionOffsets[i] = other.expressionOffsets[i]!;
      this.expressionSizes[i] = other.expressionSizes[i]!;
    }
    this.columnCount = other.columnCount;
  }
}
