/**
 * Telling what went wrong with an input: one line, or with `--json` an object.
 *
 * @module
 */
import { FormatError } from "../formats/base/error.ts";
import { InputError, type Io } from "./io.ts";
import { printable } from "./plain_text.ts";

/** An error as `--json` shows it. */
export interface ErrorRecord {
  /** A code of `FormatError`, or `no-input` for a file that cannot be read or written at all. */
  code: string;
  /** The format's name; null without one. */
  format: string | null;
  /** The field's name in the format's specification. */
  field: string | null;
  /** Bytes from the start of the file or section. */
  offset: number | null;
  /** What was found. */
  value: number | string | null;
  /** All of it in words. */
  message: string;
}

/** Makes the record of an error. */
export function errorRecord(error: FormatError | InputError): ErrorRecord {
  const { message } = error;
  if (!(error instanceof FormatError)) {
    return {
      code: "no-input",
      format: null,
      field: null,
      offset: null,
      value: null,
      message,
    };
  }
  const { code, format, field, offset, value } = error;
  return {
    code,
    format,
    field,
    offset,
    value: typeof value === "bigint" ? `${value}` : value ?? null,
    message,
  };
}

/**
 * Tells the error that ended a command: on standard error, or with `json` on standard output.
 *
 * @param path The file that was read, to stand before the message of a `FormatError`.
 * @returns The exit code, 1.
 * @throws Whatever is no error about the input.
 */
export function reportError(
  error: unknown,
  path: string | undefined,
  json: boolean,
  io: Io,
): number {
  const isInput = error instanceof InputError;
  if (!isInput && !(error instanceof FormatError)) throw error;
  const encoder = new TextEncoder();
  if (json) {
    const text = JSON.stringify({ error: errorRecord(error) });
    io.stdout.write(encoder.encode(`${text}\n`));
    return 1;
  }
  const where = isInput || path === undefined ? "" : `${path}: `;
  const line = `framewalk: ${printable(where + error.message)}\n`;
  io.stderr.write(encoder.encode(line));
  return 1;
}

/** Tells warnings as they come up: on standard error at once, or with `json` by adding them to `kept`. */
export function makeWarner(
  json: boolean,
  kept: string[],
  io: Io,
): (text: string) => void {
  return (text) => {
    if (json) kept.push(text);
    else {
      const line = `warning: ${printable(text)}\n`;
      io.stderr.write(new TextEncoder().encode(line));
    }
  };
}

/** Reads a whole file. @throws {InputError} If it cannot be opened. */
export async function readFile(path: string, io: Io): Promise<Uint8Array> {
  const source = io.open(path);
  if (typeof source === "string") throw new InputError(`${path}: ${source}`);
  return await source.read(0, source.size);
}

/** Writes a whole file. @throws {InputError} If it cannot be written. */
export function writeFile(
  path: string,
  bytes: Uint8Array,
  io: Io,
  like?: string,
): void {
  const refusal = io.save(path, bytes, like);
  if (refusal !== undefined) throw new InputError(`${path}: ${refusal}`);
}
