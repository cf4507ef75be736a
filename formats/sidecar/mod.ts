/**
 * Sidecars: unwind tables that are kept beside a binary and name it by its build ID. Two forms, of which lookups read
 * only the parts that they need: the SFrame section in seekable zstd, which `zstd -d` gives back, and a compact table of
 * a third of `.eh_frame`'s size. `FORMAT.md` describes both.
 *
 * Compressing and decompressing is the caller's: functions for it are handed in.
 *
 * @module
 */
export {
  FormatError,
  type FormatErrorCode,
  type FormatErrorFields,
} from "../base/error.ts";
export {
  BlobSource,
  type ByteSource,
  BytesSource,
} from "../base/byte_source.ts";
export {
  Base,
  Lookup,
  RowFlag,
  UnwindRow,
  type UnwindTable,
} from "../base/unwind_row.ts";
export {
  encodeSidecar,
  type EncodeSidecarOptions,
  SIDECAR_FORMATS,
  type SidecarFormat,
} from "./encode.ts";
export {
  type SidecarMeta,
  sidecarPaths,
  type ZstdCompress,
  type ZstdDecompress,
} from "./meta.ts";
export { openSidecar, type SidecarOptions } from "./open.ts";
export { type SidecarTable } from "./sidecar_table.ts";
