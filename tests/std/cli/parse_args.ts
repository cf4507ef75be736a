/**
 * `parseArgs` with the options that the command line uses. Plain TypeScript: importing `node:util` for its `parseArgs`
 * costs 6 ms of start-up, the whole of it for every command.
 *
 * @module
 */

/** How arguments are read. */
export interface ParseOptions {
  /** Names that take no value. */
  boolean?: readonly string[];
  /** Names that take a value. */
  string?: readonly string[];
  /** Names that may be repeated; their value is an array. */
  collect?: readonly string[];
  /** Other names of the same option. */
  alias?: Record<string, string>;
  /** Values where the option is not given. */
  default?: Record<string, unknown>;
  /** Whether the first operand ends the options. */
  stopEarly?: boolean;
  /** Called for an unknown option (with its name) or an operand; `false` leaves it out. */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** Values by name; operands under `_`. */
export type Args = { _: (string | number)[] } & Record<string, unknown>;

/** Reads `args` by `options`. */
export function parseArgs(args: string[], options: ParseOptions = {}): Args {
  const aliases = options.alias ?? {};
  const full = (name: string): string => {
    for (const [key, other] of Object.entries(aliases)) {
      if (other === name) return key;
    }
    return name;
  };
  const result: Args = { _: [] };
  const set = (name: string, value: unknown): void => {
    if (options.collect?.includes(name)) {
      ((result[name] ??= []) as unknown[]).push(value);
    } else result[name] = value;
    if (aliases[name] !== undefined) result[aliases[name]] = result[name];
  };
  for (const name of options.boolean ?? []) set(name, false);
  for (const name of options.collect ?? []) result[name] = [];
  for (const [name, value] of Object.entries(options.default ?? {})) {
    result[name] = value;
  }
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === "--") {
      result._.push(...args.slice(i + 1));
      break;
    }
    const match = arg.length > 1 && /^--?([^=]+)(?:=([^]*))?$/.exec(arg);
    if (!match || !arg.startsWith("-")) {
      if (options.unknown?.(arg) !== false) result._.push(arg);
      if (options.stopEarly) {
        result._.push(...args.slice(i + 1));
        break;
      }
      continue;
    }
    // As the original: an option or nothing at all is no value, but dashes alone are one behind a single letter; a
    // word that says true or false belongs to the flag before it.
    const name = full(match[1]!);
    const next = args[i + 1];
    if (options.string?.includes(name)) {
      const isOption = arg.startsWith("--")
        ? next?.startsWith("-")
        : /^--?[^-]/.test(next ?? "");
      const takesNext = match[2] === undefined && next && !isOption;
      set(name, match[2] ?? (takesNext ? args[++i] : ""));
    } else if (options.boolean?.includes(name)) {
      const takesNext = !match[2] && (next === "true" || next === "false");
      set(name, (match[2] || (takesNext ? args[++i] : "true")) !== "false");
    } else if (options.unknown?.(arg, name, match[2] ?? true) !== false) {
      set(name, match[2] ?? true);
    }
  }
  return result;
}
