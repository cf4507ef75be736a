/**
 * Reports out of a log, chunk by chunk.
 *
 * @module
 */
import { LinePrefix, LineShape } from "./line_prefix.ts";
import { type LogLine, readLine } from "./log_line.ts";
import type { KernelReport } from "./report.ts";
import { mayBeTraceLine, parseTraceLine } from "./trace_line.ts";
import { mayStart } from "./start.ts";
import { ReportTracker } from "./tracker.ts";

/** Limits that keep a parser's memory bounded. */
export interface KernelLogOptions {
  /** Lines of a report that are kept; 2000 if left out. */
  lineLimit?: number;
  /** Characters of a report that are kept; 262,144 if left out. */
  sizeLimit?: number;
  /** Reports that are read at the same time, each of another thread or processor; 32 if left out. */
  openLimit?: number;
}

/** Bytes of a line that are looked at: what is behind them is passed over. */
const MAX_LINE_SIZE = 1 << 16;
const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const MESSAGE = new TextEncoder().encode('"MESSAGE"');

/**
 * Reads a kernel's log and hands out the reports in it.
 *
 * Lines may come from `dmesg` in any of its forms, `/dev/kmsg`, a serial console, `journalctl -k` or syslog, and may
 * even change between them. A line that has nothing to do with a report costs no string. Memory is bounded by the
 * options, however long the log is. Nothing is thrown: a log is text, and whatever is no report is passed over.
 *
 * Where the log names the printer of each line (`[T123]`, `[C1]`), reports that processors print at the same time are
 * kept apart. Where it does not, a new report ends the one before it.
 *
 * @example Titles of the reports in a text
 * ```ts
 * import { KernelLogParser } from "@framewalk/framewalk/formats/kernel_log";
 * import { assertEquals } from "@std/assert";
 *
 * const parser = new KernelLogParser();
 * const reports = parser.push(new TextEncoder().encode("[    1.000000] kernel BUG at mm/demo.c:7!\n"));
 * reports.push(...parser.end());
 * assertEquals(reports.map(({ title }) => title), ["kernel BUG at mm/demo.c:7"]);
 * ```
 */
export class KernelLogParser {
  /** Lines of the log so far. */
  lineCount = 0;
  /** kmsg's records that were missing in the sequence: the kernel overwrote them before they were read. */
  lostRecordCount = 0;
  private readonly tracker: ReportTracker;
  private readonly prefix: LinePrefix = new LinePrefix();
  private rest: Uint8Array = new Uint8Array(0);
  private isSkipping = false;
  private held: LogLine | undefined;
  private heldNumber = 0;
  private lastSequence = -1;

  /** Starts a log. */
  constructor(options: KernelLogOptions = {}) {
    const { lineLimit = 2000, sizeLimit = 1 << 18, openLimit = 32 } = options;
    const limits = { lines: Math.max(1, lineLimit), size: sizeLimit };
    this.tracker = new ReportTracker(limits, Math.max(1, openLimit));
  }

  /**
   * Takes the next bytes of the log, cut anywhere.
   *
   * @returns The reports that are over.
   */
  push(bytes: Uint8Array): KernelReport[] {
    const chunk = this.join(bytes);
    let at = 0;
    for (;;) {
      const end = chunk.indexOf(LINE_FEED, at);
      if (end < 0) break;
      if (this.isSkipping) this.isSkipping = false;
      else this.takeLine(chunk, at, end);
      at = end + 1;
    }
    this.keepRest(chunk, at);
    return this.tracker.take();
  }

  /**
   * Says that nothing more comes for now, as when a log is followed.
   *
   * @returns The reports whose end was seen, without waiting for what may be said of them later.
   */
  idle(): KernelReport[] {
    this.releaseHeld();
    this.tracker.closeEnded();
    return this.tracker.take();
  }

  /** Ends the log. @returns The reports that were still open: those whose end was not seen are marked so. */
  end(): KernelReport[] {
    if (this.rest.length > 0 && !this.isSkipping) {
      this.takeLine(this.rest, 0, this.rest.length);
    }
    this.rest = new Uint8Array(0);
    this.releaseHeld();
    this.tracker.closeAll();
    return this.tracker.take();
  }

  /** Puts the start of a line before its rest. */
  private join(bytes: Uint8Array): Uint8Array {
    const { rest } = this;
    if (rest.length === 0) return bytes;
    const joined = new Uint8Array(rest.length + bytes.length);
    joined.set(rest);
    joined.set(bytes, rest.length);
    return joined;
  }

