/**
 * Arguments of a command: flags, options with values, operands.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { UsageError } from "./io.ts";
import { later } from "./later.ts";

/** What a command takes. `--help` and `-h` go without saying. */
export interface ArgumentNames {
  /** Options without a value. */
  flags?: readonly string[];
  /** Options with a value. */
  values?: readonly string[];
  /** Options with a value that may be repeated. */
  lists?: readonly string[];
  /** One-letter names by long name. */
  alias?: Readonly<Record<string, string>>;
}

/** What was given. */
export interface Arguments {
  /** The flags that were given. */
  flags: ReadonlySet<string>;
  /** Values by option. */
  values: ReadonlyMap<string, string>;
  /** Values of options that may be repeated. */
  lists: ReadonlyMap<string, readonly string[]>;
  /** What is no option. */
  operands: readonly string[];
}

/**
 * Reads the arguments of `command`.
 *
 * @returns The arguments, or `undefined` if help was asked for.
 * @throws {UsageError} For unknown options, values of flags, options without their value or given twice.
 */
export async function readArguments(
  command: string,
  args: string[],
  names: ArgumentNames,
): Promise<Arguments | undefined> {
  const flags = [...names.flags ?? [], "help"];
  const values = names.values ?? [];
  const lists = names.lists ?? [];
  const unknown: string[] = [];
  refuseFlagValues(args, flags);
  const parsed: Record<string, unknown> = parseArgs(args, {
    boolean: flags,
    string: [...values, ...lists, "_"],
    collect: [...values, ...lists],
    alias: { help: "h", ...names.alias },
    unknown: (arg: string, key?: string) => {
      if (key === undefined) return true;
      unknown.push(arg);
      return false;
    },
  });
  if (parsed.help === true) return undefined;
  if (unknown.length > 0) {
    await refuse(command, unknown[0]!, [...flags, ...values, ...lists]);
  }
  const given = (name: string): string[] => (parsed[name] ?? []) as string[];
  for (const name of [...values, ...lists]) {
    if (given(name).includes("")) {
      throw new UsageError(`--${name} needs a value`);
    }
  }
  for (const name of values) {
    if (given(name).length > 1) {
      throw new UsageError(`--${name} is given twice`);
    }
  }
  return {
    flags: new Set(flags.filter((name) => parsed[name] === true)),
    values: new Map(
      values.filter((name) => given(name).length > 0)
        .map((name) => [name, given(name)[0]!]),
    ),
    lists: new Map(lists.map((name) => [name, given(name)])),
    operands: parsed._ as string[],
  };
}

/** `--json=no` would otherwise mean the same as `--json`. */
function refuseFlagValues(
  args: readonly string[],
  flags: readonly string[],
): void {
  for (const arg of args) {
    if (arg === "--") return;
    const name = /^--([^=]+)=/.exec(arg)?.[1];
    if (name !== undefined && flags.includes(name)) {
      throw new UsageError(`--${name} takes no value`);
    }
  }
}

async function refuse(
  command: string,
  argument: string,
  known: readonly string[],
): Promise<never> {
  const { suggest }: typeof import("./suggest.ts") = await import(
    later("./suggest.ts")
  );
  const name = argument.replace(/=.*$/s, "");
  const hint = suggest(name, known.map((option) => `--${option}`));
  throw new UsageError(
    `unknown option "${name}"${hint} (see framewalk help ${command})`,
  );
}
