/**
 * `framewalk bt`: the stacks of a core dump.
 *
 * @module
 */
import type { ByteSource } from "../formats/base/byte_source.ts";
import { FormatError } from "../formats/base/error.ts";
import {
  findCrashed,
  openSession,
  type Session,
  type SessionOptions,
} from "../kernel/mod.ts";
import { type BtOptions, parseBtOptions } from "./bt_options.ts";
import { makeCandidates } from "./candidates.ts";
import { InputError, type Io } from "./io.ts";
import { openCore } from "./open_core.ts";
import { printable } from "./plain_text.ts";
import { printStacks } from "./print_stacks.ts";

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
    if (error instanceof FormatError || error instanceof InputError) {
      reportError(error, options, io);
      return 1;
    }
    throw error;
  }
}

/** Returns whether the core was whole: what is left of a damaged one is printed, but it is bad input all the same. */
async function printBacktrace(options: BtOptions, io: Io): Promise<boolean> {
  const opened = await openCore(options.core, options.memory, io);
  const session = await openSession(
    opened.source,
    await sessionOptions(options, io),
  );
  const threads = selectThreads(session, options);
  const isWhole = opened.warnings.length + session.core.warnings.length === 0;
  await printStacks(session, threads, opened.warnings, options, io);
  return isWhole;
}

async function sessionOptions(
  options: BtOptions,
  io: Io,
): Promise<SessionOptions> {
  const { executable, tables, maxFrames, sysroot, sidecars } = options;
  let source: ByteSource | undefined;
  if (executable !== undefined) {
    const file = io.open(executable);
    if (typeof file === "string") {
      throw new InputError(`${executable}: ${file}`);
    }
    source = file;
  }
  return {
    candidates: sidecars.length === 0
      ? makeCandidates(io, sysroot)
      : makeCandidates(io, sysroot, sidecars, await loadSidecarPaths()),
    executable: source,
    executablePath: executable,
    tables,
    maxFrames,
    decompress: async (kind, bytes, size) => {
      const { decompress } = await import("./decompress.ts");
      return await decompress(kind, bytes, size);
    },
  };
}

async function loadSidecarPaths(): Promise<(buildId: string) => string[]> {
  return (await import("../formats/sidecar/mod.ts")).sidecarPaths;
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

function reportError(
  error: FormatError | InputError,
  options: BtOptions,
  io: Io,
): void {
  const encoder = new TextEncoder();
  if (options.json) {
    io.stdout.write(encoder.encode(`${errorJson(error)}\n`));
    return;
  }
  const where = error instanceof FormatError && options.core !== "-"
    ? `${options.core}: `
    : "";
  const line = `framewalk: ${printable(where + error.message)}\n`;
  io.stderr.write(encoder.encode(line));
}

function errorJson(error: FormatError | InputError): string {
  const { message } = error;
  const fields = error instanceof FormatError
    ? {
      code: error.code,
      format: error.format,
      field: error.field,
      offset: error.offset,
      value: typeof error.value === "bigint"
        ? `${error.value}`
        : error.value ?? null,
    }
    : {
      code: "no-input",
      format: null,
      field: null,
      offset: null,
      value: null,
    };
  return JSON.stringify({ error: { ...fields, message } });
}
