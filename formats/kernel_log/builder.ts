/**
 * One report that is being read.
 *
 * @module
 */
import {
  beginsAnother,
  hasEndMark,
  isEndMark,
  isLastWord,
  isMark,
  isTail,
} from "./bounds.ts";
import { takeContextLine, takeTaskLine } from "./context.ts";
import { takeDetailLine } from "./details.ts";
import { panicText, takeHeadline, takeOopsNumber } from "./headline.ts";
import type { LogLine } from "./log_line.ts";
import { takeRegisterLine } from "./registers.ts";
import { emptyReport, type KernelReport } from "./report.ts";
import { StackCursor } from "./stack_cursor.ts";
import { barSize, classifyStart, CUT_HERE, type ReportKind } from "./start.ts";
import { makeTitle } from "./title.ts";

/** What became of a line. */
export type Verdict =
  /** It is part of the report. */
  | "taken"
  /** It is the report's last line, but lines may follow that say what came of it. */
  | "ended"
  /** The report was over before it. */
  | "over";

/** Limits of one report. */
export interface ReportLimits {
  /** Lines that are kept. */
  lines: number;
  /** Bytes of text that are kept, in UTF-16 units. */
  size: number;
}

/** How many lines in a row may be unknown in the middle of a report that has an end to wait for. */
const MAX_UNKNOWN = 40;
/** And in one that has none, once a stack was seen. */
const MAX_UNKNOWN_AT_END = 3;
/** A pause after which a line that is not known to be part of the report is none of it, us. */
const MAX_PAUSE_US = 10e6;
/** How many times its limit a report may go on before its end is waited for no more. */
const MAX_OVERFLOW = 10;
/** Lines above the first stack that are kept as messages. */
const MAX_MESSAGES = 8;

/** Reads one report line by line. */
export class ReportBuilder {
  /** What was read. */
  readonly report: KernelReport;
  /** Number of the last line of the log that was taken. */
  lastLineNumber: number;
  private readonly limits: ReportLimits;
  private readonly barSize: number;
  /** Spaces in front of all lines. */
  private readonly indent: number;
  private kindKnown = false;
  private readonly cursors: Map<string | undefined, StackCursor> = new Map();
  private cursor: StackCursor;
  private size = 0;
  private unknown = 0;
  /** Lines since the limits were reached. */
  private overflow = 0;
  private hasEnded = false;
  private isDying = false;

  /** Starts with `line`, or with the bar of `bar` equals signs that stood before it. */
  constructor(
    line: LogLine,
    kind: ReportKind | undefined,
    lineNumber: number,
    limits: ReportLimits,
    bar: LogLine | undefined,
  ) {
    const first = bar ?? line;
    this.report = emptyReport(kind ?? "warning", lineNumber);
    this.limits = limits;
    this.lastLineNumber = lineNumber;
    this.barSize = bar === undefined ? 0 : barSize(bar.text.trim());
    this.report.startTimeUs = first.timeUs;
    this.report.wallTime = first.wallTime;
    this.report.caller = first.caller;
    this.cursor = this.cursorOf(line.caller);
    this.report.endTimeUs = line.timeUs;
    this.indent = /^ */.exec(line.text)![0].length;
    const text = this.textOf(line);
    if (bar !== undefined) this.keep(this.textOf(bar));
    this.keep(text);
    if (kind !== undefined) this.name(kind, text);
  }

  /** Whether an end mark is to be waited for. */
  private get hasMark(): boolean {
    return !this.hasEnded && hasEndMark(this.report, this.barSize);
  }

  /** Whether the lines of the log say when or by whom they were printed. */
  private get isPrefixed(): boolean {
    const { startTimeUs, wallTime, caller } = this.report;
    return startTimeUs !== undefined || wallTime !== undefined ||
      caller !== undefined;
  }

  /** Whether processors that were asked for their stacks print them into this report. */
  get isAsking(): boolean {
    return !this.hasEnded &&
      /^(?:rcu-stall|soft-lockup|hard-lockup|hung-task)$/.test(
        this.report.kind,
      );
  }

  /** Whether what was read is a report: not everything that warns is one. */
  get isReport(): boolean {
    const { kind, source, stacks, release, headline } = this.report;
    return kind !== "warning" || source !== undefined || stacks.length > 0 ||
      release !== undefined || headline.startsWith("WARNING: kernel stack ");
  }

  /** Whether the end was seen, and only what came of it is waited for. */
  get isInTail(): boolean {
    return this.hasEnded && !this.isDying;
  }

  /** Whether a report of another error begins with `text`, which so ends this one. */
  isReplacedBy(line: LogLine): boolean {
    const { kindKnown, report } = this;
    const text = this.textOf(line);
    if (CUT_HERE.test(text)) return kindKnown || report.lines.length > 1;
    return kindKnown && beginsAnother(report, text);
  }

  /** Says that the log goes on with something else: the end of a report that has no end mark. */
  endHere(): void {
    if (!this.hasMark) this.report.isComplete = true;
  }

  /** Takes the next line of the same printer. */
  add(line: LogLine, lineNumber: number): Verdict {
    const { report } = this;
    const text = this.textOf(line);
    const isBare = line.timeUs === undefined && line.wallTime === undefined &&
      line.caller === undefined;
    if (!isBare) this.cursor = this.cursorOf(line.caller);
    const isLate = line.timeUs !== undefined &&
      report.endTimeUs !== undefined &&
      line.timeUs - report.endTimeUs > MAX_PAUSE_US;
    if (this.isInTail && !isTail(text)) {
      if (text.trim() !== "" && !this.isReprint(text)) return "over";
    }
    if (report.isTruncated && this.isEndless) return "over";
    const isKnown = this.interpret(text);
    // What has no prefix in a log that has them comes from somebody else who writes to the console.
    if (!isKnown && isBare && this.isPrefixed) return "taken";
    this.keep(text);
    if (isKnown) {
      this.unknown = 0;
      report.endTimeUs = line.timeUs ?? report.endTimeUs;
      this.lastLineNumber = lineNumber;
      return this.closesWith(text) ? "ended" : "taken";
    }
    this.unknown++;
    if (isLate || this.unknown > this.patience) {
      this.dropUnknown();
      return "over";
    }
    return "taken";
  }

