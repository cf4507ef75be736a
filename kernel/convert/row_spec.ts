/**
 * From a row in the making to the row of a section.
 *
 * @module
 */
import { type CfiMachine, MACHINES } from "../../formats/eh_frame/mod.ts";
import type {
  SFrameCfaRule,
  SFrameRowSpec,
  SFrameValueRule,
} from "../../formats/sframe/mod.ts";
import { NO_REGISTER, Place, type RowState } from "./row_state.ts";

/** Highest register of a control word that readers take for one. */
const MAX_REGISTER = 127;

/** s390x: CFA offsets are stored less this bias and divided by {@linkcode S390X_SCALE}. */
const S390X_BIAS = 160;
/** s390x: unit of stored CFA offsets. */
const S390X_SCALE = 8;

/** Offsets whose rules are shared: further ones would not fit into a small integer with the rest of their key. */
const MAX_SHARED_OFFSET = 0x8_0000;

/**
 * Makes rows. Rules that are the same are the same object: of hundreds of thousands of rows few rules differ, and making
 * each anew cost as much as all the rest of a conversion.
 */
export class RowMaker {
  private readonly machine: CfiMachine;
  /** Whether odd offsets would be read as registers. */
  private readonly needsEven: boolean;
  private readonly cfas: Map<number, SFrameCfaRule> = new Map();
  private readonly values: Map<number, SFrameValueRule> = new Map();

  /** Makes rows for `machine` and a version of the format. */
  constructor(machine: CfiMachine, version: 1 | 2 | 3) {
    this.machine = machine;
    this.needsEven = machine === "s390x" && version === 2;
  }

  /**
   * The row of a section for `state`.
   *
   * @returns The row, or why the format cannot hold it.
   */
  make(state: RowState): SFrameRowSpec | string {
    const { machine } = this;
    const { startOffset } = state;
    if (state.raUndefined) return { startOffset, ra: "undefined" };
    const problem = checkCfa(state, machine) ??
      checkPlaces(state, machine) ??
      (this.needsEven ? checkEven(state) : undefined);
    if (problem !== undefined) return problem;
    const cfa = this.cfa(state);
    const ra = state.raPlace === Place.NONE ? undefined : this.value(
      state.raPlace,
      state.raRegister,
      state.raOffset,
      state.raDeref,
    );
    const fp = state.fpPlace === Place.NONE ? undefined : this.value(
      state.fpPlace,
      state.fpRegister,
      state.fpOffset,
      state.fpDeref,
    );
    const row: SFrameRowSpec = fp === undefined
      ? ra === undefined ? { startOffset, cfa } : { startOffset, cfa, ra }
      : ra === undefined
      ? { startOffset, cfa, fp }
      : { startOffset, cfa, ra, fp };
    if (state.mangledRa) row.mangled = true;
    return row;
  }

  private cfa(state: RowState): SFrameCfaRule {
    const { cfaRegister, cfaOffset, cfaDeref } = state;
    const key = keyOf(cfaRegister, cfaOffset, cfaDeref ? 1 : 0);
    let rule = key < 0 ? undefined : this.cfas.get(key);
    if (rule === undefined) {
      const { spRegister, fpRegister } = MACHINES[this.machine];
      const base = cfaRegister === spRegister
        ? "sp"
        : cfaRegister === fpRegister
        ? "fp"
        : cfaRegister;
      rule = { base, offset: cfaOffset, deref: cfaDeref };
      if (key >= 0) this.cfas.set(key, rule);
    }
    return rule;
  }

  private value(
    place: number,
    register: number,
    offset: number,
    deref: boolean,
  ): SFrameValueRule {
    const isStack = place === Place.STACK;
    const loads = isStack || deref;
    // No register is as high as the number that stands for the CFA here.
    const base = isStack ? MAX_REGISTER + 1 : register;
    const key = keyOf(base, offset, loads ? 1 : 0);
    let rule = key < 0 ? undefined : this.values.get(key);
    if (rule === undefined) {
      rule = { base: isStack ? "cfa" : register, offset, deref: loads };
      if (key >= 0) this.values.set(key, rule);
    }
    return rule;
  }
}

/** A small integer for a rule, or -1. */
function keyOf(base: number, offset: number, deref: number): number {
  if (offset < -MAX_SHARED_OFFSET || offset >= MAX_SHARED_OFFSET) return -1;
  return (offset + MAX_SHARED_OFFSET) * 512 + base * 2 + deref;
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
  if (state.isRaLost) return "nothing says where RA is";
  if (
    machine === "aarch64" && fpPlace !== Place.NONE && raPlace === Place.NONE
  ) {
    return "FP is saved, but RA is not";
  }
  return checkPlace("RA", raPlace, state.raRegister, raOffset) ??
    checkPlace("FP", fpPlace, state.fpRegister, fpOffset);
}

function checkEven(state: RowState): string | undefined {
  if (state.raPlace === Place.STACK && (state.raOffset & 1) !== 0) {
    return "RA is saved at an odd offset";
  }
  return state.fpPlace === Place.STACK && (state.fpOffset & 1) !== 0
    ? "FP is saved at an odd offset"
    : undefined;
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
