/**
 * FreeBSD's extended errno: the record that tells a thread why its last system call failed, beyond the error number.
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
