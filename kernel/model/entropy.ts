/**
 * The kernel's random bytes: a model, so that a run can be repeated. They follow from the seed that the kernel was made
 * with and are not random for any other purpose.
 *
 * `getrandom(buffer, length, flags)` fills the buffer whole. As in Linux, the generator's key is replaced with each use,
 * and a reseed raises the generation, by which states in user space notice that theirs is old.
 *
 * @module
 */
import { viewOf } from "../../formats/base/byte_source.ts";
import {
  chacha20Blocks,
  CHACHA_BLOCK_SIZE,
  CHACHA_KEY_SIZE,
} from "./chacha20.ts";
import { Errno } from "./errno.ts";
import type { Kernel } from "./kernel.ts";
import { Category, defineSites } from "./site.ts";
import type { Thread } from "./state.ts";
import type { Subsystem } from "./subsystem.ts";
import { Protection } from "./user_memory.ts";

/** The generator. */
export interface EntropyState {
  /** Its key. */
  key: Uint8Array;
  /** How often it was seeded; never 0. */
  generation: number;
}

/** Most bytes of one call, as of any read in Linux. */
export const RANDOM_LIMIT = 0x7fff_f000;
/** Flags of getrandom: they change nothing here, since the generator is always ready. */
export const RandomFlag = { NONBLOCK: 1, RANDOM: 2, INSECURE: 4 } as const;
/** All flags. */
export const RANDOM_FLAGS = 7;

const SITES = defineSites(Category.VDSO, {
  flags: [1, Errno.EINVAL, "unknown flags %#jx"],
  buffer: [2, Errno.EFAULT, "buffer at %#jx of %#jx bytes is not writable"],
});

/** A generator that was seeded once, with `seed`. */
export function seedEntropy(seed: number): EntropyState {
  const key = new Uint8Array(CHACHA_KEY_SIZE);
  viewOf(key).setFloat64(0, seed, true);
  return { key, generation: 1 };
}

/** Seeds anew from the old key: a new generation. */
export function reseedEntropy(state: EntropyState): void {
  nextBytes(state, 0);
  state.generation++;
}

/** The next `size` bytes. */
export function nextBytes(state: EntropyState, size: number): Uint8Array {
  const needed = CHACHA_KEY_SIZE + size;
  const stream = chacha20Blocks(
    state.key,
    Math.ceil(needed / CHACHA_BLOCK_SIZE),
  );
  state.key = stream.slice(0, CHACHA_KEY_SIZE);
  return stream.subarray(CHACHA_KEY_SIZE, needed);
}

function getrandom(
  kernel: Kernel,
  thread: Thread,
  args: readonly number[],
): number {
  const [buffer, length, flags] = args as [number, number, number];
  const both = RandomFlag.RANDOM | RandomFlag.INSECURE;
  if ((flags & ~RANDOM_FLAGS) !== 0 || (flags & both) === both) {
    return kernel.fail(thread, SITES.flags, flags);
  }
  const size = length < 0 ? RANDOM_LIMIT : Math.min(length, RANDOM_LIMIT);
  const { memory } = kernel.spaceOf(thread);
  if (!memory.isCovered(buffer, buffer + size, Protection.WRITE)) {
    return kernel.fail(thread, SITES.buffer, buffer, size);
  }
  memory.copyOut(buffer, nextBytes(kernel.globals.entropy, size));
  return size;
}

/** Random bytes as a part of the kernel. */
export const ENTROPY: Subsystem = { calls: { getrandom } };
