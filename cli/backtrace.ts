/**
 * `framewalk bt`: the stacks of a core dump.
 *
 * @module
 */
import { PARTS } from "./parts.ts";
import type { ByteSource } from "../formats/base/byte_source.ts";
import {
  findCrashed,
  openSession,
  type Session,
  type SessionOptions,
} from "../kernel/reader.ts";
import { type BtOptions, parseBtOptions } from "./bt_options.ts";
import { InputError, type Io } from "./io.ts";
import { openCore } from "./open_core.ts";
import { printStacks } from "./print_stacks.ts";
import { decompressLater, findFiles } from "./process_files.ts";
import { makeWarner, reportError } from "./report.ts";

/**
 * Runs `framewalk bt`.
 *
 * @returns The exit code: 0, or 1 if the core cannot be read or is damaged.
 * @throws {UsageError} For arguments that make no sense.
 */
export async function runBacktrace(args: string[], io: Io): Promise<number> {
  const options = await parseBtOptions(args);
  if (options === undefined) {
    const { HELP } = await import("./help.ts");
    io.stdout.write(new TextEncoder().encode(HELP.bt!));
    return 0;
  }
  try {
    return await printBacktrace(options, io) ? 0 : 1;
  } catch (error) {
    const path = options.core === "-" ? undefined : options.core;
    return reportError(error, path, options.json, io);
  }
}

/** Returns whether the core was whole: what is left of a damaged one is printed, but it is bad input all the same. */
async function printBacktrace(options: BtOptions, io: Io): Promise<boolean> {
  const opened = await openCore(options.core, options.memory, io);
  const warnings = [...opened.warnings];
  const session = await openSession(
    opened.source,
    await sessionOptions(options, makeWarner(options.json, warnings, io), io),
  );
  const threads = selectThreads(session, options);
  const isWhole = opened.warnings.length + session.core.warnings.length === 0;
  await printStacks(session, threads, warnings, options, io);
  return isWhole;
}

async function sessionOptions(
  options: BtOptions,
  warn: (text: string) => void,
  io: Io,
): Promise<SessionOptions> {
  const { executable, tables, maxFrames } = options;
  let source: ByteSource | undefined;
  if (executable !== undefined) {
    const file = io.open(executable);
    if (typeof file === "string") {
      throw new InputError(`${executable}: ${file}`);
    }
    source = file;
  }
  return {
    candidates: await findFiles(options, io, warn),
    executable: source,
    executablePath: executable,
    tables,
    maxFrames,
    decompress: decompressLater,
    parts: PARTS,
  };
}

/** Indexes of the threads to show, the one that got the signal first (the kernel writes it first, qemu-user does not). */
function selectThreads({ core }: Session, { thread }: BtOptions): number[] {
  const indexes = [...core.threads.keys()];
  const crashed = findCrashed(core);
  if (crashed > 0) indexes.unshift(...indexes.splice(crashed, 1));
  if (thread === undefined) return indexes;
  const selected = indexes.filter((i) => core.threads[i]!.tid === thread);
  if (selected.length > 0) return selected;
  const some = core.threads.slice(0, 8).map(({ tid }) => tid).join(", ");
  const more = core.threads.length > 8 ? ", …" : "";
  throw new InputError(`no thread ${thread} in this core: ${some}${more}`);
}
