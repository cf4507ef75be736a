/**
 * From a row in the making to the row of a section.
 *
 * @module
 */
import { type CfiMachine, MACHINES } from "../../formats/eh_frame/mod.ts";
import type { SFrameRowSpec } from "../../formats/sframe/mod.ts";
import { NO_REGISTER, Place, type RowState } from "./row_state.ts";

/** Highest register of a control word that readers take for one. */
const MAX_REGISTER = 127;

/** s390x: CFA offsets are stored less this bias and divided by {@linkcode S390X_SCALE}. */
const S390X_BIAS = 160;
/** s390x: unit of stored CFA offsets. */
const S390X_SCALE = 8;

/**
 * The row of a section for `state`.
 *
 * @returns The row, or why the format cannot hold it.
 */
export function rowSpec(
  state: RowState,
  machine: CfiMachine,
): SFrameRowSpec | string {
  const { startOffset } = state;
  if (state.raUndefined) return { startOffset, ra: "undefined" };
  const problem = checkCfa(state, machine) ?? checkPlaces(state, machine);
  if (problem !== undefined) return problem;
  const { spRegister, fpRegister } = MACHINES[machine];
  const { cfaRegister, cfaOffset } = state;
  const base = cfaRegister === spRegister
    ? "sp"
    : cfaRegister === fpRegister
    ? "fp"
    : cfaRegister;
  const row: SFrameRowSpec = {
    startOffset,
    cfa: { base, offset: cfaOffset, deref: state.cfaDeref },
  };
  if (state.raPlace !== Place.NONE) {
    const isStack = state.raPlace === Place.STACK;
    row.ra = {
      base: isStack ? "cfa" : state.raRegister,
      offset: state.raOffset,
      deref: isStack || state.raDeref,
    };
  }
  if (state.fpPlace !== Place.NONE) {
    const isStack = state.fpPlace === Place.STACK;
    row.fp = {
      base: isStack ? "cfa" : state.fpRegister,
      offset: state.fpOffset,
      deref: isStack || state.fpDeref,
    };
  }
  if (state.mangledRa) row.mangled = true;
  return row;
}

function checkCfa(state: RowState, machine: CfiMachine): string | undefined {
  const { cfaRegister, cfaOffset } = state;
  if (cfaRegister === NO_REGISTER) return "it has no CFA";
  if (!(cfaRegister <= MAX_REGISTER)) {
    return `the CFA is based on register ${cfaRegister}`;
  }
  const word = machine === "s390x"
    ? (cfaOffset - S390X_BIAS) / S390X_SCALE
    : cfaOffset;
  return isInt32(word) ? undefined : `the CFA's offset is ${cfaOffset}`;
}

function checkPlaces(state: RowState, machine: CfiMachine): string | undefined {
  const { raPlace, fpPlace, raOffset, fpOffset } = state;
  if (
    machine === "aarch64" && fpPlace !== Place.NONE && raPlace === Place.NONE
  ) {
    return "FP is saved, but RA is not";
  }
  return checkPlace("RA", raPlace, state.raRegister, raOffset) ??
    checkPlace("FP", fpPlace, state.fpRegister, fpOffset);
}

function checkPlace(
  name: string,
  place: number,
  register: number,
  offset: number,
): string | undefined {
  if (place === Place.NONE) return undefined;
  if (place === Place.REGISTER && !(register <= MAX_REGISTER)) {
    return `${name} is in register ${register}`;
  }
  if (place === Place.STACK && offset === 0) {
    return `${name} is saved at the CFA`;
  }
  return isInt32(offset) ? undefined : `${name}'s offset is ${offset}`;
}

function isInt32(value: number): boolean {
  return value === (value | 0);
}
