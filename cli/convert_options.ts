/**
 * Arguments of `framewalk convert`.
 *
 * @module
 */
import type { ConvertOptions, GasVersion } from "../kernel/convert/mod.ts";
import { SIDECAR_FORMATS, type SidecarFormat } from "../formats/sidecar/mod.ts";
import { type Arguments, readArguments } from "./arguments.ts";
import { UsageError } from "./io.ts";

/** What the user asked for. */
export interface ConvertCommandOptions {
  /** Path of the input. */
  file: string;
  /** Path of the section to write, or `-`; empty if it goes into `sidecars`. */
  output: string;
  /** What to write: the bare section, or a sidecar of that form. */
  format: "section" | SidecarFormat;
  /** Directory of sidecars to write to. */
  sidecars: string | undefined;
  /** Address of the section, if it was given. */
  address: number | undefined;
  /** Which table of the file to convert, if it was given. */
  from: "eh_frame" | "sframe" | undefined;
  /** What the conversion is told. */
  conversion: Required<ConvertOptions>;
  /** Whether a function left out is an error. */
  strict: boolean;
  /** Whether to report as JSON. */
  json: boolean;
}

const GAS_OF_VERSION = { "1": "2.40", "2": "2.44", "3": "2.47" } as const;

/**
 * Reads the arguments.
 *
 * @returns The options, or `undefined` if help was asked for.
 * @throws {UsageError} For arguments that make no sense.
 */
export async function parseConvertOptions(
  args: string[],
): Promise<ConvertCommandOptions | undefined> {
  const given = await readArguments("convert", args, {
    flags: ["strict", "json"],
    values: [
      "output",
      "address",
      "from",
      "sframe-version",
      "gas",
      "plt",
      "rows",
      "format",
      "sidecars",
    ],
    alias: { output: "o" },
  });
  if (given === undefined) return undefined;
  const { flags, values, operands } = given;
  const [file, more] = operands;
  if (file === undefined || file === "") {
    throw new UsageError("convert needs a file (see framewalk help convert)");
  }
  if (more !== undefined) {
    throw new UsageError(`convert takes one file, not also "${more}"`);
  }
  const sidecars = values.get("sidecars");
  const output = values.get("output") ?? "";
  if ((output === "") === (sidecars === undefined)) {
    throw new UsageError(
      output === ""
        ? "convert needs -o OUT, the file to write"
        : "convert writes to -o OUT or to --sidecars DIR, not to both",
    );
  }
  const format = choose(given, "format", ["section", ...SIDECAR_FORMATS]) ??
    (sidecars === undefined ? "section" : "compact");
  if (sidecars !== undefined && format === "section") {
    throw new UsageError("--sidecars is for sidecars: see --format");
  }
  const json = flags.has("json");
  if (json && output === "-") {
    throw new UsageError("--json and -o - both write to standard output");
  }
  return {
    file,
    output,
    format,
    sidecars,
    address: readAddress(values.get("address")),
    from: choose(given, "from", ["eh_frame", "sframe"]),
    conversion: readConversion(given, format !== "section"),
    strict: flags.has("strict"),
    json,
  };
}

/** A plain section is by default what gas and ld would have written, a sidecar what is right: it serves walks only. */
function readConversion(
  given: Arguments,
  isSidecar: boolean,
): Required<ConvertOptions> {
  const version = choose(given, "sframe-version", ["1", "2", "3"]) ?? "3";
  const gas: GasVersion = choose(given, "gas", ["2.40", "2.44", "2.47"]) ??
    GAS_OF_VERSION[version];
  return {
    version: Number(version) as 1 | 2 | 3,
    gas,
    plt: choose(given, "plt", ["ld", "correct"]) ??
      (isSidecar ? "correct" : "ld"),
    rows: choose(given, "rows", ["gas", "correct"]) ??
      (isSidecar ? "correct" : "gas"),
  };
}

function choose<const T extends string>(
  { values }: Arguments,
  name: string,
  choices: readonly T[],
): T | undefined {
  const text = values.get(name);
  if (text === undefined) return undefined;
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  throw new UsageError(`--${name} ${text} is none of ${choices.join(", ")}`);
}

/** Reads an address, decimal or with `0x`. @throws {UsageError} */
export function readAddress(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const address = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(address)) return address;
  throw new UsageError(`--address ${text} is no address: try 0x401000`);
}
