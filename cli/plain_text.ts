/**
 * Text from strangers and text in columns.
 *
 * @module
 */

/** Control characters, and those that turn the direction of writing. */
const UNSAFE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/**
 * Makes text of a core fit for a terminal: names and arguments are whatever the process chose, and an escape sequence
 * among them would be obeyed.
 */
export function printable(text: string): string {
  return text.replace(UNSAFE, (character) => {
    const code = character.codePointAt(0)!;
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, "0")}`
      : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/** Last part of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Breaks `text` at spaces so that no line exceeds `width` where that can be; further lines start with `indent` spaces. */
export function wrap(text: string, width: number, indent: number): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const room = width - indent;
    if (line !== "" && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines.join(`\n${" ".repeat(indent)}`);
}

/** Terminal colours by role; every function returns its text unchanged where there is no colour. */
export interface Palette {
  /** Headings. */
  bold(text: string): string;
  /** What went wrong. */
  red(text: string): string;
  /** Names of functions. */
  cyan(text: string): string;
  /** What matters less. */
  dim(text: string): string;
}

/** A palette that colours, or one that does not. */
export function makePalette(colored: boolean): Palette {
  const style = (on: number, off: number) => (text: string): string =>
    colored ? `\x1b[${on}m${text}\x1b[${off}m` : text;
  return {
    bold: style(1, 22),
    red: style(31, 39),
    cyan: style(36, 39),
    dim: style(2, 22),
  };
}
