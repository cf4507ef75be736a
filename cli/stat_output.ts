/**
 * What `framewalk stat` prints.
 *
 * @module
 */
import type { BinaryStat, Gap } from "../kernel/stat/mod.ts";
import { printable } from "./plain_text.ts";
import type { ErrorRecord } from "./report.ts";
import type { SortColumn, StatCommandOptions } from "./stat_options.ts";
import type { SidecarSizes } from "./stat_sidecars.ts";
import type { TextOutput } from "./text_output.ts";

/** One binary. */
export interface FileStat extends BinaryStat {
  /** Its path. */
  path: string;
  /** Sizes of its sidecars, where they were asked for and can be made. */
  sidecars?: SidecarSizes | undefined;
}

/** All that was found. */
export interface StatReport {
  /** The binaries. */
  files: FileStat[];
  /** Files and directories that could not be read, or are damaged. */
  errors: { path: string; error: ErrorRecord }[];
  /** Files that are no linked binaries of a machine with such tables. */
  skipped: number;
}

/** A number of a file by column; NaN where it has none. */
const COLUMNS: Record<
  Exclude<SortColumn, "file">,
  (file: FileStat) => number
> = {
  text: (file) => file.textSize,
  functions: (file) => file.functions,
  eh_frame: (file) => file.ehFrame?.size ?? NaN,
  eh_share: (file) => (file.ehFrame?.covered ?? NaN) / file.textSize,
  sframe: (file) => file.sframe?.size ?? NaN,
  sframe_share: (file) => (file.sframe?.covered ?? NaN) / file.textSize,
  version: (file) => file.sframe?.versions[0] ?? NaN,
  rows: rowsPerFunction,
  gap: (file) => sum(file.gaps.map(({ size }) => size)),
  zstd: (file) => file.sidecars?.zstd ?? NaN,
  compact: (file) => file.sidecars?.compact ?? NaN,
  "compact-zstd": (file) => file.sidecars?.compactZstd ?? NaN,
};

/** Rows per function: of `.sframe`, or of the section that was converted for the sidecars. */
function rowsPerFunction({ sframe, sidecars }: FileStat): number {
  const section = sframe ?? sidecars;
  return section === undefined ? NaN : section.rows / section.functions;
}

/** Sorts by a column: files by name, numbers from the largest down, those without one last. */
export function sortStats(files: FileStat[], column: SortColumn): void {
  if (column === "file") {
    files.sort((a, b) => a.path < b.path ? -1 : a.path > b.path ? 1 : 0);
    return;
  }
  const value = COLUMNS[column];
  const key = (file: FileStat): number => {
    const number = value(file);
    return Number.isNaN(number) ? -1 : number;
  };
  files.sort((a, b) => key(b) - key(a));
}

/** Writes the report as one JSON object; sizes in bytes. */
export function writeJson(report: StatReport, out: TextOutput): void {
  const { files, errors, skipped } = report;
  out.text(`{"files":[`);
  for (const [i, file] of files.entries()) {
    out.text((i > 0 ? ",\n" : "\n") + JSON.stringify(fileRecord(file)));
  }
  const rest = { totals: totalsOf(files), skipped, errors };
  out.text(`],\n${JSON.stringify(rest).slice(1)}\n`);
}

function fileRecord(file: FileStat): unknown {
  const { path, machine, buildId, textSize, functions, gaps } = file;
  const { ehFrame, sframe, sidecars } = file;
  return {
    path,
    machine,
    buildId: buildId ?? null,
    textSize,
    functions,
    ehFrame: ehFrame ?? null,
    sframe: sframe ?? null,
    rowsPerFunction: finite(rowsPerFunction(file)),
    sidecars: sidecars ?? null,
    gaps,
  };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? Math.round(value * 1000) / 1000 : null;
}

/** Sums over all files. */
interface Totals {
  files: number;
  textSize: number;
  functions: number;
  ehFrame: { files: number; size: number; functions: number; covered: number };
  sframe: {
    files: number;
    size: number;
    functions: number;
    rows: number;
    covered: number;
  };
  sidecars: {
    files: number;
    section: number;
    zstd: number;
    compact: number;
    compactZstd: number;
  };
  gaps: Gap[];
}

function totalsOf(files: readonly FileStat[]): Totals {
  const eh = files.flatMap(({ ehFrame }) => ehFrame ?? []);
  const sf = files.flatMap(({ sframe }) => sframe ?? []);
  const sidecars = files.flatMap(({ sidecars }) => sidecars ?? []);
  const gaps = new Map<string, number>();
  for (const { reason, size } of files.flatMap((file) => file.gaps)) {
    gaps.set(reason, (gaps.get(reason) ?? 0) + size);
  }
  return {
    files: files.length,
    textSize: sum(files.map(({ textSize }) => textSize)),
    functions: sum(files.map(({ functions }) => functions)),
    ehFrame: {
      files: eh.length,
      size: sum(eh.map(({ size }) => size)),
      functions: sum(eh.map(({ functions }) => functions)),
      covered: sum(eh.map(({ covered }) => covered)),
    },
    sframe: {
      files: sf.length,
      size: sum(sf.map(({ size }) => size)),
      functions: sum(sf.map(({ functions }) => functions)),
      rows: sum(sf.map(({ rows }) => rows)),
      covered: sum(sf.map(({ covered }) => covered)),
    },
    sidecars: {
      files: sidecars.length,
      section: sum(sidecars.map(({ section }) => section)),
      zstd: sum(sidecars.map(({ zstd }) => zstd)),
      compact: sum(sidecars.map(({ compact }) => compact)),
      compactZstd: sum(sidecars.map(({ compactZstd }) => compactZstd)),
    },
    gaps: [...gaps].map(([reason, size]) => ({ reason, size }))
      .sort((a, b) => b.size - a.size),
  };
}