  /** What was read, with its title. */
  finish(): KernelReport {
    const { report } = this;
    this.dropUnknown();
    report.stacks = report.stacks.filter(({ frames }) => frames.length > 0);
    if (!this.kindKnown) {
      const message = report.lines.find((text) =>
        text !== "" && !CUT_HERE.test(text)
      );
      report.headline = message ?? report.lines[0] ?? "";
    }
    report.title = makeTitle(report);
    return report;
  }

  private cursorOf(caller: string | undefined): StackCursor {
    let cursor = this.cursors.get(caller);
    if (cursor === undefined) {
      cursor = new StackCursor(this.report);
      this.cursors.set(caller, cursor);
    }
    return cursor;
  }

  private get patience(): number {
    const { kind, stacks } = this.report;
    // The lock checker shows how locks came to depend on each other before it shows where it found that out.
    const hasStack = stacks.some(({ frames, title }) =>
      frames.length > 0 && (kind !== "lockdep" || /backtrace|Trace/.test(title))
    );
    return hasStack && !this.hasMark ? MAX_UNKNOWN_AT_END : MAX_UNKNOWN;
  }

  /** Whether a report that is too long goes on for too long: without a mark to come, that is at once. */
  private get isEndless(): boolean {
    return !this.hasMark || ++this.overflow > MAX_OVERFLOW * this.limits.lines;
  }

  /** Registers that are printed once more behind the end of an oops. */
  private isReprint(text: string): boolean {
    if (this.report.kind !== "oops") return false;
    return takeRegisterLine(emptyReport("oops", 0), text);
  }

  /** Unknown lines at the end are none of the report's. */
  private dropUnknown(): void {
    const { lines } = this.report;
    lines.length = Math.max(1, lines.length - this.unknown);
    this.unknown = 0;
    while (lines.length > 1 && lines.at(-1)!.trim() === "") lines.pop();
  }

  /** The text of a line without the spaces by which the whole report is indented. */
  private textOf({ text }: LogLine): string {
    let start = 0;
    while (start < this.indent && text[start] === " ") start++;
    return text.slice(start).trimEnd();
  }

  private keep(text: string): void {
    const { report, limits } = this;
    this.size += text.length + 1;
    if (report.lines.length >= limits.lines || this.size > limits.size) {
      report.isTruncated = true;
    } else report.lines.push(text);
  }

  private name(kind: ReportKind, text: string): void {
    this.report.kind = kind;
    this.kindKnown = true;
    takeHeadline(this.report, text);
  }

  /** @returns Whether the line is known to be part of a report. */
  private interpret(text: string): boolean {
    if (text.trim() === "") {
      this.cursor.endStack();
      return true;
    }
    if (!this.kindKnown) {
      const kind = classifyStart(text);
      if (kind !== undefined) {
        this.name(kind, text);
        return true;
      }
    }
    if (this.report.isTruncated) return true;
    // The variable is told in the form of a frame, and is none.
    if (this.cursor.title?.endsWith("the variable:")) {
      this.cursor.title = undefined;
      return takeDetailLine(this.report, text);
    }
    if (this.cursor.takeFrame(text)) return true;
    if (this.cursor.takeTitle(text)) {
      // KFENCE's object and the stack of its allocation share a line.
      takeDetailLine(this.report, text);
      return true;
    }
    return this.takeRest(text);
  }

  private takeRest(text: string): boolean {
    const { report } = this;
    const task = takeTaskLine(report, text);
    if (task !== undefined) {
      this.cursor.setTask(task.cpu, task.pid);
      return true;
    }
    if (takeRegisterLine(report, text)) return true;
    if (takeDetailLine(report, text) || takeContextLine(report, text)) {
      return true;
    }
    if (text.startsWith("Kernel panic - not syncing")) {
      report.panic ??= panicText(text);
      this.isDying = true;
      this.cursor.endStack();
      return true;
    }
    return isMark(text) || isTail(text) || this.takeMessage(text);
  }

  /** What stands above the first stack explains the error. */
  private takeMessage(text: string): boolean {
    const { report } = this;
    const kind = this.kindKnown ? classifyStart(text) : undefined;
    if (kind === "oops" || report.kind === "oops" && /\[#\d+\]/.test(text)) {
      takeOopsNumber(report, text);
      return true;
    }
    const isEarly = report.stacks.length === 0 &&
      report.registers.length === 0 &&
      report.release === undefined;
    const message = text.trim().replace(/\t/g, " ");
    const isWords = !this.cursor.title && !/^-+$/.test(message);
    if (isEarly && isWords && report.messages.length < MAX_MESSAGES) {
      report.messages.push(message);
    }
    // A line that ends with a colon may announce a stack: what follows tells.
    return this.cursor.title !== undefined && this.hasMark;
  }

  /** Whether `text` ends the report, or what came of it. */
  private closesWith(text: string): boolean {
    if (isLastWord(text)) this.isDying = false;
    else if (!this.kindKnown || !isEndMark(text, this.report, this.barSize)) {
      return false;
    }
    this.report.isComplete = this.hasEnded = true;
    this.cursor.endStack();
    return true;
  }
}
