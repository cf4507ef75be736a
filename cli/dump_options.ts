/**
 * Arguments of `framewalk dump`.
 *
 * @module
 */
import type { SFrameCompat } from "../formats/sframe/mod.ts";
import { readArguments } from "./arguments.ts";
import { UsageError } from "./io.ts";
import { readAddress } from "./place.ts";

/** What the user asked for. */
export interface DumpOptions {
  /** Paths, or `-`. */
  files: readonly string[];
  /** The release of binutils whose text is printed. */
  compat: SFrameCompat | undefined;
  /** Whether to write JSON. */
  json: boolean;
  /** Whether the files are the bytes of sections. */
  raw: boolean;
  /** Address of those sections. */
  address: number;
  /** Whether to look up names. */
  symbols: boolean;
  /** The one function to show: its name, or an address in it. */
  function: string | number | undefined;
}

const RELEASES: readonly string[] = ["2.40", "2.44", "2.45", "2.47"];

/**
 * Reads the arguments.
 *
 * @returns The options, or `undefined` if help was asked for.
 * @throws {UsageError} For arguments that make no sense.
 */
export async function parseDumpOptions(
  args: string[],
): Promise<DumpOptions | undefined> {
  const given = await readArguments("dump", args, {
    flags: ["json", "raw", "no-symbols"],
    values: ["compat", "address", "function"],
  });
  if (given === undefined) return undefined;
  const { flags, values, operands } = given;
  if (operands.length === 0) {
    throw new UsageError("dump needs a file (see framewalk help dump)");
  }
  if (operands.filter((path) => path === "-").length > 1) {
    throw new UsageError("standard input can be read once only");
  }
  const compat = values.get("compat");
  if (compat !== undefined && !RELEASES.includes(compat)) {
    throw new UsageError(
      `--compat ${compat} is none of ${RELEASES.join(", ")}`,
    );
  }
  const json = flags.has("json");
  if (json && compat !== undefined) {
    throw new UsageError("--json and --compat are two ways to print: take one");
  }
  const address = values.get("address");
  const raw = flags.has("raw");
  if (address !== undefined && !raw) {
    throw new UsageError("--address is for --raw: files know their addresses");
  }
  const wanted = values.get("function");
  return {
    files: operands,
    compat: compat as SFrameCompat | undefined,
    json,
    raw,
    address: address === undefined ? 0 : readAddress("--address", address),
    symbols: compat === undefined && !flags.has("no-symbols"),
    function: wanted === undefined || !/^\d/.test(wanted)
      ? wanted
      : readAddress("--function", wanted),
  };
}
