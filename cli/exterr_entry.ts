/**
 * What `framewalk exterr` says of one record.
 *
 * @module
 */
import { formatAddress } from "../formats/base/address.ts";
import {
  categoryPath,
  describeErrno,
  findCategory,
  formatRecord,
  messageTemplate,
  type RecordState,
  type TextForm,
  type Uexterror,
} from "../formats/exterr/mod.ts";
import { printable } from "./plain_text.ts";

/** The system call that failed. */
export interface FailedCall {
  /** Its number. */
  code: number;
  /** Its name; the number in brackets for one without. */
  name: string;
  /** The errno that it returned. */
  error: number;
}

/** Where a record was in a trace. */
export interface TraceFacts {
  /** Process. */
  pid: number;
  /** Thread; 0 where the trace does not say. */
  tid: number;
  /** The command's name. */
  comm: string;
  /** Seconds since 1970. */
  seconds: number;
  /** Nanoseconds of that second. */
  nanoseconds: number;
  /** The call that failed; null if the trace does not show its return. */
  call: FailedCall | null;
}

/** Where a record was in memory. */
export interface MemoryFacts {
  /** Its address. */
  address: number;
  /** Whose it is, in words; null if nothing says. */
  owner: string | null;
  /** ID of the thread whose it is; null if nothing says. */
  tid: number | null;
}

/** A record and where it was. */
export interface ExterrEntry {
  /** The record. */
  record: Uexterror;
  /** Bytes from the start of the input; null for memory of a core, whose addresses say more. */
  offset: number | null;
  /** What became of it. */
  state: RecordState;
  /** Where it was in a trace. */
  trace?: TraceFacts;
  /** Where it was in memory. */
  memory?: MemoryFacts;
}

/** The entry as `--json` shows it. Values of 64 bits are text in hexadecimal. */
export function entryRecord(
  entry: ExterrEntry,
  form: TextForm,
): Record<string, unknown> {
  const { record, trace, memory, state, offset } = entry;
  const { error, category, sourceLine, p1, p2 } = record;
  return {
    state,
    text: formatRecord(record, { form, stale: state === "stale" }),
    error: error | 0,
    errorName: describeErrno(error).name,
    category,
    categoryName: findCategory(category)?.name ?? null,
    file: categoryPath(category),
    line: sourceLine,
    p1: `0x${p1.toString(16)}`,
    p2: `0x${p2.toString(16)}`,
    message: messageTemplate(record),
    version: `0x${record.version.toString(16)}`,
    offset,
    ...(trace === undefined ? {} : {
      pid: trace.pid,
      tid: trace.tid,
      comm: trace.comm,
      time: timeText(trace),
      call: trace.call,
    }),
    ...(memory === undefined ? {} : {
      address: formatAddress(memory.address),
      owner: memory.owner,
      tid: memory.tid,
    }),
  };
}

/** The entry as a line of text. */
export function entryLine(entry: ExterrEntry, form: TextForm): string {
  const where = describePlace(entry);
  return `${printable(where + describeRecord(entry, form))}\n`;
}

function describePlace({ trace, memory, offset }: ExterrEntry): string {
  if (trace !== undefined) {
    const { pid, tid, comm, call } = trace;
    const name = call === null ? "" : `${call.name}: `;
    return `${timeText(trace)}  ${comm}[${pid}/${tid}]  ${name}`;
  }
  if (memory !== undefined) {
    const owner = memory.owner === null ? "" : `  ${memory.owner}`;
    return `${formatAddress(memory.address)}${owner}  `;
  }
  return offset === 0 ? "" : `at offset ${offset}: `;
}

function describeRecord(
  { record, state }: ExterrEntry,
  form: TextForm,
): string {
  if (state === "unused") return "never used";
  const text = formatRecord(record, { form, stale: true });
  if (state === "stale") {
    return `last failure without extended data; before that: ${text}`;
  }
  const { name, text: meaning } = describeErrno(record.error);
  return `${name} (${meaning}): ${text}`;
}

/** Seconds of the largest time that a date can show. */
const MAX_DATE_SECONDS = 8.64e12;

/** A moment as ISO 8601 shows it, with nanoseconds. */
export function timeText(
  { seconds, nanoseconds }: { seconds: number; nanoseconds: number },
): string {
  const fraction = `${nanoseconds}`.padStart(9, "0");
  if (!(Math.abs(seconds) <= MAX_DATE_SECONDS)) return `${seconds}.${fraction}`;
  const date = new Date(seconds * 1000).toISOString();
  return date.replace(/\.\d+Z$/, `.${fraction}Z`);
}
