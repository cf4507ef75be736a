/**
 * The part of the ELF format that a walk needs: a program that starts fast does not load all of it.
 *
 * @module
 */
export { ET, PF, PT, SHF, SHT } from "./constants.ts";
export type { Decompress } from "./compression.ts";
export type { DebugLink, ElfFile, ElfOptions } from "./elf_file.ts";
export type { ElfHeader } from "./header.ts";
export { openElf } from "./open_elf.ts";
export type { ElfSection } from "./sections.ts";
export type { ElfSegments } from "./segments.ts";
