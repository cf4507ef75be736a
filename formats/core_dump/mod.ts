/**
 * Core dumps of Linux processes on x86-64, aarch64 and s390x: threads with their registers, mapped files, the signal,
 * the auxiliary vector, and where in the file the memory is. Unwinding is not done here.
 *
 * Where it is specified: gABI 4.3, chapter 5; the writer, fs/binfmt_elf.c of Linux.
 *
 * @module
 */
export { type CoreDump, openCore } from "./core_dump.ts";
export { type Compression, isCompressed } from "./compression.ts";
export type { FileMapping } from "./file_note.ts";
export {
  MACHINE_REGISTERS,
  type MachineName,
  type MachineRegisters,
} from "./machines.ts";
export {
  AT,
  type CoreProcess,
  type CoreSignal,
  decodeAuxv,
} from "./process_notes.ts";
export { CoreSegments } from "./segments.ts";
export {
  describeSignal,
  describeSignalCode,
  type SignalCodeDescription,
  type SignalDescription,
} from "./signals.ts";
export {
  addFloatingRegisters,
  addThreadPointer,
  type CoreThread,
  makeThread,
  type NamedRegister,
  namedRegisters,
  type RawRegisters,
  registerText,
  stripCodeHigh,
  stripReturnAddress,
} from "./threads.ts";
export { spoolCore, type SpooledCore, type SpoolOptions } from "./spool.ts";
// What the signatures above name, so that this module can be used on its own.
export {
  FormatError,
  type FormatErrorCode,
  type FormatErrorFields,
} from "../base/error.ts";
export type { ByteSource } from "../base/byte_source.ts";
