/**
 * What stands before the text of a line in a log, found without making strings: most lines of a log are looked at only
 * here.
 *
 * @module
 */

/** How a line's text is written. */
export const LineShape = {
  /** As it is. */
  PLAIN: 0,
  /** As /dev/kmsg hands it out: bytes that do not print are escaped. */
  KMSG: 1,
  /** As a JSON object of the journal. */
  JSON: 2,
  /** By somebody else than the kernel. */
  FOREIGN: 3,
} as const;

const TAB = 0x09;
const SPACE = 0x20;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const COLON = 0x3a;
const SEMICOLON = 0x3b;
const OPEN = 0x5b;
const CLOSE = 0x5d;
/** How far into a line its prefix is looked for: names of hosts are long. */
const MAX_PREFIX_SIZE = 160;
const KERNEL = new TextEncoder().encode("kernel: ");

/**
 * The parts of a line's prefix, as offsets into the bytes that were scanned; -1 where a part is absent. One is reused
 * for all lines.
 */
export class LinePrefix {
  /** A value of {@linkcode LineShape}. */
  shape: number = LineShape.PLAIN;
  /** First byte of the text. */
  textOffset = 0;
  /** Level and facility, `<N>` or the first field of kmsg; -1 if absent. */
  priority = -1;
  /** Start of the seconds since boot, or of kmsg's microseconds. */
  timeOffset = -1;
  /** Behind them. */
  timeEnd = -1;
  /** Start of the time of day. */
  wallOffset = -1;
  /** Behind it. */
  wallEnd = -1;
  /** Start of `T123` or `C1`. */
  callerOffset = -1;
  /** Behind it. */
  callerEnd = -1;
  /** Start of kmsg's fields, and of what stands before a time in brackets. */
  headOffset = -1;

  /** Whether nothing stands before the text. */
  get isBare(): boolean {
    return this.shape === LineShape.PLAIN && this.timeOffset < 0 &&
      this.wallOffset < 0 && this.callerOffset < 0 && this.priority < 0;
  }

  /** Scans the line at `[offset, end)`. Allocates nothing. */
  scan(bytes: Uint8Array, offset: number, end: number): void {
    this.shape = LineShape.PLAIN;
    this.textOffset = offset;
    this.priority = -1;
    this.timeOffset = this.timeEnd = -1;
    this.wallOffset = this.wallEnd = -1;
    this.callerOffset = this.callerEnd = -1;
    this.headOffset = -1;
    const first = bytes[offset]!;
    if (first === OPEN || first === 0x3c) this.scanMarks(bytes, offset, end);
    else if (first === 0x7b) this.shape = LineShape.JSON;
    else if (!isDigit(first) || !this.scanNumbers(bytes, offset, end)) {
      this.scanWords(bytes, offset, end);
    }
  }

  /** `<N>`, `[time]`, `[caller]`, in this order, each at most once, and a space. */
  private scanMarks(bytes: Uint8Array, offset: number, end: number): void {
    let at = this.scanPriority(bytes, offset, end);
    while (bytes[at] === OPEN && at < end) {
      const next = this.scanBracket(bytes, at, end);
      if (next < 0) break;
      at = next;
    }
    if (at > offset && bytes[at] === SPACE && at < end) at++;
    this.textOffset = Math.min(at, end);
    // journalctl -o short-monotonic: the time stands before the name of the host.
    if (this.timeOffset >= 0 && this.callerOffset < 0 && this.priority < 0) {
      this.scanKernel(bytes, this.textOffset, end, 1);
    }
  }

  private scanPriority(bytes: Uint8Array, offset: number, end: number): number {
    let at = offset;
    if (bytes[at] !== 0x3c) return at;
    let value = 0;
    const limit = Math.min(end, at + 6);
    for (at++; at < limit && isDigit(bytes[at]!); at++) {
      value = value * 10 + bytes[at]! - 0x30;
    }
    if (bytes[at] !== 0x3e || at >= end || at === offset + 1) return offset;
    this.priority = value;
    return at + 1;
  }