function sum(values: readonly number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

const TITLES = ["text", "funcs", "eh_frame", "eh %", "sframe", "sf %", "ver"];

/** Writes the report as a table. */
export function writeText(
  { files, skipped, errors }: StatReport,
  options: StatCommandOptions,
  out: TextOutput,
): void {
  const titles = [...TITLES, "rows/f"];
  if (options.sidecars) titles.push("zstd", "compact", "c-zstd");
  titles.push("file");
  const rows = files.map((file) => [
    ...cells(file, options.sidecars),
    printable(file.path),
  ]);
  const totals = totalsOf(files);
  rows.push([
    ...totalCells(totals, options.sidecars),
    summary(totals.files, skipped, errors.length),
  ]);
  const widths = titles.map((title, i) =>
    rows.reduce((most, row) => Math.max(most, row[i]!.length), title.length)
  );
  out.text(line(titles, widths));
  for (const [i, row] of rows.entries()) {
    if (i === files.length && i > 1) {
      out.text(
        line(
          titles.map((_, i) =>
            i < titles.length - 1 ? "-".repeat(widths[i]!) : ""
          ),
          widths,
        ),
      );
    }
    out.text(line(row, widths));
    const file = files[i];
    if (options.gaps && file !== undefined) writeGaps(file, out);
  }
  if (totals.gaps.length > 0) out.text("\ncode without rows:\n");
  for (const { reason, size } of totals.gaps.slice(0, 12)) {
    out.text(`${`${size}`.padStart(widths[0]!)}  ${printable(reason)}\n`);
  }
}

function writeGaps(file: FileStat, out: TextOutput): void {
  for (const { reason, size } of file.gaps) {
    out.text(`    ${size} bytes: ${printable(reason)}\n`);
  }
  for (const { reason, size, functions } of file.sidecars?.dropped ?? []) {
    out.text(
      `    ${size} bytes, ${functions} functions: not in SFrame: ${reason}\n`,
    );
  }
}

function cells(file: FileStat, withSidecars: boolean): string[] {
  const { ehFrame, sframe, sidecars, textSize } = file;
  const found = [
    `${textSize}`,
    `${file.functions}`,
    ehFrame === undefined ? "-" : `${ehFrame.size}`,
    share(ehFrame?.covered, textSize),
    sframe === undefined ? "-" : `${sframe.size}`,
    share(sframe?.covered, textSize),
    sframe === undefined ? "-" : `${sframe.versions.join()}`,
    ratio(rowsPerFunction(file)),
  ];
  if (!withSidecars) return found;
  const { zstd, compact, compactZstd } = sidecars ?? {};
  return [
    ...found,
    ...[zstd, compact, compactZstd].map((size) => `${size ?? "-"}`),
  ];
}

function totalCells(totals: Totals, withSidecars: boolean): string[] {
  const { textSize, ehFrame, sframe, sidecars } = totals;
  const found = [
    `${textSize}`,
    `${totals.functions}`,
    `${ehFrame.size}`,
    share(ehFrame.covered, textSize),
    `${sframe.size}`,
    share(sframe.covered, textSize),
    "",
    ratio(sframe.rows / sframe.functions),
  ];
  if (!withSidecars) return found;
  const { zstd, compact, compactZstd } = sidecars;
  return [...found, `${zstd}`, `${compact}`, `${compactZstd}`];
}

function summary(files: number, skipped: number, errors: number): string {
  const count = (n: number, one: string, many: string): string =>
    `${n} ${n === 1 ? one : many}`;
  return [
    count(files, "binary", "binaries"),
    count(skipped, "file skipped", "files skipped"),
    count(errors, "error", "errors"),
  ].join(", ");
}

function share(part: number | undefined, whole: number): string {
  return part === undefined || whole === 0
    ? "-"
    : (100 * part / whole).toFixed(1);
}

function ratio(value: number): string {
  return Number.isFinite(value) ? value.toFixed(2) : "-";
}

function line(row: readonly string[], widths: readonly number[]): string {
  const last = row.length - 1;
  const numbers = row.slice(0, last).map((cell, i) =>
    cell.padStart(widths[i]!)
  );
  return `${numbers.join("  ")}  ${row[last]}`.trimEnd() + "\n";
}
