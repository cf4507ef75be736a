/**
 * `framewalk rseq`: the rseq areas of a core's threads, or the critical sections of an ELF file.
 *
 * @module
 */
import {
  findRseqAreas,
  readElfRseq,
  type RseqProcess,
  type Session,
} from "../kernel/rseq/mod.ts";
import { openInput, printWarnings } from "./core_input.ts";
import type { Io } from "./io.ts";
import { errorRecord, reportError } from "./report.ts";
import { countErrors, fileRecord, processRecord } from "./rseq_json.ts";
import { parseRseqOptions, type RseqOptions } from "./rseq_options.ts";
import { fileText, processText } from "./rseq_text.ts";
import { TextOutput } from "./text_output.ts";

/**
 * Runs `framewalk rseq`.
 *
 * @returns The exit code: 0, or 1 if the input cannot be read or is damaged, or a critical section is wrong.
 * @throws {UsageError} For arguments that make no sense.
 */
export async function runRseq(args: string[], io: Io): Promise<number> {
  const options = await parseRseqOptions(args);
  if (options === undefined) {
    const { HELP } = await import("./help.ts");
    io.stdout.write(new TextEncoder().encode(HELP.rseq!));
    return 0;
  }
  try {
    const input = await openInput(options, io);
    return input.session === undefined
      ? await printFile(input.elf, options, io)
      : await printCore(input.session, input.warnings, options, io);
  } catch (error) {
    return reportError(error, options.file, options.json, io);
  }
}

async function printCore(
  session: Session,
  warnings: readonly string[],
  options: RseqOptions,
  io: Io,
): Promise<number> {
  const found: RseqProcess = await findRseqAreas(session, {
    offset: options.offset,
    size: options.size,
    signature: options.signature,
    mode: options.strict ? "strict" : "lenient",
  });
  const all = [...warnings, ...session.warnings];
  write(
    options.json
      ? json({ ...processRecord(session, found), warnings: all })
      : processText(session, found),
    io,
  );
  if (!options.json) printWarnings(all, io);
  const isWhole = warnings.length + session.core.warnings.length === 0;
  return isWhole ? 0 : 1;
}

async function printFile(
  elf: Parameters<typeof readElfRseq>[0],
  options: RseqOptions,
  io: Io,
): Promise<number> {
  const found = await readElfRseq(elf, options.signature);
  const errors = found.errors.map(errorRecord);
  write(
    options.json
      ? json({ file: options.file, ...fileRecord(found), errors })
      : fileText(options.file, found, options.strict),
    io,
  );
  if (!options.json) printWarnings(errors.map(({ message }) => message), io);
  const count = countErrors(found, options.strict) + errors.length;
  return count === 0 ? 0 : 1;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 1)}\n`;
}

function write(text: string, io: Io): void {
  const out = new TextOutput(io.stdout);
  out.text(text);
  out.flush();
}
