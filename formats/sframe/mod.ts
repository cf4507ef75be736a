/**
 * SFrame: the compact unwind table that GNU as and ld write into `.sframe`. Versions 1, 2 and 3, for AMD64, AArch64
 * (both byte orders) and s390x.
 *
 * {@linkcode openSFrame} is for walking stacks: it searches the section where it lies (its documentation has
 * an example). {@linkcode decodeSFrame} is for
 * looking at a section: it makes objects of everything. Neither finds the section in an ELF file nor applies
 * relocations.
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
export {
  compareSFrame,
  type NamedSFrameFunction,
  type SFrameDifference,
  type SFrameFunctionChange,
  type SFrameRowChange,
} from "./compare.ts";
export { SFrameAbi, SFrameFlag } from "./constants.ts";
export { buildSFrame } from "./builder.ts";
export { decodeSFrame } from "./decode.ts";
export {
  controlWord,
  type SFrameFunction,
  type SFrameRow,
  type SFrameSection,
} from "./decoded.ts";
export { encodeSFrame, encodeSFrameSections } from "./encode.ts";
export {
  decodeHeader as decodeSFrameHeader,
  isSFrame,
  type SFrameHeader,
} from "./header.ts";
export { type KernelHeaderProblem, readKernelHeader } from "./kernel_header.ts";
export { KernelSection, type KernelSectionProblem } from "./kernel_section.ts";
export { rebaseSFrame } from "./rebase.ts";
export { openSFrameSections, type SFrameTables } from "./sections.ts";
export {
  openSFrame,
  openSFramePart,
  type SFrameOptions,
  type SFrameRowParts,
  SFrameTable,
} from "./table.ts";
export { specOfFunction, specOfRow, specOfSection } from "./section_spec.ts";
export type {
  SFrameBuildOptions,
  SFrameCfaRule,
  SFrameFunctionSpec,
  SFrameRowSpec,
  SFrameSpec,
  SFrameValueRule,
} from "./spec.ts";
export {
  describeSFrame,
  type SFrameTextOptions,
  type SFrameTextResult,
  writeSFrameText,
} from "./text.ts";
export type { SFrameCompat } from "./text_compat.ts";
export { type SFrameVerifyOptions, verifySFrame } from "./verify.ts";
export type { SFrameFinding, SFrameSeverity } from "./verify_findings.ts";
