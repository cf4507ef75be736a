/**
 * One step as the kernel's unwinder of user stacks makes it: tables, then the frame pointer, and whatever is odd ends
 * the walk.
 *
 * Source: kernel_abi 5.2; Linux kernel/unwind/user.c with the series for SFrame.
 *
 * @module
 */
import {
  Base,
  Lookup,
  RowFlag,
  type UnwindRow,
} from "../../formats/base/unwind_row.ts";
import { type FrameBuffer, Stop, TABLE_NAMES } from "./frame_buffer.ts";
import type { Module } from "./code_map.ts";
import type { WalkState } from "./walk_state.ts";

const FP_TABLE = TABLE_NAMES.indexOf("fp");

/**
 * Asks the module's tables in turn at exactly `state.pc`; the first answer fills `state.row`, `state.rowTable` tells of
 * which. A table that makes no sense is dropped, and counts as one that says nothing. Nothing is cached: tables of a
 * running process may change from one walk to the next.
 *
 * @returns `FOUND`, `NO_ROW` or `NEEDS_DATA`.
 */
export function lookupAsKernel(state: WalkState, module: Module): number {
  const relativePc = state.pc - module.bias;
  for (const table of module.tables!) {
    const status = table.lookup(relativePc, state.row);
    if (status === Lookup.FOUND) {
      state.rowTable = TABLE_NAMES.indexOf(table.kind);
      return status;
    }
    if (status === Lookup.NEEDS_DATA) {
      state.missingTable = table;
      return status;
    }
    if (status === Lookup.BAD) {
      module.badRowCount++;
      module.tables = module.tables!.filter((other) => other !== table);
    }
  }
  return Lookup.NO_ROW;
}

/**
 * Steps by `state.row`. Returns a value of {@linkcode Stop}.
 *
 * | rule | CFA | RA | FP |
 * | --- | --- | --- | --- |
 * | based on SP | yes | | |
 * | based on FP | unless FP < SP | first frame | first frame |
 * | based on another register | first frame | first frame | first frame |
 * | CFA + offset | | no | no |
 * | load from CFA + offset | | yes | yes |
 * | unchanged | | first frame, from the link register | yes |
 */
export function stepByRowAsKernel(
  state: WalkState,
  frames: FrameBuffer,
): number {
  const { row } = state;
  if ((row.flags & RowFlag.OUTERMOST) !== 0) return Stop.END_OF_STACK;
  if ((row.flags & RowFlag.FULL) !== 0) return Stop.UNSUPPORTED_ROW;
  return stepByRules(state, frames, row, state.rowTable);
}

/** FP points to `[caller's FP, RA]`, just below the CFA; `otherwise` is the reason if that leads nowhere. */
export function stepFrameRecordAsKernel(
  state: WalkState,
  frames: FrameBuffer,
  otherwise: number,
): number {
  const { machine, policy, row } = state;
  if (machine.frameRecord === "none" || !policy.framePointers) return otherwise;
  row.reset();
  row.cfaBase = Base.FP;
  row.cfaOffset = 16;
  row.raBase = Base.CFA;
  row.raOffset = -8;
  row.raDeref = true;
  row.fpBase = Base.CFA;
  row.fpOffset = -16;
  row.fpDeref = true;
  const stop = stepByRules(state, frames, row, FP_TABLE);
  if (stop === Stop.NEEDS_DATA) return stop;
  if (stop !== Stop.GO_ON) return otherwise;
  state.untrusted = true;
  return stop;
}

function stepByRules(
  state: WalkState,
  frames: FrameBuffer,
  row: UnwindRow,
  table: number,
): number {
  const { machine, memory, leaf } = state;
  if (row.cfaBase === Base.FP && !(state.fp >= state.sp)) {
    return Stop.NOT_ADVANCING;
  }
  let cfa = base(state, row.cfaBase, leaf) + row.cfaOffset;
  if (cfa !== cfa) return Stop.UNSUPPORTED_ROW;
  if (row.cfaDeref) cfa = memory.readWord(cfa);
  if (cfa !== cfa) return unreadable(state);
  if (!(cfa > state.sp || (leaf && cfa === state.sp))) {
    return Stop.NOT_ADVANCING;
  }
  // Bit operations are right here: they see the lowest bits.
  if ((cfa & 7) !== 0) return Stop.MISALIGNED;
  const raPlace = row.raBase === Base.SAME
    ? (leaf ? state.link : NaN)
    : place(state, row.raBase, row.raOffset, row.raDeref, cfa);
  if (raPlace !== raPlace) return Stop.UNSUPPORTED_ROW;
  const pc = row.raDeref ? memory.readCode(raPlace) : raPlace;
  if (pc !== pc) return unreadable(state);
  const fpPlace = row.fpBase === Base.SAME
    ? state.fp
    : place(state, row.fpBase, row.fpOffset, row.fpDeref, cfa);
  if (fpPlace !== fpPlace) return Stop.UNSUPPORTED_ROW;
  const fp = row.fpDeref ? memory.readWord(fpPlace) : fpPlace;
  if (fp !== fp) return unreadable(state);
  const index = frames.count - 1;
  frames.cfas[index] = cfa;
  frames.tables[index] = table;
  state.pc = pc;
  state.sp = cfa + machine.callerSpOffset;
  state.fp = fp;
  state.link = NaN;
  state.exact = false;
  state.leaf = false;
  state.untrusted = false;
  return Stop.GO_ON;
}

/** SP and FP by name are always known here, other registers in the first frame; NaN for what is not. */
function base(state: WalkState, number: number, leaf: boolean): number {
  if (number === Base.SP) return state.sp;
  if (number === Base.FP) return state.fp;
  return leaf && number >= 0 ? state.registers[number]! : NaN;
}

/** Where RA or FP is, or its value; NaN where the rule is not one that the kernel follows. */
function place(
  state: WalkState,
  number: number,
  offset: number,
  deref: boolean,
  cfa: number,
): number {
  if (number === Base.CFA) return deref ? cfa + offset : NaN;
  return state.leaf ? base(state, number, true) + offset : NaN;
}

function unreadable(state: WalkState): number {
  return state.needsData() ? Stop.NEEDS_DATA : Stop.UNREADABLE_STACK;
}
