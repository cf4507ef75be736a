/**
 * Freestanding x86-64 programs that print their own stacks: the fixtures of `tests/data/cores`, with every toolchain.
 *
 * @module
 */
import {
  type Case,
  euStackIsWrong,
  isBeginning,
  type RootName,
  SFRAME,
} from "../case.ts";
import { sameFrames } from "../listing.ts";

const RUNTIME = "../programs/runtime.h";
const FLAGS =
  `-O2 -ffreestanding -nostdlib -fno-stack-protector -fno-optimize-sibling-calls -fasynchronous-unwind-tables ${SFRAME}`;

function make(
  root: RootName,
  name: string,
  source: string,
  flags: string,
  more: Partial<Case> = {},
): Case {
  return {
    name: `own-${name}-${root}`,
    root,
    host: root === "v1",
    kernelCores: true,
    prints: true,
    sources: [`../programs/${source}`, RUNTIME],
    script: `gcc ${FLAGS} ${flags} ${source} -o program
      dump core ./program`,
    program: "program",
    frames: 7,
    ...more,
  };
}

const NO_TRAMPOLINE = euStackIsWrong(
  "eu-stack does not know a signal trampoline that has no table",
  (theirs, ours) => isBeginning(theirs, ours),
);
const NOWHERE = euStackIsWrong(
  "from a pc outside all code eu-stack follows the frame pointer, or stops",
  (theirs, ours) =>
    isBeginning(theirs, ours) ||
    sameFrames(theirs?.frames ?? [], ours.frames.toSpliced(1, 1)),
);

function bare(root: RootName): Case {
  return make(root, "noframe", "noframe.c", "", {
    sources: [
      "../programs/noframe.c",
      "../programs/noframe_bare.c",
      RUNTIME,
    ],
    script:
      `gcc -O2 -fno-asynchronous-unwind-tables -fno-unwind-tables -fno-omit-frame-pointer -c noframe_bare.c
      gcc ${FLAGS} -static noframe.c noframe_bare.o -o program
      dump core ./program`,
  });
}

/** All of them. */
export const PRINTING_CASES: readonly Case[] = [
  ...(["v1", "v2", "v3"] as const).flatMap((root) => [
    make(root, "threads", "threads.c", "-static"),
    make(root, "threads-pie-O0", "threads.c", "-static-pie -fPIE -O0"),
    make(root, "signal", "signal.c", "-static", { explain: NO_TRAMPOLINE }),
    make(root, "signal-rows", "signal.c", "-static -DRESTORER_CFI"),
    make(root, "signal-thread", "signal.c", "-static-pie -fPIE -DON_THREAD", {
      explain: NO_TRAMPOLINE,
    }),
    make(root, "null", "nullcall.c", "-static -DTARGET=0", {
      explain: NOWHERE,
    }),
    make(root, "data", "nullcall.c", "-static-pie -fPIE -DTARGET=1", {
      explain: NOWHERE,
    }),
    bare(root),
  ]),
  // What is left without .eh_frame; V1 and V2 have no mark for the outermost frame, so only V3 ends where it should.
  make("v3", "threads-sframe-only", "threads.c", "-static", {
    script: `gcc ${FLAGS} -static threads.c -o whole
      objcopy -R .eh_frame -R .eh_frame_hdr whole program
      dump core ./program`,
    tools: ["objcopy"],
    without: {
      gdb: "it reads no SFrame, and there is no .eh_frame",
      "eu-stack": "it reads no SFrame, and there is no .eh_frame",
    },
  }),
];
