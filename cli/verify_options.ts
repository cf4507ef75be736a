/**
 * Arguments of `framewalk verify`.
 *
 * @module
 */
import { readArguments } from "./arguments.ts";
import { readAddress } from "./convert_options.ts";
import { UsageError } from "./io.ts";

/** What the user asked for. */
export interface VerifyCommandOptions {
  /** Paths of the inputs. */
  files: readonly string[];
  /** Whether to add what the kernel's reader refuses. */
  kernel: boolean;
  /** Whether to leave out what is allowed but unusual. */
  quiet: boolean;
  /** Address of an input that is a section and no ELF file. */
  address: number;
  /** Path of the section to be held against each input's `.eh_frame`, in place of its own. */
  section: string | undefined;
  /** Most findings to show of each input and kind. */
  max: number;
  /** Whether to report as JSON. */
  json: boolean;
}

const DEFAULT_MAX = 100;

/**
 * Reads the arguments.
 *
 * @returns The options, or `undefined` if help was asked for.
 * @throws {UsageError} For arguments that make no sense.
 */
export async function parseVerifyOptions(
  args: string[],
): Promise<VerifyCommandOptions | undefined> {
  const given = await readArguments("verify", args, {
    flags: ["kernel", "quiet", "json"],
    values: ["address", "section", "max"],
    alias: { quiet: "q" },
  });
  if (given === undefined) return undefined;
  const { flags, values, operands } = given;
  if (operands.length === 0 || operands.includes("")) {
    throw new UsageError("verify needs a file (see framewalk help verify)");
  }
  const max = values.get("max");
  if (max !== undefined && !/^[1-9]\d{0,8}$/.test(max)) {
    throw new UsageError(`--max ${max} is no number above 0`);
  }
  return {
    files: operands,
    kernel: flags.has("kernel"),
    quiet: flags.has("quiet"),
    address: readAddress(values.get("address")) ?? 0,
    section: values.get("section"),
    max: max === undefined ? DEFAULT_MAX : Number(max),
    json: flags.has("json"),
  };
}
