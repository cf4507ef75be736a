/**
 * Arguments of `framewalk embed`.
 *
 * @module
 */
import { readArguments } from "./arguments.ts";
import { UsageError } from "./io.ts";

/** What the user asked for. */
export interface EmbedCommandOptions {
  /** Path of the binary. */
  file: string;
  /** Path of the new one. */
  output: string;
  /** Path of the section, or of an ELF file that has it; without it the section is converted. */
  section: string | undefined;
  /** Address for which that section was made. */
  sectionAddress: number | undefined;
  /** Whether to take a section out. */
  strip: boolean;
  /** Version to convert to. */
  version: 1 | 2 | 3;
  /** How rows of `.plt.got` are written. */
  plt: "ld" | "correct";
  /** Whether the file may need Linux 5.18 to stay small. */
  newKernels: boolean;
}

const CONVERSION = ["sframe-version", "plt"];

/**
 * Reads the arguments.
 *
 * @returns The options, or `undefined` if help was asked for.
 * @throws {UsageError} For arguments that make no sense.
 */
export async function parseEmbedOptions(
  args: string[],
): Promise<EmbedCommandOptions | undefined> {
  const given = await readArguments("embed", args, {
    flags: ["strip", "new-kernels"],
    values: ["output", "section", "address", ...CONVERSION],
    alias: { output: "o" },
  });
  if (given === undefined) return undefined;
  const { flags, values, operands } = given;
  const [file, more] = operands;
  if (file === undefined || file === "") {
    throw new UsageError("embed needs a binary (see framewalk help embed)");
  }
  if (more !== undefined) {
    throw new UsageError(`embed takes one binary, not also "${more}"`);
  }
  const output = values.get("output");
  if (output === undefined) {
    throw new UsageError("embed needs -o OUT, the file to write");
  }
  const strip = flags.has("strip");
  const others = ["section", "address", ...CONVERSION];
  const clash = others.find((name) => values.has(name));
  if (strip && clash !== undefined) {
    throw new UsageError(`--strip takes out a section, --${clash} puts one in`);
  }
  const section = values.get("section");
  const conversion = CONVERSION.find((name) => values.has(name));
  if (section !== undefined && conversion !== undefined) {
    throw new UsageError(
      `--${conversion} is for converting, but --section gives the section`,
    );
  }
  const address = values.get("address");
  if (address !== undefined && section === undefined) {
    throw new UsageError("--address is the address of --section FILE");
  }
  return {
    file,
    output,
    section,
    sectionAddress: address === undefined ? undefined : readAddress(address),
    strip,
    version: readVersion(values.get("sframe-version") ?? "3"),
    plt: readPlt(values.get("plt") ?? "correct"),
    newKernels: flags.has("new-kernels"),
  };
}

function readAddress(text: string): number {
  const address = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(address)) {
    throw new UsageError(`--address ${text} is no address: try 0x401000`);
  }
  return address;
}

function readVersion(text: string): 1 | 2 | 3 {
  if (text !== "1" && text !== "2" && text !== "3") {
    throw new UsageError(`--sframe-version ${text} is none of 1, 2, 3`);
  }
  return Number(text) as 1 | 2 | 3;
}

function readPlt(text: string): "ld" | "correct" {
  if (text !== "ld" && text !== "correct") {
    throw new UsageError(`--plt ${text} is none of ld, correct`);
  }
  return text;
}
