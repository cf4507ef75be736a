/**
 * Reports of errors out of a kernel's log: sanitizers, warnings, oopses, panics, tasks and processors that are stuck.
 *
 * {@linkcode KernelLogParser} reads a log of any length chunk by chunk; {@linkcode readKernelLog} reads a whole one.
 * The text of Linux 3.x to 6.x is understood, as x86, arm, arm64, RISC-V, s390 and PowerPC print it; what is not
 * understood stays in {@linkcode KernelReport.lines}.
 *
 * Source: Linux Documentation/dev-tools/kasan.rst and kfence.rst, Documentation/ABI/testing/dev-kmsg,
 * include/trace/events/error_report.h; the rest of the forms as kernels print them.
 *
 * @example The functions of the first stack
 * ```ts
 * import { readKernelLog } from "@framewalk/framewalk/formats/kernel_log";
 *
 * function first(log: Uint8Array): (string | undefined)[] {
 *   const [report] = readKernelLog(log);
 *   return report?.stacks[0]?.frames.map(({ symbol }) => symbol) ?? [];
 * }
 * ```
 *
 * @module
 */
export { type KernelLogOptions, KernelLogParser } from "./parser.ts";
export { readKernelLog } from "./read.ts";
export { REPORT_KINDS, type ReportKind } from "./start.ts";
export type {
  CodeLocation,
  KernelAccess,
  KernelFrame,
  KernelObject,
  KernelRegisters,
  KernelReport,
  KernelStack,
  MemoryRow,
  StackKind,
} from "./report.ts";
