/**
 * `framewalk reports --follow`: reports as they come, through the ring that keeps a slow output from holding up the
 * log.
 *
 * @module
 */
import {
  KernelLogParser,
  type KernelReport,
} from "../formats/kernel_log/mod.ts";
import {
  ErrorReports,
  type ReportNews,
  type ReportReader,
} from "../kernel/reports/mod.ts";
import { openError } from "./chunks.ts";
import type { Io } from "./io.ts";
import { lossNotes, type Renderer, tell } from "./reports.ts";
import { ReportFilter } from "./reports_filter.ts";
import type { ReportsOptions } from "./reports_options.ts";

/** Bytes of a report's text: more than the limits of the parser let any report have, so that none is cut. */
const TEXT_LIMIT = 1 << 22;
/** A report whose end was seen is shown after a pause of this length, though more might be said of it. */
const PAUSE_MS = 500;
/** How long an output that still moves may hold up the log before reports are dropped: it is no slow one. */
const PATIENCE_MS = 200;

/**
 * Follows the log until it ends, as a pipe does, or the reader of the output has gone.
 *
 * @returns The exit code.
 * @throws {InputError} If the log cannot be opened.
 */
export async function followReports(
  options: ReportsOptions,
  render: Renderer,
  io: Io,
): Promise<number> {
  const log = await io.follow(options.file);
  if (typeof log === "string") throw openError(options.file, log);
  const ring = new ErrorReports({
    capacity: options.buffer,
    sizeLimit: TEXT_LIMIT,
  });
  const reader = ring.reader();
  const isJson = options.form === "json-lines";
  const filter = new ReportFilter(options);
  const parser = new KernelLogParser();
  const output = deliver(reader, isJson, io);
  const patience = new Patience(ring, reader, io);
  const input = feed(log, parser, async (reports) => {
    for (const report of reports) {
      if (!filter.accepts(report)) continue;
      await patience.wait();
      put(ring, report, render);
    }
  }, io);
  // An output that is gone ends the command, though the log goes on.
  await Promise.race([input, output]);
  reader.close();
  await output;
  // What the closed reader did not tell any more.
  const rest = ring.reader(reader.position).poll();
  if (rest.reports.length > 0) await io.stdout.send(newsBytes(rest, isJson));
  tell([...filter.notes(), ...lossNotes(parser)], io);
  return 0;
}

/** Reads the log and hands reports on; in pauses also those that might have more to say. */
async function feed(
  log: AsyncIterable<Uint8Array>,
  parser: KernelLogParser,
  take: (reports: KernelReport[]) => Promise<void>,
  io: Io,
): Promise<void> {
  const iterator = log[Symbol.asyncIterator]();
  let next = iterator.next();
  let isQuiet = false;
  for (;;) {
    const chunk = isQuiet
      ? await next
      : await Promise.race([next, io.sleep(PAUSE_MS)]);
    if (chunk === undefined) {
      isQuiet = true;
      await take(parser.idle());
      continue;
    }
    if (chunk.done === true) break;
    isQuiet = false;
    await take(parser.push(chunk.value));
    next = iterator.next();
  }
  await take(parser.end());
}

/** Gives an output that moves the time to take what is held before more comes: an old log has all its reports at once. */
class Patience {
  private readonly ring: ErrorReports;
  private readonly reader: ReportReader;
  private readonly io: Io;
  private position = 0;
  private leftMs = PATIENCE_MS;

  constructor(ring: ErrorReports, reader: ReportReader, io: Io) {
    this.ring = ring;
    this.reader = reader;
    this.io = io;
  }

  /** Waits while the ring is full and the output moves; once it stands still, not again before it moves. */
  async wait(): Promise<void> {
    const { ring, reader } = this;
    for (;;) {
      if (reader.position !== this.position) {
        this.position = reader.position;
        this.leftMs = PATIENCE_MS;
      }
      const unread = ring.count + 1 - reader.position;
      if (unread < ring.capacity || this.leftMs <= 0) return;
      await this.io.sleep(1);
      this.leftMs--;
    }
  }
}

function put(ring: ErrorReports, report: KernelReport, render: Renderer): void {
  const { kind, title, cpu, task, pid, startTimeUs, endTimeUs, access } =
    report;
  const digits = /^0x[0-9a-f]{1,16}$/.exec(access?.address ?? "")?.[0];
  ring.report({
    detector: kind,
    title,
    text: render(report),
    cpu,
    task,
    pid,
    startTimeUs,
    endTimeUs,
    id: digits === undefined ? 0n : BigInt(digits),
  });
}

async function deliver(
  news: AsyncIterable<ReportNews>,
  isJson: boolean,
  io: Io,
): Promise<void> {
  for await (const batch of news) {
    await io.stdout.send(newsBytes(batch, isJson));
  }
}

function newsBytes({ lost, reports }: ReportNews, isJson: boolean): Uint8Array {
  const parts = reports.map(({ text }) => isJson ? text : `${text}\n`);
  if (lost > 0) {
    const note = isJson
      ? `${JSON.stringify({ lost })}\n`
      : `(${lost} ${
        lost === 1 ? "report" : "reports"
      } lost: the output is slow)\n\n`;
    parts.unshift(note);
  }
  return new TextEncoder().encode(parts.join(""));
}
