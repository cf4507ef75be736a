/**
 * FreeBSD's extended errno: the record that tells a thread why its last system call failed, beyond the error number.
 *
 * A thread registers a `struct uexterror` with `exterrctl`; the kernel fills it when a call fails. Here: the record and
 * the kernel's own, both ways; the categories that name source files; the texts of the C library; FreeBSD's error
 * numbers; finding records in memory. {@linkcode errorToRecord} writes this package's own errors in that form. Not
 * here: the system call (the modelled kernel has it), and traces, which are in `formats/ktrace`.
 *
 * Source: FreeBSD 15, sys/sys/_uexterror.h, exterrvar.h, exterr_cat.h; lib/libc/gen/uexterr_format.c.
 *
 * @example Records in a program's memory
 * ```ts
 * import { findRecords, formatRecord, type ByteSource } from "@framewalk/framewalk/formats/exterr";
 *
 * async function print(memory: ByteSource) {
 *   const regions = [{ address: 0x800000000, offset: 0, size: memory.size }];
 *   for await (const { address, record } of findRecords(memory, regions, { littleEndian: true })) {
 *     console.log(address.toString(16), formatRecord(record, { form: "full" }));
 *   }
 * }
 * ```
 *
 * @module
 */
export {
  CLEAR_SIZE,
  COPYOUT_OFFSET,
  COPYOUT_SIZE,
  EXTERRCTL,
  EXTERRCTL_FORCE,
  KERNEL_RECORD_SIZE,
  MAX_TEXT_SIZE,
  MESSAGE_SIZE,
  RECORD_SIZE,
  SYS_EXTERRCTL,
  VERSION,
} from "./constants.ts";
export {
  decodeRecord,
  detectRecordOrder,
  encodeRecord,
  isKnownVersion,
  makeRecord,
  messageTemplate,
  type RecordFields,
  type Uexterror,
} from "./record.ts";
export {
  CATEGORIES,
  type Category,
  type CategoryOptions,
  categoryPath,
  type CategorySource,
  findCategory,
  findCategoryByName,
} from "./categories.ts";
export {
  decodeKexterr,
  describeKexterr,
  encodeKexterr,
  type Kexterr,
  userRecord,
} from "./kexterr.ts";
export { ERROR_CATEGORIES, errorToRecord } from "./format_error.ts";
export { describeErrno, ERRNO, type ErrnoDescription } from "./errno.ts";
export {
  formatRecord,
  formatWarning,
  type TextForm,
  textFormOf,
  type TextOptions,
} from "./text.ts";
export {
  findRecords,
  type FoundRecord,
  type MemoryRegion,
  type RecordState,
  type ScanOptions,
} from "./scan.ts";
export type { ByteSource } from "../base/byte_source.ts";
export { FormatError, type FormatErrorCode } from "../base/error.ts";
