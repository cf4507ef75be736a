/**
 * The reports that are being read, one a printer.
 *
 * @module
 */
import { ReportBuilder, type ReportLimits } from "./builder.ts";
import type { LogLine } from "./log_line.ts";
import type { KernelReport } from "./report.ts";
import { barSize, classifyStart, CUT_HERE } from "./start.ts";

/** Lines of the log after which a report that got none of them is over. */
const MAX_SILENCE = 5000;

/** A line of equals signs, which may be the first line of a report. */
interface Bar {
  line: LogLine;
  number: number;
}

/** Hands lines to the reports of their printers. */
export class ReportTracker {
  private readonly limits: ReportLimits;
  private readonly openLimit: number;
  private readonly open: Map<string, ReportBuilder> = new Map();
  private readonly bars: Map<string, Bar> = new Map();
  private ready: KernelReport[] = [];
  private lastKey = "";
  /** How many printers write into the report of another one. */
  private joined = 0;

  /** Keeps at most `openLimit` reports open. */
  constructor(limits: ReportLimits, openLimit: number) {
    this.limits = limits;
    this.openLimit = openLimit;
  }

  /** Whether no report waits for another line. */
  get isIdle(): boolean {
    return this.open.size === 0 && this.bars.size === 0;
  }

  /** Takes away the reports that are over. */
  take(): KernelReport[] {
    const { ready } = this;
    this.ready = [];
    return ready;
  }

  /** Adds a report that is over as it comes. */
  put(report: KernelReport): void {
    this.ready.push(report);
  }

  /** Ends the reports whose end was seen. */
  closeEnded(): void {
    for (const [key, builder] of this.open) {
      if (builder.isInTail) this.close(key, builder);
    }
  }

  /** Ends all reports. */
  closeAll(): void {
    for (const [key, builder] of this.open) this.close(key, builder);
  }

  /** Takes a line of the log. */
  add(line: LogLine, number: number): void {
    // A line without a prefix goes on with the one before it.
    const isBare = line.timeUs === undefined && line.caller === undefined &&
      line.wallTime === undefined;
    const key = isBare ? this.lastKey : line.caller ?? "";
    this.lastKey = key;
    const builder = this.open.get(key) ??
      this.joinAsked(key, line.text.trimStart());
    const bar = this.bars.get(key);
    if (bar !== undefined) this.bars.delete(key);
    if (builder !== undefined) {
      if (!builder.isReplacedBy(line)) {
        const verdict = builder.add(line, number);
        if (verdict !== "over") return;
      }
      builder.endHere();
      this.close(key, builder);
    }
    this.start(key, line, number, bar);
    if ((number & 255) === 0) this.closeSilent(number);
  }

  private start(
    key: string,
    line: LogLine,
    number: number,
    bar: Bar | undefined,
  ): void {
    const text = line.text.trimStart();
    if (barSize(text.trimEnd()) > 0) {
      if (this.bars.size < this.openLimit) this.bars.set(key, { line, number });
      return;
    }
    const kind = classifyStart(text);
    if (kind === undefined && !CUT_HERE.test(text)) return;
    if (this.open.size >= this.openLimit) {
      const [oldKey, oldest] = this.open.entries().next().value!;
      this.close(oldKey, oldest);
    }
    const builder = new ReportBuilder(
      line,
      kind,
      bar?.number ?? number,
      this.limits,
      bar?.line,
    );
    builder.lastLineNumber = number;
    this.open.set(key, builder);
  }

  private close(key: string, builder: ReportBuilder): void {
    this.open.delete(key);
    if (this.joined > 0) {
      for (const [other, same] of this.open) {
        if (same === builder) this.open.delete(other);
      }
      this.joined = this.open.size - new Set(this.open.values()).size;
    }
    const report = builder.finish();
    if (builder.isReport) this.ready.push(report);
  }

  /** A processor that was asked for its stack prints into the report for which it was asked. */
  private joinAsked(key: string, text: string): ReportBuilder | undefined {
    if (!text.startsWith("NMI backtrace for cpu ")) return undefined;
    if (this.open.size >= this.openLimit) return undefined;
    for (const builder of this.open.values()) {
      if (!builder.isAsking) continue;
      this.open.set(key, builder);
      this.joined++;
      return builder;
    }
    return undefined;
  }

  /** Ends reports whose printers have said nothing for long. */
  private closeSilent(number: number): void {
    for (const [key, builder] of this.open) {
      if (number - builder.lastLineNumber > MAX_SILENCE) {
        this.close(key, builder);
      }
    }
  }
}
