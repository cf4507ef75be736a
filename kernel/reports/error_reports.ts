/**
 * The ring of error reports.
 *
 * @module
 */
import { OpenReports } from "./open_reports.ts";
import {
  type ErrorReport,
  NAME_SIZE,
  type ReportFields,
  TextCutter,
  TITLE_SIZE,
} from "./report.ts";
import { ReportFile, type ReportFileName } from "./report_file.ts";
import { ReportReader } from "./reader.ts";
import { decodeState, encodeState, type RingState } from "./state.ts";

/** Sizes of a ring. */
export interface ErrorReportsOptions {
  /** How many reports are held; 16 if left out, at most 65,536. */
  capacity?: number;
  /** Bytes of text that are held of each; 4096 if left out, at most 16 MiB. */
  sizeLimit?: number;
}

/** What happened to a ring since it was made. Each only grows. */
export interface ReportCounters {
  /** Reports that were finished: also the sequence number of the last. */
  readonly total: number;
  /** Reports that gave way to newer ones. */
  readonly overwritten: number;
  /** Reports that readers were told they lost, added up over all readers. */
  readonly lost: number;
  /** Reports of which something was cut. */
  readonly truncated: number;
  /** Reports that began while another one was open on the same processor, and so became part of it. */
  readonly dropped: number;
}

/**
 * Errors that a kernel found and survived, for whoever wants to know: any subsystem reports, any number of readers
 * learn of it.
 *
 * ## Use
 *
 * A reporter that has its text hands it over with {@linkcode ErrorReports.report}. One whose text comes line by line
 * calls {@linkcode ErrorReports.begin}, {@linkcode ErrorReports.append} and {@linkcode ErrorReports.end} with the
 * number of its processor; reports of several processors may overlap and stay apart. Times are the caller's: the ring
 * has no clock.
 *
 * A user looks at {@linkcode ErrorReports.last}, {@linkcode ErrorReports.count} and {@linkcode ErrorReports.since}, or
 * takes a {@linkcode ErrorReports.reader} with a position of its own and polls it, or awaits it. `last_report` and
 * `report_count`, the two files of the proposal, are to be had from {@linkcode ErrorReports.openFile}.
 *
 * ## A slow reader
 *
 * The ring holds the newest `capacity` reports; a new one takes the place of the oldest, read or not. A reader that
 * comes too late is told with its next poll exactly how many it lost, once, and goes on with the oldest report that is
 * held. It delays nobody: the ring keeps no list of its readers, so that one which never polls costs neither a reporter
 * nor another reader anything, and what one loses says nothing of the others. Only a reader that awaits a report is
 * known to the ring until it is woken.
 *
 * ## Shortcomings
 *
 * - A report is told when it is complete; none is told of an error that stops the kernel before that.
 * - Text beyond `sizeLimit` is cut (`truncated`), and the part behind it is nowhere.
 * - What is reported on a processor whose report is still open becomes text of that report and counts as `dropped`.
 * - Who takes only `last_report` sees one report of several that came at once; `report_count` tells how many.
 * - Nothing survives the ring: whoever was not reading when `capacity` newer reports came has lost the report.
 *
 * @example A reader
 * ```ts
 * import { ErrorReports } from "@framewalk/framewalk/kernel/reports";
 * import { assertEquals } from "@std/assert";
 *
 * const reports = new ErrorReports({ capacity: 2 });
 * const reader = reports.reader();
 * for (const title of ["a", "b", "c"]) reports.report({ detector: "demo", title });
 * const { lost, reports: news } = reader.poll();
 * assertEquals(lost, 1);
 * assertEquals(news.map(({ sequence, title }) => `${sequence} ${title}`), ["2 b", "3 c"]);
 * ```
 */
