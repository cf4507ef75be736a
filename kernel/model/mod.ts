/**
 * A model of a kernel, as far as it tells programs where their threads are: system calls with extended errors, text
 * ranges with unwind tables, restartable sequences, the thread area, fixups, error reports.
 *
 * @module
 */
export { restoreKernel, saveKernel } from "./checkpoint.ts";
export { CodeOption } from "./codectl_structs.ts";
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
export { encodeFixups, type FixupEntry, type FixupList } from "./fixup_list.ts";
export { FIXUP_RECORD_SIZE } from "./fixups.ts";
export { PageFault, Trap } from "./fault.ts";
export { MembarrierCommand } from "./membarrier.ts";
export { rseqConfiguration } from "./rseq_debugger.ts";
export { AreaFeature } from "./thread_area_structs.ts";
export { VDSO_FUNCTIONS } from "./vdso.ts";
export { RANDOM_PARAMETERS_SIZE, RANDOM_STATE_SIZE } from "./vdso_random.ts";
// What the signatures above name, so that this module can be used on its own.
export type {
  CodeFollower,
  CodeIdentity,
  CodeJit,
  CodeRange,
  CodeSection,
  CodeSidecar,
} from "./code_range.ts";
export type { EntropyState } from "./entropy.ts";
export type { ExterrState } from "./exterrctl.ts";
export type { RseqState } from "./rseq_state.ts";
export type { ThreadAreaState } from "./thread_area_state.ts";
export type {
  VdsoData,
  VdsoFunction,
  VdsoMemory,
  VdsoWorld,
} from "./vdso_world.ts";
export type { ModelFile, ProgramImage } from "./program_image.ts";
export type { PendingSignal, SignalAction, SignalMask } from "./signals.ts";
export type {
  CloneResult,
  LoadedProgram,
  Subsystem,
  SystemCall,
} from "./subsystem.ts";
export type { SFrameHeader } from "../../formats/sframe/mod.ts";
export type { ZstdDecompress } from "../../formats/sidecar/mod.ts";
export { ErrorReports } from "../reports/mod.ts";
export {
  type Machine,
  Memory,
  type StopReason,
  type TableName,
} from "../mod.ts";
