/**
 * Steps by rows of unwind tables, beyond the plain ones of `walk.ts`.
 *
 * @module
 */
import { Base, RowFlag } from "../../formats/base/unwind_row.ts";
import { type FrameBuffer, Stop } from "./frame_buffer.ts";
import { findFullTable, stepByFullRules } from "./full_rules.ts";
import { Deref, Slot, StepKind } from "./rule_cache.ts";
import { stepFrameRecord, stepSignal, stepWithoutRow } from "./guess_steps.ts";
import { RESTART, type WalkState } from "./walk_state.ts";

/** By a row of any rules; `slot` is the first word of the rule in the cache. Returns a value of {@linkcode Stop}. */
export function stepByRow(
  state: WalkState,
  frames: FrameBuffer,
  slot: number,
): number {
  const { words } = state.cache;
  const bits = words[slot + Slot.BITS]!;
  const table = (bits >> 4) & 15;
  const flags = (bits >> 8) & 0xff;
  const cfaBase = words[slot + Slot.CFA_BASE]!;
  const raBase = words[slot + Slot.RA_BASE]!;
  const fpBase = words[slot + Slot.FP_BASE]!;
  const isSignal = (flags & RowFlag.SIGNAL) !== 0;
  if (isSignal && (cfaBase === Base.UNDEFINED || isTrampoline(state))) {
    return stepSignal(state, frames, table);
  }
  if (!state.registersKnown && (cfaBase >= 0 || raBase >= 0 || fpBase >= 0)) {
    return restartOrGiveUp(state);
  }
  const cfa = evaluate(
    state,
    cfaBase,
    words[slot + Slot.CFA_OFFSET]!,
    (bits & Deref.CFA) !== 0,
    NaN,
  );
  if (state.needsData()) return Stop.NEEDS_DATA;
  if ((flags & RowFlag.OUTERMOST) !== 0) {
    frames.cfas[frames.count - 1] = cfa;
    return Stop.END_OF_STACK;
  }
  const fpOffset = words[slot + Slot.FP_OFFSET]!;
  const fp = fpBase === Base.SAME
    ? state.fp
    : evaluate(state, fpBase, fpOffset, (bits & Deref.FP) !== 0, cfa);
  // A caller cannot still have its own return address in the link register.
  if (raBase === Base.SAME && !state.leaf) return Stop.NOT_ADVANCING;
  const pc = returnAddress(
    state,
    raBase,
    words[slot + Slot.RA_OFFSET]!,
    (bits & Deref.RA) !== 0,
    cfa,
  );
  const stop = state.advance(
    frames,
    cfa,
    cfa + state.machine.callerSpOffset,
    pc,
    fp,
    table,
    isSignal,
  );
  if (stop === Stop.GO_ON && isSignal) state.resumeInterrupted(frames);
  return stop;
}

function returnAddress(
  state: WalkState,
  base: number,
  offset: number,
  deref: boolean,
  cfa: number,
): number {
  if (base === Base.SAME) return state.link;
  if (base === Base.CFA && deref) return state.memory.readCode(cfa + offset);
  return evaluate(state, base, offset, deref, cfa);
}

function evaluate(
  state: WalkState,
  base: number,
  offset: number,
  deref: boolean,
  cfa: number,
): number {
  let value = NaN;
  if (base === Base.SP) value = state.sp;
  else if (base === Base.FP) value = state.fp;
  else if (base === Base.CFA) value = cfa;
  else if (base >= 0) value = state.registers[base]!;
  return deref ? state.memory.readWord(value + offset) : value + offset;
}

/** With all registers: by the full rules if a table has them, else by the row. */
export function stepWithRegisters(
  state: WalkState,
  frames: FrameBuffer,
  slot: number,
  module: number,
  relativePc: number,
): number {
  const { tables, bias } = state.codeMap.modules[module]!;
  const table = findFullTable(tables!, relativePc, state.rules);
  if (table !== undefined) return stepByFullRules(state, frames, table, bias);
  const kind = state.cache.words[slot + Slot.BITS]! & 15;
  if (kind === StepKind.FULL) return Stop.UNSUPPORTED_ROW;
  if (kind === StepKind.NONE) return stepWithoutRow(state, frames, Stop.NO_ROW);
  const stop = stepByRow(state, frames, slot);
  if (stop === Stop.GO_ON && !state.registersKnown) state.forgetRegisters();
  return stop;
}

/** A row whose rules need every register: a trampoline is read as a signal frame, for all else the thread restarts. */
export function stepBeyondRow(
  state: WalkState,
  frames: FrameBuffer,
  slot: number,
): number {
  const table = (state.cache.words[slot + Slot.BITS]! >> 4) & 15;
  return isTrampoline(state)
    ? stepSignal(state, frames, table)
    : restartOrGiveUp(state);
}

/**
 * Below a frame record whose CFA is not known. A row that says where FP is saved tells the CFA all the same: that
 * place is the record to which FP points.
 */
export function stepWithoutSp(
  state: WalkState,
  frames: FrameBuffer,
  slot: number,
): number {
  const { words } = state.cache;
  const bits = words[slot + Slot.BITS]!;
  const kind = bits & 15;
  if (kind === StepKind.NONE) return stepWithoutRow(state, frames, Stop.NO_ROW);
  if (kind === StepKind.GENERAL && ((bits >> 8) & RowFlag.OUTERMOST) !== 0) {
    return Stop.END_OF_STACK;
  }
  const isFpSaved = words[slot + Slot.FP_BASE] === Base.CFA;
  const isFpBased = words[slot + Slot.CFA_BASE] === Base.FP;
  if (kind !== StepKind.PLAIN || !(isFpBased || isFpSaved)) {
    return stepFrameRecord(state, frames, Stop.UNSUPPORTED_ROW);
  }
  const fpOffset = words[slot + Slot.FP_OFFSET]!;
  const cfa = isFpBased
    ? state.fp + words[slot + Slot.CFA_OFFSET]!
    : state.fp - fpOffset;
  const pc = state.memory.readCode(cfa + words[slot + Slot.RA_OFFSET]!);
  const fp = isFpSaved ? state.memory.readWord(cfa + fpOffset) : state.fp;
  const stop = state.advance(
    frames,
    cfa,
    cfa + state.machine.callerSpOffset,
    pc,
    fp,
    (bits >> 4) & 15,
  );
  if (stop === Stop.GO_ON && state.full) state.forgetRegisters();
  return stop;
}

function isTrampoline(state: WalkState): boolean {
  return state.machine.isTrampoline(state.memory, state.pc) === true;
}

function restartOrGiveUp(state: WalkState): number {
  if (state.needsData()) return Stop.NEEDS_DATA;
  return state.full ? Stop.UNSUPPORTED_ROW : RESTART;
}
