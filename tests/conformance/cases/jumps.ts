/**
 * A pc that is nowhere: calls through null, into unmapped memory, into data.
 *
 * @module
 */
import { type Case, euStackIsWrong, isBeginning, SFRAME } from "../case.ts";
import { sameFrames } from "../listing.ts";

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
      explain: euStackIsWrong(
        "from a pc outside all code eu-stack follows the frame pointer (missing the caller, or ending at 0); " +
          "gdb takes it as just called",
        (theirs, ours) =>
          isBeginning(theirs, ours) ||
          sameFrames(theirs?.frames ?? [], ours.frames.toSpliced(1, 1)),
      ),
    }))
  );
