/**
 * Parts of the walker, loaded when they are needed.
 *
 * @module
 */
import type { ModuleParts } from "../kernel/reader.ts";
import { later } from "./later.ts";

/** All parts. */
export const PARTS: ModuleParts = {
  sidecar: async () => await import(later("../kernel/walk/sidecar.ts")),
  lines: async () => await import(later("../kernel/walk/lines.ts")),
};
