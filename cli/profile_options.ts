/**
 * Arguments of `framewalk profile`.
 *
 * @module
 */
import { TABLE_SOURCES, type TableSource } from "../kernel/profile/reader.ts";
import { readArguments } from "./arguments.ts";
import { UsageError } from "./io.ts";
import type { ProfileBy } from "./profile/format.ts";
import { FORMAT_NAMES } from "./profile/formats.ts";

/** What the user asked for. */
export interface ProfileCommandOptions {
  /** Paths of the captures, or `-`. */
  captures: readonly string[];
  /** Where to write; standard output without. */
  output: string | undefined;
  /** Name of the format; undefined for what fits the output. */
  format: string | undefined;
  /** Names of threads to keep. */
  comms: readonly string[];
  /** Processes to keep. */
  pids: readonly number[];
  /** Threads to keep. */
  tids: readonly number[];
  /** Names of events to keep. */
  events: readonly string[];
  /** Processors to keep. */
  cpus: readonly number[];
  /** Time of the first and behind the last sample to keep, nanoseconds. */
  time: readonly [number, number];
  /** What to keep apart. */
  by: ProfileBy | undefined;
  /** Whether stacks begin with their innermost frame. */
  inverted: boolean;
  /** Whether to keep the kernel's frames. */
  kernel: boolean;
  /** Whether to look for source lines and inlined functions; undefined for what fits the format. */
  lines: boolean | undefined;
  /** Whether to make names readable. */
  demangle: boolean;
  /** Directories under which files are looked for first. */
  sysroots: readonly string[];
  /** A directory under which alone files are looked for. */
  symfs: string | undefined;
  /** Directories with sidecars. */
  sidecars: readonly string[];
  /** Directory of perf's cache of binaries. */
  buildIdDirectory: string | undefined;
  /** Sources of rows, in order. */
  tables: readonly TableSource[] | undefined;
  /** File of the code that the kernel maps into each process. */
  vdso: string | undefined;
  /** File of the kernel's symbols. */
  kallsyms: string | undefined;
  /** Directory of the maps that run-time compilers write. */
  perfMaps: string | undefined;
  /** Whether to tell an error as JSON. */
  json: boolean;
}

const BY: readonly string[] = ["thread", "process", "cpu", "comm"];

/**
 * Reads the arguments.
 *
 * @returns The options, or `undefined` if help was asked for.
 * @throws {UsageError} For arguments that make no sense.
 */
export async function parseProfileOptions(
  args: string[],
): Promise<ProfileCommandOptions | undefined> {
  const given = await readArguments("profile", args, {
    flags: [
      "no-kernel",
      "inverted",
      "no-demangle",
      "lines",
      "no-lines",
      "json",
    ],
    values: [
      "output",
      "format",
      "time",
      "by",
      "symfs",
      "buildid-dir",
      "tables",
      "vdso",
      "kallsyms",
      "perf-maps",
    ],
    lists: ["comm", "pid", "tid", "event", "cpu", "sysroot", "sidecars"],
    alias: { output: "o" },
  });
  if (given === undefined) return undefined;
  const { flags, values, lists, operands } = given;
  if (operands.length === 0) {
    throw new UsageError(
      "profile needs a capture of perf record (see framewalk help profile)",
    );
  }
  const list = (name: string): readonly string[] =>
    (lists.get(name) ?? []).flatMap((text) => text.split(","));
  const by = values.get("by");
  if (by !== undefined && !BY.includes(by)) {
    throw new UsageError(`--by takes ${BY.join(", ")}, not "${by}"`);
  }
  const format = values.get("format");
  if (format !== undefined && !FORMAT_NAMES.includes(format)) {
    throw new UsageError(
      `--format takes ${FORMAT_NAMES.join(", ")}, not "${format}"`,
    );
  }
  return {
    captures: operands,
    output: values.get("output"),
    format,
    comms: list("comm"),
    pids: list("pid").map((text) => readNumber("--pid", text)),
    tids: list("tid").map((text) => readNumber("--tid", text)),
    events: lists.get("event") ?? [],
    cpus: list("cpu").map((text) => readNumber("--cpu", text)),
    time: readTime(values.get("time")),
    by: by as ProfileBy | undefined,
    inverted: flags.has("inverted"),
    kernel: !flags.has("no-kernel"),
    lines: flags.has("no-lines") ? false : flags.has("lines") || undefined,
    demangle: !flags.has("no-demangle"),
    sysroots: lists.get("sysroot") ?? [],
    symfs: values.get("symfs"),
    sidecars: lists.get("sidecars") ?? [],
    buildIdDirectory: values.get("buildid-dir"),
    tables: readTables(values.get("tables")),
    vdso: values.get("vdso"),
    kallsyms: values.get("kallsyms"),
    perfMaps: values.get("perf-maps"),
    json: flags.has("json"),
  };
}

function readNumber(option: string, text: string): number {
  if (!/^\d{1,10}$/.test(text)) {
    throw new UsageError(`${option} takes a number, not "${text}"`);
  }
  return Number(text);
}

/** `A,B` in seconds; either may be left out. */
function readTime(text: string | undefined): [number, number] {
  if (text === undefined) return [-Infinity, Infinity];
  const match = /^(\d+(?:\.\d*)?)?,(\d+(?:\.\d*)?)?$/.exec(text);
  if (match === null) {
    throw new UsageError(
      `--time takes two times in seconds, as in 12.5,13, not "${text}"`,
    );
  }
  const [, from, to] = match;
  return [
    from === undefined ? -Infinity : Math.round(Number(from) * 1e9),
    to === undefined ? Infinity : Math.round(Number(to) * 1e9),
  ];
}

function readTables(text: string | undefined): TableSource[] | undefined {
  return text?.split(",").map((name) => {
    const found = TABLE_SOURCES.find((source) => source === name);
    if (found !== undefined) return found;
    throw new UsageError(
      `--tables takes ${TABLE_SOURCES.join(", ")}, not "${name}"`,
    );
  });
}
