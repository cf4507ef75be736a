/**
 * What a file gives to the decoder: its sections by name. The decoder knows no ELF.
 *
 * @module
 */
import type { ByteSource } from "../base/byte_source.ts";

/** The debugging sections of one file, decompressed. */
export interface DwarfSections {
  /** Byte order of the file. */
  readonly littleEndian: boolean;
  /**
   * Finds a section.
   *
   * @param name As in the standard: `.debug_info`, `.debug_info.dwo`. Whoever has `.zdebug_info` gives that.
   * @returns Its content, or `undefined` if the file has none.
   * @throws {FormatError} If it is there and cannot be had.
   */
  find(
    name: string,
  ): ByteSource | undefined | Promise<ByteSource | undefined>;
}

/** What is looked for when a unit's content is in a file of its own. */
export interface SplitRequest {
  /** `DW_AT_dwo_name`: a path, mostly relative to `directory`. */
  name: string;
  /** `DW_AT_comp_dir` of the skeleton unit; empty if it has none. */
  directory: string;
}

/** Files beside the one that is read, each asked for once, and what to keep of all. */
export interface DwarfOptions {
  /**
   * Bytes of units and line tables, about, that are kept for later questions; those that were not asked for the longest
   * time are dropped and read again. Default 64 MiB. Who asks unit by unit can do with few.
   */
  cacheSize?: number | undefined;
  /** Opens the supplementary file that `.gnu_debugaltlink` or `.debug_sup` names. */
  openSupplementary?:
    | (() => DwarfSections | undefined | Promise<DwarfSections | undefined>)
    | undefined;
  /** Opens the package (`.dwp`) that belongs to the file. */
  openPackage?:
    | (() => DwarfSections | undefined | Promise<DwarfSections | undefined>)
    | undefined;
  /** Opens the `.dwo` file of one unit; the decoder checks that it is the one. */
  openSplit?:
    | ((
      request: SplitRequest,
    ) => DwarfSections | undefined | Promise<DwarfSections | undefined>)
    | undefined;
}

/** One function at an address: the innermost is what the instruction is of, the others it was inlined into. */
export interface SourceFrame {
  /**
   * Name of the function: its linkage name (mangled) where it has one and the language is not C, else the name with its
   * scopes; `undefined` if there is none.
   */
  name: string | undefined;
  /** Whether the function was inlined into the next one of the list. */
  inlined: boolean;
  /** First address of the function that is not inlined; for inlined ones that of the one that they are in. */
  functionAddress: number | undefined;
  /** Source file as the compiler recorded it, often relative to `directory`; `undefined` if unknown. */
  file: string | undefined;
  /** Directory of the compilation; empty if unknown. */
  directory: string;
  /** Line, from 1; 0 if unknown. */
  line: number;
  /** Column, from 1; 0 if unknown. */
  column: number;
}
