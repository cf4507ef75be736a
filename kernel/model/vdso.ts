/**
 * The vDSO: functions of the kernel that run in user mode.
 *
 * Each function is given a {@linkcode VdsoWorld} and its arguments, and nothing else: it cannot find out which thread
 * called it. Two forms of each, one with a pointer, one with an offset and the thread pointer, are in `vdso_area.ts` and
 * `vdso_random.ts`.
 *
 * Source: kernel_abi.md 2.1 (R6 to R10), 2.4, 3.2.
 *
 * @module
 */
import { Errno } from "./errno.ts";
import { exactArguments, type Kernel, RESULT_REGISTERS } from "./kernel.ts";
import type { Thread } from "./state.ts";
import { credentialsOffset } from "./thread_area_credentials.ts";
import { AREA_FUNCTIONS } from "./vdso_area.ts";
import { RANDOM_FUNCTIONS } from "./vdso_random.ts";
import type { VdsoFunction, VdsoWorld } from "./vdso_world.ts";

/** All functions by name. */
export const VDSO_FUNCTIONS: ReadonlyMap<string, VdsoFunction> = new Map([
  ...Object.entries(AREA_FUNCTIONS),
  ...Object.entries(RANDOM_FUNCTIONS),
]);

/**
 * Thread `tid` calls the vDSO's function `name`. Arguments as with a system call: what is missing is 0, what is no exact
 * integer -1.
 *
 * @returns What the function returned; -ESRCH if there is no such thread, -ENOSYS if there is no such function.
 */
export function callVdso(
  kernel: Kernel,
  tid: number,
  name: string,
  args: readonly number[],
): number {
  const thread = kernel.threads.get(tid);
  if (thread === undefined) return -Errno.ESRCH;
  const call = VDSO_FUNCTIONS.get(name);
  kernel.globals.failure = null;
  const result = call === undefined
    ? -Errno.ENOSYS
    : call(worldOf(kernel, thread), exactArguments(args));
  thread.registers[RESULT_REGISTERS[kernel.machine.name]] = result;
  return result;
}

function worldOf(kernel: Kernel, thread: Thread): VdsoWorld {
  return {
    memory: kernel.spaceOf(thread).memory,
    data: {
      featureSize: kernel.settings.rseqFeatureSize,
      credentialsOffset: credentialsOffset(kernel),
      credentials: kernel.settings.credentials,
      generation: kernel.globals.entropy.generation,
    },
    systemCall: (name, ...args) => kernel.call(thread.tid, name, ...args),
  };
}
