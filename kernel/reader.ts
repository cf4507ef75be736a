/**
 * All of `mod.ts` but what brings every part of the walker into the module graph: sessions opened here have only those
 * parts that their owner gives. Every module costs a fifth of a millisecond when a command starts.
 *
 * @module
 */
export {
  type Backtrace,
  type BacktraceFrame,
  type BacktraceHead,
  type BacktraceModule,
  type BacktraceOptions,
  type BacktraceSignal,
  type BacktraceThread,
  describeHead,
  describeThread,
  findCrashed,
  loadFrameLines,
  loadFrameSymbols,
  returnAdjustment,
} from "./walk/backtrace.ts";
export { sourcePath } from "./walk/source_path.ts";
export {
  CodeMap,
  Module,
  type ModuleStatus,
  NO_MODULE,
  NO_TEXT,
} from "./walk/code_map.ts";
export {
  FrameBuffer,
  FrameFlag,
  Stop,
  STOP_REASONS,
  type StopReason,
  TABLE_NAMES,
  type TableName,
} from "./walk/frame_buffer.ts";
export {
  type LiveFacts,
  liveProcess,
  type LiveThread,
} from "./walk/live_process.ts";
export type { Machine } from "./walk/machine.ts";
export { MACHINES } from "./walk/machines.ts";
export { BytesMemory, Memory } from "./walk/memory.ts";
export type {
  Candidate,
  FindCandidates,
  ModuleRequest,
} from "./walk/candidates.ts";
export { RuleCache } from "./walk/rule_cache.ts";
export {
  openProcess,
  openSession,
  Session,
  type SessionOptions,
  type SymbolName,
} from "./walk/session.ts";
export { SourceMemory } from "./walk/source_memory.ts";
export { TABLE_SOURCES, type TableSource } from "./walk/table_sources.ts";
export { DEBUGGER_POLICY, KERNEL_POLICY, Walk } from "./walk/walk.ts";
export type { WalkPolicy } from "./walk/walk_state.ts";
export {
  BlobSource,
  type ByteSource,
  BytesSource,
  SubSource,
} from "../formats/base/byte_source.ts";
// What the signatures above name, so that this module can be used on its own.
export type {
  CoreDump,
  CoreProcess,
  CoreSegments,
  CoreSignal,
  CoreThread,
  FileMapping,
  MachineName,
  RawRegisters,
} from "../formats/core_dump/mod.ts";
export type { ModuleParts } from "./walk/module_parts.ts";
export type { MemoryMap } from "../formats/proc/mod.ts";
export type { SourceFrame } from "../formats/dwarf/mod.ts";
export type { Decompress } from "../formats/elf/mod.ts";
export { FormatError, type FormatErrorCode } from "../formats/base/error.ts";
export type { UnwindRow, UnwindTable } from "../formats/base/unwind_row.ts";
