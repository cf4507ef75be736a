/**
 * `framewalk dump`: the text of `.sframe` sections.
 *
 * @module
 */
import { FormatError } from "../formats/base/error.ts";
import { isSFrame, writeSFrameText } from "../formats/sframe/mod.ts";
import { type DumpOptions, parseDumpOptions } from "./dump_options.ts";
import { InputError, type Io } from "./io.ts";
import { printable } from "./plain_text.ts";
import {
  readSFrameInputs,
  type SFrameInput,
  type SFrameInputOptions,
} from "./sframe_input.ts";
import type { NameFunction } from "./sframe_names.ts";

/** Releases from this one on apply relocations; they are compared as text. */
const RELOCATING = "2.45";

/**
 * Runs `framewalk dump`.
 *
 * @returns The exit code: 0, or 1 if a file or a function in it cannot be read.
 * @throws {UsageError} For arguments that make no sense.
 */
export async function runDump(args: string[], io: Io): Promise<number> {
  const options = await parseDumpOptions(args);
  if (options === undefined) {
    const { HELP } = await import("./help.ts");
    io.stdout.write(new TextEncoder().encode(HELP.dump!));
    return 0;
  }
  if (options.json) {
    const { dumpJson } = await import("./dump_json.ts");
    return await dumpJson(options, io);
  }
  return await dumpText(options, io);
}

/** How the files are read for the options. */
export function inputOptions(options: DumpOptions): SFrameInputOptions {
  const { raw, address, compat } = options;
  return {
    raw,
    address,
    unrelocated: compat !== undefined && compat < RELOCATING,
  };
}

/** Whether a function is the one that was asked for. */
export function isWanted(
  wanted: string | number,
  startAddress: number,
  size: number,
  name: string | undefined,
): boolean {
  return typeof wanted === "string"
    ? name === wanted
    : wanted >= startAddress && wanted < startAddress + size;
}

async function dumpText(options: DumpOptions, io: Io): Promise<number> {
  const printer = new TextPrinter(options, io);
  for (const path of options.files) {
    for await (
      const input of readSFrameInputs(path, io, inputOptions(options))
    ) {
      if ("error" in input) printer.complain(input.label, input.error);
      else await printer.print(input, input.label !== path);
    }
  }
  printer.end();
  return printer.exitCode;
}

class TextPrinter {
  exitCode = 0;
  private shownCount = 0;
  private readonly options: DumpOptions;
  private readonly io: Io;

  constructor(options: DumpOptions, io: Io) {
    this.options = options;
    this.io = io;
  }

  /** Prints a section, and without `--compat` those that follow it in the same bytes. */
  async print(input: SFrameInput, isMember: boolean): Promise<void> {
    const { options, io } = this;
    const { label, bytes, address, sectionName } = input;
    if (isMember || options.files.length > 1) {
      io.stdout.write(
        new TextEncoder().encode(`\nFile: ${printable(label)}\n`),
      );
    }
    const nameOf = await this.names(input);
    const wanted = options.function;
    let offset = 0;
    try {
      do {
        const result = writeSFrameText(
          bytes,
          address,
          (text) => io.stdout.write(text),
          {
            offset,
            sectionName: printable(sectionName),
            ...(options.compat === undefined ? {} : { compat: options.compat }),
            ...(nameOf === undefined ? {} : {
              nameOf: (start: number, at: number) => {
                const name = nameOf(at, start);
                return name === undefined ? undefined : printable(name);
              },
            }),
            ...(wanted === undefined ? {} : {
              filter: (start: number, size: number, at: number) =>
                isWanted(wanted, start, size, nameOf?.(at, start)),
            }),
          },
        );
        for (const error of result.errors) this.complain(label, error);
        this.shownCount += result.shownCount;
        offset += result.size;
        while (bytes[offset] === 0) offset++;
      } while (
        options.compat === undefined && isSFrame(bytes.subarray(offset))
      );
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      this.complain(label, error);
    }
  }

  /** Says it if the function that was asked for is nowhere. */
  end(): void {
    const { function: wanted, files } = this.options;
    if (wanted === undefined || this.shownCount > 0) return;
    const what = typeof wanted === "string"
      ? `called ${wanted}`
      : `at 0x${wanted.toString(16)}`;
    this.complain(files[0]!, new InputError(`no function ${what}`));
  }

  complain(label: string, error: FormatError | InputError): void {
    this.exitCode = 1;
    const where = error instanceof InputError ? "" : `${label}: `;
    const line = `framewalk: ${printable(where + error.message)}\n`;
    this.io.stderr.write(new TextEncoder().encode(line));
  }

  private async names(input: SFrameInput): Promise<NameFunction | undefined> {
    const { symbols, function: wanted } = this.options;
    if (!symbols && typeof wanted !== "string") return undefined;
    const { openNames } = await import("./sframe_names.ts");
    return await openNames(input);
  }
}
