// deno-lint-ignore-file no-console -- a tool for the terminal
/**
 * Fuzzes for long: `deno task fuzz [target] [seconds] [first seed]`. Without a target all are run in turn; without a
 * time each gets 60 seconds.
 *
 * @module
 */
import { fuzz } from "./harness.ts";
import { targets } from "./targets.ts";

const BATCH = 500;

/** Runs the targets named in `args`; returns the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const [name = "all", seconds = "60", first] = args;
  const chosen = targets.filter((target) =>
    name === "all" || target.name === name
  );
  if (chosen.length === 0) {
    const names = targets.map((target) => target.name).join(", ");
    console.error(`No fuzz target ${name}; there are: ${names}`);
    return 2;
  }
  for (const target of chosen) {
    const end = performance.now() + Number(seconds) * 1000;
    // Another start each day, and never the seeds that the tests already run.
    let seed = Number(first ?? Math.floor(Date.now() / 1000) * 1000 % 2 ** 31);
    let count = 0;
    while (performance.now() < end) {
      await fuzz(target, seed, BATCH);
      seed += BATCH;
      count += BATCH;
    }
    console.log(`${target.name}: ${count} inputs, last seed ${seed - 1}`);
  }
  return 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
