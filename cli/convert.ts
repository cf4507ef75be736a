/**
 * `framewalk convert`: an SFrame section from `.eh_frame`, or from another version of SFrame.
 *
 * @module
 */
import { formatAddress } from "../formats/base/address.ts";
import type { ByteSource } from "../formats/base/byte_source.ts";
import {
  type ElfFile,
  findEmbeddingPlace,
  isElf,
  openElf,
} from "../formats/elf/mod.ts";
import type { SidecarMeta } from "../formats/sidecar/mod.ts";
import { buildSFrame, decodeSFrame } from "../formats/sframe/mod.ts";
import {
  type Conversion,
  convertEhFrame,
  convertSFrame,
  type DroppedFunction,
  openElfTables,
  placeOf,
} from "../kernel/convert/mod.ts";
import {
  type ConvertCommandOptions,
  parseConvertOptions,
} from "./convert_options.ts";
import { InputError, type Io } from "./io.ts";
import { describeBinary, makeSidecar, writeSidecar } from "./sidecar_output.ts";
import { printable } from "./plain_text.ts";
import { reportError, writeFile } from "./report.ts";

/** Functions left out that are listed one by one. */
const MAX_LISTED = 40;

interface Outcome extends Conversion {
  /** Which table was converted. */
  from: "eh_frame" | "sframe";
  /** The binary, for a sidecar. */
  binary?: SidecarMeta;
}

/**
 * Runs `framewalk convert`.
 *
 * @returns The exit code: 0; 1 if a file cannot be read, understood or written; 3 if `--strict` was given and functions
 * were left out.
 * @throws {UsageError} For arguments that make no sense.
 */
export async function runConvert(args: string[], io: Io): Promise<number> {
  const options = await parseConvertOptions(args);
  if (options === undefined) {
    const { HELP } = await import("./help.ts");
    io.stdout.write(new TextEncoder().encode(HELP.convert!));
    return 0;
  }
  try {
    const source = io.open(options.file);
    if (typeof source === "string") {
      throw new InputError(`${options.file}: ${source}`);
    }
    const outcome = isElf(await source.read(0, 4))
      ? await convertFile(source, options)
      : convertSection(await source.read(0, source.size), options);
    return await finish(outcome, options, io);
  } catch (error) {
    return reportError(error, options.file, options.json, io);
  }
}

async function convertFile(
  source: ByteSource,
  options: ConvertCommandOptions,
): Promise<Outcome> {
  const elf = await openElf(source);
  const tables = await openElfTables(elf);
  const { ehFrame, sframe } = tables;
  const binary = await describeBinary(elf);
  const from = options.from ??
    (ehFrame === undefined ? "sframe" : "eh_frame");
  const sectionAddress = options.address ?? sframe?.address ??
    await embeddingAddress(elf) ?? placeOf(elf, tables);
  if (from === "eh_frame" && ehFrame !== undefined) {
    const input = { ...tables, table: ehFrame, sectionAddress };
    return { ...convertEhFrame(input, options.conversion), from, binary };
  }
  if (from === "sframe" && sframe !== undefined) {
    const section = decodeSFrame(sframe.bytes, sframe.address);
    const { conversion } = options;
    return {
      ...convertSFrame(section, sectionAddress, conversion),
      from,
      binary,
    };
  }
  throw new InputError(`${options.file}: no section .${from} in it`);
}

/** A section of its own: `--address` is where it is, and where it stays. */
function convertSection(
  bytes: Uint8Array,
  options: ConvertCommandOptions,
): Outcome {
  if (options.from === "eh_frame") {
    throw new InputError(`${options.file}: --from eh_frame needs an ELF file`);
  }
  const address = options.address ?? 0;
  const section = decodeSFrame(bytes, address);
  return {
    ...convertSFrame(section, address, options.conversion),
    from: "sframe",
  };
}

/** Where `framewalk embed` would put the section; `undefined` where it could not. */
export async function embeddingAddress(
  elf: ElfFile,
): Promise<number | undefined> {
  try {
    return (await findEmbeddingPlace(elf)).address;
  } catch (error) {
    elf.warn(error);
    return undefined;
  }
}

