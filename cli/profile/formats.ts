/**
 * The output formats of `framewalk profile`, each loaded when it is asked for.
 *
 * @module
 */
import type { ProfileFormat } from "./format.ts";

/** Keeps a format out of the module graph that is built before the first line runs. */
const later = (specifier: string): string => specifier;

/** Files of the formats, by name. */
const FILES: Readonly<Record<string, string>> = {
  addresses: "./format_addresses.ts",
  folded: "./format_folded.ts",
  pprof: "./format_pprof.ts",
  speedscope: "./format_speedscope.ts",
  summary: "./format_summary.ts",
  text: "./format_text.ts",
  svg: "./format_svg.ts",
};

/** Names of the formats, as `--format` takes them. */
export const FORMAT_NAMES: readonly string[] = Object.keys(FILES);

/** Loads the format called `name`, one of {@linkcode FORMAT_NAMES}. */
export async function loadFormat(name: string): Promise<ProfileFormat> {
  const module: { format: ProfileFormat } = await import(later(FILES[name]!));
  return module.format;
}
