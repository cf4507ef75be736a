/**
 * What unwind tables of binaries cover and cost.
 *
 * @module
 */
// What the signatures below name, so that this module can be used on its own.
export {
  BlobSource,
  type ByteSource,
  BytesSource,
  type DebugLink,
  type Decompress,
  type ElfFile,
  type ElfHeader,
  type ElfOptions,
  type ElfSection,
  ElfSegments,
  FormatError,
  type FormatErrorCode,
  type FormatErrorFields,
  openElf,
} from "../../formats/elf/mod.ts";
export { findPadding, type Gap } from "./gaps.ts";
export {
  intersect,
  RangeCollector,
  type Ranges,
  sizeOf,
  subtract,
} from "./ranges.ts";
export {
  type BinaryStat,
  type CodeCoverage,
  coverElf,
  type EhFrameStat,
  type SFrameStat,
  statElf,
} from "./stat_elf.ts";
