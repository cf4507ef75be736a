/**
 * Lines of a kernel log as values, whichever way they were written down.
 *
 * @module
 */
import { type LinePrefix, LineShape, readDigits } from "./line_prefix.ts";

/** A line that the kernel printed. */
export interface LogLine {
  /** The text, without what stands before it. */
  text: string;
  /** Microseconds since boot; `undefined` if the log does not say. */
  timeUs: number | undefined;
  /** Time of day as the log has it; for the journal's JSON, microseconds since 1970. */
  wallTime: string | undefined;
  /** `T` and the thread, or `C` and the processor that printed it; `undefined` if the log does not say. */
  caller: string | undefined;
  /** 0 (emergency) to 7 (debug); `undefined` if the log does not say. */
  level: number | undefined;
  /** kmsg's sequence number; `undefined` elsewhere. */
  sequence: number | undefined;
  /** Whether this is a piece of the line before it. */
  isContinuation: boolean;
}

/** Bytes of a text that are read: the kernel's own limit is about 1000. */
const MAX_TEXT_SIZE = 4096;
const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });
const LEVELS = ["emerg", "alert", "crit", "err", "warn", "notice", "info"];

/**
 * Makes a value of the line at `[offset, end)`, whose prefix was scanned.
 *
 * @returns The line, or `undefined` if the kernel did not print it.
 */
export function readLine(
  bytes: Uint8Array,
  offset: number,
  end: number,
  prefix: LinePrefix,
): LogLine | undefined {
  const { shape, textOffset } = prefix;
  if (shape === LineShape.FOREIGN) return undefined;
  if (shape === LineShape.JSON) {
    return readJsonLine(UTF8.decode(bytes.subarray(offset, end)));
  }
  const textEnd = Math.min(end, textOffset + MAX_TEXT_SIZE);
  const text = UTF8.decode(bytes.subarray(textOffset, textEnd));
  const isKmsg = shape === LineShape.KMSG;
  const line: LogLine = {
    text: isKmsg ? unescape(text) : text,
    timeUs: readTime(bytes, prefix),
    wallTime: part(bytes, prefix.wallOffset, prefix.wallEnd),
    caller: part(bytes, prefix.callerOffset, prefix.callerEnd),
    level: prefix.priority < 0 ? undefined : prefix.priority % 8,
    sequence: undefined,
    isContinuation: false,
  };
  if (prefix.headOffset < 0) return line;
  const head = UTF8.decode(bytes.subarray(prefix.headOffset, textOffset));
  if (isKmsg) readKmsgFields(head, line);
  else readWords(head, line);
  return line;
}

function part(
  bytes: Uint8Array,
  offset: number,
  end: number,
): string | undefined {
  if (offset < 0) return undefined;
  return UTF8.decode(bytes.subarray(offset, end));
}

/** Seconds with six digits behind the point, or kmsg's microseconds. */
function readTime(bytes: Uint8Array, prefix: LinePrefix): number | undefined {
  const { timeOffset, timeEnd, shape } = prefix;
  if (timeOffset < 0) return undefined;
  if (shape === LineShape.KMSG) return readDigits(bytes, timeOffset, timeEnd);
  const point = bytes.indexOf(0x2e, timeOffset);
  const seconds = readDigits(bytes, timeOffset, point);
  const digitCount = timeEnd - point - 1;
  const fraction = readDigits(bytes, point + 1, Math.min(timeEnd, point + 7));
  return seconds * 1e6 + fraction * 10 ** Math.max(0, 6 - digitCount);
}

/** `PRIO,SEQ,USEC,FLAG[,caller=...][,...];` */
function readKmsgFields(head: string, line: LogLine): void {
  const [, sequence, , flag, ...more] = head.slice(0, -1).split(",");
  line.sequence = Number(sequence);
  line.isContinuation = flag === "+" || flag === "c";
  const caller = more.find((field) => field.startsWith("caller="));
  if (caller !== undefined) line.caller = caller.slice(7);
}

/** What `dmesg -x` puts before the time: `kern  :warn  : `. */
function readWords(head: string, line: LogLine): void {
  const level = LEVELS.indexOf(/^\w+ *:(\w+) *: \[/.exec(head)?.[1] ?? "");
  if (level >= 0) line.level = level;
}

/** kmsg writes bytes that do not print as `\xNN`, and the backslash, too. */
function unescape(text: string): string {
  if (!text.includes("\\x")) return text;
  const encoder = new TextEncoder();
  const bytes: number[] = [];
  for (const piece of text.split(/(\\x[0-9a-f]{2})/)) {
    if (/^\\x[0-9a-f]{2}$/.test(piece)) {
      bytes.push(parseInt(piece.slice(2), 16));
    } else bytes.push(...encoder.encode(piece));
  }
  return UTF8.decode(new Uint8Array(bytes));
}

/** One entry of `journalctl -o json`. */
function readJsonLine(text: string): LogLine | undefined {
  let entry: Record<string, unknown>;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return undefined;
    entry = value as Record<string, unknown>;
  } catch {
    return undefined; // a line that is cut off
  }
  return readEntry(entry);
}

/** One entry of the journal by fields; `undefined` if the kernel did not write it. */
export function readEntry(entry: Record<string, unknown>): LogLine | undefined {
  const message = readMessage(entry.MESSAGE);
  const transport = entry._TRANSPORT ?? "kernel";
  const program = entry.SYSLOG_IDENTIFIER ?? "kernel";
  if (message === undefined || transport !== "kernel" || program !== "kernel") {
    return undefined;
  }
  const monotonic = readNumber(
    entry._SOURCE_MONOTONIC_TIMESTAMP ?? entry.__MONOTONIC_TIMESTAMP,
  );
  const wallTime = entry._SOURCE_REALTIME_TIMESTAMP ??
    entry.__REALTIME_TIMESTAMP;
  // A kernel that prints callers has them in the text that the journal keeps.
  const [, caller, rest] = /^\[ *([TC]\d+) *\] ?(.*)$/s.exec(message) ?? [];
  return {
    text: rest ?? message,
    timeUs: monotonic,
    wallTime: typeof wallTime === "string" ? wallTime : undefined,
    caller,
    level: readNumber(entry.PRIORITY),
    sequence: undefined,
    isContinuation: false,
  };
}

/** Messages with bytes that do not print are lists of numbers. */
function readMessage(message: unknown): string | undefined {
  if (typeof message === "string") return message.slice(0, MAX_TEXT_SIZE);
  if (!Array.isArray(message)) return undefined;
  if (!message.every((byte) => Number.isInteger(byte))) return undefined;
  return UTF8.decode(new Uint8Array(message as number[]))
    .slice(0, MAX_TEXT_SIZE);
}

function readNumber(value: unknown): number | undefined {
  const isNumeric = typeof value === "string" && /^\d{1,16}$/.test(value);
  return isNumeric ? Number(value) : undefined;
}
