/**
 * Arguments of `framewalk diff`.
 *
 * @module
 */
import { readArguments } from "./arguments.ts";
import { UsageError } from "./io.ts";

/** What the user asked for. */
export interface DiffOptions {
  /** Path of the first file. */
  before: string;
  /** Path of the second file. */
  after: string;
  /** How functions are matched. */
  by: "name" | "address";
  /** Whether to write JSON. */
  json: boolean;
  /** Whether the files are the bytes of sections. */
  raw: boolean;
}

/**
 * Reads the arguments.
 *
 * @returns The options, or `undefined` if help was asked for.
 * @throws {UsageError} For arguments that make no sense.
 */
export async function parseDiffOptions(
  args: string[],
): Promise<DiffOptions | undefined> {
  const given = await readArguments("diff", args, {
    flags: ["json", "raw"],
    values: ["by"],
  });
  if (given === undefined) return undefined;
  const { flags, values, operands } = given;
  const [before, after, more] = operands;
  if (before === undefined || after === undefined || more !== undefined) {
    throw new UsageError("diff needs two files (see framewalk help diff)");
  }
  if (before === "-" && after === "-") {
    throw new UsageError("standard input can be read once only");
  }
  const by = values.get("by") ?? "name";
  if (by !== "name" && by !== "address") {
    throw new UsageError(`--by ${by} is none of name, address`);
  }
  return { before, after, by, json: flags.has("json"), raw: flags.has("raw") };
}
