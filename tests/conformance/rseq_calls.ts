// deno-lint-ignore-file no-console -- a command
/**
 * The agreement of the model's restartable sequences with the running Linux: `programs/rseq_calls.c` makes random calls and
 * critical sections, and the model repeats them. Compared are the results of all calls, where each section ended, the
 * handlers that ran and the pc that they found, what was killed, and the bytes of the areas.
 *
 *     deno task conformance:rseq-calls [--seeds N] [--steps N] [--first SEED] [--work DIR]
 *
 * A preemption that nobody asked for changes what happens, so a seed that differs runs again, five times at most. Needs a
 * C compiler and x86-64. Exits 1 if a seed keeps to differ.
 */
import { parseArgs } from "@std/cli/parse-args";
import { hostPlace } from "./place.ts";
import {
  compareSession,
  type Comparison,
  modelOptions,
} from "./rseq_calls/replay.ts";
import { parseTrace, type Trace } from "./rseq_calls/trace.ts";

const here = new URL(".", import.meta.url);
const ATTEMPTS = 6;
/** Seeds of one run of the program. */
const BATCH = 500;

/** Runs the program for `count` seeds. */
type Runner = (first: number, count: number) => Promise<Trace>;

async function build(work: string, steps: number): Promise<Runner> {
  await Deno.mkdir(work, { recursive: true });
  const source = "rseq_calls.c";
  await Deno.copyFile(
    new URL(`programs/${source}`, here),
    `${work}/${source}`,
  );
  const place = hostPlace();
  const made = await place.run(
    work,
    `cc -O1 -Wall -Wextra -pthread -o rseq_calls ${source}`,
  );
  if (made.code !== 0) throw new Error(`rseq_calls.c: ${made.err}`);
  return async (first, count) => {
    const { code, out, err } = await place.run(
      work,
      `export GLIBC_TUNABLES=glibc.pthread.rseq=0\n` +
        `./rseq_calls ${first} ${count} ${steps}`,
    );
    if (code !== 0) throw new Error(`rseq_calls: status ${code}: ${err}`);
    return parseTrace(out);
  };
}

/** Compares a seed until it agrees, or too often. */
async function retry(
  run: Runner,
  seed: number,
): Promise<{ last: Comparison; attempts: number }> {
  let attempts = 1;
  for (;;) {
    const trace = await run(seed, 1);
    attempts++;
    const last = compareSession(trace, trace.sessions[0]!);
    if (last.difference === undefined || attempts === ATTEMPTS) {
      return { last, attempts };
    }
  }
}

class Sum {
  steps = 0;
  otherIds = 0;
  repeated = 0;
  readonly names: Map<string, number> = new Map();
  readonly differences: string[] = [];

  add(trace: Trace, index: number, comparison: Comparison): void {
    this.steps += comparison.steps;
    this.otherIds += comparison.otherIds;
    for (const { name, results } of trace.sessions[index]!.steps) {
      const key = results === undefined ? `${name}, killed` : name;
      this.names.set(key, (this.names.get(key) ?? 0) + 1);
    }
  }
}

async function main(): Promise<number> {
  const options = parseArgs(Deno.args, {
    string: ["seeds", "steps", "first", "work"],
  });
  if (Deno.build.arch !== "x86_64") {
    console.log("conformance of rseq calls: needs x86-64");
    return 0;
  }
  const temporary = Deno.env.get("TMPDIR") ?? "/tmp";
  const work = options.work || `${temporary}/framewalk-rseq-calls`;
  const seeds = Number(options.seeds || 1000);
  const first = Number(options.first || 1);
  const run = await build(String(work), Number(options.steps || 60));
  const sum = new Sum();
  for (let at = first; at < first + seeds; at += BATCH) {
    const trace = await run(at, Math.min(BATCH, first + seeds - at));
    if (at === first) {
      const { rseqFeatureSize, rseqChecks } = modelOptions(trace);
      console.log(
        `Linux ${trace.kernel}, AT_RSEQ_FEATURE_SIZE ${trace.featureSize}, AT_RSEQ_ALIGN ${trace.alignment}; ` +
          `the model: feature size ${rseqFeatureSize}, ${rseqChecks}`,
      );
    }
    for (const [index, session] of trace.sessions.entries()) {
      let comparison = compareSession(trace, session);
      if (comparison.difference !== undefined) {
        sum.repeated++;
        comparison = (await retry(run, session.seed)).last;
      }
      sum.add(trace, index, comparison);
      if (comparison.difference !== undefined) {
        sum.differences.push(`seed ${session.seed}: ${comparison.difference}`);
      }
    }
  }
  for (const [name, count] of [...sum.names].sort()) {
    console.log(`${String(count).padStart(8)} ${name}`);
  }
  console.log(
    `${sum.steps} steps of ${seeds} processes compared; ${sum.repeated} seeds ran again, ` +
      `${sum.otherIds} steps with another valid concurrency ID`,
  );
  for (const line of sum.differences.slice(0, 20)) console.log(line);
  console.log(`${sum.differences.length} seeds differ`);
  return sum.differences.length === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
