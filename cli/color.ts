/**
 * When to colour.
 *
 * @module
 */
import { type Io, UsageError } from "./io.ts";

/** What the user chose. */
export type ColorChoice = "auto" | "always" | "never";

/** Reads the value of `--color`. @throws {UsageError} If it is none. */
export function readColor(value: string | undefined): ColorChoice {
  if (value === undefined) return "auto";
  if (value === "auto" || value === "always" || value === "never") return value;
  throw new UsageError(`--color ${value} is none of auto, always, never`);
}

/** Whether to colour standard output. */
export function wantsColor(color: ColorChoice, io: Io): boolean {
  if (color !== "auto") return color === "always";
  return io.stdout.isTerminal && !io.env("NO_COLOR") &&
    io.env("TERM") !== "dumb";
}
