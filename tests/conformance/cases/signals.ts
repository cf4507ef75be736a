/**
 * Crashes in signal handlers, on alternate stacks, in handlers inside handlers.
 *
 * @module
 */
import { type Case, SFRAME } from "../case.ts";

const MODES = ["handler", "altstack", "nested", "thread", "fault"] as const;

/** Every mode with every toolchain, dynamic and static by turns. */
export const SIGNAL_CASES: readonly Case[] = (["v1", "v2", "v3"] as const)
  .flatMap((root) =>
    MODES.map((mode, i): Case => ({
      name: `signal-${mode}-${root}`,
      root,
      host: root === "v1",
      kernelCores: true,
      sources: ["signals.c"],
      script: `gcc -O2 -fno-optimize-sibling-calls ${SFRAME} ${
        i % 2 === 1 ? "-static" : ""
      } signals.c -o signals -pthread
        dump core ./signals ${mode}`,
      program: "signals",
      frames: 13,
    }))
  );
