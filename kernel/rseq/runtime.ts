/**
 * Which C library runs a process, and what it says of its threads' rseq areas.
 *
 * @module
 */
import { viewOf } from "../../formats/base/byte_source.ts";
import { readInt64 } from "../../formats/base/address.ts";
import { FormatError } from "../../formats/base/error.ts";
import { readString } from "../../formats/base/string_table.ts";
import { type ElfFile, openElf, PF, PT } from "../../formats/elf/mod.ts";
import type { Session } from "../mod.ts";
import { tryOpenSymbols } from "./image.ts";

/** What `AT_ENTRY` is in the auxiliary vector. */
const AT_ENTRY = 9;
/** The dynamic loader and the C library, of whatever version and machine. */
const LOADER = /\/ld(-linux[^/]*|64|-[\d.]+)?\.so[^/]*$/;
const LIBRARY = /\/libc[.-][^/]*$/;
const MUSL = /\/(ld-musl-[^/]*|libc\.musl-[^/]*)$|\/[^/]*-musl\/libc\.so$/;
const MAX_INTERPRETER_SIZE = 4096;

/**
 * Who cares for rseq in a process: `glibc` has areas; `old-glibc` is one without them; `musl` registers none; `static`
 * is a program without a dynamic loader whose symbols name no area; `given` is what the caller said; `kernel`: the kernel
 * told of each thread; `unknown`: what is needed to tell is not at hand.
 */
export type RseqRuntimeKind =
  | "glibc"
  | "old-glibc"
  | "musl"
  | "static"
  | "given"
  | "kernel"
  | "unknown";

/** What is known of a process's areas. */
export interface RseqRuntime {
  /** Who cares for them. */
  kind: RseqRuntimeKind;
  /** `__rseq_offset`: from the thread pointer to the area, bytes; `undefined` where there is none or it is not known. */
  offset: number | undefined;
  /** `__rseq_size`. */
  size: number | undefined;
  /** `__rseq_flags`. */
  flags: number | undefined;
  /** Path of the module that has those symbols. */
  path: string | undefined;
  /** Why there is no area, or why it is not known; empty if it is. */
  reason: string;
}

/** Finds the C library's `__rseq_offset`, `__rseq_size` and `__rseq_flags` in a process and reads them. */
export async function findRuntime(session: Session): Promise<RseqRuntime> {
  const { modules, core } = session;
  const entry = core.auxv.get(AT_ENTRY) ?? NaN;
  const program = modules.findIndex(({ start, end }) =>
    entry >= start && entry < end
  );
  const paths = modules.map(({ path }) => path);
  const elf = await openModule(session, program);
  const interpreter = elf && await readInterpreter(elf);
  if (MUSL.test(interpreter ?? "") || paths.some((path) => MUSL.test(path))) {
    return without("musl", "musl registers no areas");
  }
  const library = paths.findIndex((path) => LIBRARY.test(path));
  const order = [
    paths.findIndex((path) => LOADER.test(path)),
    library,
    program,
  ].filter((index) => index >= 0);
  for (const index of new Set(order)) {
    const found = await readFrom(session, index);
    if (found !== undefined) return found;
  }
  return await explain(session, program, elf, interpreter, library);
}

function without(kind: RseqRuntimeKind, reason: string): RseqRuntime {
  return {
    kind,
    offset: undefined,
    size: undefined,
    flags: undefined,
    path: undefined,
    reason,
  };
}

/** Why no module has the symbols. */
async function explain(
  session: Session,
  index: number,
  program: ElfFile | undefined,
  interpreter: string | undefined,
  library: number,
): Promise<RseqRuntime> {
  if (library >= 0) {
    const found = session.modules[library]!;
    const { path } = found;
    return isFile(found)
      ? without("old-glibc", `${path} has no __rseq_offset: before glibc 2.35`)
      : without("unknown", `${path} is needed, or its dynamic loader`);
  }
  if (program === undefined) {
    return without("unknown", "the program's file is needed");
  }
  if (interpreter !== undefined) {
    return without("unknown", `${interpreter} is needed`);
  }
  // What a core holds of a program, its first page, has no symbols.
  const found = session.modules[index]!;
  if (!isFile(found)) return without("unknown", `${found.path} is needed`);
  const symbols = await tryOpenSymbols(program, ".symtab");
  if (symbols === undefined) {
    return without(
      "unknown",
      "a static program without symbols: nothing says where areas are",
    );
  }
  return symbols.findByName("__init_libc") >= 0
    ? without("musl", "musl, linked statically, registers no areas")
    : without(
      "static",
      "no __rseq_offset among the symbols of this static program",
    );
}

/** Whether a module's file was found; else there is only what the core holds of it. */
function isFile({ status }: Session["modules"][number]): boolean {
  return status === "ok" || status === "unverified";
}

/** The three values as module `index` has them; `undefined` if it does not have the symbols. */
async function readFrom(
  session: Session,
  index: number,
): Promise<RseqRuntime | undefined> {
  const elf = await openModule(session, index);
  if (elf === undefined) return undefined;
  const { path, bias } = session.modules[index]!;
  for (const which of [".dynsym", ".symtab"] as const) {
    const symbols = await tryOpenSymbols(elf, which);
    const read = async (name: string, size: 4 | 8) => {
      const symbol = symbols?.findByName(name) ?? -1;
      const address = symbol < 0 ? NaN : symbols!.start(symbol);
      return await readValue(session, elf, address, bias, size);
    };
    if ((symbols?.findByName("__rseq_offset") ?? -1) < 0) continue;
    const offset = await read("__rseq_offset", 8);
    const size = await read("__rseq_size", 4);
    if (offset === undefined || size === undefined) {
      return without("unknown", `the core lacks the data of ${path}`);
    }
    const flags = await read("__rseq_flags", 4);
    return { kind: "glibc", offset, size, flags, path, reason: "" };
  }
  return undefined;
}

/** Reads a variable of 8 (signed) or 4 bytes; of a module's data only what the core holds counts, not what was linked. */
async function readValue(
  session: Session,
  elf: ElfFile,
  address: number,
  bias: number,
  size: 4 | 8,
): Promise<number | undefined> {
  const { memory, littleEndian } = session.core;
  const segment = memory.find(address + bias);
  const isDumped = segment >= 0 &&
    address + bias + size <= memory.fileEnds[segment]!;
  if (!isDumped && isWritten(elf, address)) return undefined;
  const bytes = await session.readMemory(address + bias, size);
  if (bytes.length < size) return undefined;
  const view = viewOf(bytes);
  return size === 8
    ? readInt64(view, 0, littleEndian)
    : view.getUint32(0, littleEndian);
}

/** Whether the file's own bytes at `address` may not be those of the process. */
function isWritten({ segments }: ElfFile, address: number): boolean {
  const index = segments.findAddress(address);
  return index < 0 || (segments.flags[index]! & PF.W) !== 0;
}

async function openModule(
  session: Session,
  index: number,
): Promise<ElfFile | undefined> {
  const source = session.sourceOf(index);
  if (source === undefined) return undefined;
  try {
    return await openElf(source);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

/** The dynamic loader that the program names. */
async function readInterpreter(elf: ElfFile): Promise<string | undefined> {
  const index = elf.segments.findType(PT.INTERP);
  if (index < 0) return undefined;
  return readString(await elf.readSegment(index), 0, MAX_INTERPRETER_SIZE);
}
