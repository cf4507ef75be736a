/**
 * Arguments of `framewalk reports`.
 *
 * @module
 */
import { REPORT_KINDS, type ReportKind } from "../formats/kernel_log/mod.ts";
import { readArguments } from "./arguments.ts";
import { type ColorChoice, readColor } from "./color.ts";
import { UsageError } from "./io.ts";

/** A moment, by one of two clocks. */
export interface Moment {
  /** Microseconds since boot; `undefined` if the moment is a time of day. */
  bootUs: number | undefined;
  /** Milliseconds since 1970; `undefined` if it is a time since boot. */
  wallMs: number | undefined;
}

/** What the user asked for. */
export interface ReportsOptions {
  /** Path, or `-`. */
  file: string;
  /** How the reports are written. */
  form: "text" | "full" | "raw" | "json" | "json-lines";
  /** Whether to count by title only. */
  count: boolean;
  /** Whether to wait for more. */
  follow: boolean;
  /** Reports that are held for a slow reader of the output. */
  buffer: number;
  /** Kinds to show; all if empty. */
  kinds: ReadonlySet<ReportKind>;
  /** The first moment of interest. */
  since: Moment | undefined;
  /** The last one. */
  until: Moment | undefined;
  /** When to colour. */
  color: ColorChoice;
}

const FORMS = ["full", "raw", "json", "json-lines"] as const;

/**
 * Reads the arguments.
 *
 * @returns The options, or `undefined` if help was asked for.
 * @throws {UsageError} For arguments that make no sense.
 */
export async function parseReportsOptions(
  args: string[],
): Promise<ReportsOptions | undefined> {
  const given = await readArguments("reports", args, {
    flags: [...FORMS, "follow", "count"],
    values: ["since", "until", "color", "buffer"],
    lists: ["kind"],
    alias: { follow: "f" },
  });
  if (given === undefined) return undefined;
  const { flags, values, lists, operands } = given;
  const [file, unexpected] = operands;
  if (file === undefined || file === "") {
    throw new UsageError("reports needs a log (see framewalk help reports)");
  }
  if (unexpected !== undefined) {
    throw new UsageError(`unexpected argument "${unexpected}"`);
  }
  const forms = FORMS.filter((form) => flags.has(form));
  const follow = flags.has("follow");
  const count = flags.has("count");
  if (forms.length > 1) {
    throw new UsageError(`--${forms[0]} and --${forms[1]} exclude each other`);
  }
  if (count && follow) {
    throw new UsageError("--count has no end to count to with --follow");
  }
  if (count && forms.length > 0 && forms[0] !== "json") {
    throw new UsageError(`--count has no --${forms[0]}`);
  }
  if (values.has("buffer") && !follow) {
    throw new UsageError("--buffer is for --follow");
  }
  return {
    file,
    form: follow && forms[0] === "json" ? "json-lines" : forms[0] ?? "text",
    count,
    follow,
    buffer: readCount(values.get("buffer")),
    kinds: readKinds(lists.get("kind") ?? []),
    since: readMoment("--since", values.get("since")),
    until: readMoment("--until", values.get("until")),
    color: readColor(values.get("color")),
  };
}

function readCount(text: string | undefined): number {
  if (text === undefined) return 16;
  const count = Number(text);
  if (/^\d{1,5}$/.test(text) && count > 0 && count <= 65_536) return count;
  throw new UsageError(`--buffer ${text} is no number from 1 to 65536`);
}

function readKinds(lists: readonly string[]): Set<ReportKind> {
  const kinds = new Set<ReportKind>();
  for (const name of lists.flatMap((list) => list.split(","))) {
    const kind = REPORT_KINDS.find((known) => known === name);
    if (kind === undefined) {
      throw new UsageError(
        `--kind ${name} is none of ${REPORT_KINDS.join(", ")}`,
      );
    }
    kinds.add(kind);
  }
  return kinds;
}

/** Seconds since boot, or a date. */
function readMoment(
  name: string,
  text: string | undefined,
): Moment | undefined {
  if (text === undefined) return undefined;
  if (/^\d+(?:\.\d+)?$/.test(text)) {
    return { bootUs: Number(text) * 1e6, wallMs: undefined };
  }
  const wallMs = readWallTime(text);
  if (wallMs !== undefined) return { bootUs: undefined, wallMs };
  throw new UsageError(
    `${name} ${text} is neither seconds since boot nor a date`,
  );
}

/** Milliseconds since 1970 of a time as logs write it; `undefined` if it is none. */
export function readWallTime(text: string): number | undefined {
  // The journal's JSON has microseconds.
  if (/^\d{13,17}$/.test(text)) return Number(text) / 1000;
  // ISO with a comma and with a zone that lacks its colon.
  const iso = text.replace(/(\d),(\d)/, "$1.$2")
    .replace(/([+-]\d\d)(\d\d)$/, "$1:$2");
  const time = Date.parse(iso);
  return Number.isNaN(time) ? undefined : time;
}
