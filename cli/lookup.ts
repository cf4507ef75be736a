/**
 * `framewalk lookup`: the row of an unwind table for a program counter, and what it means.
 *
 * @module
 */
import { InputError, type Io } from "./io.ts";
import {
  type LookupOptions,
  parseLookupOptions,
  type Place,
} from "./lookup_options.ts";
import { openLookupFile, type RowAnswer } from "./lookup_tables.ts";
import { printable } from "./plain_text.ts";
import { reportError } from "./report.ts";
import { ruleText, type ValueRecord } from "./rule_record.ts";

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
    const address = findAddress(place, options, file.findSymbol);
    answers.push(...file.find(address, place.name));
  }
  return answers;
}

function findAddress(
  { address, name, offset }: Place,
  { file }: LookupOptions,
  findSymbol: (name: string) => number | undefined,
): number {
  if (address !== undefined) return address;
  const start = findSymbol(name!);
  if (start !== undefined) return start + offset;
  throw new InputError(`${file}: no function called ${name}`);
}

/** One row in words. */
export function answerText(answer: RowAnswer): string {
  const { address, name, offset, table } = answer;
  const where = name === null
    ? ""
    : ` in ${printable(name)}${
      offset === 0 ? "" : `+0x${offset!.toString(16)}`
    }`;
  if (table === null) {
    return `${address}${where}: ${answer.problem ?? "no table covers it"}\n`;
  }
  const lines = [
    `${address}${where}, by ${table}`,
    `  row  ${answer.start} to ${answer.end}`,
  ];
  for (const note of answer.notes) lines.push(`  note ${note}`);
  if (answer.cfa !== null) {
    lines.push(`  CFA  ${ruleText(answer.cfa)}`);
    lines.push(`  SP   ${ruleText(answer.sp!)}`);
  }
  if (answer.cfa !== null || answer.notes.length === 0) {
    const signed = answer.raSigned
      ? ", signed: strip the authentication code"
      : "";
    lines.push(`  RA   ${valueText(answer.ra!, RA_WORDS)}${signed}`);
  }
  if (answer.cfa !== null) {
    lines.push(`  FP   ${valueText(answer.fp!, FP_WORDS)}`);
  }
  return `${lines.join("\n")}\n`;
}

const RA_WORDS = {
  same: "still in its register",
  undefined: "undefined: this frame has no caller",
};
const FP_WORDS = { same: "unchanged", undefined: "lost" };

function valueText(
  value: ValueRecord | "same" | "undefined",
  words: { same: string; undefined: string },
): string {
  return typeof value === "string" ? words[value] : ruleText(value);
}