export class ErrorReports {
  /** How many reports are held. */
  readonly capacity: number;
  /** Bytes of text that are held of each. */
  readonly sizeLimit: number;
  /** Held reports; sequence s is at (s - 1) mod capacity. */
  private readonly slots: ErrorReport[] = [];
  private readonly open: OpenReports;
  private readonly cutter: TextCutter = new TextCutter();
  private readonly waiting: Set<() => void> = new Set();
  private total = 0;
  private lost = 0;
  private truncated = 0;
  private dropped = 0;

  /** Makes an empty ring. @throws {RangeError} For sizes that make no sense. */
  constructor(options: ErrorReportsOptions = {}) {
    const { capacity = 16, sizeLimit = 4096 } = options;
    this.capacity = checkSize("capacity", capacity, 1, 1 << 16);
    this.sizeLimit = checkSize("sizeLimit", sizeLimit, 0, 1 << 24);
    this.open = new OpenReports(sizeLimit);
  }

  /** How many reports were finished since the ring was made; 0 at first. */
  get count(): number {
    return this.total;
  }

  /** What happened so far. */
  get counters(): ReportCounters {
    const { total, lost, truncated, dropped } = this;
    const overwritten = Math.max(0, total - this.capacity);
    return { total, overwritten, lost, truncated, dropped };
  }

  /** The newest report; `undefined` before the first. */
  last(): ErrorReport | undefined {
    return this.total === 0 ? undefined : this.at(this.total);
  }

  /** Sequence number of the oldest report that is held; that of the next one if none is. */
  get oldest(): number {
    return Math.max(1, this.total - this.capacity + 1);
  }

  /** The reports that are held and whose sequence number is greater than `sequence`, oldest first. */
  since(sequence: number): ErrorReport[] {
    const found: ErrorReport[] = [];
    const first = Math.max(this.oldest, Math.floor(sequence) + 1);
    for (let at = first; at <= this.total; at++) found.push(this.at(at));
    return found;
  }

  /**
   * Takes a finished report. Work depends on the size of what is kept and on the readers that are awaiting a report,
   * not on any others.
   *
   * @returns Its sequence number.
   */
  report(fields: ReportFields): number {
    const text = this.cutter.cut(fields.text ?? "", this.sizeLimit);
    const { size, wasCut } = this.cutter;
    return this.finish(fields, text, size, wasCut);
  }

  /**
   * Opens a report on the processor `cpu`, whose text follows by {@linkcode ErrorReports.append}.
   *
   * @returns Whether it was opened. Where one is open already, this one counts as dropped, and its text and its
   * `end` belong to the one that is open.
   * @throws {RangeError} If `cpu` is no number of a processor.
   */
  begin(cpu: number, fields: ReportFields): boolean {
    checkSize("cpu", cpu, 0, Number.MAX_SAFE_INTEGER);
    const opened = this.open.begin(cpu, this.shorten({ ...fields, cpu }));
    if (!opened) this.dropped++;
    else if (fields.text !== undefined) this.open.append(cpu, fields.text);
    return opened;
  }

  /** Adds text to the report that is open on `cpu`. @returns Whether there is one. */
  append(cpu: number, text: string): boolean {
    return this.open.append(cpu, text);
  }

  /**
   * Finishes the report that is open on `cpu`.
   *
   * @param fields What became known since its beginning; takes the place of what `begin` said.
   * @returns Its sequence number; 0 if none is open, or if this ends a report that was dropped.
   */
  end(cpu: number, fields: Partial<ReportFields> = {}): number {
    const ended = this.open.end(cpu);
    if (ended === undefined) return 0;
    const { text: more, ...rest } = fields;
    if (more !== undefined) ended.text.add(more);
    const known = Object.entries(rest).filter(([, value]) =>
      value !== undefined
    );
    const { text, size, wasCut } = ended.text;
    const merged = { ...ended.fields, ...Object.fromEntries(known), cpu };
    return this.finish(merged, text, size, wasCut || ended.isShortened);
  }