  /** One pair of brackets with a time or a caller. @returns The offset behind it, -1 if it is neither. */
  private scanBracket(bytes: Uint8Array, offset: number, end: number): number {
    let at = offset + 1;
    while (bytes[at] === SPACE && at < end) at++;
    const first = bytes[at]!;
    const start = at;
    if (isDigit(first)) {
      at = skipDigits(bytes, at, end);
      if (bytes[at] !== DOT) return -1;
      at = skipDigits(bytes, at + 1, end);
      const stop = at;
      // dmesg -d: the time since the line before.
      if (bytes[at] === SPACE && bytes[at + 1] === 0x3c) {
        at = bytes.indexOf(CLOSE, at);
      }
      if (at < 0 || at >= end || bytes[at] !== CLOSE) return -1;
      if (this.timeOffset >= 0) return -1;
      this.timeOffset = start;
      this.timeEnd = stop;
      return at + 1;
    }
    if ((first === 0x54 || first === 0x43) && isDigit(bytes[at + 1]!)) {
      at = skipDigits(bytes, at + 1, end);
      const stop = at;
      while (bytes[at] === SPACE && at < end) at++;
      if (at >= end || bytes[at] !== CLOSE || this.callerOffset >= 0) return -1;
      this.callerOffset = start;
      this.callerEnd = stop;
      return at + 1;
    }
    return this.scanWallBracket(bytes, start, end);
  }

  /** `[Mon Nov 13 10:00:00 2023]`, `[Nov13 10:00]`, `[  +0.000012]`. */
  private scanWallBracket(
    bytes: Uint8Array,
    start: number,
    end: number,
  ): number {
    if (this.wallOffset >= 0) return -1;
    const stop = bytes.indexOf(CLOSE, start);
    if (stop < 0 || stop >= end || stop > start + 32) return -1;
    const isDelta = bytes[start] === PLUS && isDigit(bytes[stop - 1]!);
    const isDate = isUpper(bytes[start]!) && !isUpper(bytes[start + 1]!) &&
      isDigit(bytes[stop - 1]!) && bytes.indexOf(COLON, start) < stop &&
      bytes.indexOf(COLON, start) > start + 5;
    if (!isDelta && !isDate) return -1;
    if (isDate) {
      this.wallOffset = start;
      this.wallEnd = stop;
    }
    return stop + 1;
  }

  /** Lines that start with a digit: kmsg, and times of day. @returns Whether it is one of them. */
  private scanNumbers(bytes: Uint8Array, offset: number, end: number): boolean {
    let at = skipDigits(bytes, offset, end);
    if (bytes[at] === COMMA && at < end) {
      return this.scanKmsg(bytes, offset, end);
    }
    const isIso = at === offset + 4 && bytes[at] === MINUS &&
      bytes[offset + 7] === MINUS && bytes[offset + 13] === COLON;
    if (!isIso) return false;
    const limit = Math.min(end, offset + 40);
    at = offset + 11; // behind the T, or the space in its place
    let isDmesg = false;
    for (; at < limit && bytes[at] !== SPACE; at++) {
      if (bytes[at] === COMMA) isDmesg = true;
    }
    this.wallOffset = offset;
    this.wallEnd = at;
    this.textOffset = Math.min(at + 1, end);
    if (!isDmesg && !this.scanKernel(bytes, at, end, 2)) {
      this.shape = LineShape.FOREIGN;
    }
    return true;
  }

