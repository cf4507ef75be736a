/**
 * Files of the model, and what an exec needs of those that are programs.
 *
 * @module
 */
import { FormatError } from "../../formats/base/error.ts";
import {
  decodeElfHeader,
  decodeSegments,
  type ElfSegments,
  isElf,
  PT,
} from "../../formats/elf/mod.ts";
import { PAGE_SIZE, roundToPages } from "./user_memory.ts";

/** A program or library as its headers describe it. */
export interface ProgramImage {
  /** `e_machine`. */
  machine: number;
  /** Address of the first instruction, before the load bias. */
  entry: number;
  /** Its segments. */
  segments: ElfSegments;
  /** Lowest page that it occupies. */
  start: number;
  /** Bytes from there to the end of its last page. */
  size: number;
}

/** A file that programs of the model can open. */
export interface ModelFile {
  /** Its content. */
  bytes: Uint8Array;
  /** Its headers, if it is an ELF file that could be loaded. */
  image: ProgramImage | undefined;
}

/** Reads what an exec needs; a file that is no program has no image. */
export function makeFile(bytes: Uint8Array): ModelFile {
  if (!isElf(bytes)) return { bytes, image: undefined };
  try {
    return { bytes, image: readImage(bytes) };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return { bytes, image: undefined };
  }
}

function readImage(bytes: Uint8Array): ProgramImage | undefined {
  const header = decodeElfHeader(bytes);
  const segments = decodeSegments(
    bytes,
    header,
    header.programHeaderCount,
    header.programHeaderOffset,
  );
  let start = Infinity;
  let end = 0;
  for (let i = 0; i < segments.count; i++) {
    if (segments.types[i] !== PT.LOAD) continue;
    const address = segments.addresses[i]!;
    const isSafe = Number.isSafeInteger(address + segments.memorySizes[i]!) &&
      address >= 0;
    if (!isSafe) return undefined;
    start = Math.min(start, Math.floor(address / PAGE_SIZE) * PAGE_SIZE);
    end = Math.max(end, address + segments.memorySizes[i]!);
  }
  if (!(end > start)) return undefined;
  return {
    machine: header.machine,
    entry: header.entry,
    segments,
    start,
    size: roundToPages(end - start),
  };
}
