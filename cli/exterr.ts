/**
 * `framewalk exterr`: extended errors of a FreeBSD trace, of raw records, of a core's memory.
 *
 * @module
 */
import { FormatError, TruncatedError } from "../formats/base/error.ts";
import { openElf } from "../formats/elf/mod.ts";
import {
  decodeRecord,
  detectRecordOrder,
  RECORD_SIZE,
} from "../formats/exterr/mod.ts";
import {
  ForeignProcesses,
  kdumpText,
  type KtraceRecord,
} from "../formats/ktrace/mod.ts";
import { openInput, printWarnings } from "./core_input.ts";
import type { ExterrEntry } from "./exterr_entry.ts";
import {
  type ExterrInput,
  openExterrInput,
  openSource,
} from "./exterr_input.ts";
import {
  recordsOfBytes,
  recordsOfElf,
  recordsOfSession,
} from "./exterr_memory.ts";
import { type ExterrOptions, parseExterrOptions } from "./exterr_options.ts";
import { readTrace, TraceErrors } from "./exterr_trace.ts";
import { EntryWriter } from "./exterr_writer.ts";
import { type Io, UsageError } from "./io.ts";
import { printable } from "./plain_text.ts";
import { reportError } from "./report.ts";
import { TextOutput } from "./text_output.ts";

/**
 * Runs `framewalk exterr`.
 *
 * @returns The exit code: 0, also where there is no error, or 1 if the input cannot be read or is damaged.
 * @throws {UsageError} For arguments that make no sense.
 */
export async function runExterr(args: string[], io: Io): Promise<number> {
  const options = await parseExterrOptions(args, io);
  if (options === undefined) {
    const { HELP } = await import("./help.ts");
    io.stdout.write(new TextEncoder().encode(HELP.exterr!));
    return 0;
  }
  try {
    const damage: string[] = [];
    const input = await openExterrInput(options, damage, io);
    return options.kdump === undefined
      ? await printRecords(input, options, damage, io)
      : await printTrace(input, options, damage, io);
  } catch (error) {
    return reportError(error, options.file, options.json, io);
  }
}

async function printRecords(
  input: ExterrInput,
  options: ExterrOptions,
  damage: string[],
  io: Io,
): Promise<number> {
  const writer = new EntryWriter(options, io);
  const notes: string[] = [];
  if (input.kind === "ktrace") {
    await writeTraceErrors(input, writer, damage, notes);
  } else {
    const entries = await entriesOf(input, options, damage, notes, io);
    for await (const entry of entries) writer.add(entry);
  }
  return writer.end(damage, notes);
}

async function writeTraceErrors(
  input: ExterrInput,
  writer: EntryWriter,
  damage: string[],
  notes: string[],
): Promise<void> {
  const errors = new TraceErrors(input.layout, (entry) => writer.add(entry));
  const { damage: end, lossCount } = await readTrace(
    input.chunks,
    input.layout,
    (record) => errors.add(record),
    TraceErrors.types,
  );
  errors.end();
  for (const problem of [...errors.problems, end]) {
    if (problem !== undefined) damage.push(problem.message);
  }
  if (lossCount > 0) {
    const places = lossCount === 1 ? "one place" : `${lossCount} places`;
    notes.push(`the kernel lost records in ${places} of the trace`);
  }
}

async function entriesOf(
  input: ExterrInput,
  options: ExterrOptions,
  damage: string[],
  notes: string[],
  io: Io,
): Promise<AsyncIterable<ExterrEntry>> {
  if (input.kind === "record") return readRecords(input.chunks, damage);
  if (input.kind === "memory") {
    return recordsOfBytes(await openSource(input, options, io));
  }
  if (input.isLinuxCore) {
    const opened = await tryLinuxCore(input, options, io);
    if (opened?.session !== undefined) {
      damage.push(...opened.warnings);
      damage.push(
        ...opened.session.core.warnings.map(({ message }) => message),
      );
      return recordsOfSession(opened.session);
    }
  }
  const source = await openSource(input, options, io);
  const elf = await openElf(source);
  damage.push(...elf.warnings.map(({ message }) => message));
  notes.push("threads are not known: not a core of 64-bit Linux");
  return recordsOfElf(elf, source);
}

