/**
 * `framewalk embed`: an `.sframe` section put into a finished binary, or taken out again.
 *
 * @module
 */
import { BytesSource } from "../formats/base/byte_source.ts";
import { FormatError } from "../formats/base/error.ts";
import {
  type EmbedPlan,
  embedSFrame,
  isElf,
  openElf,
  planEmbedding,
  stripSFrame,
} from "../formats/elf/mod.ts";
import { buildSFrame, rebaseSFrame } from "../formats/sframe/mod.ts";
import {
  type EmbedCommandOptions,
  parseEmbedOptions,
} from "./embed_options.ts";
import { InputError, type Io } from "./io.ts";
import { readFile, reportError, writeFile } from "./report.ts";

/** A section for one place, and what is to be said of it. */
interface MadeSection {
  bytes: Uint8Array;
  notes: string[];
}

/**
 * Runs `framewalk embed`.
 *
 * @returns The exit code: 0, or 1 if a file cannot be read, understood or written.
 * @throws {UsageError} For arguments that make no sense.
 */
export async function runEmbed(args: string[], io: Io): Promise<number> {
  const options = await parseEmbedOptions(args);
  if (options === undefined) {
    const { HELP } = await import("./help.ts");
    io.stdout.write(new TextEncoder().encode(HELP.embed!));
    return 0;
  }
  try {
    await (options.strip ? strip(options, io) : embed(options, io));
    return 0;
  } catch (error) {
    return reportError(error, options.file, false, io);
  }
}

async function strip(options: EmbedCommandOptions, io: Io): Promise<void> {
  const bytes = stripSFrame(await readFile(options.file, io));
  writeFile(options.output, bytes, io, options.file);
}

async function embed(options: EmbedCommandOptions, io: Io): Promise<void> {
  const bytes = await readFile(options.file, io);
  const plan = await planEmbedding(
    bytes,
    options.newKernels ? { maxHoleSize: 0 } : {},
  );
  const section = options.section === undefined
    ? await convert(plan, options)
    : await readSection(options.section, plan.address, options, io);
  const file = embedSFrame(plan, section.bytes);
  writeFile(options.output, file, io, options.file);
  const notes = [...section.notes];
  if (!plan.anyKernel) {
    notes.push(
      "kernels before Linux 5.18 cannot start this program: its zero-filled data is too large to keep the headers " +
        "where they look for them",
    );
  }
  const lines = notes.map((note) => `note: ${options.output}: ${note}\n`);
  io.stderr.write(new TextEncoder().encode(lines.join("")));
}

/** Makes the section from the file's own `.eh_frame`. */
async function convert(
  plan: EmbedPlan,
  options: EmbedCommandOptions,
): Promise<MadeSection> {
  const { convertElf } = await import("../kernel/convert/mod.ts");
  const { section, dropped, errors } = await convertElf(plan.elf, {
    version: options.version,
    plt: options.plt,
    rows: "correct", // the section is for walking, not for comparing with gas
    address: plan.address,
  });
  const notes = errors.map(({ message }) => message);
  if (dropped.length > 0) {
    notes.push(
      `${dropped.length} function${
        dropped.length === 1 ? "" : "s"
      } left out (framewalk convert tells which and why)`,
    );
  }
  try {
    return { bytes: buildSFrame(section), notes };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new InputError(`${options.file}: ${error.message}`);
  }
}

/** Reads the section from a file of its own, or out of another ELF file, and moves it to `address`. */
async function readSection(
  path: string,
  address: number,
  options: EmbedCommandOptions,
  io: Io,
): Promise<MadeSection> {
  const bytes = await readFile(path, io);
  try {
    if (!isElf(bytes)) {
      const from = options.sectionAddress ?? address;
      return { bytes: rebaseSFrame(bytes, from, address), notes: [] };
    }
    const elf = await openElf(new BytesSource(bytes));
    const section = await elf.findSection(".sframe");
    if (section === undefined) {
      throw new InputError(`${path}: no section .sframe in it`);
    }
    const found = await elf.readSection(section);
    const from = options.sectionAddress ?? section.address;
    return { bytes: rebaseSFrame(found, from, address), notes: [] };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new InputError(`${path}: ${error.message}`);
  }
}
