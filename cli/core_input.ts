/**
 * Commands that take a core or another ELF file: telling which it is, and opening the core with the files it needs.
 *
 * @module
 */
import { PARTS } from "./parts.ts";
import type { ByteSource } from "../formats/base/byte_source.ts";
import { isCompressed } from "../formats/core_dump/mod.ts";
import { type ElfFile, ET, isElf, openElf } from "../formats/elf/mod.ts";
import { openSession, type Session } from "../kernel/reader.ts";
import type { Arguments } from "./arguments.ts";
import { makeCandidates } from "./candidates.ts";
import { InputError, type Io, UsageError } from "./io.ts";
import { openCore } from "./open_core.ts";
import { printable } from "./plain_text.ts";

/** What tells where a core's files are. */
export interface CoreInputOptions {
  /** Path of the core, of a file, or `-` for a core from standard input. */
  file: string;
  /** Path of the program, if it was given. */
  executable: string | undefined;
  /** Directories under which files are looked for first. */
  sysroot: readonly string[];
  /** Bytes of memory that a core without random access may take. */
  memory: number;
}

/** A core that is open, or a file that is none. */
export type OpenInput =
  | { session: Session; elf: undefined; warnings: readonly string[] }
  | { session: undefined; elf: ElfFile; warnings: readonly string[] };

const DEFAULT_MEMORY = 2 ** 30;

/**
 * Reads the arguments that say which file and where the others are: one operand, `--exe`, `--sysroot`, `--memory`.
 *
 * @throws {UsageError} For operands that are missing or too many, and values that make no sense.
 */
export async function readCoreInput(
  command: string,
  { operands, values, lists }: Arguments,
): Promise<CoreInputOptions> {
  const [file, second, ...more] = operands;
  if (file === undefined || file === "") {
    throw new UsageError(
      `${command} needs a file (see framewalk help ${command})`,
    );
  }
  if (more.length > 0) {
    throw new UsageError(`unexpected argument "${more[0]}"`);
  }
  const given = values.get("exe");
  if (given !== undefined && second !== undefined) {
    throw new UsageError("the program is given twice: as --exe and as operand");
  }
  return {
    file,
    executable: given ?? second,
    sysroot: lists.get("sysroot") ?? [],
    memory: await readMemory(values.get("memory")),
  };
}

async function readMemory(text: string | undefined): Promise<number> {
  if (text === undefined) return DEFAULT_MEMORY;
  const { checkValues } = await import("./bt_schema.ts");
  return checkValues({ memory: text }).memory ?? DEFAULT_MEMORY;
}

/**
 * Opens a core or another ELF file. What comes compressed or from standard input is a core.
 *
 * @throws {InputError} If it, or the program that was given, cannot be opened.
 * @throws {FormatError} If it is neither.
 */
export async function openInput(
  options: CoreInputOptions,
  io: Io,
): Promise<OpenInput> {
  const { file } = options;
  const source = file === "-" ? "" : io.open(file);
  if (typeof source !== "string") {
    const head = await source.read(0, 6);
    if (isCompressed(head) === undefined) {
      if (!isElf(head)) throw new InputError(`${file}: no ELF file`);
      const elf = await openElf(source, { decompress });
      if (elf.header.type !== ET.CORE) {
        return { session: undefined, elf, warnings: [] };
      }
    }
  }
  const opened = await openCore(file, options.memory, io);
  const executable = options.executable === undefined
    ? undefined
    : openExecutable(options.executable, io);
  const session = await openSession(opened.source, {
    candidates: makeCandidates(io, options.sysroot),
    executable,
    executablePath: options.executable,
    decompress,
    parts: PARTS,
  });
  return { session, elf: undefined, warnings: opened.warnings };
}

/** Writes warnings to standard error. */
export function printWarnings(warnings: readonly string[], io: Io): void {
  if (warnings.length === 0) return;
  const lines = warnings.map((text) => `warning: ${printable(text)}\n`);
  io.stderr.write(new TextEncoder().encode(lines.join("")));
}

function openExecutable(path: string, io: Io): ByteSource {
  const source = io.open(path);
  if (typeof source === "string") throw new InputError(`${path}: ${source}`);
  return source;
}

async function decompress(
  kind: "zlib" | "zstd" | "xz",
  bytes: Uint8Array,
  size: number | undefined,
): Promise<Uint8Array> {
  const module = await import("./decompress.ts");
  return await module.decompress(kind, bytes, size);
}
