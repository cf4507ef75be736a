// deno-lint-ignore-file no-console -- a command
/**
 * The conformance run of `framewalk pstack`: real processes, whose stacks are compared to those of `eu-stack -p` and
 * `gdb -p`, every frame of every thread; processes in every state, for what is said of them; and a process with every
 * kind of wait, which must not notice that it was looked at a thousand times.
 *
 *     deno run -A tests/conformance/pstack.ts [--roots DIR] [--work DIR] [--looks N] [--framewalk COMMAND]
 *
 * `--roots DIR` (or FRAMEWALK_ROOTS) names a directory with the Debian root `v3`: the processes run in it as well, seen
 * from outside. Needs root, gcc, gdb and elfutils. Exits 1 when a difference has no explanation.
 */
import { parseArgs } from "@std/cli/parse-args";
import type { Case } from "./case.ts";
import { emptyTally } from "./compare.ts";
import { checkHealth } from "./live/health.ts";
import { compareProgram } from "./live/compare_program.ts";
import { checkOutcomes } from "./live/outcomes.ts";
import { LIVE_PROGRAMS, type LiveProgram } from "./live/programs.ts";
import { hostPlace, type Place, rootPlace } from "./place.ts";
import { Footnotes, report, row } from "./report.ts";

const here = new URL(".", import.meta.url).pathname;
const DEFAULT_LOOKS = 1000;

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

async function main(): Promise<number> {
  const options = parseArgs(Deno.args, {
    string: ["roots", "work", "looks", "framewalk"],
  });
  const roots = textOf(options.roots) ?? Deno.env.get("FRAMEWALK_ROOTS");
  const work = textOf(options.work) ??
    `${Deno.env.get("TMPDIR") ?? "/tmp"}/framewalk-pstack`;
  const framewalk = textOf(options.framewalk)?.split(" ") ??
    [Deno.execPath(), "run", "--quiet", "-A", `${here}../../cli/main.ts`];
  const places = [hostPlace()];
  if (roots !== undefined) places.push(rootPlace(roots, "v3"));
  let failed = await compareAll(places, work, framewalk);
  failed += await checkOutcomes(here, work, framewalk);
  failed += await checkHealth(
    here,
    work,
    Number(textOf(options.looks) ?? DEFAULT_LOOKS),
  );
  console.log(`pstack: ${failed === 0 ? "all is well" : `${failed} failed`}`);
  return failed === 0 ? 0 : 1;
}

/** Prints the table. @returns How many programs differ. */
async function compareAll(
  places: readonly Place[],
  work: string,
  framewalk: readonly string[],
): Promise<number> {
  console.log(row([
    "process",
    "",
    "threads",
    "frames",
    "= gdb",
    "= eu-stack",
    "",
    "sframe",
  ]));
  const notes = new Footnotes();
  let failed = 0;
  for (const place of places) {
    for (const program of LIVE_PROGRAMS) {
      const label = `${program.name}, ${place.name}`;
      const tally = emptyTally();
      try {
        const directory = `${work}/${place.name}`;
        const ran = await compareProgram(
          program,
          { here, place, directory, framewalk },
          tally,
        );
        if (!ran) console.log(`${label}  skipped: no ${program.needs}`);
        else if (!report(caseOf(program), label, tally, 1, notes)) failed++;
      } catch (error) {
        failed++;
        const why = error instanceof Error ? error.message : error;
        console.log(`${label}  FAILED: ${why}`);
      }
    }
  }
  notes.print();
  return failed;
}

/** As much of a case as the table needs. */
function caseOf(program: LiveProgram): Case {
  return {
    name: program.name,
    root: "v3",
    sources: [],
    script: "",
    program: program.command,
    frames: program.frames,
    without: program.without ?? {},
  };
}

if (import.meta.main) Deno.exit(await main());
