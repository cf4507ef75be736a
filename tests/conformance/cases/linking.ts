/**
 * Inside the linkage: a stub of the PLT, the loader while it resolves.
 *
 * @module
 */
import { type Case, type RootName, SFRAME } from "../case.ts";

const FLAGS = `-O2 -fno-optimize-sibling-calls ${SFRAME}`;
const ROOTS: readonly RootName[] = ["v1", "v2", "v3"];

const PLT: readonly Case[] = ROOTS.flatMap((root) =>
  Object.entries({
    lazy: "-Wl,-z,lazy -Wl,-z,norelro",
    now: "-Wl,-z,now -Wl,-z,relro",
    ibt: "-Wl,-z,lazy -Wl,-z,norelro -fcf-protection=full -Wl,-z,ibtplt",
  }).map(([kind, flags]): Case => ({
    name: `plt-stub-${kind}-${root}`,
    root,
    host: root === "v1",
    sources: ["plt.c"],
    script: `gcc ${FLAGS} ${flags} plt.c -o plt
      dump core ./plt`,
    program: "plt",
    frames: 7,
    ...(root === "v1" && kind === "ibt"
      ? {
        wrongSframe:
          "ld 2.40 gives .plt.sec the rows of the first .plt entry (sp+16, sp+24) and moves its own to the next section",
      }
      : {}),
  }))
);

const RESOLVER: readonly Case[] = ROOTS.flatMap((root) =>
  ["", "-DABORT"].map((flag): Case => ({
    name: `ifunc-resolver${flag === "" ? "" : "-abort"}-${root}`,
    root,
    host: root === "v1",
    sources: ["lazy_main.c", "lazy_lib.c"],
    script: `gcc ${FLAGS} ${flag} -fPIC -shared lazy_lib.c -o liblazy.so
      gcc ${FLAGS} -Wl,-z,lazy lazy_main.c ./liblazy.so -o lazy
      dump core ./lazy`,
    program: "lazy",
    frames: 14,
  }))
);

/** All of them. */
export const LINKING_CASES: readonly Case[] = [...PLT, ...RESOLVER];
