/**
 * `getrandom` of the vDSO: random bytes without a call, from a state that the caller keeps.
 *
 * `getrandom(buffer, length, flags, state, state_size)` yields how many bytes it wrote, or a negative error number;
 * `getrandom_at(offset, thread_pointer, buffer, length, flags, state_size)` takes the state to be at
 * `thread_pointer + offset`. In this order:
 *
 * | if | then |
 * | --- | --- |
 * | `state_size` is all ones, the first three 0 | 64 bytes to `state`: u32 size of a state, u32 protection, u32 flags for mmap, 0...; 0 |
 * | the state would cross a page | -EFAULT |
 * | unknown flags, another `state_size`, the state is in use | the system call, which leaves the state alone |
 * | its generation is not the kernel's | a new key by system call, an empty batch |
 *
 * | offset | size | the state |
 * | --- | --- | --- |
 * | 0 | 96 | batch: bytes made ahead |
 * | 96 | 32 | key |
 * | 128 | 8 | generation, 0 never valid |
 * | 136 | 1 | position in the batch |
 * | 137 | 1 | 1 while in use: a signal handler that comes here meanwhile makes the call |
 *
 * Bytes that were handed out are zero in the batch, and the key is replaced with each batch. A page that the kernel zeroed
 * has generation 0; a state restored on another kernel has another generation, or another size.
 *
 * Source: kernel_abi.md 2.4; Linux 7.2, lib/vdso/getrandom.c.
 *
 * @module
 */
import { readInt64, writeInt64 } from "../../formats/base/address.ts";
import { viewOf } from "../../formats/base/byte_source.ts";
import {
  chacha20Blocks,
  CHACHA_BLOCK_SIZE,
  CHACHA_KEY_SIZE,
} from "./chacha20.ts";
import { RANDOM_FLAGS, RANDOM_LIMIT } from "./entropy.ts";
import { Errno } from "./errno.ts";
import { MapFlag } from "./memory_calls.ts";
import { PAGE_SIZE, Protection } from "./user_memory.ts";
import type { VdsoFunction, VdsoWorld } from "./vdso_world.ts";

/** Bytes of a state. */
export const RANDOM_STATE_SIZE = 144;
/** Bytes of the answer to the query. */
export const RANDOM_PARAMETERS_SIZE = 64;

const BATCH_SIZE = 96;
const BATCH_AND_KEY_SIZE = BATCH_SIZE + CHACHA_KEY_SIZE;
const GENERATION_OFFSET = 128;
const POSITION_OFFSET = 136;
const IN_USE_OFFSET = 137;
/** All ones, as the model's calls see them. */
const QUERY = -1;

function getrandom(world: VdsoWorld, args: readonly number[]): number {
  const [buffer, length, flags, state, stateSize] = args as [
    number,
    number,
    number,
    number,
    number,
  ];
  if (stateSize === QUERY && buffer === 0 && length === 0 && flags === 0) {
    return writeParameters(world, state);
  }
  // A page can be zeroed at any time, so half a state would not do.
  const inPage = state - Math.floor(state / PAGE_SIZE) * PAGE_SIZE;
  if (inPage + RANDOM_STATE_SIZE > PAGE_SIZE) return -Errno.EFAULT;
  const callKernel = (): number =>
    world.systemCall("getrandom", buffer, length, flags);
  if ((flags & ~RANDOM_FLAGS) !== 0 || stateSize !== RANDOM_STATE_SIZE) {
    return callKernel();
  }
  if (length === 0) return 0;
  const bytes = world.memory.copyIn(state, RANDOM_STATE_SIZE);
  if (bytes === undefined) return -Errno.EFAULT;
  if (bytes[IN_USE_OFFSET] !== 0) return callKernel();
  const size = length < 0 ? RANDOM_LIMIT : Math.min(length, RANDOM_LIMIT);
  const { memory } = world;
  const isWritable = memory.isCovered(buffer, buffer + size, Protection.WRITE);
  if (!isWritable || !memory.copyOut(state, bytes)) return -Errno.EFAULT;
  if (!refreshKey(world, state, bytes)) return callKernel();
  fill(world, buffer, size, bytes);
  memory.copyOut(state, bytes);
  return size;
}

function writeParameters({ memory }: VdsoWorld, at: number): number {
  const bytes = new Uint8Array(RANDOM_PARAMETERS_SIZE);
  const view = viewOf(bytes);
  const words = [
    RANDOM_STATE_SIZE,
    Protection.READ | Protection.WRITE,
    MapFlag.DROPPABLE | MapFlag.ANONYMOUS,
  ];
  words.forEach((word, i) => view.setUint32(4 * i, word, memory.littleEndian));
  return memory.copyOut(at, bytes) ? 0 : -Errno.EFAULT;
}

/** Gets a new key if the kernel's generator was seeded since the state got its own; false if the kernel gave none. */
function refreshKey(
  { memory, data, systemCall }: VdsoWorld,
  state: number,
  bytes: Uint8Array,
): boolean {
  const view = viewOf(bytes);
  const { littleEndian } = memory;
  const generation = readInt64(view, GENERATION_OFFSET, littleEndian);
  if (generation === data.generation) return true;
  // The key goes to the state itself: there is no other place.
  const at = state + BATCH_SIZE;
  const size = systemCall("getrandom", at, CHACHA_KEY_SIZE, 0);
  const key = memory.copyIn(at, CHACHA_KEY_SIZE);
  const isFresh = size === CHACHA_KEY_SIZE && key !== undefined;
  writeInt64(
    view,
    GENERATION_OFFSET,
    isFresh ? data.generation : 0,
    littleEndian,
  );
  if (!isFresh) {
    memory.copyOut(state, bytes);
    return false;
  }
  bytes.set(key, BATCH_SIZE);
  bytes[POSITION_OFFSET] = BATCH_SIZE;
  return true;
}

/** Writes `size` bytes to `buffer`: what is left of the batch, whole blocks, the beginning of a new batch. */
function fill(
  { memory }: VdsoWorld,
  buffer: number,
  size: number,
  state: Uint8Array,
): void {
  // A position that the user made up is an empty batch.
  let position = Math.min(state[POSITION_OFFSET]!, BATCH_SIZE);
  let at = buffer;
  const takeBatch = (): void => {
    const count = Math.min(BATCH_SIZE - position, buffer + size - at);
    const part = state.subarray(position, position + count);
    memory.copyOut(at, part);
    part.fill(0);
    position += count;
    at += count;
  };
  takeBatch();
  while (at < buffer + size) {
    const key = state.slice(BATCH_SIZE, BATCH_AND_KEY_SIZE);
    const left = buffer + size - at;
    const blockCount = Math.floor(left / CHACHA_BLOCK_SIZE);
    memory.copyOut(at, chacha20Blocks(key, blockCount));
    at += blockCount * CHACHA_BLOCK_SIZE;
    const batchBlocks = BATCH_AND_KEY_SIZE / CHACHA_BLOCK_SIZE;
    state.set(chacha20Blocks(key, batchBlocks, blockCount));
    position = 0;
    takeBatch();
  }
  state[POSITION_OFFSET] = position;
}

/** The functions by name. */
export const RANDOM_FUNCTIONS: Readonly<Record<string, VdsoFunction>> = {
  getrandom,
  getrandom_at: (world, args) => {
    const [offset, threadPointer, buffer, length, flags, stateSize] = args;
    const state = threadPointer! + offset!;
    return getrandom(world, [buffer!, length!, flags!, state, stateSize!]);
  },
};
