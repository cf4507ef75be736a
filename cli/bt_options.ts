/**
 * Arguments of `framewalk bt`.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import type { TableSource } from "../kernel/reader.ts";
import type { ColorChoice } from "./color.ts";
import { UsageError } from "./io.ts";

/** What the user asked for. */
export interface BtOptions {
  /** Path of the core, or `-`. */
  core: string;
  /** Path of the program, if it was given. */
  executable: string | undefined;
  /** Directories under which files are looked for first. */
  sysroot: string[];
  /** Directories with sidecars, by build ID. */
  sidecars: string[];
  /** Addresses of debuginfod servers. */
  debuginfod: string[];
  /** The one thread to show, by its id. */
  thread: number | undefined;
  /** Limit of frames per thread. */
  maxFrames: number | undefined;
  /** What may lead from frame to frame, in this order. */
  tables: readonly TableSource[] | undefined;
  /** Whether to show the registers of the thread that got the signal. */
  registers: boolean;
  /** Whether to look up names. */
  symbols: boolean;
  /** Whether to make names readable. */
  demangle: boolean;
  /** Whether to look for source lines and inlined functions. */
  lines: boolean;
  /** Whether to write JSON. */
  json: boolean;
  /** When to colour. */
  color: ColorChoice;
  /** Bytes of memory that a core without random access may take. */
  memory: number;
}

/** The values of a command line as text, for the schema. */
export type RawValues = Record<string, string | string[]>;

const FLAGS = [
  "registers",
  "no-symbols",
  "no-demangle",
  "no-lines",
  "json",
  "help",
];
const VALUES = [
  "exe",
  "thread",
  "max-frames",
  "tables",
  "color",
  "memory",
  "sysroot",
  "sidecars",
  "debuginfod",
];
/** Options that may be repeated. */
const LISTS = ["sysroot", "sidecars", "debuginfod"];
const DEFAULT_MEMORY = 2 ** 30;

/**
 * Reads the arguments.
 *
 * @returns The options, or `undefined` if help was asked for.
 * @throws {UsageError} For unknown options, missing or senseless values.
 */
export async function parseBtOptions(
  args: string[],
): Promise<BtOptions | undefined> {
  refuseFlagValues(args);
  const unknown: string[] = [];
  const parsed: Record<string, unknown> = parseArgs(args, {
    boolean: FLAGS,
    string: [...VALUES, "_"],
    collect: LISTS,
    alias: { help: "h" },
    unknown: (arg: string, key?: string) => {
      if (key === undefined) return true;
      unknown.push(arg);
      return false;
    },
  });
  if (parsed.help === true) return undefined;
  if (unknown.length > 0) await refuse(unknown[0]!);
  const [core, executable, ...more] = parsed._ as string[];
  if (core === undefined || core === "") {
    throw new UsageError("bt needs a core file (see framewalk help bt)");
  }
  if (more.length > 0) {
    throw new UsageError(
      `bt takes a core and a program, not also "${more[0]}"`,
    );
  }
  const options: BtOptions = {
    core,
    executable,
    sysroot: [],
    sidecars: [],
    debuginfod: [],
    thread: undefined,
    maxFrames: undefined,
    tables: undefined,
    registers: parsed.registers === true,
    symbols: parsed["no-symbols"] !== true,
    demangle: parsed["no-demangle"] !== true,
    lines: parsed["no-lines"] !== true,
    json: parsed.json === true,
    color: "auto",
    memory: DEFAULT_MEMORY,
  };
  await readValues(parsed, options);
  return options;
}

/** `--json=no` would otherwise mean the same as `--json`. */
function refuseFlagValues(args: readonly string[]): void {
  for (const arg of args) {
    if (arg === "--") return;
    const name = /^--([^=]+)=/.exec(arg)?.[1];
    if (name !== undefined && FLAGS.includes(name)) {
      throw new UsageError(`--${name} takes no value`);
    }
  }
}

/** Options with values are checked by the schema, which is loaded only if there is something to check. */
async function readValues(
  parsed: Record<string, unknown>,
  options: BtOptions,
): Promise<void> {
  const given: RawValues = {};
  for (const name of VALUES) {
    const value = parsed[name] as string | string[] | undefined;
    if (value !== undefined && value.length > 0) given[name] = value;
    if (value === "" || Array.isArray(value) && value.includes("")) {
      throw new UsageError(`--${name} needs a value`);
    }
  }
  if (Object.keys(given).length === 0) return;
  if (given.exe !== undefined && options.executable !== undefined) {
    throw new UsageError("the program is given twice: as --exe and as operand");
  }
  const { exe, sysroot, sidecars, debuginfod, ...checked } = given;
  options.executable = exe as string | undefined ?? options.executable;
  options.sysroot = sysroot as string[] | undefined ?? [];
  options.sidecars = sidecars as string[] | undefined ?? [];
  options.debuginfod = debuginfod as string[] | undefined ?? [];
  // Paths are what they are; the schema's package costs more start-up than all of bt.
  if (Object.keys(checked).length === 0) return;
  const { checkValues } = await import("./bt_schema.ts");
  Object.assign(options, checkValues(checked));
}

async function refuse(argument: string): Promise<never> {
  const { suggest } = await import("./suggest.ts");
  const name = argument.replace(/=.*$/s, "");
  const known = [...FLAGS, ...VALUES].map((known) => `--${known}`);
  throw new UsageError(
    `unknown option "${name}"${suggest(name, known)} (see framewalk help bt)`,
  );
}
