/**
 * All conformance cases.
 *
 * @module
 */
import type { Case } from "../case.ts";
import { INTERPRETER_CASES } from "./interpreters.ts";
import { JUMP_CASES } from "./jumps.ts";
import { LARGE_CASES } from "./large.ts";
import { LINKING_CASES } from "./linking.ts";
import { MACHINE_CASES } from "./machines.ts";
import { PRINTING_CASES } from "./printing.ts";
import { SIGNAL_CASES } from "./signals.ts";
import { STEP_CASES } from "./steps.ts";
import { TOOLCHAIN_CASES } from "./toolchains.ts";

/** In the order in which they run. */
export const ALL_CASES: readonly Case[] = [
  ...TOOLCHAIN_CASES,
  ...SIGNAL_CASES,
  ...JUMP_CASES,
  ...LINKING_CASES,
  ...STEP_CASES,
  ...LARGE_CASES,
  ...PRINTING_CASES,
  ...INTERPRETER_CASES,
  ...MACHINE_CASES,
];