/** Opens a Linux core; `undefined` if it is none after all. */
async function tryLinuxCore(
  { chunks }: ExterrInput,
  options: ExterrOptions,
  io: Io,
): Promise<Awaited<ReturnType<typeof openInput>> | undefined> {
  // Standard input has been looked at: what was taken is put back.
  const replay: Io = Object.create(io, { stdin: { value: () => chunks } });
  try {
    return await openInput(options, replay);
  } catch (error) {
    const isOther = error instanceof FormatError &&
      error.code === "unsupported" && options.file !== "-";
    if (!isOther) throw error;
    return undefined;
  }
}

/** Reads records that follow each other. */
async function* readRecords(
  chunks: AsyncIterable<Uint8Array>,
  damage: string[],
): AsyncGenerator<ExterrEntry> {
  const bytes = new Uint8Array(RECORD_SIZE);
  let littleEndian: boolean | undefined;
  let filled = 0;
  let offset = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      const step = Math.min(RECORD_SIZE - filled, chunk.length - at);
      bytes.set(chunk.subarray(at, at + step), filled);
      filled += step;
      at += step;
      if (filled < RECORD_SIZE) continue;
      littleEndian ??= detectRecordOrder(bytes) ?? guessOrder(bytes);
      const entry = tryEntry(bytes, offset, littleEndian, damage);
      if (entry !== undefined) yield entry;
      offset += RECORD_SIZE;
      filled = 0;
    }
  }
  if (filled === 0) return;
  damage.push(
    new TruncatedError("uexterror", "ver", offset, RECORD_SIZE, filled).message,
  );
}

/** The order of a record without a version, as traces have it: in the other one, its errno would be enormous. */
function guessOrder(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer);
  return view.getUint32(4, true) <= view.getUint32(4, false);
}

/** Decodes a record; one of an unknown version is told and does not hide the next. */
function tryEntry(
  bytes: Uint8Array,
  offset: number,
  littleEndian: boolean,
  damage: string[],
): ExterrEntry | undefined {
  try {
    const record = decodeRecord(bytes, 0, littleEndian, offset);
    const isUsed = bytes.subarray(4).some((byte) => byte !== 0);
    const state = record.error !== 0 ? "live" : isUsed ? "stale" : "unused";
    return { record, offset, state };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    damage.push(error.message);
    return undefined;
  }
}

/** Writes every record of a trace as kdump does. */
async function printTrace(
  input: ExterrInput,
  options: ExterrOptions,
  damage: string[],
  io: Io,
): Promise<number> {
  if (input.kind !== "ktrace") {
    throw new UsageError(`--kdump is for traces: this is a ${input.kind}`);
  }
  const { layout } = input;
  const out = new TextOutput(io.stdout);
  const foreign = new ForeignProcesses(layout);
  const { damage: end } = await readTrace(input.chunks, layout, (record) => {
    noteProcess(foreign, record);
    const isForeign = foreign.has(record.pid);
    const text = kdumpText(record, layout, { ...options.kdump, isForeign });
    out.text(printableLines(text));
  });
  out.flush();
  if (end !== undefined) damage.push(end.message);
  printWarnings(damage, io);
  return damage.length === 0 ? 0 : 1;
}

/** The text of a damaged record shows its bytes: that is enough. */
function noteProcess(foreign: ForeignProcesses, record: KtraceRecord): void {
  try {
    foreign.add(record);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
  }
}

/** Nothing but what any terminal takes: most lines, and a quick test. */
const PLAIN = /^[ -~\n\t]*$/;

/** Tabs and newlines are the lines' own. */
function printableLines(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replace(/[^\n\t]+/g, printable);
}
