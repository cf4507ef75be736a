/**
 * Which reports `framewalk reports` shows.
 *
 * @module
 */
import type { KernelReport } from "../formats/kernel_log/mod.ts";
import {
  type Moment,
  readWallTime,
  type ReportsOptions,
} from "./reports_options.ts";

/** Applies `--kind`, `--since` and `--until`. */
export class ReportFilter {
  private readonly options: ReportsOptions;
  private untimedCount = 0;

  /** Prepares for these options. */
  constructor(options: ReportsOptions) {
    this.options = options;
  }

  /** Whether `report` is asked for. */
  accepts(report: KernelReport): boolean {
    const { kinds, since, until } = this.options;
    if (kinds.size > 0 && !kinds.has(report.kind)) return false;
    const afterStart = since === undefined ? 0 : compare(report, since);
    const beforeEnd = until === undefined ? 0 : compare(report, until);
    if (afterStart === undefined || beforeEnd === undefined) {
      this.untimedCount++;
      return false;
    }
    return afterStart >= 0 && beforeEnd <= 0;
  }

  /** What could not be told. */
  notes(): string[] {
    const { untimedCount } = this;
    return untimedCount === 0 ? [] : [
      `${untimedCount} reports left out: the log has no such times as --since and --until`,
    ];
  }
}

/** Where the start of `report` lies from `moment`: below 0 before it; `undefined` if the log has no such time. */
function compare(report: KernelReport, moment: Moment): number | undefined {
  if (moment.bootUs !== undefined) {
    const { startTimeUs } = report;
    return startTimeUs === undefined ? undefined : startTimeUs - moment.bootUs;
  }
  const time = readWallTime(report.wallTime ?? "");
  return time === undefined ? undefined : time - moment.wallMs!;
}
