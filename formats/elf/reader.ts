/**
 * The part of the ELF format that a walk needs: a program that starts fast does not load all of it.
 *
 * @module
 */
export { PF, PT, SHF, SHT } from "./constants.ts";
export type { Decompress } from "./compression.ts";
export type { ElfFile } from "./elf_file.ts";
export { openElf } from "./open_elf.ts";
export type { ElfSection } from "./sections.ts";
export type { ElfSegments } from "./segments.ts";
