/**
 * A step with rules for every register, for rows that CFA, RA and FP alone do not tell: the dynamic loader has
 * CFA = rbx, a signal trampoline finds everything by expressions.
 *
 * @module
 */
import {
  Lookup,
  RowFlag,
  type UnwindTable,
} from "../../formats/base/unwind_row.ts";
import {
  CfiTable,
  ExpressionEvaluator,
  type RegisterRules,
  RuleKind,
} from "../../formats/eh_frame/mod.ts";
import { type FrameBuffer, Stop, TABLE_NAMES } from "./frame_buffer.ts";
import type { WalkState } from "./walk_state.ts";

/** The first table with full rules at `relativePc`, which fill `rules`. */
export function findFullTable(
  tables: readonly UnwindTable[],
  relativePc: number,
  rules: RegisterRules,
): CfiTable | undefined {
  for (const table of tables) {
    if (
      table instanceof CfiTable &&
      table.lookupFull(relativePc, rules) === Lookup.FOUND
    ) return table;
  }
  return undefined;
}

/** An evaluator for each table with expressions that a walk met. */
export class Evaluators {
  private readonly byTable: Map<CfiTable, ExpressionEvaluator> = new Map();

  /** The evaluator of `table`, whose file is loaded at `loadBias`. */
  of(
    table: CfiTable,
    littleEndian: boolean,
    loadBias: number,
  ): ExpressionEvaluator {
    let evaluator = this.byTable.get(table);
    if (evaluator === undefined) {
      evaluator = new ExpressionEvaluator({
        view: table.view,
        littleEndian,
        loadBias,
      });
      this.byTable.set(table, evaluator);
    }
    return evaluator;
  }
}

/** Steps `state` by the rules that {@linkcode findFullTable} left in `state.rules`. Returns a value of {@linkcode Stop}. */
export function stepByFullRules(
  state: WalkState,
  frames: FrameBuffer,
  table: CfiTable,
  loadBias: number,
): number {
  const { rules, registers, nextRegisters, machine, memory } = state;
  const signal = (rules.flags & RowFlag.SIGNAL) !== 0;
  const evaluator = state.evaluators.of(table, memory.littleEndian, loadBias);
  const cfa = rules.cfaExpressionOffset >= 0
    ? evaluator.evaluate(
      rules.cfaExpressionOffset,
      rules.cfaExpressionSize,
      registers,
      memory,
      undefined,
    )
    : registers[rules.cfaRegister]! + rules.cfaOffset;
  if (cfa !== cfa) {
    return Number.isNaN(memory.missing)
      ? Stop.UNSUPPORTED_ROW
      : Stop.NEEDS_DATA;
  }
  if ((rules.flags & RowFlag.OUTERMOST) !== 0) {
    frames.cfas[frames.count - 1] = cfa;
    return Stop.END_OF_STACK;
  }
  const returnKind = rules.kinds[rules.returnColumn];
  const isKept = returnKind === RuleKind.SAME ||
    returnKind === RuleKind.UNSPECIFIED;
  // A caller cannot still have its own return address in the link register.
  if (isKept && !state.leaf) return Stop.NOT_ADVANCING;
  nextRegisters.set(registers);
  nextRegisters[machine.sp] = cfa + machine.callerSpOffset;
  restoreRegisters(state, evaluator, cfa);
  if (!Number.isNaN(memory.missing)) return Stop.NEEDS_DATA;
  const pc = codeAddress(state, nextRegisters[rules.returnColumn]!, cfa);
  nextRegisters[machine.pc] = pc;
  if (machine.link >= 0 && !signal) nextRegisters[machine.link] = pc;
  const sp = nextRegisters[machine.sp]!;
  const fp = nextRegisters[machine.fp]!;
  // A signal frame may lie on another stack: its CFA is no order.
  const stop = state.advance(
    frames,
    cfa,
    sp,
    pc,
    fp,
    TABLE_NAMES.indexOf(table.kind),
    signal,
  );
  if (stop !== Stop.GO_ON) return stop;
  state.adoptRegisters();
  if (signal) state.resumeInterrupted(frames);
  return stop;
}

function restoreRegisters(
  state: WalkState,
  evaluator: ExpressionEvaluator,
  cfa: number,
): void {
  const { rules, registers, nextRegisters, memory } = state;
  const { kinds, values, expressionOffsets, expressionSizes, columnCount } =
    rules;
  for (let column = 0; column < columnCount; column++) {
    switch (kinds[column]) {
      case RuleKind.UNDEFINED:
        nextRegisters[column] = NaN;
        break;
      case RuleKind.OFFSET:
        nextRegisters[column] = memory.readWord(cfa + values[column]!);
        break;
      case RuleKind.VAL_OFFSET:
        nextRegisters[column] = cfa + values[column]!;
        break;
      case RuleKind.REGISTER:
        nextRegisters[column] = registers[values[column]!]!;
        break;
      case RuleKind.EXPRESSION:
      case RuleKind.VAL_EXPRESSION: {
        const offset = expressionOffsets[column]!;
        const value = evaluator.evaluate(
          offset,
          expressionSizes[column]!,
          registers,
          memory,
          cfa,
        );
        nextRegisters[column] = kinds[column] === RuleKind.EXPRESSION
          ? memory.readWord(value)
          : value;
        break;
      }
    }
  }
}

/** The return address without its authentication code: read again where it was loaded, for a Number has lost bits. */
function codeAddress(state: WalkState, value: number, cfa: number): number {
  const { rules, memory, registers } = state;
  const column = rules.returnColumn;
  if (memory.codeHighMask === -1 || Number.isNaN(value)) return value;
  if (rules.kinds[column] === RuleKind.OFFSET) {
    return memory.readCode(cfa + rules.values[column]!);
  }
  const high = Math.floor(value / 0x1_0000_0000);
  return rules.kinds[column] === RuleKind.SAME ||
      rules.kinds[column] === RuleKind.UNSPECIFIED
    ? registers[column]!
    : (high & memory.codeHighMask) * 0x1_0000_0000 +
      (value - high * 0x1_0000_0000);
}
