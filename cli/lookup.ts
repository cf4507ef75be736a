/**
 * `framewalk lookup`: the row of an unwind table for a program counter, and what it means.
 *
 * @module
 */
import type { Io } from "./io.ts";
import { type LookupOptions, parseLookupOptions } from "./lookup_options.ts";
import { openLookupFile, type RowAnswer } from "./lookup_tables.ts";
import { answerText } from "./lookup_text.ts";
import { findAddress } from "./place.ts";
import { reportError } from "./report.ts";

/**
 * Runs `framewalk lookup`.
 *
 * @returns The exit code: 0, or 1 if the file cannot be read or has no such function.
 * @throws {UsageError} For arguments that make no sense.
 */
export async function runLookup(args: string[], io: Io): Promise<number> {
  const options = await parseLookupOptions(args);
  if (options === undefined) {
    const { HELP } = await import("./help.ts");
    io.stdout.write(new TextEncoder().encode(HELP.lookup!));
    return 0;
  }
  try {
    const answers = await lookUp(options, io);
    const text = options.json
      ? `${JSON.stringify({ rows: answers }, undefined, 1)}\n`
      : answers.map(answerText).join("\n");
    io.stdout.write(new TextEncoder().encode(text));
    return 0;
  } catch (error) {
    return reportError(error, options.file, options.json, io);
  }
}

async function lookUp(options: LookupOptions, io: Io): Promise<RowAnswer[]> {
  const file = await openLookupFile(options, io);
  const answers: RowAnswer[] = [];
  for (const place of options.places) {
    const address = findAddress(place, options.file, file.findSymbol);
    answers.push(...file.find(address, place.name));
  }
  return answers;
}
