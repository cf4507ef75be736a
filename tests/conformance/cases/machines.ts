/**
 * AArch64 and s390x programs, dumped by qemu-user: such cores hold no text and name no files.
 *
 * @module
 */
import { type Case, type RootName, SFRAME } from "../case.ts";

type Machine = "aarch64" | "aarch64_be" | "s390x";

interface Recipe {
  readonly name: string;
  readonly sources: readonly string[];
  readonly flags: string;
  readonly frames: number;
  readonly arguments?: string;
  readonly more?: Partial<Case>;
}

function make(
  root: RootName,
  version: string,
  machine: Machine,
  recipe: Recipe,
): Case {
  const prefix = machine === "s390x" ? "s390x" : "aarch64";
  const main = recipe.sources[0]!.split("/").at(-1)!;
  const big = machine === "aarch64_be" ? "-mbig-endian" : "";
  const atomics = machine === "s390x" ? "" : "-mno-outline-atomics";
  return {
    name: `${machine}-${recipe.name}-${version}`,
    root,
    runsIn: "cross",
    debugger: "gdb-multiarch",
    tools: [`qemu-${machine}`],
    sources: recipe.sources,
    build:
      `${prefix}-linux-gnu-gcc -fno-optimize-sibling-calls ${SFRAME} ${big} ${atomics} ${recipe.flags} ${main} -o program`,
    script: `dump core qemu-${machine} -L /usr/${prefix}-linux-gnu ./program ${
      recipe.arguments ?? ""
    }`,
    program: "program",
    frames: recipe.frames,
    ...recipe.more,
  };
}

const NO_EU_STACK =
  "a core of qemu-user names no files: eu-stack finds no tables and follows the frame pointer";
const RUNTIME = "../programs/runtime.h";
const BARE =
  "-O2 -ffreestanding -nostdlib -static -fno-stack-protector -fasynchronous-unwind-tables";

/** Programs of a C library, without signed addresses: gdb is the oracle. */
const LIBRARY: readonly Recipe[] = [
  ["O0", "-O0 -static"],
  ["O2", "-O2 -static"],
  ["O3-stripped", "-O3 -static -s"],
].map(([name, flags]) => ({
  name: `mix-${name}`,
  sources: ["mix.c"],
  flags: `${flags} -pthread`,
  frames: 80,
  more: { without: { "eu-stack": NO_EU_STACK } },
}));

/** Through the dynamic loader: modules come from its link map. Not position-independent, or gdb misses the bias. */
const DYNAMIC: readonly Recipe[] = [
  {
    name: "mix-dynamic",
    sources: ["mix.c"],
    flags: "-O2 -no-pie -pthread",
    frames: 80,
  },
  {
    name: "jump-dynamic",
    sources: ["jumps.c"],
    flags: "-O2 -no-pie -pthread",
    frames: 8,
    arguments: "unmapped",
  },
];

/** Freestanding programs, which print their own stacks. */
const PRINTING: readonly Recipe[] = [
  { name: "threads", sources: ["../programs/threads.c", RUNTIME], flags: BARE },
  {
    name: "signal",
    sources: ["../programs/signal.c", RUNTIME],
    flags: BARE,
  },
  {
    name: "signal-thread-vdso",
    sources: ["../programs/signal.c", RUNTIME],
    flags: `${BARE} -DON_THREAD -DNO_RESTORER`,
  },
  {
    name: "null",
    sources: ["../programs/nullcall.c", RUNTIME],
    flags: `${BARE} -DTARGET=0`,
  },
  {
    name: "data-pie",
    sources: ["../programs/nullcall.c", RUNTIME],
    flags: `${BARE.replace("-static", "-static-pie")} -fpie -DTARGET=1`,
  },
].map((recipe) => ({
  ...recipe,
  frames: 7,
  more: { prints: true, without: { "eu-stack": NO_EU_STACK } },
}));

const SIGNED: readonly Recipe[] = PRINTING.map((recipe) => ({
  ...recipe,
  name: `${recipe.name}-pac`,
  flags: `${recipe.flags} -mbranch-protection=pac-ret`,
}));

/** Everything on AArch64, what libraries there are for on s390x, the freestanding ones in the other byte order. */
export const MACHINE_CASES: readonly Case[] = [
  ...(["v1", "v2", "cross"] as const).flatMap((root) => {
    const version = root === "cross" ? "v3" : root;
    return [...LIBRARY, ...PRINTING, ...SIGNED]
      .map((recipe) => make(root, version, "aarch64", recipe));
  }),
  ...[...LIBRARY, ...PRINTING]
    .map((recipe) => make("cross", "v3", "s390x", recipe)),
  ...DYNAMIC.flatMap((recipe) =>
    (["aarch64", "s390x"] as const).map((machine): Case => ({
      ...make("cross", "v3", machine, recipe),
      libraries: `/usr/${machine}-linux-gnu`,
      without: { "eu-stack": NO_EU_STACK },
    }))
  ),
  make("cross", "v3", "aarch64", {
    name: "mix-pac",
    sources: ["mix.c"],
    flags: "-O2 -static -pthread -mbranch-protection=pac-ret",
    frames: 80,
  }),
  ...PRINTING.map((recipe) => make("cross", "v3", "aarch64_be", recipe)),
];
