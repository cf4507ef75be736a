/**
 * Files that may be those that are looked for, and the check whether they can be.
 *
 * @module
 */
import type { ByteSource } from "../../formats/base/byte_source.ts";
import { FormatError } from "../../formats/base/error.ts";
import {
  type Decompress,
  type ElfFile,
  openElf,
} from "../../formats/elf/reader.ts";
import type { Machine } from "./machine.ts";

/** A place where a file may be. */
export interface Candidate {
  /** Path, for messages. */
  path: string;
  /** Whether it is surely the file that is mapped, so that no build ID has to say so. */
  isMapped?: boolean;
  /** Opens it, or says why not: `not found`, `permission denied`, `not a regular file`. */
  open(): ByteSource | string | Promise<ByteSource | string>;
}

/** What is looked for. */
export interface ModuleRequest {
  /** Path as the process knew the binary, or the name by which another file is referred to. */
  path: string;
  /** Build ID, hexadecimal, where it is known. */
  buildId: string | undefined;
  /**
   * The binary itself, the file with its debug information, or a sidecar with its unwind table; then what belongs to the
   * debug information: the file that it shares with others (`supplementary`), the package of its split units
   * (`package`), one split unit (`split`). For these three `path` is the name by which they are referred to.
   */
  purpose:
    | "binary"
    | "debug"
    | "sidecar"
    | "supplementary"
    | "package"
    | "split";
  /** For what belongs to the debug information: directories from which `path` may count. */
  directories?: readonly string[];
  /** The file's first mapping, where the process tells its mappings. */
  mapping?: { start: number; end: number };
  /** Name and checksum of the debug file, and the directory of the binary that names it. */
  debugLink?: { name: string; crc: number; directory: string };
}

/** The caller's policy: where files may be, best first. */
export type FindCandidates = (request: ModuleRequest) => Candidate[];

/** Opens a candidate as an ELF file for this machine, or says why it cannot be. */
export async function openCandidate(
  candidate: Candidate,
  context: { decompress: Decompress | undefined; machine: Machine },
): Promise<ElfFile | string> {
  const source = await candidate.open();
  if (typeof source === "string") return source;
  try {
    const elf = await openElf(
      source,
      context.decompress === undefined
        ? {}
        : { decompress: context.decompress },
    );
    const { elfClass, machine } = elf.header;
    if (elfClass !== 64) return "not a 64-bit file";
    return machine === context.machine.elfMachine
      ? elf
      : `not a file for ${context.machine.name}`;
  } catch (error) {
    if (error instanceof FormatError) return error.message;
    throw error;
  }
}

/** Directory of a path. */
export function directoryOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "." : path.slice(0, slash) || "/";
}
