// deno-lint-ignore-file no-console -- a command
/**
 * The conformance run: builds core dumps with real toolchains and compares framewalk's stacks to gdb's and eu-stack's,
 * every frame of every thread.
 *
 *     deno run -A tests/conformance/run.ts [--roots DIR] [--host] [--work DIR] [--fresh] [--framewalk COMMAND] [CASE…]
 *
 * `--roots DIR` (or FRAMEWALK_ROOTS) names a directory of Debian roots `v1`, `v2`, `v3` (native gcc and binutils that
 * write that version of SFrame) and `cross` (compilers for AArch64 and s390x, qemu-user), each with gdb and elfutils;
 * entering them needs root. Without it, or with `--host`, this machine's gcc and gdb are used and what they cannot do is
 * skipped by name. Inputs and the oracles' answers are kept under `--work` and made anew when a case changes, or with
 * `--fresh`. A CASE is a name or its beginning. Exits 1 when a difference has no explanation.
 */
import { parseArgs } from "@std/cli/parse-args";
import { ALL_CASES } from "./cases/mod.ts";
import type { Case } from "./case.ts";
import { emptyTally } from "./compare.ts";
import { hostPlace, rootPlace } from "./place.ts";
import { type Places, type Progress, SkipError } from "./inputs.ts";
import { Footnotes, report, row } from "./report.ts";
import { runCase } from "./run_case.ts";

const here = new URL(".", import.meta.url).pathname;

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

async function main(): Promise<number> {
  const options = parseArgs(Deno.args, {
    string: ["roots", "work", "framewalk"],
    boolean: ["host", "fresh", "list"],
  });
  const roots = options.host
    ? undefined
    : textOf(options.roots) ?? Deno.env.get("FRAMEWALK_ROOTS");
  const temporary = Deno.env.get("TMPDIR") ?? "/tmp";
  const progress: Progress = {
    here,
    work: await Deno.realPath(
      await made(textOf(options.work) ?? `${temporary}/framewalk-conformance`),
    ),
    fresh: options.fresh === true,
    framewalk: textOf(options.framewalk)?.split(" ") ??
      [
        Deno.execPath(),
        "run",
        "--quiet",
        "--no-prompt",
        "-R",
        `${here}../../cli/main.ts`,
      ],
  };
  const wanted = options._.map(String);
  const cases = ALL_CASES.filter((one) =>
    wanted.length === 0 ||
    wanted.some((name) => one.name === name || one.name.startsWith(name))
  );
  if (options.list) return cases.forEach((one) => console.log(one.name)), 0;
  console.log(
    row([
      "case",
      "cores",
      "threads",
      "frames",
      "= gdb",
      "= eu-stack",
      "= printed",
      "sframe",
    ]),
  );
  const notes = new Footnotes();
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  for (const one of cases) {
    const tally = emptyTally();
    try {
      const places = placesOf(one, roots);
      const cores = await runCase(one, places, progress, tally);
      if (report(one, labelOf(one, roots), tally, cores, notes)) passed++;
      else failed++;
    } catch (error) {
      if (error instanceof SkipError) {
        skipped++;
        if (roots !== undefined || one.host || wanted.length > 0) {
          console.log(`${one.name}  skipped: ${error.message}`);
        }
      } else {
        failed++;
        console.log(
          `${one.name}  FAILED: ${
            error instanceof Error ? error.message : error
          }`,
        );
      }
    }
  }
  notes.print();
  console.log(
    `conformance: ${passed} passed, ${failed} failed, ${skipped} skipped`,
  );
  return failed === 0 ? 0 : 1;
}

/** On the host a case is not of the toolchain it is named after. */
function labelOf(one: Case, roots: string | undefined): string {
  return roots === undefined ? one.name.replace(/\bv\d\b/, "host") : one.name;
}

async function made(directory: string): Promise<string> {
  await Deno.mkdir(directory, { recursive: true });
  return directory;
}

function placesOf(one: Case, roots: string | undefined): Places {
  if (roots !== undefined) {
    const build = rootPlace(roots, one.root);
    const run = one.runsIn === undefined ? build : rootPlace(roots, one.runsIn);
    return { build, run };
  }
  if (!one.host) throw new SkipError("needs a toolchain root");
  const host = hostPlace();
  return { build: host, run: host };
}

if (import.meta.main) Deno.exit(await main());
