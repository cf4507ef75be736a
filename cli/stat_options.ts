/**
 * Arguments of `framewalk stat`.
 *
 * @module
 */
import { readArguments } from "./arguments.ts";
import { UsageError } from "./io.ts";

/** Columns by which the table can be sorted. */
export const SORT_COLUMNS = [
  "file",
  "text",
  "functions",
  "eh_frame",
  "eh_share",
  "sframe",
  "sframe_share",
  "version",
  "rows",
  "gap",
  "zstd",
  "compact",
  "compact-zstd",
] as const;

/** One of {@linkcode SORT_COLUMNS}. */
export type SortColumn = (typeof SORT_COLUMNS)[number];

/** What the user asked for. */
export interface StatCommandOptions {
  /** Files and directories. */
  paths: readonly string[];
  /** Column to sort by; by default files come as they are found. */
  sort: SortColumn | undefined;
  /** Whether to make sidecars, to tell their sizes. */
  sidecars: boolean;
  /** Whether to tell of each file why code has no rows. */
  gaps: boolean;
  /** Whether to write JSON. */
  json: boolean;
}

/**
 * Reads the arguments.
 *
 * @returns The options, or `undefined` if help was asked for.
 * @throws {UsageError} For arguments that make no sense.
 */
export async function parseStatOptions(
  args: string[],
): Promise<StatCommandOptions | undefined> {
  const given = await readArguments("stat", args, {
    flags: ["sidecars", "gaps", "json"],
    values: ["sort"],
  });
  if (given === undefined) return undefined;
  const { flags, values, operands } = given;
  if (operands.length === 0 || operands.includes("")) {
    throw new UsageError(
      "stat needs a file or a directory (see framewalk help stat)",
    );
  }
  const wanted = values.get("sort");
  const sort = SORT_COLUMNS.find((column) => column === wanted);
  if (wanted !== undefined && sort === undefined) {
    throw new UsageError(
      `--sort ${wanted} is none of ${SORT_COLUMNS.join(", ")}`,
    );
  }
  const sidecars = flags.has("sidecars");
  if (!sidecars && /^(zstd|compact)/.test(sort ?? "")) {
    throw new UsageError(`--sort ${sort} needs --sidecars, which makes them`);
  }
  return {
    paths: operands,
    sort,
    sidecars,
    gaps: flags.has("gaps"),
    json: flags.has("json"),
  };
}
