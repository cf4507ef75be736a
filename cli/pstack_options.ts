/**
 * Arguments of `framewalk pstack`.
 *
 * @module
 */
import type { TableSource } from "../kernel/reader.ts";
import { readArguments } from "./arguments.ts";
import type { RawValues } from "./bt_options.ts";
import type { ColorChoice } from "./color.ts";
import { UsageError } from "./io.ts";
import type { StackStyle } from "./print_stacks.ts";

/** What the user asked for. */
export interface PstackOptions extends StackStyle {
  /** The process, or a thread of it. */
  pid: number;
  /** The one thread to look at. */
  tid: number | undefined;
  /** Directories under which files are looked for first. */
  sysroot: readonly string[];
  /** Directories with sidecars, by build ID. */
  sidecars: readonly string[];
  /** Addresses of debuginfod servers. */
  debuginfod: readonly string[];
  /** Limit of frames per thread. */
  maxFrames: number | undefined;
  /** What may lead from frame to frame, in this order. */
  tables: readonly TableSource[] | undefined;
  /** Whether to show the rseq area of each thread. */
  rseq: boolean;
  /** Seconds between two looks; `undefined` for one look. */
  watch: number | undefined;
  /** Whether to tell how long the process stood still. */
  verbose: boolean;
}

const DEFAULT_WATCH_SECONDS = 2;
const LEAST_WATCH_SECONDS = 0.1;
/** The kernel's own limit of process ids. */
const MAX_PID = 2 ** 22;

/**
 * Reads the arguments.
 *
 * @returns The options, or `undefined` if help was asked for.
 * @throws {UsageError} For unknown options, missing or senseless values.
 */
export async function parsePstackOptions(
  args: string[],
): Promise<PstackOptions | undefined> {
  const given = await readArguments("pstack", joinWatch(args), {
    flags: ["no-symbols", "no-demangle", "no-lines", "json", "rseq", "verbose"],
    values: ["tid", "max-frames", "tables", "color", "watch"],
    lists: ["sysroot", "sidecars", "debuginfod"],
    alias: { verbose: "v" },
  });
  if (given === undefined) return undefined;
  const { flags, values, lists, operands } = given;
  const [pid, ...more] = operands;
  if (pid === undefined || pid === "") {
    throw new UsageError(
      "pstack needs a process id (see framewalk help pstack)",
    );
  }
  if (more.length > 0) {
    throw new UsageError(`pstack takes one process, not also "${more[0]}"`);
  }
  const tid = values.get("tid");
  const watch = values.get("watch");
  return {
    pid: parseId(pid, `"${pid}"`),
    tid: tid === undefined ? undefined : parseId(tid, `--tid ${tid}`),
    sysroot: lists.get("sysroot") ?? [],
    sidecars: lists.get("sidecars") ?? [],
    debuginfod: lists.get("debuginfod") ?? [],
    maxFrames: undefined,
    tables: undefined,
    watch: watch === undefined ? undefined : parseSeconds(watch),
    rseq: flags.has("rseq"),
    verbose: flags.has("verbose"),
    registers: false,
    symbols: !flags.has("no-symbols"),
    demangle: !flags.has("no-demangle"),
    lines: !flags.has("no-lines"),
    json: flags.has("json"),
    color: "auto" satisfies ColorChoice,
    ...await checked(values),
  };
}

/** The options that `bt` has too, by its schema, which is loaded only if there is something to check. */
async function checked(
  values: ReadonlyMap<string, string>,
): Promise<Partial<PstackOptions>> {
  const raw: RawValues = {};
  for (const name of ["max-frames", "tables", "color"]) {
    const value = values.get(name);
    if (value !== undefined) raw[name] = value;
  }
  if (Object.keys(raw).length === 0) return {};
  const { checkValues } = await import("./bt_schema.ts");
  return checkValues(raw) as Partial<PstackOptions>;
}

/**
 * Gives `--watch` its value with an equals sign: the word behind it is one only if it is a number and another operand
 * is left to be the process.
 */
function joinWatch(args: readonly string[]): string[] {
  const joined = [...args];
  const at = joined.indexOf("--watch");
  if (at < 0) return joined;
  const isNumber = (word: string | undefined) => /^[\d.]+$/.test(word ?? "");
  const numbers = joined.filter((word, i) =>
    isNumber(word) && !/^--(tid|max-frames)$/.test(joined[i - 1] ?? "")
  );
  const value = isNumber(joined[at + 1]) && numbers.length > 1
    ? joined.splice(at + 1, 1)[0]
    : DEFAULT_WATCH_SECONDS;
  joined[at] = `--watch=${value}`;
  return joined;
}

function parseId(text: string, what: string): number {
  const id = /^\d{1,7}$/.test(text) ? Number(text) : NaN;
  if (id >= 1 && id <= MAX_PID) return id;
  throw new UsageError(`${what} is no process id`);
}

function parseSeconds(text: string): number {
  const seconds = /^\d{1,6}(\.\d{1,3})?$/.test(text) ? Number(text) : NaN;
  if (seconds >= LEAST_WATCH_SECONDS) return seconds;
  throw new UsageError(
    `--watch ${text} is no number of seconds from ${LEAST_WATCH_SECONDS} on`,
  );
}
