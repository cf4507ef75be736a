/**
 * The processes that are looked at.
 *
 * @module
 */

import type { Case } from "../case.ts";
import { sameFrames } from "../listing.ts";

/** A program that comes to rest, or is stopped, so that all tools see the same. */
export interface LiveProgram {
  /** Its name. */
  readonly name: string;
  /** Files that it is made of. */
  readonly sources: readonly string[];
  /** Shell command that builds it; undefined if there is nothing to build. */
  readonly build?: string;
  /** What is run. */
  readonly command: string;
  /** A program that must be there. */
  readonly needs?: string;
  /** The least number of frames of all threads together. */
  readonly frames: number;
  /** Whether it is stopped by SIGSTOP while it is looked at, as it does not rest by itself. */
  readonly isStopped?: boolean;
  /** Where it can be tried; everywhere if not said. */
  readonly place?: "host";
  /** Says why a difference is the oracle's fault. */
  readonly explain?: Case["explain"];
  /** Oracles that are not asked, and why. */
  readonly without?: { readonly gdb?: string; readonly "eu-stack"?: string };
}

const GCC = "gcc -g -pthread";

/** All of them. */
export const LIVE_PROGRAMS: readonly LiveProgram[] = [
  {
    name: "one thread",
    sources: ["threads.c"],
    build: `${GCC} -O1 -o one threads.c`,
    command: "./one 1",
    frames: 5,
  },
  {
    name: "100 threads",
    sources: ["threads.c"],
    build: `${GCC} -O2 -o hundred threads.c`,
    command: "./hundred 100",
    frames: 1000,
  },
  {
    name: "100 threads, frame pointers",
    sources: ["threads.c"],
    build: `${GCC} -O0 -fno-omit-frame-pointer -o pointers threads.c`,
    command: "./pointers 100",
    frames: 1000,
  },
  {
    name: "100 threads, SFrame",
    sources: ["threads.c"],
    build: `${GCC} -O2 -Wa,--gsframe -o sframe threads.c`,
    command: "./sframe 100",
    frames: 1000,
  },
  {
    name: "100 threads, static",
    sources: ["threads.c"],
    build: `${GCC} -O2 -static -o static threads.c`,
    command: "./static 100",
    frames: 1000,
  },
  {
    name: "signal stack",
    sources: ["altstack.c"],
    build: `${GCC} -O1 -o altstack altstack.c`,
    command: "./altstack",
    frames: 14,
  },
  {
    name: "31 stacks of megabytes",
    sources: ["deepest.c"],
    build: `${GCC} -O1 -o deepest deepest.c`,
    command: "./deepest",
    frames: 300_000,
    without: { gdb: "it takes minutes for so many frames" },
  },
  {
    name: "vDSO, stopped",
    sources: ["clock.c"],
    build: `${GCC} -O2 -o clock clock.c`,
    command: "./clock",
    isStopped: true,
    frames: 7,
  },
  {
    name: "python3",
    sources: ["deep.py"],
    command: "python3 deep.py",
    needs: "python3",
    frames: 40,
  },
  {
    name: "node",
    sources: ["deep.js"],
    command: "node deep.js",
    needs: "node",
    frames: 50,
    place: "host",
    explain: ({ oracle, ours, others }) =>
      oracle === "gdb" &&
        sameFrames(others.get("eu-stack")?.frames ?? [], ours.frames)
        ? "gdb guesses at frames of code made at run time, and goes to no code; eu-stack follows frame pointers as we do"
        : undefined,
  },
];
