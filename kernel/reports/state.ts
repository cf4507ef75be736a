/**
 * A ring as bytes: `ErrorReports.save` and `ErrorReports.restore`.
 *
 * ```
 * offset size field
 *      0    4 magic "FWER"
 *      4    4 version, 1
 *      8    4 capacity
 *     12    4 size limit
 *     16   32 counters: total, lost, truncated, dropped
 *     48    4 number of held reports, which follow, oldest first
 *          4 number of open reports, which follow
 * ```
 *
 * All little-endian. A string is its size in bytes (4) and its UTF-8; a number that may be unknown is a double, NaN if
 * it is.
 *
 * @module
 */
import { readSafeUint64, writeInt64 } from "../../formats/base/address.ts";
import { viewOf } from "../../formats/base/byte_source.ts";
import { Cursor } from "../../formats/base/cursor.ts";
import { FormatError, UnsupportedError } from "../../formats/base/error.ts";
import type { OpenReportState } from "./open_reports.ts";
import {
  type ErrorReport,
  NAME_SIZE,
  type ReportFields,
  TITLE_SIZE,
} from "./report.ts";

const FORMAT = "error report ring";
const MAGIC = 0x5245_5746; // FWER
const VERSION = 1;

/** A ring as plain data. */
export interface RingState {
  /** How many reports are held at most. */
  capacity: number;
  /** Bytes of text that are held of each. */
  sizeLimit: number;
  /** Reports that were finished. */
  total: number;
  /** Reports that readers lost. */
  lost: number;
  /** Reports that were cut. */
  truncated: number;
  /** Reports that became part of others. */
  dropped: number;
  /** The reports that are held, oldest first. */
  held: ErrorReport[];
  /** The reports that have begun. */
  open: OpenReportState[];
}

/** Writes the state. */
export function encodeState(state: RingState): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const head = new Uint8Array(48);
  const view = viewOf(head);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, VERSION, true);
  view.setUint32(8, state.capacity, true);
  view.setUint32(12, state.sizeLimit, true);
  const counters = [state.total, state.lost, state.truncated, state.dropped];
  counters.forEach((value, i) => writeInt64(view, 16 + 8 * i, value, true));
  parts.push(head, word(state.held.length));
  for (const report of state.held) {
    putFields(parts, report);
    putText(parts, report.text, report.truncated ? 1 : 0);
  }
  parts.push(word(state.open.length));
  for (const open of state.open) {
    putFields(parts, open.fields);
    putText(
      parts,
      open.text,
      (open.isShortened ? 1 : 0) | (open.wasCut ? 2 : 0),
    );
    parts.push(word(open.depth));
  }
  return join(parts);
}

function putFields(parts: Uint8Array[], fields: ReportFields): void {
  for (const name of [fields.detector, fields.title, fields.task ?? ""]) {
    putString(parts, name);
  }
  const numbers = new Uint8Array(40);
  const view = viewOf(numbers);
  const { cpu, pid, startTimeUs, endTimeUs } = fields;
  [cpu, pid, startTimeUs, endTimeUs].forEach((value, i) =>
    view.setFloat64(8 * i, value ?? NaN, true)
  );
  view.setBigUint64(32, BigInt.asUintN(64, fields.id ?? 0n), true);
  parts.push(numbers);
}

function putText(parts: Uint8Array[], text: string, flags: number): void {
  putString(parts, text);
  parts.push(word(flags));
}

function putString(parts: Uint8Array[], text: string): void {
  const bytes = new TextEncoder().encode(text);
  parts.push(word(bytes.length), bytes);
}

