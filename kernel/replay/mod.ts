/**
 * Scenarios for the modelled kernel: events in, outcomes out. They are test vectors too, for whoever builds the same
 * interfaces.
 *
 * @module
 */
export { findMismatches, type Mismatch } from "./compare.ts";
export type { ErrorOutcome, FrameOutcome, Outcome } from "./outcome.ts";
export { Replayer } from "./replayer.ts";
export type { Action, Scenario, ScenarioEvent, Value } from "./scenario.ts";
export { ScenarioError, Variables } from "./values.ts";
// What the signatures above name, so that this module can be used on its own.
export type { KernelOptions } from "../model/mod.ts";
export type { ZstdDecompress } from "../../formats/sidecar/mod.ts";
