/**
 * ELF files: header, segments, sections, notes, build ids, symbols. Both classes and both byte orders.
 *
 * @module
 */
export {
  DT,
  ELFCOMPRESS,
  ELFOSABI,
  EM,
  ET,
  NT,
  PF,
  PN_XNUM,
  PT,
  SHF,
  SHN,
  SHT,
  STB,
  STT,
} from "./constants.ts";
export { decodeElfHeader, type ElfHeader, isElf } from "./header.ts";
export { decodeSegments, ElfSegments } from "./segments.ts";
export { decodeNotes, type ElfNote, type ElfNotes } from "./notes.ts";
// What the signatures above name, so that this module can be used on its own.
export {
  FormatError,
  type FormatErrorCode,
  type FormatErrorFields,
} from "../base/error.ts";
export type { ByteSource } from "../base/byte_source.ts";
export { type ElfSection } from "./sections.ts";
export { type Decompress } from "./compression.ts";
export { crc32 } from "./crc32.ts";
export {
  type DebugLink,
  ElfFile,
  type ElfOptions,
  openElf,
} from "./elf_file.ts";
export { openSymbols } from "./open_symbols.ts";
export { decodeSymbols, type SymbolOptions, SymbolTable } from "./symbols.ts";
