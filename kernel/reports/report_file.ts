/**
 * The two files by which the proposal shows reports to programs.
 *
 * @module
 */
import type { ErrorReport } from "./report.ts";

/** Size of what a read can show, bytes: one page. */
export const PAGE_SIZE = 4096;

/** Bits of {@linkcode ReportFile.poll}, with Linux' values. */
export const PollFlag = {
  /** It can be read: always. */
  IN: 0x1,
  /** There is news. */
  PRI: 0x2,
  /** Stands beside `PRI`. */
  ERR: 0x8,
} as const;

/** Names of the files. */
export type ReportFileName = "last_report" | "report_count";

/** What a file shows. */
interface ShownReports {
  readonly count: number;
  last(): ErrorReport | undefined;
}

/**
 * One opening of `last_report` (the newest report's text) or `report_count` (how many there were, and a line feed), as
 * a file in sysfs behaves:
 *
 * - the content is made when offset 0 is read and stays until that is read again, however many reports come between;
 * - it is at most one page long, also where the ring holds more;
 * - {@linkcode ReportFile.poll} tells news from a report until offset 0 is read; several reports between two reads are
 *   one piece of news, so that only `report_count` tells how many came. A file that was not read yet has news.
 */
export class ReportFile {
  /** Which of the two it is. */
  readonly name: ReportFileName;
  private readonly reports: ShownReports;
  private content: Uint8Array = new Uint8Array(0);
  /** Reports there were when offset 0 was last read; -1 before that. */
  private seen = -1;

  /** For the ring's use. */
  constructor(reports: ShownReports, name: ReportFileName) {
    this.reports = reports;
    this.name = name;
  }

  /** Up to `length` bytes of the content from `offset`; none behind its end. */
  read(offset: number = 0, length: number = PAGE_SIZE): Uint8Array {
    if (offset === 0) {
      this.seen = this.reports.count;
      this.content = this.show();
    }
    return this.content.slice(offset, offset + length);
  }

  /** What is ready, in bits of {@linkcode PollFlag}: `IN`, and with news also `PRI` and `ERR`. */
  poll(): number {
    const { IN, PRI, ERR } = PollFlag;
    return this.seen === this.reports.count ? IN : IN | PRI | ERR;
  }

  /** Makes the content. */
  private show(): Uint8Array {
    const text = this.name === "report_count"
      ? `${this.reports.count}\n`
      : this.reports.last()?.text ?? "";
    const page = new Uint8Array(PAGE_SIZE);
    return page.subarray(0, new TextEncoder().encodeInto(text, page).written);
  }
}
