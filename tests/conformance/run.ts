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
import { emptyTally, type Tally } from "./compare.ts";
import { hostPlace, type Place, rootPlace } from "./place.ts";
import { type Progress, runCase, SkipError } from "./run_case.ts";

const here = new URL(".", import.meta.url).pathname;

function ratio([same, asked]: [number, number]): string {
  return asked === 0 ? "-" : same === asked ? String(same) : `${same}/${asked}`;
}

function row(cells: readonly (string | number)[]): string {
  const widths = [34, 6, 8, 9, 10, 10, 9, 9];
  return cells.map((cell, i) =>
    i === 0
      ? String(cell).padEnd(widths[i]!)
      : String(cell).padStart(widths[i] ?? 0)
  )
    .join(" ");
}

function report(one: Case, tally: Tally, cores: number): boolean {
  const short = tally.frames < one.frames;
  const good = tally.unexplained.length === 0 && !short;
  console.log(
    row([
      one.name,
      cores,
      tally.threads,
      tally.frames,
      ratio(tally.gdb),
      ratio(tally.euStack),
      ratio(tally.printed),
      tally.sframe,
    ]) + (good ? "  ok" : "  DIFFERS"),
  );
  for (const [why, count] of tally.explained) {
    console.log(`    explained (${count}): ${why}`);
  }
  for (const [oracle, why] of Object.entries(one.without ?? {})) {
    console.log(`    ${oracle} not asked: ${why}`);
  }
  for (const line of tally.unexplained.slice(0, 4)) {
    console.log(`    unexplained: ${line}`);
  }
  if (tally.unexplained.length > 4) {
    console.log(`    and ${tally.unexplained.length - 4} more`);
  }
  if (short) {
    console.log(`    too few frames: ${tally.frames}, expected ${one.frames}`);
  }
  return good;
}

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
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  for (const one of cases) {
    const tally = emptyTally();
    try {
      const place = placeOf(one, roots);
      const cores = await runCase(one, place, progress, tally);
      if (report(one, tally, cores)) passed++;
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
  console.log(
    `conformance: ${passed} passed, ${failed} failed, ${skipped} skipped`,
  );
  return failed === 0 ? 0 : 1;
}

async function made(directory: string): Promise<string> {
  await Deno.mkdir(directory, { recursive: true });
  return directory;
}

function placeOf(one: Case, roots: string | undefined): Place {
  if (roots !== undefined) return rootPlace(roots, one.root);
  if (!one.host) throw new SkipError("needs a toolchain root");
  return hostPlace();
}

if (import.meta.main) Deno.exit(await main());
