// deno-lint-ignore-file no-console -- prints the table
/**
 * The table of a conformance run.
 *
 * @module
 */
import type { Case } from "./case.ts";
import type { Tally } from "./compare.ts";

function ratio([same, asked]: [number, number]): string {
  return asked === 0 ? "-" : same === asked ? String(same) : `${same}/${asked}`;
}

/** One line of the table. */
export function row(cells: readonly (string | number)[]): string {
  const widths = [34, 6, 8, 9, 10, 10, 9, 9];
  return cells.map((cell, i) =>
    i === 0
      ? String(cell).padEnd(widths[i]!)
      : String(cell).padStart(widths[i] ?? 0)
  )
    .join(" ");
}

/** Numbers the explanations, so that the table shows each once, at its end. */
export class Footnotes {
  private readonly texts: string[] = [];

  /** The mark of `text`. */
  mark(text: string): string {
    const at = this.texts.indexOf(text);
    return `[${at < 0 ? this.texts.push(text) : at + 1}]`;
  }

  /** All of them. */
  print(): void {
    this.texts.forEach((text, i) => console.log(`[${i + 1}] ${text}`));
  }
}

/** Prints the row of a case and what it found; returns whether it passed. */
export function report(
  one: Case,
  label: string,
  tally: Tally,
  cores: number,
  notes: Footnotes,
): boolean {
  const short = tally.frames < one.frames;
  const marks = [...tally.explained].map(([why, count]) =>
    ` ${count}${notes.mark(why)}`
  );
  for (const [oracle, why] of Object.entries(one.without ?? {})) {
    marks.push(` ${notes.mark(`${oracle} is not asked: ${why}`)}`);
  }
  const good = tally.unexplained.length === 0 && !short;
  console.log(
    row([
      label,
      cores,
      tally.threads,
      tally.frames,
      ratio(tally.gdb),
      ratio(tally.euStack),
      ratio(tally.printed),
      tally.sframe,
    ]) + (good ? "  ok" : "  DIFFERS") + marks.join(""),
  );
  for (const line of tally.unexplained.slice(0, 4)) {
    console.log(`    unexplained: ${line}`);
  }
  if (tally.unexplained.length > 4) {
    console.log(`    and ${tally.unexplained.length - 4} more`);
  }
  if (short) {
    console.log(`    too few frames: ${tally.frames}, expected ${one.frames}`);
  }
  return good;
}
