/**
 * A pc that is nowhere: calls through null, into unmapped memory, into data.
 *
 * @module
 */
import { type Case, euStackStops, SFRAME } from "../case.ts";

const MODES = ["null", "unmapped", "data", "stack", "heap", "null thread"];

/** Every mode with every toolchain, from -O0 to -O3 by turns. */
export const JUMP_CASES: readonly Case[] = (["v1", "v2", "v3"] as const)
  .flatMap((root) =>
    MODES.map((mode, i): Case => ({
      name: `jump-${mode.replace(" ", "-")}-${root}`,
      root,
      host: root === "v1",
      sources: ["jumps.c"],
      script: `gcc ${
        ["-O0", "-O2", "-O3"][i % 3]
      } -fno-optimize-sibling-calls ${SFRAME} jumps.c -o jumps -pthread
        dump core ./jumps ${mode}`,
      program: "jumps",
      frames: 9,
      explain: euStackStops(
        "eu-stack stops at a pc outside all code; gdb takes it as just called",
      ),
    }))
  );
