/**
 * Readers of the ring.
 *
 * @module
 */
import type { ErrorReport } from "./report.ts";

/** What a reader gets from the ring that it reads. */
export interface ReadableReports {
  /** Sequence number of the last report. */
  readonly count: number;
  /** Sequence number of the oldest report that is held. */
  readonly oldest: number;
  /** The reports behind a sequence number. */
  since(sequence: number): ErrorReport[];
}

/** What a ring gives its readers beside its reports. */
interface Ties {
  /** Who is awaiting a report. */
  waiting: Set<() => void>;
  /** Counts what a reader lost. */
  tellLost(count: number): void;
}

/** News for a reader. */
export interface ReportNews {
  /** How many reports came and were overwritten since the last news: each loss is told once, ahead of `reports`. */
  readonly lost: number;
  /** The reports since then that are held, oldest first. */
  readonly reports: readonly ErrorReport[];
}

/**
 * A reader with a position of its own. Made by `ErrorReports.reader`.
 *
 * {@linkcode ReportReader.poll} answers at once. `for await (const { lost, reports } of reader)` waits: it ends when
 * the reader is closed, and leaving the loop leaves the reader open where it is.
 */
export class ReportReader implements AsyncIterable<ReportNews> {
  private readonly ring: ReadableReports;
  private readonly ties: Ties;
  private readonly wakeUps: Set<() => void> = new Set();
  private next: number;
  private closed = false;

  /** For the ring's use. */
  constructor(ring: ReadableReports, position: number, ties: Ties) {
    this.ring = ring;
    this.next = position;
    this.ties = ties;
  }

  /** Sequence number of the report that comes next: all there is to save of a reader. */
  get position(): number {
    return this.next;
  }

  /** Whether {@linkcode ReportReader.close} was called. */
  get isClosed(): boolean {
    return this.closed;
  }

  /** Whether {@linkcode ReportReader.poll} would tell something. */
  get hasNews(): boolean {
    return !this.closed && this.next <= this.ring.count;
  }

  /** What came since the last poll: nothing if nothing did, or if the reader is closed. Never waits. */
  poll(): ReportNews {
    if (!this.hasNews) return { lost: 0, reports: [] };
    const { ring } = this;
    const lost = Math.max(0, ring.oldest - this.next);
    const reports = ring.since(this.next - 1);
    this.next = ring.count + 1;
    if (lost > 0) this.ties.tellLost(lost);
    return { lost, reports };
  }

  /** Ends the reader: polls tell nothing from now on, loops that await news end. */
  close(): void {
    this.closed = true;
    for (const wakeUp of this.wakeUps) {
      this.ties.waiting.delete(wakeUp);
      wakeUp();
    }
    this.wakeUps.clear();
  }

  /** News as they come. Each is told to one loop only, if several await the same reader. */
  async *[Symbol.asyncIterator](): AsyncGenerator<ReportNews, void, void> {
    while (!this.closed) {
      if (this.hasNews) yield this.poll();
      else await this.wait();
    }
  }

  /** Waits for the next report, or for the reader to be closed. */
  private wait(): Promise<void> {
    return new Promise((resolve) => {
      const wakeUp = (): void => {
        this.wakeUps.delete(wakeUp);
        resolve();
      };
      this.wakeUps.add(wakeUp);
      this.ties.waiting.add(wakeUp);
    });
  }
}
