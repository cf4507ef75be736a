/**
 * `framewalk vdso`: the vDSO of a core, or an image in a file.
 *
 * @module
 */
import {
  BytesSource,
  type ElfFile,
  findVdso,
  openElf,
  readVdso,
  type Vdso,
} from "../kernel/vdso/mod.ts";
import { readArguments } from "./arguments.ts";
import {
  type CoreInputOptions,
  openInput,
  printWarnings,
  readCoreInput,
} from "./core_input.ts";
import { InputError, type Io, UsageError } from "./io.ts";
import { reportError, writeFile } from "./report.ts";
import { TextOutput } from "./text_output.ts";
import { vdsoRecord, vdsoText } from "./vdso_output.ts";

interface VdsoOptions extends CoreInputOptions {
  /** Whether an image that breaks a constraint is an error. */
  check: boolean;
  /** Where to write the image. */
  extract: string | undefined;
  /** Whether to write JSON. */
  json: boolean;
}

/** An image and where it was. */
interface FoundImage {
  elf: ElfFile;
  /** Address in the process; `undefined` for a file. */
  address: number | undefined;
  /** What the core lacks. */
  warnings: readonly string[];
}

/**
 * Runs `framewalk vdso`.
 *
 * @returns The exit code: 0, or 1 if there is no image that can be read, or with `--check` one that breaks a constraint.
 * @throws {UsageError} For arguments that make no sense.
 */
export async function runVdso(args: string[], io: Io): Promise<number> {
  const options = await parseOptions(args);
  if (options === undefined) {
    const { HELP } = await import("./help.ts");
    io.stdout.write(new TextEncoder().encode(HELP.vdso!));
    return 0;
  }
  try {
    const found = await findImage(options, io);
    const { extract } = options;
    if (extract !== undefined) {
      const { source } = found.elf;
      writeFile(extract, await source.read(0, source.size), io);
    }
    const vdso = await readVdso(found.elf);
    print(vdso, found, options, io);
    const errors = vdso.errors.map(({ message }) => message);
    if (!options.json) printWarnings([...found.warnings, ...errors], io);
    const isBroken = options.check && vdso.breaches.length > 0;
    return isBroken || errors.length + found.warnings.length > 0 ? 1 : 0;
  } catch (error) {
    return reportError(error, options.file, options.json, io);
  }
}

async function parseOptions(args: string[]): Promise<VdsoOptions | undefined> {
  const given = await readArguments("vdso", args, {
    flags: ["check", "json"],
    values: ["memory", "extract"],
  });
  if (given === undefined) return undefined;
  const { flags, values, operands } = given;
  if (operands.length > 1) {
    throw new UsageError(`unexpected argument "${operands[1]}"`);
  }
  return {
    ...await readCoreInput("vdso", given),
    check: flags.has("check"),
    extract: values.get("extract"),
    json: flags.has("json"),
  };
}

async function findImage(
  options: VdsoOptions,
  io: Io,
): Promise<FoundImage> {
  const { session, elf, warnings } = await openInput(options, io);
  if (session === undefined) return { elf, address: undefined, warnings };
  const found = await findVdso(session);
  if (found === undefined) {
    throw new InputError(
      `${options.file}: no vDSO in this core (auxiliary vector, tag 33)`,
    );
  }
  const image = await openElf(new BytesSource(found.bytes));
  return { elf: image, address: found.address, warnings };
}

function print(
  vdso: Vdso,
  { address, warnings }: FoundImage,
  options: VdsoOptions,
  io: Io,
): void {
  const { file, check, json } = options;
  const out = new TextOutput(io.stdout);
  if (json) {
    const record = { file, ...vdsoRecord(vdso, address), warnings };
    out.text(`${JSON.stringify(record, undefined, 1)}\n`);
  } else out.text(vdsoText(vdso, address, check));
  out.flush();
}
