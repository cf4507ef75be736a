/**
 * Steps where no table says anything: signal frames known by their code or look, a call to nowhere, frame records.
 *
 * @module
 */
import { Lookup, RowFlag } from "../../formats/base/unwind_row.ts";
import { NO_MODULE, NO_TEXT } from "./code_map.ts";
import {
  type FrameBuffer,
  FrameFlag,
  Stop,
  TABLE_NAMES,
} from "./frame_buffer.ts";
import type { WalkState } from "./walk_state.ts";

const FP_TABLE = TABLE_NAMES.indexOf("fp");
const CALL_TABLE = TABLE_NAMES.indexOf("call");
/** What {@linkcode trySignal} answers if there is no signal frame. */
const NO_SIGNAL = -3;

/** Reads the interrupted registers from the signal frame at SP. */
export function stepSignal(
  state: WalkState,
  frames: FrameBuffer,
  table: number,
): number {
  const { machine, memory, nextRegisters } = state;
  machine.readSignalFrame(memory, state.sp, nextRegisters);
  if (state.needsData()) return Stop.NEEDS_DATA;
  const sp = nextRegisters[machine.sp]!;
  const pc = nextRegisters[machine.pc]!;
  if (pc !== pc || sp !== sp) return Stop.UNREADABLE_STACK;
  if (!(sp > state.sp) && state.isStuck(pc, sp, true)) {
    return Stop.NOT_ADVANCING;
  }
  const index = frames.count - 1;
  frames.cfas[index] = sp - machine.callerSpOffset;
  frames.tables[index] = table;
  state.pc = pc;
  state.sp = sp;
  state.fp = nextRegisters[machine.fp]!;
  state.untrusted = false;
  state.spKnown = true;
  state.adoptRegisters();
  state.resumeInterrupted(frames);
  return Stop.GO_ON;
}

/** A pc outside all text, as after a call through a null pointer: the caller is where the call left it. */
export function stepOutsideText(state: WalkState, frames: FrameBuffer): number {
  const signal = trySignal(state, frames);
  if (signal !== NO_SIGNAL) return signal;
  if (!state.exact) {
    return dropIfOutermost(state, frames);
  }
  if (!state.policy.calls) return Stop.NO_MODULE;
  const { machine } = state;
  const pc = machine.link < 0 ? state.memory.readCode(state.sp) : state.link;
  if (pc !== pc && state.needsData()) return Stop.NEEDS_DATA;
  if (state.codeMap.find(pc - 1) === NO_TEXT) {
    return stepFrameRecord(state, frames, Stop.NO_MODULE);
  }
  const cfa = state.sp + machine.entryCfaOffset;
  const known = state.registersKnown;
  const stop = state.advance(
    frames,
    cfa,
    cfa + machine.callerSpOffset,
    pc,
    state.fp,
    CALL_TABLE,
  );
  if (stop !== Stop.GO_ON) return stop;
  state.untrusted = true;
  state.registersKnown = known; // nothing has run since the call
  state.registers[machine.sp] = state.sp;
  state.registers[machine.pc] = pc;
  return stop;
}

/** Text that no table covers; `otherwise` is the reason if nothing else helps. */
export function stepWithoutRow(
  state: WalkState,
  frames: FrameBuffer,
  otherwise: number,
): number {
  const signal = trySignal(state, frames);
  return signal === NO_SIGNAL
    ? stepFrameRecord(state, frames, otherwise)
    : signal;
}

/** FP points to `[caller's FP, RA]`. */
export function stepFrameRecord(
  state: WalkState,
  frames: FrameBuffer,
  otherwise: number,
): number {
  const { frameRecord } = state.machine;
  if (frameRecord === "none" || !state.policy.framePointers) return otherwise;
  if (state.fp === 0) {
    // The first function clears FP; of code that was stopped anywhere, FP may be 0 by chance.
    const isFirst = otherwise === Stop.NO_ROW && !state.exact;
    return isFirst ? Stop.END_OF_STACK : otherwise;
  }
  if (!(state.fp >= state.sp)) return otherwise;
  const fp = state.memory.readWord(state.fp);
  const pc = state.memory.readCode(state.fp + 8);
  if (state.needsData()) return Stop.NEEDS_DATA;
  if (pc !== 0 && state.codeMap.find(pc - 1) === NO_TEXT) return otherwise;
  const above = state.fp + 16;
  const stop = state.advance(frames, above, above, pc, fp, FP_TABLE);
  // A record at the frame's bottom tells where the caller is, but not where the frame ends.
  if (frameRecord === "bottom") frames.cfas[frames.count - 1] = NaN;
  if (stop !== Stop.GO_ON) return stop;
  state.untrusted = true;
  state.spKnown = frameRecord === "top";
  if (state.full) state.forgetRegisters();
  return stop;
}

/** The signal frame at SP, known by its code or, where the code cannot be read, by its look. */
function trySignal(state: WalkState, frames: FrameBuffer): number {
  const known = state.machine.isTrampoline(state.memory, state.pc);
  if (state.needsData()) return Stop.NEEDS_DATA;
  if (known === true) return stepSignal(state, frames, 0);
  if (known === false) return NO_SIGNAL;
  const looksRight = state.machine.looksLikeSignalFrame(state.memory, state.sp);
  if (state.needsData()) return Stop.NEEDS_DATA;
  return looksRight ? stepSignal(state, frames, 0) : NO_SIGNAL;
}

/**
 * A return address outside all text: gas up to 2.44 writes ordinary SFrame rows where the source says that the return
 * address is undefined (sframe.md 3.2), so another table is asked whether the last frame was the outermost.
 */
function dropIfOutermost(state: WalkState, frames: FrameBuffer): number {
  const index = frames.count - 2;
  const module = index < 0 ? NO_MODULE : frames.modules[index]!;
  if (module === NO_MODULE) return Stop.NO_MODULE;
  const { tables, bias } = state.codeMap.modules[module]!;
  const back = (frames.flags[index]! & FrameFlag.EXACT_PC) !== 0 ? 0 : 1;
  for (const table of tables ?? []) {
    const status = table.lookup(frames.pcs[index]! - back - bias, state.row);
    if (status === Lookup.NEEDS_DATA) {
      state.missingTable = table;
      return Stop.NEEDS_DATA;
    }
    if (
      status !== Lookup.FOUND || (state.row.flags & RowFlag.OUTERMOST) === 0
    ) continue;
    frames.tables[index] = 0;
    frames.count = index + 1;
    return Stop.END_OF_STACK;
  }
  return Stop.NO_MODULE;
}
