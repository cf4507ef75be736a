/**
 * Arguments of `framewalk exterr`.
 *
 * @module
 */
import { type TextForm, textFormOf } from "../formats/exterr/mod.ts";
import { readArguments } from "./arguments.ts";
import { type CoreInputOptions, readCoreInput } from "./core_input.ts";
import { type Io, UsageError } from "./io.ts";

/** What an input can be. */
export const INPUT_KINDS = ["ktrace", "record", "core", "memory"] as const;

/** What an input is. */
export type InputKind = typeof INPUT_KINDS[number];

/** What the user asked for. */
export interface ExterrOptions extends CoreInputOptions {
  /** What the input is, if it was said. */
  kind: InputKind | undefined;
  /** How much is said of a record. */
  form: TextForm;
  /** Whether to show also records that were never used, and what is left of older failures. */
  all: boolean;
  /** Whether to write JSON. */
  json: boolean;
  /** Whether to write every record of a trace as kdump does, and with which columns. */
  kdump: { thread: boolean; time: boolean; cpu: boolean } | undefined;
}

const FORMS: readonly TextForm[] = ["default", "brief", "full"];

/**
 * Reads the arguments. Without `--form`, the environment's EXTERROR_VERBOSE counts, as for programs on FreeBSD.
 *
 * @returns The options, or `undefined` if help was asked for.
 * @throws {UsageError} For arguments that make no sense.
 */
export async function parseExterrOptions(
  args: string[],
  io: Io,
): Promise<ExterrOptions | undefined> {
  const given = await readArguments("exterr", args, {
    flags: ["all", "json", "kdump", "tid", "time", "cpu"],
    values: ["as", "exe", "form", "memory"],
    lists: ["sysroot"],
  });
  if (given === undefined) return undefined;
  const { flags, values } = given;
  const kind = pick("as", values.get("as"), INPUT_KINDS);
  const isKdump = flags.has("kdump");
  if (isKdump && flags.has("json")) {
    throw new UsageError("--kdump writes text: leave out --json");
  }
  for (const name of ["tid", "time", "cpu"]) {
    if (flags.has(name) && !isKdump) {
      throw new UsageError(`--${name} is for --kdump`);
    }
  }
  if (isKdump && kind !== undefined && kind !== "ktrace") {
    throw new UsageError("--kdump is for traces");
  }
  return {
    ...await readCoreInput("exterr", given),
    kind,
    form: pick("form", values.get("form"), FORMS) ??
      textFormOf(io.env("EXTERROR_VERBOSE")),
    all: flags.has("all"),
    json: flags.has("json"),
    kdump: isKdump
      ? {
        thread: flags.has("tid"),
        time: flags.has("time"),
        cpu: flags.has("cpu"),
      }
      : undefined,
  };
}

function pick<T extends string>(
  name: string,
  value: string | undefined,
  known: readonly T[],
): T | undefined {
  if (value === undefined || known.includes(value as T)) {
    return value as T | undefined;
  }
  throw new UsageError(`--${name} is one of ${known.join(", ")}`);
}
