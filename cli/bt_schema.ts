/**
 * What the values of `framewalk bt`'s options may be. Loaded only when there are values to check.
 *
 * @module
 */
import { z } from "zod";
import { UsageError } from "./io.ts";
import { TABLE_SOURCES } from "../kernel/reader.ts";
import type { BtOptions, RawValues } from "./bt_options.ts";

const UNITS: Record<string, number> = {
  "": 1,
  K: 2 ** 10,
  M: 2 ** 20,
  G: 2 ** 30,
  T: 2 ** 40,
};

const size = z.string()
  .regex(
    /^\d{1,12}(\.\d{1,6})?\s*[KMGT]?(i?B)?$/i,
    "is no size: try 512M or 2G",
  )
  .transform((text) => {
    const unit = /[KMGT]/i.exec(text)?.[0].toUpperCase() ?? "";
    return Math.floor(parseFloat(text) * UNITS[unit]!);
  })
  .refine((bytes) => bytes >= 2 ** 20, "is less than 1M");

const count = z.string()
  .regex(/^\d{1,15}$/, "is no whole number")
  .transform(Number);

const tables = z.string()
  .transform((text) => text.split(",").map((name) => name.trim()))
  .pipe(z.array(z.enum(TABLE_SOURCES, {
    error: `names no table: choose from ${TABLE_SOURCES.join(",")}`,
  })))
  .refine((names) => new Set(names).size === names.length, "names one twice");

const schema = z.object({
  thread: count.optional(),
  "max-frames": count.refine((n) => n > 0, "is not above 0").optional(),
  tables: tables.optional(),
  color: z.enum(["auto", "always", "never"], {
    error: "is none of auto, always, never",
  }).optional(),
  memory: size.optional(),
});

/**
 * Checks and converts the given values.
 *
 * @returns Only those options that were given.
 * @throws {UsageError} For the first value that makes no sense.
 */
export function checkValues(given: RawValues): Partial<BtOptions> {
  const result = schema.safeParse(given);
  if (!result.success) {
    const issue = result.error.issues[0]!;
    const name = String(issue.path[0]);
    throw new UsageError(`--${name} ${String(given[name])} ${issue.message}`);
  }
  const { "max-frames": maxFrames, ...rest } = result.data;
  const options: Record<string, unknown> = { ...rest, maxFrames };
  for (const key of Object.keys(options)) {
    if (options[key] === undefined) delete options[key];
  }
  return options;
}
