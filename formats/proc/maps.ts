/**
 * `/proc/PID/maps`: what a process has mapped.
 *
 * @module
 */
import { FormatError } from "../base/error.ts";

/** One mapping of a process. */
export interface MemoryMap {
  /** First address, signed canonical. */
  readonly start: number;
  /** First address behind the mapping. */
  readonly end: number;
  /** Permissions as in `p_flags`: bit 0 execute, bit 1 write, bit 2 read. */
  readonly flags: number;
  /** Whether writes reach the file and other processes. */
  readonly isShared: boolean;
  /** Where in the file the mapping starts, bytes. */
  readonly fileOffset: number;
  /** Device of the file as the kernel prints it, `fd:00`; `00:00` without a file. */
  readonly device: string;
  /** Inode of the file; 0 without a file. */
  readonly inode: number;
  /**
   * Path of the file, with ` (deleted)` at the end once it was unlinked; a name such as `[stack]` for what the kernel
   * mapped; empty for other memory.
   */
  readonly path: string;
}

const TWO_32 = 0x1_0000_0000;
const LINE =
  /^([0-9a-f]{1,16})-([0-9a-f]{1,16}) ([r-])([w-])([x-])([ps]) ([0-9a-f]{1,16}) ([0-9a-f]+:[0-9a-f]+) (\d{1,20})(?: +(.*))?$/;

/**
 * Parses the text of `/proc/PID/maps`: a line for each mapping, in address order.
 *
 * A newline in a path is written as `\012`; nothing else is escaped.
 *
 * Source: fs/proc/task_mmu.c, `show_map_vma`.
 *
 * @throws {FormatError} `bad-value` for a line of another form
 */
export function parseMaps(text: string): MemoryMap[] {
  const maps: MemoryMap[] = [];
  let offset = 0;
  for (const line of text.split("\n")) {
    const match = LINE.exec(line);
    if (match !== null) maps.push(mapOf(match));
    else if (line !== "") throw badLine(line, offset);
    offset += line.length + 1;
  }
  return maps;
}

function mapOf(match: RegExpExecArray): MemoryMap {
  const [, start, end, read, write, execute, sharing] = match;
  return {
    start: parseAddress(start!),
    end: parseAddress(end!),
    flags: (read === "r" ? 4 : 0) | (write === "w" ? 2 : 0) |
      (execute === "x" ? 1 : 0),
    isShared: sharing === "s",
    fileOffset: parseAddress(match[7]!),
    device: match[8]!,
    inode: Number(match[9]),
    path: (match[10] ?? "").replaceAll("\\012", "\n"),
  };
}

/** Hexadecimal digits as a signed canonical Number. */
function parseAddress(digits: string): number {
  if (digits.length <= 8) return parseInt(digits, 16);
  const high = parseInt(digits.slice(0, -8), 16) | 0;
  return high * TWO_32 + parseInt(digits.slice(-8), 16);
}

function badLine(line: string, offset: number): FormatError {
  return new FormatError({
    code: "bad-value",
    format: "/proc maps",
    field: "line",
    offset,
    value: line.slice(0, 80),
    expected: "a range, permissions, an offset, a device and an inode",
  });
}
