/**
 * Reports whose end has not come yet, one a processor.
 *
 * @module
 */
import { type ReportFields, TextCutter } from "./report.ts";

/** Text that grows up to a limit in bytes. */
export class LimitedText {
  /** What was kept. */
  text = "";
  /** Its size in UTF-8, bytes. */
  size = 0;
  /** Whether something was cut. */
  wasCut = false;
  private readonly limit: number;
  private readonly cutter: TextCutter;

  /** Keeps at most `limit` bytes. */
  constructor(limit: number, cutter: TextCutter) {
    this.limit = limit;
    this.cutter = cutter;
  }

  /** Adds what still fits; once something was cut, nothing fits any more. */
  add(text: string): void {
    if (text === "") return;
    if (this.wasCut) return;
    this.text += this.cutter.cut(text, this.limit - this.size);
    this.size += this.cutter.size;
    this.wasCut = this.cutter.wasCut;
  }
}

/** An open report as plain data. */
export interface OpenReportState {
  /** What its reporter said, names cut, without the text. */
  fields: ReportFields;
  /** Whether something of the names was cut. */
  isShortened: boolean;
  /** The text so far. */
  text: string;
  /** Whether some of it was cut. */
  wasCut: boolean;
  /** How many reports on this processor have begun and not ended. */
  depth: number;
}

interface OpenReport {
  fields: ReportFields;
  isShortened: boolean;
  text: LimitedText;
  depth: number;
}

/** The open reports by processor. */
export class OpenReports {
  private readonly limit: number;
  private readonly cutter: TextCutter = new TextCutter();
  private readonly byCpu: Map<number, OpenReport> = new Map();

  /** Keeps at most `limit` bytes of each text. */
  constructor(limit: number) {
    this.limit = limit;
  }

  /** Opens a report, unless one is open on `cpu`: then the new one only counts as part of that. */
  begin(
    cpu: number,
    named: { fields: ReportFields; isShortened: boolean },
  ): boolean {
    const open = this.byCpu.get(cpu);
    if (open !== undefined) {
      open.depth++;
      return false;
    }
    const text = new LimitedText(this.limit, this.cutter);
    this.byCpu.set(cpu, { ...named, text, depth: 1 });
    return true;
  }

  /** Adds text to the report on `cpu`. */
  append(cpu: number, text: string): boolean {
    const open = this.byCpu.get(cpu);
    open?.text.add(text);
    return open !== undefined;
  }

  /** Ends a report on `cpu`. @returns It, if that was the outermost. */
  end(cpu: number): OpenReport | undefined {
    const open = this.byCpu.get(cpu);
    if (open === undefined || --open.depth > 0) return undefined;
    this.byCpu.delete(cpu);
    return open;
  }

  /** All of them, in the order in which they began. */
  list(): OpenReportState[] {
    return [...this.byCpu.values()].map((
      { fields, isShortened, text, depth },
    ) => ({
      fields,
      isShortened,
      text: text.text,
      wasCut: text.wasCut,
      depth,
    }));
  }

  /** Takes the reports that {@linkcode OpenReports.list} gave. */
  restore(states: readonly OpenReportState[]): void {
    for (const { fields, isShortened, text, wasCut, depth } of states) {
      const kept = new LimitedText(this.limit, this.cutter);
      kept.add(text);
      kept.wasCut ||= wasCut;
      this.byCpu.set(fields.cpu!, { fields, isShortened, text: kept, depth });
    }
  }
}
