/**
 * `framewalk reports`: reports of errors out of a kernel's log.
 *
 * @module
 */
import {
  KernelLogParser,
  type KernelReport,
} from "../formats/kernel_log/mod.ts";
import { openChunks } from "./chunks.ts";
import { wantsColor } from "./color.ts";
import type { Io } from "./io.ts";
import { makePalette, printable } from "./plain_text.ts";
import { reportError } from "./report.ts";
import { ReportFilter } from "./reports_filter.ts";
import { parseReportsOptions, type ReportsOptions } from "./reports_options.ts";
import { reportText, timeText } from "./reports_text.ts";
import { TextOutput } from "./text_output.ts";

/**
 * Runs `framewalk reports`.
 *
 * @returns The exit code: 0, also where there is no report, or 1 if the log cannot be read.
 * @throws {UsageError} For arguments that make no sense.
 */
export async function runReports(args: string[], io: Io): Promise<number> {
  const options = await parseReportsOptions(args);
  if (options === undefined) {
    const { HELP } = await import("./help.ts");
    io.stdout.write(new TextEncoder().encode(HELP.reports!));
    return 0;
  }
  try {
    if (options.follow) {
      const { followReports } = await import("./reports_follow.ts");
      return await followReports(options, makeRenderer(options, io), io);
    }
    return await listReports(options, io);
  } catch (error) {
    const json = options.form === "json" || options.form === "json-lines";
    return reportError(error, options.file, json, io);
  }
}

/** Makes the text of one report. */
export type Renderer = (report: KernelReport) => string;

/** How one report is written. */
function makeRenderer(options: ReportsOptions, io: Io): Renderer {
  const { form } = options;
  if (form === "json") return (report) => jsonText(report, 1);
  if (form === "json-lines") return (report) => `${jsonText(report)}\n`;
  if (form === "raw") {
    return (report) => `${report.lines.map(printable).join("\n")}\n`;
  }
  const palette = makePalette(wantsColor(options.color, io));
  const style = { full: form === "full", palette };
  return (report) => reportText(report, style);
}

function jsonText(report: KernelReport, indent?: number): string {
  const replacer = (_: string, value: unknown) => value ?? null;
  // `undefined` in a list of fields would leave the field out: it is null.
  return JSON.stringify(report, replacer, indent);
}

async function listReports(options: ReportsOptions, io: Io): Promise<number> {
  const parser = new KernelLogParser();
  const filter = new ReportFilter(options);
  const damage: string[] = [];
  const out = new TextOutput(io.stdout);
  const writer = options.count
    ? new CountWriter(options, out)
    : new ListWriter(options, out, makeRenderer(options, io));
  const chunks = openChunks(options.file, "kernel log", damage, io);
  for await (const chunk of chunks) {
    for (const report of parser.push(chunk)) {
      if (filter.accepts(report)) writer.add(report);
    }
  }
  for (const report of parser.end()) {
    if (filter.accepts(report)) writer.add(report);
  }
  writer.end(parser);
  out.flush();
  const notes = [...damage, ...filter.notes(), ...lossNotes(parser)];
  if (writer.reportCount === 0) {
    notes.push(`no reports in ${parser.lineCount} lines of ${options.file}`);
  }
  tell(notes, io);
  return damage.length > 0 ? 1 : 0;
}

/** What a parser could not see. */
export function lossNotes(parser: KernelLogParser): string[] {
  const { lostRecordCount } = parser;
  return lostRecordCount === 0
    ? []
    : [`${lostRecordCount} records of the log were overwritten unread`];
}

/** Writes notes to standard error. */
export function tell(notes: readonly string[], io: Io): void {
  const lines = notes.map((note) => `framewalk: ${printable(note)}\n`);
  if (lines.length > 0) {
    io.stderr.write(new TextEncoder().encode(lines.join("")));
  }
}

/** One report after another. */
class ListWriter {
  reportCount = 0;
  private readonly json: boolean;
  private readonly isText: boolean;
  private readonly out: TextOutput;
  private readonly render: Renderer;

  constructor({ form }: ReportsOptions, out: TextOutput, render: Renderer) {
    this.json = form === "json";
    this.isText = form !== "json-lines" && !this.json;
    this.out = out;
    this.render = render;
  }

  add(report: KernelReport): void {
    const { out, reportCount } = this;
    if (this.json) out.text(reportCount === 0 ? `{"reports": [\n` : ",\n");
    else if (this.isText && reportCount > 0) out.text("\n");
    out.text(this.render(report));
    this.reportCount++;
  }

  end(parser: KernelLogParser): void {
    if (!this.json) return;
    const { lineCount, lostRecordCount } = parser;
    const start = this.reportCount === 0 ? `{"reports": [` : "\n";
    this.out.text(
      `${start}], "lines": ${lineCount}, "lostRecords": ${lostRecordCount}}\n`,
    );
  }
}

/** How often each title came. */
class CountWriter {
  reportCount = 0;
  private readonly json: boolean;
  private readonly out: TextOutput;
  private readonly byTitle: Map<
    string,
    { count: number; first: KernelReport; last: KernelReport }
  > = new Map();

  constructor({ form }: ReportsOptions, out: TextOutput) {
    this.json = form === "json";
    this.out = out;
  }

  add(report: KernelReport): void {
    this.reportCount++;
    const found = this.byTitle.get(report.title);
    // The text of a report that is only counted would be kept for nothing.
    const light = { ...report, lines: [], stacks: [], registers: [] };
    if (found === undefined) {
      this.byTitle.set(report.title, { count: 1, first: light, last: light });
    } else {
      found.count++;
      found.last = light;
    }
  }

  end(): void {
    const list = [...this.byTitle].sort(([, a], [, b]) => b.count - a.count);
    if (this.json) {
      const counts = list.map(([title, { count, first, last }]) => ({
        title,
        kind: first.kind,
        count,
        firstTimeUs: first.startTimeUs ?? null,
        lastTimeUs: last.startTimeUs ?? null,
      }));
      return this.out.text(`${JSON.stringify({ counts }, undefined, 1)}\n`);
    }
    for (const [title, { count, first, last }] of list) {
      const span = count === 1 || timeText(first) === ""
        ? timeText(first)
        : `${timeText(first)} to ${timeText(last)}`;
      const when = span === "" ? "" : `  ${span}`;
      this.out.text(`${`${count}`.padStart(6)}  ${printable(title)}${when}\n`);
    }
  }
}
