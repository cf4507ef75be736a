/**
 * Lines of `trace_pipe` by which a kernel tells that a report was printed.
 *
 * ```
 * COMM-PID  [CPU] FLAGS  SECONDS.MICROSECONDS: error_report_end: [DETECTOR] ID
 * ```
 *
 * Source: Linux include/trace/events/error_report.h.
 *
 * @module
 */
import { startsWith } from "./line_prefix.ts";
import { emptyReport, type KernelReport } from "./report.ts";
import { REPORT_KINDS } from "./start.ts";

const EVENT =
  /^\s*(.*)-(\d+)\s+(?:\([\s\d-]+\)\s+)?\[(\d+)\]\s+(?:\S+\s+)?(\d+)\.(\d{6}): error_report_end: \[(\w+)\] (?:0x)?([0-9a-f]+)\s*$/;
const NAME = new TextEncoder().encode("error_report_end: [");
/** Where the processor stands: behind 16 characters of a name and the process id, and maybe the thread group. */
const FIRST_COLUMN = 18;
const LAST_COLUMN = 48;
/** The event's name stands behind flags and time. */
const MAX_DISTANCE = 64;
const OPEN = 0x5b;

/** Whether the line at `[offset, end)` may be such an event. Allocates nothing. */
export function mayBeTraceLine(
  bytes: Uint8Array,
  offset: number,
  end: number,
): boolean {
  const last = Math.min(end - NAME.length, offset + LAST_COLUMN);
  for (let at = offset + FIRST_COLUMN; at < last; at++) {
    if (bytes[at] !== OPEN) continue;
    const limit = Math.min(end - NAME.length, at + MAX_DISTANCE);
    for (let i = at + 5; i < limit; i++) {
      if (bytes[i] === 0x65 && startsWith(bytes, i, NAME)) return true;
    }
    return false;
  }
  return false;
}

/**
 * The report that an `error_report_end` event tells of: who, when, which detector and the id, as a rule the bad address.
 * The text of the report is in the log, not in the trace.
 *
 * @returns The report, or `undefined` if the line is no such event.
 */
export function parseTraceLine(
  text: string,
  lineNumber: number,
): KernelReport | undefined {
  const match = EVENT.exec(text);
  if (match === null) return undefined;
  const [, task, pid, cpu, seconds, fraction, detector, id] = match;
  const kind = REPORT_KINDS.find((known) => known === detector);
  const report = emptyReport(kind ?? "bug", lineNumber);
  report.headline = `error_report_end: [${detector}] ${id}`;
  report.title = `${detector!.toUpperCase()}: reported to the trace`;
  report.access = {
    operation: undefined,
    size: undefined,
    address: `0x${id}`,
  };
  report.task = task!;
  report.pid = Number(pid);
  report.cpu = Number(cpu);
  report.startTimeUs = report.endTimeUs = Number(seconds) * 1e6 +
    Number(fraction);
  report.lines = [text.trim()];
  report.isComplete = true;
  return report;
}
