/**
 * Arguments of `framewalk lookup`.
 *
 * @module
 */
import { readArguments } from "./arguments.ts";
import { UsageError } from "./io.ts";
import { type Place, readAddress, readPlace } from "./place.ts";

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
