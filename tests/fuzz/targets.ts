/**
 * All fuzz targets. A new format adds its line here.
 *
 * @module
 */
import { coreTarget, programTarget } from "./bt.ts";
import { target as coreDump } from "./core_dump.ts";
import type { FuzzTarget } from "./target.ts";

/** The targets that `fuzz_test.ts` and `run.ts` run. */
export const targets: readonly FuzzTarget[] = [
  coreDump,
  coreTarget,
  programTarget,
];
