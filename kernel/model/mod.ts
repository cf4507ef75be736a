/**
 * A model of a kernel, as far as it tells programs where their threads are: system calls with extended errors, text
 * ranges with unwind tables, restartable sequences, the thread area, fixups, error reports.
 *
 * @module
 */
export { restoreKernel, saveKernel } from "./checkpoint.ts";
export { Errno, errnoName } from "./errno.ts";
export type { KernelEvent } from "./events.ts";
export { Kernel, type KernelGlobals, RESULT_REGISTERS } from "./kernel.ts";
export type { PendingSignal } from "./signals.ts";
export type { KernelOptions, KernelSettings } from "./options.ts";
export { Category, type ExtendedError, type Site } from "./site.ts";
export type { AddressSpace, ExitStatus, Process, Thread } from "./state.ts";
export {
  type Mapping,
  type MappingOptions,
  PAGE_SIZE,
  Protection,
  USER_END,
  UserMemory,
} from "./user_memory.ts";
export { SYSTEM_CALLS } from "./subsystems.ts";
export {
  type ThreadTrace,
  type TraceFrame,
  walkThread,
} from "./walk_thread.ts";
