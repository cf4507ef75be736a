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
  requestUnwind,
  type UnwindRequest,
  unwindsDone,
  type UnwindState,
} from "./walk_deferred.ts";
export {
  type ThreadTrace,
  type TraceFrame,
  walkThread,
} from "./walk_thread.ts";
// What the signatures above name, so that this module can be used on its own.
export type { CodeRange } from "./code_range.ts";
export type { ExterrState } from "./exterrctl.ts";
export type { ModelFile, ProgramImage } from "./program_image.ts";
export type { PendingSignal, SignalAction, SignalMask } from "./signals.ts";
export type { CloneResult, Subsystem, SystemCall } from "./subsystem.ts";
export { ErrorReports } from "../reports/mod.ts";
export {
  type Machine,
  Memory,
  type StopReason,
  type TableName,
} from "../mod.ts";
