/**
 * Arguments of `framewalk view`.
 *
 * @module
 */
import { readArguments } from "./arguments.ts";
import { UsageError } from "./io.ts";
import type { FileOptions } from "./process_files.ts";

/** What the user asked for. */
export interface ViewOptions extends FileOptions {
  /** File to open, if one was named. */
  file: string | undefined;
  /** Path of the program that a core is of. */
  executable: string | undefined;
  /** Port; 0 for any. */
  port: number;
}

/**
 * Reads the arguments.
 *
 * @returns The options, or `undefined` if help was asked for.
 * @throws {UsageError} For arguments that make no sense.
 */
export async function parseViewOptions(
  args: string[],
): Promise<ViewOptions | undefined> {
  const given = await readArguments("view", args, {
    values: ["port", "exe"],
    lists: ["sysroot", "sidecars"],
  });
  if (given === undefined) return undefined;
  const { values, lists, operands } = given;
  const [file, second, ...more] = operands;
  if (more.length > 0) {
    throw new UsageError(`unexpected argument "${more[0]}"`);
  }
  if (file === "-") {
    throw new UsageError("view needs a file that it can read anywhere, not -");
  }
  const executable = values.get("exe");
  if (executable !== undefined && second !== undefined) {
    throw new UsageError("the program is given twice: as --exe and as operand");
  }
  return {
    file,
    executable: executable ?? second,
    port: readPort(values.get("port") ?? "0"),
    sysroot: lists.get("sysroot") ?? [],
    sidecars: lists.get("sidecars") ?? [],
    debuginfod: [],
  };
}

function readPort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65535) {
    throw new UsageError(`--port takes a number up to 65535, not "${text}"`);
  }
  return Number(text);
}
