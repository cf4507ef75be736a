/**
 * Runs targets over mutated seeds and reports what breaks the contract.
 *
 * @module
 */
import { FormatError } from "../../formats/base/error.ts";
import { mutate, Random } from "./mutate.ts";
import type { FuzzTarget } from "./target.ts";

/** Work that any input may cost, however small it is. */
const WORK_BASE = 1 << 16;

/** Runs the target once; returns what is wrong with the outcome, or `undefined`. */
export async function tryInput(
  target: FuzzTarget,
  input: Uint8Array,
): Promise<string | undefined> {
  try {
    await target.run(input);
  } catch (error) {
    if (!(error instanceof FormatError)) {
      return `escaped: ${error instanceof Error ? error.stack : String(error)}`;
    }
  }
  const work = target.work?.() ?? 0;
  const limit = (target.workPerByte ?? 64) * input.length + WORK_BASE;
  return work > limit
    ? `work ${work} for ${input.length} bytes, at most ${limit} is allowed`
    : undefined;
}

/** Runs `count` mutations, seeds `firstSeed`, `firstSeed` + 1 …; throws an error that tells how to repeat a failure. */
export async function fuzz(
  target: FuzzTarget,
  firstSeed: number,
  count: number,
): Promise<void> {
  const seeds = await target.seeds();
  if (seeds.length === 0) throw new Error(`${target.name} has no seeds`);
  for (const [index, seed] of seeds.entries()) {
    await runGoodSeed(target, seed, `seed input ${index} is not accepted`);
  }
  for (let number = firstSeed; number < firstSeed + count; number++) {
    const input = mutate(
      seeds[number % seeds.length]!,
      new Random(number),
      seeds,
    );
    const failure = await tryInput(target, input);
    if (failure !== undefined) {
      const small = await minimise(target, input);
      throw new Error(
        `fuzz target ${target.name}, seed ${number}: ${failure}\n` +
          `input (${small.length} bytes): ${toHex(small)}`,
      );
    }
  }
  for (const [index, seed] of seeds.entries()) {
    await runGoodSeed(
      target,
      seed,
      `seed input ${index} is not accepted after seeds ${firstSeed}…${
        firstSeed + count - 1
      }`,
    );
  }
}

async function runGoodSeed(
  target: FuzzTarget,
  seed: Uint8Array,
  message: string,
): Promise<void> {
  try {
    await target.run(seed.slice());
  } catch (cause) {
    throw new Error(`fuzz target ${target.name}: ${message}: ${cause}`, {
      cause,
    });
  }
}

/** Cuts pieces out of a failing input for as long as it still fails; at most 300 trials. */
async function minimise(
  target: FuzzTarget,
  input: Uint8Array,
): Promise<Uint8Array> {
  let best = input;
  let trials = 300;
  for (let piece = best.length >>> 1; piece >= 1; piece >>>= 1) {
    for (let at = best.length - piece; at >= 0 && trials > 0; at -= piece) {
      trials--;
      const candidate = new Uint8Array(best.length - piece);
      candidate.set(best.subarray(0, at));
      candidate.set(best.subarray(at + piece), at);
      if (await tryInput(target, candidate) !== undefined) best = candidate;
    }
  }
  return best;
}

function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}
