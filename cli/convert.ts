/**
 * `framewalk convert`: an SFrame section from `.eh_frame`, or from another version of SFrame.
 *
 * @module
 */
import { formatAddress } from "../formats/base/address.ts";
import { BytesSource } from "../formats/base/byte_source.ts";
import {
  type ElfFile,
  isElf,
  openElf,
  planEmbedding,
} from "../formats/elf/mod.ts";
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
import { printable } from "./plain_text.ts";
import { readFile, reportError, writeFile } from "./report.ts";

/** Functions left out that are listed one by one. */
const MAX_LISTED = 40;

interface Outcome extends Conversion {
  /** Which table was converted. */
  from: "eh_frame" | "sframe";
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
    const bytes = await readFile(options.file, io);
    const outcome = isElf(bytes)
      ? await convertFile(bytes, options)
      : convertSection(bytes, options);
    return finish(outcome, options, io);
  } catch (error) {
    return reportError(error, options.file, options.json, io);
  }
}

async function convertFile(
  bytes: Uint8Array,
  options: ConvertCommandOptions,
): Promise<Outcome> {
  const elf = await openElf(new BytesSource(bytes));
  const tables = await openElfTables(elf);
  const { ehFrame, sframe } = tables;
  const from = options.from ??
    (ehFrame === undefined ? "sframe" : "eh_frame");
  const sectionAddress = options.address ?? sframe?.address ??
    await embeddingAddress(bytes, elf) ?? placeOf(elf, tables);
  if (from === "eh_frame" && ehFrame !== undefined) {
    const input = { ...tables, table: ehFrame, sectionAddress };
    return { ...convertEhFrame(input, options.conversion), from };
  }
  if (from === "sframe" && sframe !== undefined) {
    const section = decodeSFrame(sframe.bytes, sframe.address);
    const { conversion } = options;
    return { ...convertSFrame(section, sectionAddress, conversion), from };
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
async function embeddingAddress(
  bytes: Uint8Array,
  elf: ElfFile,
): Promise<number | undefined> {
  try {
    return (await planEmbedding(bytes)).address;
  } catch (error) {
    elf.warn(error);
    return undefined;
  }
}

function finish(
  outcome: Outcome,
  options: ConvertCommandOptions,
  io: Io,
): number {
  const { section, dropped } = outcome;
  let bytes: Uint8Array;
  try {
    bytes = buildSFrame(section, { gas: options.conversion.gas });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new InputError(`${options.file}: ${error.message}`);
  }
  const refused = options.strict && dropped.length > 0;
  if (!refused) write(options.output, bytes, io);
  if (options.json) {
    const text = JSON.stringify(record(outcome, bytes, options, !refused));
    io.stdout.write(new TextEncoder().encode(`${text}\n`));
  } else {
    const lines = describe(outcome, bytes, options, !refused);
    io.stderr.write(new TextEncoder().encode(lines.join("")));
  }
  return refused ? 3 : 0;
}

function write(path: string, bytes: Uint8Array, io: Io): void {
  if (path === "-") io.stdout.write(bytes);
  else writeFile(path, bytes, io);
}

function countRows({ section }: Outcome): number {
  return section.functions.reduce((sum, { rows }) => sum + rows.length, 0);
}

function describe(
  outcome: Outcome,
  bytes: Uint8Array,
  { file, output, conversion }: ConvertCommandOptions,
  isWritten: boolean,
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
    isWritten
      ? `${output}: SFrame V${conversion.version} from .${from}: ` +
        `${section.functions.length} functions, ${countRows(outcome)} rows, ` +
        `${bytes.length} bytes, for address ${
          formatAddress(section.sectionAddress)
        }`
      : `${file}: ${dropped.length} functions cannot be converted; nothing written`,
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
  { file, output, conversion }: ConvertCommandOptions,
  written: boolean,
): unknown {
  const { section, dropped, errors, from } = outcome;
  return {
    file,
    output,
    written,
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
