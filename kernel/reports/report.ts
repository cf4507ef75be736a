/**
 * What a report is, and what its reporter says of it.
 *
 * @module
 */

/** What a subsystem says when it reports. Whatever it leaves out is not known. */
export interface ReportFields {
  /** Who found the error: `kasan`, `kfence`, `codemap`. At most 64 bytes are kept. */
  detector: string;
  /** One line that names the error. At most 512 bytes are kept. */
  title: string;
  /** The report itself; cut at the ring's size limit. */
  text?: string | undefined;
  /** The processor that ran into it. */
  cpu?: number | undefined;
  /** Name of the task that ran. At most 64 bytes are kept. */
  task?: string | undefined;
  /** Process id of that task. */
  pid?: number | undefined;
  /** When the report began, in microseconds of the reporter's clock; the end's time where it is left out. */
  startTimeUs?: number | undefined;
  /** When it was complete, in microseconds of the same clock. */
  endTimeUs?: number | undefined;
  /** 64 bits that tell reports of one detector apart, as a rule the bad address. */
  id?: bigint | undefined;
}

/** A finished report. It never changes: all readers get the same object. */
export interface ErrorReport {
  /** 1 for the first report of a ring, and one more for each after it. */
  readonly sequence: number;
  /** Who found the error. */
  readonly detector: string;
  /** One line that names the error. */
  readonly title: string;
  /** The report itself, as far as the ring's size limit allows. */
  readonly text: string;
  /** Size of `text` in UTF-8, bytes. */
  readonly textSize: number;
  /** Whether anything was cut: the text, the title, or a name. */
  readonly truncated: boolean;
  /** The processor; `undefined` if not known. */
  readonly cpu: number | undefined;
  /** Name of the task; empty if not known. */
  readonly task: string;
  /** Process id of the task; `undefined` if not known. */
  readonly pid: number | undefined;
  /** When the report began, microseconds; `undefined` if not known. */
  readonly startTimeUs: number | undefined;
  /** When it was complete, microseconds; `undefined` if not known. */
  readonly endTimeUs: number | undefined;
  /** What tells reports of one detector apart: unsigned 64 bits. */
  readonly id: bigint;
}

/** Bytes that are kept of a detector's and of a task's name. */
export const NAME_SIZE = 64;
/** Bytes that are kept of a title. */
export const TITLE_SIZE = 512;

/** Cuts strings to sizes in bytes; one for a ring, as it holds the space to measure in. */
export class TextCutter {
  /** Whether the last {@linkcode TextCutter.cut} took something away. */
  wasCut = false;
  /** Size in bytes of what the last {@linkcode TextCutter.cut} left. */
  size = 0;
  private readonly encoder: TextEncoder = new TextEncoder();
  private space: Uint8Array = new Uint8Array(0);

  /**
   * The start of `text` that fits into `limit` bytes of UTF-8, in whole characters. Work is bounded by `limit`: how
   * much a reporter says beyond it costs nothing here. Half of a surrogate pair becomes U+FFFD, as it would in bytes.
   */
  cut(text: string, limit: number): string {
    // A character of a string takes three bytes at most.
    const needed = Math.min(limit, text.length * 3);
    if (this.space.length < needed) this.space = new Uint8Array(needed);
    const target = this.space.subarray(0, limit);
    const { read, written } = this.encoder.encodeInto(text, target);
    this.wasCut = read < text.length;
    this.size = written;
    const kept = this.wasCut ? text.slice(0, read) : text;
    return kept.isWellFormed() ? kept : kept.toWellFormed();
  }
}
