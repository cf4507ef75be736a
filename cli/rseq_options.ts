/**
 * Arguments of `framewalk rseq`.
 *
 * @module
 */
import { readArguments } from "./arguments.ts";
import { type CoreInputOptions, readCoreInput } from "./core_input.ts";
import { UsageError } from "./io.ts";

/** What the user asked for. */
export interface RseqOptions extends CoreInputOptions {
  /** From the thread pointer to the area, bytes, if the C library does not say. */
  offset: number | undefined;
  /** Feature size of the area. */
  size: number | undefined;
  /** The signature that was registered. */
  signature: number | undefined;
  /** Whether to judge as strict kernels do, and to count what only misleads debuggers. */
  strict: boolean;
  /** Whether to write JSON. */
  json: boolean;
}

/** Least and largest feature size that make sense. */
const MIN_SIZE = 20;
const MAX_SIZE = 4096;

/**
 * Reads the arguments.
 *
 * @returns The options, or `undefined` if help was asked for.
 * @throws {UsageError} For arguments that make no sense.
 */
export async function parseRseqOptions(
  args: string[],
): Promise<RseqOptions | undefined> {
  const given = await readArguments("rseq", joinOffset(args), {
    flags: ["strict", "json"],
    values: ["exe", "memory", "offset", "size", "signature"],
    lists: ["sysroot"],
  });
  if (given === undefined) return undefined;
  const { flags, values } = given;
  const number = (name: string, min: number, max: number) =>
    readNumber(name, values.get(name), min, max);
  return {
    ...await readCoreInput("rseq", given),
    offset: number("offset", -(2 ** 47), 2 ** 47),
    size: number("size", MIN_SIZE, MAX_SIZE),
    signature: number("signature", 0, 0xffff_ffff),
    strict: flags.has("strict"),
    json: flags.has("json"),
  };
}

/** `--offset -160`: what begins with a minus would be taken for an option. */
function joinOffset(args: readonly string[]): string[] {
  const joined: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const next = args[i + 1];
    if (args[i] === "--") return [...joined, ...args.slice(i)];
    if (args[i] === "--offset" && next !== undefined && /^-\d/.test(next)) {
      joined.push(`--offset=${next}`);
      i++;
    } else joined.push(args[i]!);
  }
  return joined;
}

function readNumber(
  name: string,
  text: string | undefined,
  min: number,
  max: number,
): number | undefined {
  if (text === undefined) return undefined;
  const [, sign, digits] = /^(-?)(0x[0-9a-f]{1,16}|\d{1,16})$/i.exec(text) ??
    [];
  const value = digits === undefined
    ? NaN
    : Number(digits) * (sign === "-" ? -1 : 1);
  if (!(value >= min && value <= max)) {
    throw new UsageError(
      `--${name} ${text} is no number from ${min} to ${max}`,
    );
  }
  return value;
}
