/**
 * Every instruction of a small function, from its first to the one after its return, as single-stepped cores.
 *
 * @module
 */
import { type Case, SFRAME } from "../case.ts";

const STEP = `cat >step.gdb <<'END'
set pagination off
set disable-randomization off
break *small
run
set $i = 100
set $top = $sp
while $i < 100 + LIMIT && ($sp <= $top || $i < 101)
  eval "gcore core.%d", $i
  stepi
  set $i = $i + 1
end
eval "gcore core.%d", $i
kill
quit
END
`;

function make(
  root: "v1" | "v2" | "v3",
  name: string,
  flags: string,
  limit: number,
): Case {
  return {
    name: `steps-${name}-${root}`,
    root,
    host: root === "v1",
    tools: ["gdb"],
    sources: ["steps.c"],
    script: `gcc ${SFRAME} -fno-optimize-sibling-calls ${flags} steps.c -o steps
      ${STEP.replace("LIMIT", String(limit))}
      gdb -nx -batch -x step.gdb ./steps >steps.log 2>&1 || { tail -3 steps.log; exit 1; }`,
    program: "steps",
    frames: 100,
  };
}

/** With and without frame pointer; lazily bound, so that the stub and the loader's entry are stepped through too. */
export const STEP_CASES: readonly Case[] = (["v1", "v2", "v3"] as const)
  .flatMap((root) => [
    make(root, "O0", "-O0 -Wl,-z,now", 90),
    make(root, "O2", "-O2 -Wl,-z,now", 90),
    make(root, "lazy", "-O2 -Wl,-z,lazy", 90),
    make(root, "static-fp", "-O1 -static -fno-omit-frame-pointer", 90),
  ]);