function word(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setUint32(0, value, true);
  return bytes;
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Reads the state. @throws {FormatError} As `ErrorReports.restore`. */
export function decodeState(bytes: Uint8Array): RingState {
  const cursor = new Cursor(viewOf(bytes), true, FORMAT);
  const head = readHead(cursor);
  const { capacity, sizeLimit, total } = head;
  const heldCount = readNumber(cursor, "held count", 0, capacity);
  if (heldCount !== Math.min(total, capacity)) {
    refuse("held count", cursor.offset - 4, heldCount, "all that are held");
  }
  const held: ErrorReport[] = [];
  for (let i = 0; i < heldCount; i++) {
    held.push(readReport(cursor, sizeLimit, total - heldCount + 1 + i));
  }
  const openCount = readNumber(cursor, "open count", 0, bytes.length);
  const open: OpenReportState[] = [];
  const cpus = new Set<number>();
  for (let i = 0; i < openCount; i++) {
    const at = cursor.offset;
    const report = readOpen(cursor, sizeLimit);
    const cpu = report.fields.cpu;
    if (!Number.isSafeInteger(cpu) || cpu! < 0 || cpus.has(cpu!)) {
      refuse("open cpu", at, cpu, "one open report a processor");
    }
    cpus.add(cpu!);
    open.push(report);
  }
  if (cursor.offset !== bytes.length) {
    refuse("end", cursor.offset, undefined, "no bytes behind the last report");
  }
  return { ...head, held, open };
}

function readHead(cursor: Cursor): Omit<RingState, "held" | "open"> {
  const magic = cursor.u32("magic");
  if (magic !== MAGIC) {
    throw new FormatError({
      code: "bad-magic",
      format: FORMAT,
      field: "magic",
      offset: 0,
      value: magic,
      expected: "FWER",
    });
  }
  const version = cursor.u32("version");
  if (version !== VERSION) {
    throw new UnsupportedError(FORMAT, "version", 4, version, "version 1");
  }
  const capacity = readNumber(cursor, "capacity", 1, 1 << 16);
  const sizeLimit = readNumber(cursor, "size limit", 0, 1 << 24);
  const [total, lost, truncated, dropped] = [
    "total",
    "lost",
    "truncated",
    "dropped",
  ].map((field) =>
    readSafeUint64(cursor.view, cursor.take(8, field), true, FORMAT, field)
  ) as [number, number, number, number];
  return { capacity, sizeLimit, total, lost, truncated, dropped };
}

function readReport(
  cursor: Cursor,
  sizeLimit: number,
  sequence: number,
): ErrorReport {
  const { detector, title, task, cpu, pid, startTimeUs, endTimeUs, id } =
    readFields(cursor);
  const { text, size: textSize } = readText(cursor, "text", sizeLimit);
  const truncated = readNumber(cursor, "flags", 0, 1) === 1;
  return {
    sequence,
    detector,
    title,
    text,
    textSize,
    truncated,
    cpu,
    task: task!,
    pid,
    startTimeUs,
    endTimeUs,
    id: id!,
  };
}

function readOpen(cursor: Cursor, sizeLimit: number): OpenReportState {
  const fields: ReportFields = readFields(cursor);
  const { text } = readText(cursor, "text", sizeLimit);
  const flags = readNumber(cursor, "flags", 0, 3);
  const depth = readNumber(cursor, "depth", 1, 0xffff_ffff);
  const isShortened = (flags & 1) !== 0;
  return { fields, isShortened, text, wasCut: (flags & 2) !== 0, depth };
}

function readFields(cursor: Cursor) {
  const detector = readText(cursor, "detector", NAME_SIZE).text;
  const title = readText(cursor, "title", TITLE_SIZE).text;
  const task = readText(cursor, "task", NAME_SIZE).text;
  const at = cursor.take(40, "numbers");
  const { view } = cursor;
  const optional = (index: number): number | undefined => {
    const value = view.getFloat64(at + 8 * index, true);
    return Number.isNaN(value) ? undefined : value;
  };
  return {
    detector,
    title,
    task,
    cpu: optional(0),
    pid: optional(1),
    startTimeUs: optional(2),
    endTimeUs: optional(3),
    id: view.getBigUint64(at + 32, true),
  };
}

function readText(
  cursor: Cursor,
  field: string,
  limit: number,
): { text: string; size: number } {
  const size = readNumber(cursor, `${field} size`, 0, limit);
  const at = cursor.take(size, field);
  const { buffer, byteOffset } = cursor.view;
  const bytes = new Uint8Array(buffer, byteOffset + at, size);
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    return { text: decoder.decode(bytes), size };
  } catch {
    return refuse(field, at, undefined, "UTF-8");
  }
}

function readNumber(
  cursor: Cursor,
  field: string,
  least: number,
  most: number,
): number {
  const at = cursor.offset;
  const value = cursor.u32(field);
  if (value < least || value > most) {
    refuse(field, at, value, `${least} to ${most}`);
  }
  return value;
}

function refuse(
  field: string,
  offset: number,
  value: number | undefined,
  expected: string,
): never {
  const format = FORMAT;
  throw new FormatError({
    code: "bad-value",
    format,
    field,
    offset,
    value,
    expected,
  });
}
