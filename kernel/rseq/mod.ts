/**
 * Restartable sequences of processes and files: the area of every thread of a core, and the critical sections that an
 * ELF file contains.
 *
 * @module
 */
export { findRseqAreas } from "./threads.ts";
export type {
  RseqActiveSection,
  RseqAreaOptions,
  RseqPlace,
  RseqProcess,
  RseqThread,
} from "./found_areas.ts";
export type { RseqRuntime, RseqRuntimeKind } from "./runtime.ts";
export {
  type ElfCriticalSection,
  type ElfRseq,
  type ElfStrayEntry,
  readElfRseq,
} from "./elf_sections.ts";
export type { ElfPlace } from "./elf_place.ts";
export type { ElfRseqFinding, ElfRseqRule, RseqSeverity } from "./elf_rules.ts";
// What the signatures above name, so that this module can be used on its own.
export type {
  RseqArea,
  RseqConfiguration,
  RseqCs,
  RseqLayout,
  RseqMode,
  RseqProblem,
  RseqResolution,
  RseqRule,
  RseqSliceControl,
} from "../../formats/rseq/mod.ts";
export {
  type ByteSource,
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