  /** Keeps the line that is not complete; of one that is too long, its start is all that counts. */
  private keepRest(chunk: Uint8Array, at: number): void {
    if (chunk.length - at <= MAX_LINE_SIZE) {
      this.rest = this.isSkipping ? new Uint8Array(0) : chunk.slice(at);
      return;
    }
    if (!this.isSkipping) this.takeLine(chunk, at, at + MAX_LINE_SIZE);
    this.isSkipping = true;
    this.rest = new Uint8Array(0);
  }

  /** Looks at a line, and takes it if it may matter. */
  private takeLine(bytes: Uint8Array, start: number, feed: number): void {
    this.lineCount++;
    let end = Math.min(feed, start + MAX_LINE_SIZE);
    while (end > start && bytes[end - 1] === CARRIAGE_RETURN) end--;
    const { prefix } = this;
    prefix.scan(bytes, start, end);
    // A trace says nothing of the log: its events are no part of an open report.
    if (prefix.isBare && mayBeTraceLine(bytes, start, end)) {
      const text = UTF8.decode(bytes.subarray(start, end));
      const report = parseTraceLine(text, this.lineCount);
      if (report !== undefined) {
        this.tracker.put(report);
        return;
      }
    }
    if (this.isIdle && !this.mayMatter(bytes, start, end)) {
      if (prefix.shape === LineShape.KMSG) this.countSequence(bytes, start);
      return;
    }
    this.takeText(bytes, start, end);
  }

  /** Whether no report and no line waits for another line. */
  private get isIdle(): boolean {
    return this.held === undefined && this.tracker.isIdle;
  }

  /** Whether a line may begin a report. */
  private mayMatter(bytes: Uint8Array, start: number, end: number): boolean {
    const { shape, textOffset } = this.prefix;
    if (shape === LineShape.FOREIGN) return false;
    if (shape !== LineShape.JSON) return mayStart(bytes, textOffset, end);
    return mayStartJson(bytes, start, end);
  }

  /** Takes a line that may matter. */
  private takeText(bytes: Uint8Array, start: number, end: number): void {
    // kmsg: ` KEY=value` lines describe the record before them.
    const isDictionary = bytes[start] === 0x20 && this.lastSequence >= 0 &&
      isKeyLine(bytes, start, end);
    if (isDictionary) return;
    const line = readLine(bytes, start, end, this.prefix);
    if (line === undefined) return;
    if (line.sequence === undefined) {
      return this.tracker.add(line, this.lineCount);
    }
    this.noteSequence(line.sequence);
    // The next record may be the rest of this one.
    const { held } = this;
    if (line.isContinuation && held?.caller === line.caller && held) {
      held.text += line.text;
      return;
    }
    this.releaseHeld();
    this.held = line;
    this.heldNumber = this.lineCount;
  }

  /** Hands on the record that waited for its rest. */
  private releaseHeld(): void {
    const { held } = this;
    this.held = undefined;
    if (held !== undefined) this.tracker.add(held, this.heldNumber);
  }

  /** Reads the sequence number of a record that is passed over. */
  private countSequence(bytes: Uint8Array, start: number): void {
    let at = bytes.indexOf(0x2c, start) + 1;
    let value = 0;
    for (; bytes[at] !== 0x2c; at++) value = value * 10 + bytes[at]! - 0x30;
    this.noteSequence(value);
  }

  /** Counts the records before this one that were missing. */
  private noteSequence(sequence: number): void {
    const gap = sequence - this.lastSequence - 1;
    if (this.lastSequence >= 0 && gap > 0) this.lostRecordCount += gap;
    this.lastSequence = sequence;
  }
}

/** Whether the message of a journal entry may begin a report. */
function mayStartJson(bytes: Uint8Array, start: number, end: number): boolean {
  const last = end - MESSAGE.length - 4;
  for (let at = start; at < last; at++) {
    if (bytes[at] !== 0x22 || bytes[at + 1] !== 0x4d) continue;
    let i = 2;
    while (i < MESSAGE.length && bytes[at + i] === MESSAGE[i]) i++;
    if (i < MESSAGE.length) continue;
    let text = at + i;
    while (bytes[text] === 0x20 || bytes[text] === 0x3a) text++;
    if (bytes[text] === 0x5b) return true; // bytes: rare enough to be read
    if (bytes[text + 1] === 0x5b) {
      // The caller, in brackets.
      const close = bytes.indexOf(0x5d, text);
      if (close > 0 && close < text + 12) {
        return mayStart(bytes, close + 2, end);
      }
    }
    return mayStart(bytes, text + 1, end);
  }
  return false;
}

/** ` KEY=value`, keys in capitals. */
function isKeyLine(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start + 1;
  while (
    at < end && (bytes[at]! >= 0x41 && bytes[at]! <= 0x5a || bytes[at] === 0x5f)
  ) at++;
  return at > start + 1 && bytes[at] === 0x3d;
}