  private scanKmsg(bytes: Uint8Array, offset: number, end: number): boolean {
    const sequence = skipDigits(bytes, offset, end) + 1;
    const time = skipDigits(bytes, sequence, end) + 1;
    const stop = skipDigits(bytes, time, end);
    if (time === sequence + 1 || stop === time || stop >= end) return false;
    if (bytes[time - 1] !== COMMA || bytes[stop] !== COMMA) return false;
    const text = bytes.indexOf(SEMICOLON, stop);
    if (text < 0 || text >= end) return false;
    this.shape = LineShape.KMSG;
    this.headOffset = offset;
    this.timeOffset = time;
    this.timeEnd = stop;
    this.textOffset = text + 1;
    this.priority = readDigits(bytes, offset, sequence - 1);
    return true;
  }

  /** Syslog's and the journal's lines, and a time in brackets behind something else. */
  private scanWords(bytes: Uint8Array, offset: number, end: number): void {
    const isSyslog = bytes[offset + 3] === SPACE &&
      bytes[offset + 6] === SPACE && bytes[offset + 9] === COLON &&
      bytes[offset + 12] === COLON && isUpper(bytes[offset]!);
    if (isSyslog) {
      this.wallOffset = offset;
      let at = offset + 15;
      while (at < end && bytes[at] !== SPACE) at++;
      this.wallEnd = at;
      if (!this.scanKernel(bytes, at, end, 2)) this.shape = LineShape.FOREIGN;
      return;
    }
    const first = bytes[offset]!;
    if (first === SPACE || first === TAB || first === MINUS || first === 0x3d) {
      return; // text that continues: no need to look further
    }
    const limit = Math.min(end, offset + MAX_PREFIX_SIZE);
    let at = offset;
    while (at < limit && bytes[at] !== OPEN) at++;
    if (at >= limit || at === offset) return;
    const text = this.scanBracket(bytes, at, end);
    if (text < 0) return;
    this.headOffset = offset;
    let next = text;
    if (bytes[next] === OPEN) {
      const behind = this.scanBracket(bytes, next, end);
      if (behind > 0) next = behind;
    }
    if (bytes[next] === SPACE && next < end) next++;
    this.textOffset = next;
  }

  /**
   * Moves behind ` kernel: ` and the marks that follow it, if at most `wordCount` words (the host, with busybox also
   * facility and level) stand before it.
   *
   * @returns Whether it is there.
   */
  private scanKernel(
    bytes: Uint8Array,
    offset: number,
    end: number,
    wordCount: number,
  ): boolean {
    const limit = Math.min(end, offset + MAX_PREFIX_SIZE) - KERNEL.length;
    let at = offset;
    for (let words = 0; words < wordCount; words++) {
      while (at <= limit && bytes[at] === SPACE) at++;
      while (at <= limit && bytes[at] !== SPACE) at++;
      // The name of a program ends with a colon, too: it is not the kernel.
      if (at + 1 > limit || bytes[at - 1] === COLON) return false;
      if (!startsWith(bytes, at + 1, KERNEL)) continue;
      this.textOffset = at + 1 + KERNEL.length;
      const first = bytes[this.textOffset];
      const isMark = first === OPEN || first === 0x3c;
      if (isMark && this.timeOffset < 0) {
        this.scanMarks(bytes, this.textOffset, end);
      }
      return true;
    }
    return false;
  }
}

/** Whether `pattern` stands at `offset`. */
export function startsWith(
  bytes: Uint8Array,
  offset: number,
  pattern: Uint8Array,
): boolean {
  for (let i = 0; i < pattern.length; i++) {
    if (bytes[offset + i] !== pattern[i]) return false;
  }
  return true;
}

/** Reads decimal digits; the value is exact below 2^53. */
export function readDigits(
  bytes: Uint8Array,
  offset: number,
  end: number,
): number {
  let value = 0;
  for (let at = offset; at < end; at++) value = value * 10 + bytes[at]! - 0x30;
  return value;
}

function skipDigits(bytes: Uint8Array, offset: number, end: number): number {
  let at = offset;
  while (at < end && isDigit(bytes[at]!)) at++;
  return at;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function isUpper(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5a;
}