async function finish(
  outcome: Outcome,
  options: ConvertCommandOptions,
  io: Io,
): Promise<number> {
  const { section, dropped } = outcome;
  let bytes: Uint8Array;
  try {
    bytes = buildSFrame(section, { gas: options.conversion.gas });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new InputError(`${options.file}: ${error.message}`);
  }
  const refused = options.strict && dropped.length > 0;
  const written = refused
    ? undefined
    : await write(outcome, bytes, options, io);
  if (options.json) {
    const text = JSON.stringify(record(outcome, bytes, options, written));
    io.stdout.write(new TextEncoder().encode(`${text}\n`));
  } else {
    const lines = describe(outcome, bytes, options, written);
    io.stderr.write(new TextEncoder().encode(lines.join("")));
  }
  return refused ? 3 : 0;
}

/** A file that was written. */
interface Written {
  path: string;
  size: number;
}

/** Writes the section, or the sidecar made of it. */
async function write(
  { section, binary }: Outcome,
  bytes: Uint8Array,
  options: ConvertCommandOptions,
  io: Io,
): Promise<Written> {
  const { output, format, sidecars } = options;
  let file = bytes;
  if (format !== "section") {
    if (binary === undefined) {
      throw new InputError(
        `${options.file}: a sidecar is made from an ELF file, to which it is tied by the build ID`,
      );
    }
    file = await makeSidecar(bytes, section.sectionAddress, binary, format);
    if (sidecars !== undefined) {
      const path = writeSidecar(sidecars, file, binary, format, io);
      return { path, size: file.length };
    }
  }
  if (output === "-") io.stdout.write(file);
  else writeFile(output, file, io);
  return { path: output, size: file.length };
}

function countRows({ section }: Outcome): number {
  return section.functions.reduce((sum, { rows }) => sum + rows.length, 0);
}

function describe(
  outcome: Outcome,
  bytes: Uint8Array,
  { file, format, conversion }: ConvertCommandOptions,
  written: Written | undefined,
): string[] {
  const { section, dropped, errors, from } = outcome;
  const lines = errors.map(({ message }) => `warning: ${file}: ${message}`);
  for (const one of dropped.slice(0, MAX_LISTED)) {
    lines.push(describeDropped(one));
  }
  if (dropped.length > MAX_LISTED) {
    lines.push(
      `and ${dropped.length - MAX_LISTED} more left out (--json lists all)`,
    );
  }
  lines.push(
    written !== undefined
      ? `${written.path}: SFrame V${conversion.version} from .${from}: ` +
        `${section.functions.length} functions, ${countRows(outcome)} rows, ` +
        `${bytes.length} bytes, for address ${
          formatAddress(section.sectionAddress)
        }` + (format === "section"
          ? ""
          : `, as ${format} sidecar of ${written.size} bytes`)
      : `${file}: ${dropped.length} function${
        dropped.length === 1 ? "" : "s"
      } cannot be converted; nothing written`,
  );
  return lines.map((line) => `${printable(line)}\n`);
}

function describeDropped(one: DroppedFunction): string {
  const { startAddress, size, reason, isListed } = one;
  return `left out: ${formatAddress(startAddress)} (${size} bytes): ${reason}${
    isListed ? "; listed as a signal frame without rows" : ""
  }`;
}

function record(
  outcome: Outcome,
  bytes: Uint8Array,
  { file, output, format, conversion }: ConvertCommandOptions,
  written: Written | undefined,
): unknown {
  const { section, dropped, errors, from } = outcome;
  return {
    file,
    output: written?.path ?? output,
    written: written !== undefined,
    format,
    outputSize: written?.size ?? 0,
    from,
    version: conversion.version,
    gas: conversion.gas,
    plt: conversion.plt,
    rowsOf: conversion.rows,
    address: formatAddress(section.sectionAddress),
    size: bytes.length,
    functions: section.functions.length,
    rows: countRows(outcome),
    dropped: dropped.map(({ startAddress, size, reason, isListed }) => ({
      address: formatAddress(startAddress),
      size,
      reason,
      listed: isListed,
    })),
    errors: errors.map(({ message }) => message),
  };
}
