/**
 * Every instruction of a small function, from its first to the one after its return, as single-stepped cores.
 *
 * @module
 */
import { type Case, euStackIsWrong, isBeginning, SFRAME } from "../case.ts";

type Root = "v1" | "v2" | "v3";

/** gdb steps and writes the cores itself: those hold no mapping that the file has unchanged, not even as a header. */
const BY_GDB = `cat >step.gdb <<'END'
set pagination off
set disable-randomization off
break *small
run
set $i = 100
set $top = $sp
while $i < 190 && ($sp <= $top || $i < 101)
  eval "gcore core.%d", $i
  stepi
  set $i = $i + 1
end
eval "gcore core.%d", $i
kill
quit
END
gdb -nx -batch -x step.gdb ./steps >steps.log 2>&1 || { tail -3 steps.log; exit 1; }`;

/** gdb steps so far, then the process dies of SIGABRT there and the kernel writes the core. */
const BY_KERNEL = `ulimit -c unlimited
cat >step.gdb <<'END'
set pagination off
set disable-randomization off
break *small
run
set $top = $sp
set $i = 0
while $i < STEPS && ($sp <= $top)
  stepi
  set $i = $i + 1
end
if $i < STEPS
  kill
  quit
end
signal SIGABRT
quit
END
mkdir -p kept
for step in $(seq 0 89); do
  rm -f core core.[0-9]*
  sed "s/STEPS/$step/" step.gdb >one.gdb
  gdb -nx -batch -x one.gdb ./steps >steps.log 2>&1 || true
  one=$(ls core core.[0-9]* 2>/dev/null | head -1)
  [[ -n $one ]] || break
  mv "$one" kept/core.$((100 + step))
done
rm -f core core.[0-9]*
mv kept/core.* .`;

function make(
  root: Root,
  name: string,
  flags: string,
  step: string,
): Case {
  return {
    name: `steps-${name}-${root}`,
    root,
    host: root === "v1" && step === BY_KERNEL,
    kernelCores: step === BY_KERNEL,
    tools: ["gdb"],
    sources: ["steps.c"],
    script: `gcc ${SFRAME} -fno-optimize-sibling-calls ${flags} steps.c -o steps
      ${step}`,
    program: "steps",
    frames: 100,
    explain: euStackIsWrong(
      "eu-stack stops in _dl_runtime_resolve, whose CFA is rbx, at the steps where the function it called has not " +
        "saved rbx yet",
      (theirs, ours) =>
        isBeginning(theirs, ours) && theirs?.frames.length === 2,
    ),
  };
}

/** With and without frame pointer; lazily bound, so that the stub and the loader's entry are stepped through too. */
export const STEP_CASES: readonly Case[] = (["v1", "v2", "v3"] as const)
  .flatMap((root) => [
    make(root, "O0", "-O0 -Wl,-z,now", BY_GDB),
    make(root, "O2", "-O2 -Wl,-z,now", BY_KERNEL),
    make(root, "lazy", "-O2 -Wl,-z,lazy", BY_KERNEL),
    make(root, "lazy-gcore", "-O2 -Wl,-z,lazy", BY_GDB),
    make(root, "static-fp", "-O1 -static -fno-omit-frame-pointer", BY_GDB),
  ]);