  /**
   * A reader with a position of its own.
   *
   * @param position Sequence number of the first report it wants; that of the next report if left out: only what is
   * reported from now on. 1 for all that there ever were (those no longer held are told as lost), `ring.oldest` for
   * all that are held, the `position` of another reader to go on where that one is.
   * @throws {RangeError} If `position` is no safe integer of at least 1.
   */
  reader(position: number = this.total + 1): ReportReader {
    checkSize("position", position, 1, Number.MAX_SAFE_INTEGER);
    return new ReportReader(this, position, {
      waiting: this.waiting,
      tellLost: (count) => {
        this.lost += count;
      },
    });
  }

  /** Opens one of the two files of the proposal; each opened file has a position and a wake-up of its own. */
  openFile(name: ReportFileName): ReportFile {
    return new ReportFile(this, name);
  }

  /**
   * All of the ring as bytes: sizes, counters, reports that are held and that are open. Readers are not part of it;
   * their state is their `position`, and `restored.reader(position)` goes on where one was.
   */
  save(): Uint8Array<ArrayBuffer> {
    const { capacity, sizeLimit, total, lost, truncated, dropped } = this;
    return encodeState({
      capacity,
      sizeLimit,
      total,
      lost,
      truncated,
      dropped,
      held: this.since(0),
      open: this.open.list(),
    });
  }

  /**
   * Makes the ring that {@linkcode ErrorReports.save} wrote: from then on both behave alike.
   *
   * @throws {FormatError} `bad-magic`, `unsupported` (another version), `truncated`, `bad-value`, `out-of-bounds`
   */
  static restore(bytes: Uint8Array): ErrorReports {
    const state: RingState = decodeState(bytes);
    const ring = new ErrorReports(state);
    ring.total = state.total;
    ring.lost = state.lost;
    ring.truncated = state.truncated;
    ring.dropped = state.dropped;
    for (const report of state.held) ring.put(report);
    ring.open.restore(state.open);
    return ring;
  }

  /** A report that is held. */
  private at(sequence: number): ErrorReport {
    return this.slots[(sequence - 1) % this.capacity]!;
  }

  /** Puts a report in its place, where it stays as it is. */
  private put(report: ErrorReport): void {
    this.slots[(report.sequence - 1) % this.capacity] = Object.freeze(report);
  }

  /** Cuts the names of a report that begins, so that an open one takes no more memory than a finished one. */
  private shorten(fields: ReportFields): {
    fields: ReportFields;
    isShortened: boolean;
  } {
    const { text: _, ...rest } = fields;
    const { cutter } = this;
    const detector = cutter.cut(fields.detector, NAME_SIZE);
    let isShortened = cutter.wasCut;
    const title = cutter.cut(fields.title, TITLE_SIZE);
    isShortened ||= cutter.wasCut;
    const task = cutter.cut(fields.task ?? "", NAME_SIZE);
    isShortened ||= cutter.wasCut;
    return { fields: { ...rest, detector, title, task }, isShortened };
  }

  /** Numbers a report, puts it in its place and wakes who awaits it. */
  private finish(
    given: ReportFields,
    text: string,
    textSize: number,
    wasCut: boolean,
  ): number {
    const { fields, isShortened } = this.shorten(given);
    const truncated = wasCut || isShortened;
    if (truncated) this.truncated++;
    this.put({
      sequence: ++this.total,
      detector: fields.detector,
      title: fields.title,
      text,
      textSize,
      truncated,
      cpu: fields.cpu,
      task: fields.task!,
      pid: fields.pid,
      startTimeUs: fields.startTimeUs ?? fields.endTimeUs,
      endTimeUs: fields.endTimeUs,
      id: BigInt.asUintN(64, fields.id ?? 0n),
    });
    this.wake();
    return this.total;
  }

  /** Wakes who awaits a report. */
  private wake(): void {
    if (this.waiting.size === 0) return;
    const woken = [...this.waiting];
    this.waiting.clear();
    for (const wakeUp of woken) wakeUp();
  }
}

function checkSize(
  name: string,
  value: number,
  least: number,
  most: number,
): number {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw new RangeError(
      `${name} must be an integer from ${least} to ${most}, not ${value}`,
    );
  }
  return value;
}
