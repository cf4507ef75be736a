/**
 * FreeBSD's ktrace.out: a record for each system call, signal, context switch ... of the traced processes, the extended
 * errors of failing calls among them.
 *
 * The file has no header: {@linkcode detectKtrace} tells it, and the machine that wrote it, by its first records.
 * {@linkcode readKtrace} yields the records of a trace of any size; {@linkcode decodePayload} takes one apart.
 *
 * Source: FreeBSD 15, sys/sys/ktrace.h.
 *
 * @example The extended errors of a trace
 * ```ts
 * import { decodePayload, KTR, readKtrace } from "@framewalk/framewalk/formats/ktrace";
 * import { formatRecord } from "@framewalk/framewalk/formats/exterr";
 *
 * async function print(chunks: AsyncIterable<Uint8Array>) {
 *   const layout = { littleEndian: true, wordSize: 8 } as const;
 *   for await (const record of readKtrace(chunks, { layout, types: [KTR.EXTERR] })) {
 *     const payload = decodePayload(record.type, record.payload, layout);
 *     if (payload.kind === "EXTERR") console.log(record.pid, formatRecord(payload.record));
 *   }
 * }
 * ```
 *
 * @module
 */
export {
  COMM_SIZE,
  KTR,
  KTR_DROP,
  KTR_TYPE_MASK,
  KTR_VERSIONED,
  typeName,
} from "./constants.ts";
export {
  decodeHeader,
  encodeHeader,
  headerSize,
  type KtraceHeader,
  type KtraceLayout,
  nanosecondsOf,
  threadOf,
} from "./header.ts";
export { detectKtrace } from "./detect.ts";
export {
  encodeKtraceRecord,
  type KtraceOptions,
  KtraceParser,
  type KtraceRecord,
  readKtrace,
} from "./stream.ts";
export { decodePayload, encodePayload, payloadStrings } from "./payload.ts";
export type {
  BytesPayload,
  CapfailPayload,
  CswPayload,
  ExterrPayload,
  FaultendPayload,
  FaultPayload,
  GenioPayload,
  KtracePayload,
  OldCapfailPayload,
  ProcctorPayload,
  PsigPayload,
  RawPayload,
  StructArrayPayload,
  StructPayload,
  SyscallPayload,
  SysretPayload,
} from "./payload_types.ts";
export { ForeignProcesses } from "./abi.ts";
export { type KdumpOptions, kdumpText } from "./kdump.ts";
export { signalName } from "./signals.ts";
export { syscallName, SYSCALLS } from "./syscalls.ts";
export type { Uexterror } from "../exterr/mod.ts";
export { FormatError, type FormatErrorCode } from "../base/error.ts";
