/**
 * Many frames, many threads, code of the kernel's.
 *
 * @module
 */
import { type Case, SFRAME } from "../case.ts";

const FLAGS = `-O2 -fno-optimize-sibling-calls ${SFRAME}`;

/** A stack overflow, threads in the vDSO, a thousand threads. */
export const LARGE_CASES: readonly Case[] = [
  {
    name: "stack-overflow",
    root: "v3",
    host: true,
    sources: ["deep.c"],
    script: `gcc ${FLAGS} deep.c -o deep
      ulimit -s 8192
      dump core ./deep`,
    program: "deep",
    frames: 100_000,
  },
  {
    name: "vdso",
    root: "v3",
    host: true,
    kernelCores: true,
    sources: ["vdso.c"],
    script: `gcc ${FLAGS} vdso.c -o vdso -pthread
      dump core ./vdso`,
    program: "vdso",
    frames: 100,
  },
  {
    name: "thousand-threads",
    root: "v3",
    host: true,
    sources: ["many.c"],
    script: `gcc ${FLAGS} many.c -o many -pthread
      dump core ./many`,
    program: "many",
    frames: 20_000,
  },
];
