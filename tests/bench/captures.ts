// deno-lint-ignore-file no-console -- a command
/**
 * Times `profile --format addresses` on captures against the command of perf that prints the same, in turn, and prints
 * medians and ratios.
 *
 *     perf record -e cpu-clock -F 1999 --call-graph dwarf,8192 -m 512 -o work.data PROGRAM
 *     deno run -A tests/bench/captures.ts [--runs N] [--framewalk COMMAND] work.data...
 */
import { parseArgs } from "@std/cli/parse-args";
import { median, type Run, time } from "./timing.ts";

const MAIN = new URL("../../cli/main.ts", import.meta.url).pathname;

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function describe(runs: Run[]): string {
  const wall = median(runs.map(({ milliseconds }) => milliseconds));
  const peak = median(runs.map(({ peakMib }) => peakMib));
  return `${wall.toFixed(0)} ms, ${peak.toFixed(1)} MiB`;
}

async function compare(
  capture: string,
  framewalk: string[],
  count: number,
  work: string,
): Promise<void> {
  const path = await Deno.realPath(capture);
  const ours: Run[] = [];
  const theirs: Run[] = [];
  for (let i = 0; i <= count; i++) {
    const own = ["profile", path, "--format", "addresses"];
    const mine = await time([...framewalk, ...own], work);
    const perf = ["perf", "script", "-i", path, "--no-inline", "-F", "ip"];
    const its = await time(perf, work);
    if (i === 0) { // a warm-up
      const same = isSame(mine.stdout, its.stdout);
      console.log(`${capture}: output ${same ? "the same" : "DIFFERENT"}`);
      continue;
    }
    ours.push(mine);
    theirs.push(its);
  }
  const ratios = theirs.map((its, i) =>
    its.milliseconds / ours[i]!.milliseconds
  );
  console.log(`  framewalk  ${describe(ours)}`);
  console.log(`  perf       ${describe(theirs)}`);
  console.log(`  perf takes ${median(ratios).toFixed(1)} times as long`);
}

async function main(): Promise<void> {
  const options = parseArgs(Deno.args, { string: ["runs", "framewalk", "_"] });
  const framewalk = typeof options.framewalk === "string"
    ? options.framewalk.split(" ")
    : [Deno.execPath(), "run", "-R", MAIN];
  const work = await Deno.makeTempDir();
  for (const capture of options._ as string[]) {
    await compare(capture, framewalk, Number(options.runs ?? 9), work);
  }
  await Deno.remove(work, { recursive: true });
}

if (import.meta.main) await main();
