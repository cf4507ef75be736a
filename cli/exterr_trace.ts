/**
 * Extended errors of a trace, each with the system call that returned it.
 *
 * @module
 */
import { readString } from "../formats/base/string_table.ts";
import { FormatError } from "../formats/base/error.ts";
import {
  decodePayload,
  ForeignProcesses,
  KTR,
  type KtraceLayout,
  KtraceParser,
  type KtraceRecord,
  nanosecondsOf,
  syscallName,
  threadOf,
} from "../formats/ktrace/mod.ts";
import type { ExterrEntry } from "./exterr_entry.ts";

/** Threads that may be between an error and its return at once; a trace that has more is made up. */
const MAX_WAITING = 1 << 16;

/** How a trace ended. */
export interface TraceEnd {
  /** Why it ended where it did, if it was damaged. */
  damage: FormatError | undefined;
  /** Records before which others were lost. */
  lossCount: number;
}

/**
 * Reads a trace to its end, or to its damage.
 *
 * @param types Types that `add` wants; all if left out.
 */
export async function readTrace(
  chunks: AsyncIterable<Uint8Array>,
  layout: KtraceLayout,
  add: (record: KtraceRecord) => void,
  types?: readonly number[],
): Promise<TraceEnd> {
  const parser = new KtraceParser(layout, types === undefined ? {} : { types });
  try {
    for await (const chunk of chunks) {
      for (const record of parser.push(chunk)) add(record);
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return { damage: error, lossCount: parser.lossCount };
  }
  return { damage: parser.end(), lossCount: parser.lossCount };
}

/** Joins each extended error with the return of its call: the next one of the same thread. */
export class TraceErrors {
  /** Types of records that it wants. */
  static readonly types: readonly number[] = [
    KTR.EXTERR,
    KTR.SYSRET,
    ...ForeignProcesses.types,
  ];
  /** What was wrong with single records, at most a hundred. */
  readonly problems: FormatError[] = [];
  private readonly waiting: Map<number, ExterrEntry> = new Map();
  private readonly foreign: ForeignProcesses;
  private readonly layout: KtraceLayout;
  private readonly emit: (entry: ExterrEntry) => void;

  /** Gives each error to `emit` as soon as its call has returned. */
  constructor(layout: KtraceLayout, emit: (entry: ExterrEntry) => void) {
    this.layout = layout;
    this.foreign = new ForeignProcesses(layout);
    this.emit = emit;
  }

  /** Takes the next record. */
  add(record: KtraceRecord): void {
    // Most returns are of calls without an extended error.
    if (record.type === KTR.SYSRET && !this.waiting.has(record.tid)) return;
    try {
      const { type, pid, payload, offset } = record;
      this.foreign.add(record);
      const decoded = decodePayload(type, payload, this.layout, offset);
      if (decoded.kind === "SYSRET") {
        const { code, error } = decoded;
        const name = this.foreign.has(pid) ? `[${code}]` : syscallName(code);
        this.release(record.tid, { code, name, error });
      } else if (decoded.kind === "EXTERR") {
        this.release(record.tid, null);
        if (this.waiting.size >= MAX_WAITING) this.end();
        this.waiting.set(record.tid, makeEntry(record, decoded.record));
      }
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      if (this.problems.length < 100) this.problems.push(error);
    }
  }

  /** Gives out the errors whose calls never returned in the trace. */
  end(): void {
    for (const tid of [...this.waiting.keys()]) this.release(tid, null);
  }

  private release(
    tid: number,
    call: NonNullable<ExterrEntry["trace"]>["call"],
  ): void {
    const entry = this.waiting.get(tid);
    if (entry === undefined) return;
    this.waiting.delete(tid);
    entry.trace!.call = call;
    this.emit(entry);
  }
}

function makeEntry(
  record: KtraceRecord,
  error: ExterrEntry["record"],
): ExterrEntry {
  return {
    record: error,
    offset: record.offset,
    state: "live",
    trace: {
      pid: record.pid,
      tid: threadOf(record),
      comm: readString(record.comm, 0),
      seconds: record.seconds,
      nanoseconds: nanosecondsOf(record),
      call: null,
    },
  };
}
