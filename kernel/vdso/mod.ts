/**
 * vDSO images: the functions that the kernel maps into every process, with their versions, fixups and unwind tables, and
 * the constraints that an image keeps to.
 *
 * @module
 */
export { findVdso, readVdso, type Vdso, type VdsoTrampoline } from "./vdso.ts";
export type { VdsoBreach, VdsoRule } from "./check.ts";
export type { VdsoCoverage, VdsoFunction, VdsoHole } from "./coverage.ts";
export type { VdsoFixup, VdsoFixups } from "./fixups.ts";
export type { VdsoSymbol } from "./symbols.ts";
// What the signatures above name, so that this module can be used on its own.
export {
  type ByteSource,
  BytesSource,
  type DebugLink,
  type Decompress,
  type ElfFile,
  type ElfHeader,
  type ElfOptions,
  type ElfSection,
  type ElfSegments,
  FormatError,
  type FormatErrorCode,
  type FormatErrorFields,
  openElf,
} from "../../formats/elf/mod.ts";
export {
  type Candidate,
  type CoreDump,
  type CoreProcess,
  type CoreSegments,
  type CoreSignal,
  type CoreThread,
  type FileMapping,
  type FindCandidates,
  type FrameBuffer,
  type MachineName,
  type Module,
  type ModuleRequest,
  type ModuleStatus,
  openSession,
  type RawRegisters,
  Session,
  type SessionOptions,
  type SourceFrame,
  STOP_REASONS,
  type StopReason,
  type SymbolName,
  type TableSource,
  type UnwindRow,
  type UnwindTable,
} from "../mod.ts";
