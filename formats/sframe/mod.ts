/**
 * SFrame: the compact unwind table that GNU as and ld write into `.sframe`. Versions 1, 2 and 3, for AMD64, AArch64
 * (both byte orders) and s390x.
 *
 * {@linkcode openSFrame} is for walking stacks: it searches the section where it lies. {@linkcode decodeSFrame} is for
 * looking at a section: it makes objects of everything. Neither finds the section in an ELF file nor applies
 * relocations.
 *
 * @example Looking up one address
 * ```ts
 * import { openSFrame } from "@framewalk/framewalk/formats/sframe";
 * try {
 *   openSFrame(new Uint8Array(28), 0x1000);
 * } catch (error) {
 *   console.log(String(error)); // FormatError: Cannot read SFrame magic at offset 0x0: …
 * }
 * ```
 *
 * Source: The SFrame Format, GNU binutils (libsframe/doc/sframe-spec.texi).
 *
 * @module
 */
export {
  FormatError,
  type FormatErrorCode,
  type FormatErrorFields,
} from "../base/error.ts";
export {
  Base,
  Lookup,
  RowFlag,
  UnwindRow,
  type UnwindTable,
} from "../base/unwind_row.ts";
export { SFrameAbi, SFrameFlag } from "./constants.ts";
export {
  controlWord,
  decodeSFrame,
  type SFrameFunction,
  type SFrameRow,
  type SFrameSection,
} from "./decode.ts";
export { isSFrame, type SFrameHeader } from "./header.ts";
export { openSFrameSections, type SFrameTables } from "./sections.ts";
export { openSFrame, type SFrameOptions, SFrameTable } from "./table.ts";
