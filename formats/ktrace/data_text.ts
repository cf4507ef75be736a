/**
 * Data of any kind as lines: text in quotes, or a hex dump.
 *
 * @module
 */

/** Columns that kdump takes where it has no terminal. */
const COLUMNS = 80;
/** Bytes in a line of a hex dump that fit. */
const DUMP_WIDTH = 16;
const INDENT = "       ";

const ESCAPES: Readonly<Record<number, string>> = {
  0x00: "\\0",
  0x0d: "\\r",
  0x22: '"',
  0x5c: "\\\\",
};

/**
 * Lines for data: text if every byte is printable ASCII or one of tab, newline, carriage return and NUL, otherwise a
 * dump with offsets, pairs of bytes and characters.
 */
export function dataLines(data: Uint8Array): string[] {
  if (data.length === 0) return [];
  return data.every(isText) ? textLines(data) : dumpLines(data);
}

function isText(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || byte === 0x09 || byte === 0x0a ||
    byte === 0x0d || byte === 0x00;
}

/** Newlines end lines; a line that is too long goes on behind a backslash. */
function textLines(data: Uint8Array): string[] {
  const lines: string[] = [];
  let line = `${INDENT}"`;
  let column = 8;
  for (const byte of data) {
    if (byte === 0x0a) {
      lines.push(line);
      line = "";
      column = 0;
      continue;
    }
    if (column === 0) {
      line = "\t";
      column = 8;
    }
    const text = ESCAPES[byte] ?? String.fromCharCode(byte);
    const width = byte === 0x09 ? 8 - (column & 7) : text.length;
    if (column + width > COLUMNS - 2) {
      lines.push(`${line}\\`);
      line = "\t";
      column = 8;
    }
    column += width;
    line += text;
  }
  lines.push(`${column === 0 ? INDENT : line}"`);
  return lines;
}

function dumpLines(data: Uint8Array): string[] {
  const lines: string[] = [];
  for (let from = 0; from < data.length; from += DUMP_WIDTH) {
    const part = data.subarray(from, from + DUMP_WIDTH);
    let pairs = "";
    for (let i = 0; i < DUMP_WIDTH; i++) {
      if (i % 2 === 0) pairs += " ";
      pairs += i < part.length ? part[i]!.toString(16).padStart(2, "0") : "  ";
    }
    const offset = from.toString(16).padStart(4, "0");
    const characters = Array.from(
      part,
      (byte) => byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".",
    ).join("");
    lines.push(`${INDENT}0x${offset}${pairs}  |${characters}|`);
  }
  return lines;
}
