/**
 * Reports of errors that a kernel survived: a ring that any subsystem fills and that any number of readers follow.
 *
 * {@linkcode ErrorReports} says how to use it, what happens to a slow reader, and what it cannot do.
 *
 * @example Waiting for reports
 * ```ts
 * import { ErrorReports } from "@framewalk/framewalk/kernel/reports";
 *
 * async function follow(ring: ErrorReports) {
 *   for await (const { lost, reports } of ring.reader(ring.oldest)) {
 *     if (lost > 0) console.warn(`${lost} reports lost`);
 *     for (const { sequence, title } of reports) console.log(sequence, title);
 *   }
 * }
 * ```
 *
 * @module
 */
export {
  ErrorReports,
  type ErrorReportsOptions,
  type ReportCounters,
} from "./error_reports.ts";
export { type ReportNews, ReportReader } from "./reader.ts";
export type { ErrorReport, ReportFields } from "./report.ts";
export {
  PAGE_SIZE,
  PollFlag,
  ReportFile,
  type ReportFileName,
} from "./report_file.ts";
export { FormatError, type FormatErrorCode } from "../../formats/base/error.ts";
