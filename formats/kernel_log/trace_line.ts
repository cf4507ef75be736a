/**
 * Lines of `trace_pipe` by which a kernel tells that a report was printed.
 *
 * @module
 */

/** An `error_report_end` event: it follows the report in the log, and has none of its text. */
export interface TraceReport {
  /** The detector: `kasan`, `kfence`, `warning`. */
  detector: string;
  /** What tells its reports apart, as a rule the bad address; `0x` and digits. */
  id: string;
  /** Name of the task. */
  task: string;
  /** Its process id. */
  pid: number;
  /** The processor. */
  cpu: number;
  /** When, microseconds of the trace's clock. */
  timeUs: number;
}

const EVENT =
  /^\s*(.*)-(\d+)\s+(?:\([\s\d-]+\)\s+)?\[(\d+)\]\s+(?:\S+\s+)?(\d+)\.(\d{6}): error_report_end: \[(\w+)\] (?:0x)?([0-9a-f]+)\s*$/;

/** Reads a line; `undefined` if it is none of those. */
export function parseTraceLine(text: string): TraceReport | undefined {
  const match = EVENT.exec(text);
  if (match === null) return undefined;
  const [, task, pid, cpu, seconds, fraction, detector, id] = match;
  return {
    detector: detector!,
    id: `0x${id}`,
    task: task!,
    pid: Number(pid),
    cpu: Number(cpu),
    timeUs: Number(seconds) * 1e6 + Number(fraction),
  };
}
