/**
 * The output formats of `framewalk profile`, each loaded when it is asked for.
 *
 * @module
 */
import { later } from "../later.ts";
import { UsageError } from "../io.ts";
import type { ProfileFormat } from "./format.ts";

/** Files of the formats, by name. */
const FILES: Readonly<Record<string, string>> = {
  addresses: "./format_addresses.ts",
  firefox: "./format_firefox.ts",
  folded: "./format_folded.ts",
  pprof: "./format_pprof.ts",
  speedscope: "./format_speedscope.ts",
  summary: "./format_summary.ts",
  svg: "./format_svg.ts",
  text: "./format_text.ts",
};

/** Names of the formats, as `--format` takes them. */
export const FORMAT_NAMES: readonly string[] = Object.keys(FILES);

/**
 * Loads the format called `name`, one of {@linkcode FORMAT_NAMES}.
 *
 * @throws {UsageError} If it cannot do what `options` ask for.
 */
export async function loadFormat(
  name: string,
  options: { by: string | undefined; inverted: boolean },
): Promise<ProfileFormat> {
  const { format }: { format: ProfileFormat } = await import(
    later(FILES[name]!)
  );
  const { refusesBy, refusesInverted } = format;
  if (options.by !== undefined && refusesBy !== undefined) {
    throw new UsageError(
      `--by makes no sense with --format ${name}, ${refusesBy}`,
    );
  }
  if (options.inverted && refusesInverted !== undefined) {
    throw new UsageError(
      `--inverted makes no sense with --format ${name}, ${refusesInverted}`,
    );
  }
  return format;
}
