/**
 * Arguments of `framewalk lookup`.
 *
 * @module
 */
import { readArguments } from "./arguments.ts";
import { readAddress } from "./dump_options.ts";
import { UsageError } from "./io.ts";

/** A place in the code: an address, or a function's name and bytes behind its start. */
export interface Place {
  /** As it was given. */
  text: string;
  /** The address, if it was given as one. */
  address?: number;
  /** The function's name otherwise. */
  name?: string;
  /** Bytes behind the function's start. */
  offset: number;
}

/** What the user asked for. */
export interface LookupOptions {
  /** Path, or `-`. */
  file: string;
  /** What to look up. */
  places: Place[];
  /** Whether to write JSON. */
  json: boolean;
  /** Whether the file is the bytes of a section. */
  raw: boolean;
  /** Address of that section. */
  address: number;
}

/**
 * Reads the arguments.
 *
 * @returns The options, or `undefined` if help was asked for.
 * @throws {UsageError} For arguments that make no sense.
 */
export async function parseLookupOptions(
  args: string[],
): Promise<LookupOptions | undefined> {
  const given = await readArguments("lookup", args, {
    flags: ["json", "raw"],
    values: ["address"],
  });
  if (given === undefined) return undefined;
  const { flags, values, operands } = given;
  const [file, ...places] = operands;
  if (file === undefined || places.length === 0) {
    throw new UsageError(
      "lookup needs a file and an address (see framewalk help lookup)",
    );
  }
  const address = values.get("address");
  const raw = flags.has("raw");
  if (address !== undefined && !raw) {
    throw new UsageError("--address is for --raw: files know their addresses");
  }
  return {
    file,
    places: places.map(readPlace),
    json: flags.has("json"),
    raw,
    address: address === undefined ? 0 : readAddress("--address", address),
  };
}

function readPlace(text: string): Place {
  if (/^\d/.test(text)) {
    return { text, address: readAddress("the address", text), offset: 0 };
  }
  const [, name, distance] = /^(.+?)(?:\+(0x[0-9a-f]+|\d+))?$/is.exec(text) ??
    [];
  if (name === undefined) throw new UsageError("an address is empty");
  const offset = distance === undefined
    ? 0
    : readAddress("the offset", distance);
  return { text, name, offset };
}
