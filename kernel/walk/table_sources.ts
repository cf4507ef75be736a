/**
 * What may lead from frame to frame.
 *
 * @module
 */

/** The sources of rows that `--tables` names. */
export type TableSource =
  | "sframe"
  | "sidecar"
  | "eh_frame"
  | "debug_frame"
  | "fp"
  | "call";

/** All of them, in the order in which they are asked. */
export const TABLE_SOURCES: readonly TableSource[] = [
  "sframe",
  "sidecar",
  "eh_frame",
  "debug_frame",
  "fp",
  "call",
];
