/**
 * Restartable sequences of Linux: the area that a thread shares with the kernel (`struct rseq`, at any feature size),
 * critical sections (`struct rseq_cs`), the arrays that ELF files have of them, what ptrace tells of a registration; and
 * the rules by which the kernel judges a critical section, as functions of values. Every decoder has an encoder that
 * gives the same bytes again. 64-bit values are bigints: programs store what they please there.
 *
 * Not here: finding areas in a core or sections in a file, which is `kernel/rseq`.
 *
 * Source: Linux 7.2, include/uapi/linux/rseq.h, kernel/rseq.c; the GNU C library's manual, "Restartable Sequences".
 *
 * @example Which CPU a thread ran on
 * ```ts
 * import { decodeRseqArea, describeCpuId, readGlibcRseqSize } from "@framewalk/framewalk/formats/rseq";
 * const bytes = new Uint8Array(32).fill(0xff, 4, 8); // what the thread's memory holds
 * const { featureSize } = readGlibcRseqSize(28); // what __rseq_size says
 * const area = decodeRseqArea(bytes, 0, featureSize, true);
 * console.log(describeCpuId(area.cpuId)); // not registered
 * ```
 *
 * @module
 */
export {
  decodeRseqArea,
  describeCpuId,
  encodeRseqArea,
  type RseqArea,
  type RseqSliceControl,
} from "./area.ts";
export {
  checkCriticalSection,
  describeRseqRule,
  resolveCriticalSection,
  type RseqCheckContext,
  type RseqMode,
  type RseqProblem,
  type RseqResolution,
  type RseqRule,
} from "./check.ts";
export {
  decodeRseqConfiguration,
  encodeRseqConfiguration,
  RSEQ_CONFIGURATION_SIZE,
  type RseqConfiguration,
} from "./configuration.ts";
export {
  RSEQ_AT,
  RSEQ_CALL,
  RSEQ_CPU_ID,
  RSEQ_CS_OFFSET,
  RSEQ_CS_SIZE,
  RSEQ_FEATURE_SIZE,
  RSEQ_FIELD_END,
  RSEQ_FLAG,
  RSEQ_OFFSET,
  RSEQ_ORIGINAL_SIZE,
  RSEQ_REGISTER_FLAG,
  RSEQ_SECTION,
  RSEQ_SIGNATURE_SIZE,
} from "./constants.ts";
export {
  decodeRseqCs,
  encodeRseqCs,
  isInsideRseqCs,
  type RseqCs,
} from "./critical_section.ts";
export {
  CLONE_RSEQ_KTLS,
  decodeKtlsLayout,
  encodeKtlsLayout,
  KTLS_ACTION,
  KTLS_LAYOUT_SIZE,
  type KtlsLayout,
} from "./ktls.ts";
export {
  type GlibcRseqSize,
  readGlibcRseqSize,
  type RseqLayout,
  rseqLayout,
} from "./layout.ts";
export {
  decodeRseqCsArray,
  decodeRseqExitPoints,
  decodeRseqPointers,
  encodeRseqCsArray,
  encodeRseqExitPoints,
  encodeRseqPointers,
  type RseqArray,
  type RseqExitPoint,
} from "./sections.ts";
export {
  RSEQ_SIGNATURES,
  type RseqSignature,
  rseqSignature,
} from "./signatures.ts";
// What the signatures above name, so that this module can be used on its own.
export {
  FormatError,
  type FormatErrorCode,
  type FormatErrorFields,
} from "../base/error.ts";
