/**
 * ELF files: header, segments, sections (compressed ones too), notes, build id, debug link, symbols. Both classes and
 * both byte orders.
 *
 * A file is opened by its header and program headers, in one read; the rest is read when it is asked for, so a page or
 * a tool that needs a build id does not load symbols. Not here: relocations, DWARF,
 * writing, but for {@linkcode embedSFrame}.
 *
 * Source: System V ABI (gABI) 4.3, chapters 4 and 5.
 *
 * @example Naming a program counter
 * ```ts
 * import { BlobSource, isElf, openElf, openSymbols } from "@framewalk/framewalk/formats/elf";
 * const source = new BlobSource(new Blob(["a page's file"]));
 * if (isElf(await source.read(0, 4))) {
 *   const symbols = await openSymbols(await openElf(source), ".symtab");
 *   const index = symbols?.find(0x401234) ?? -1;
 *   console.log(index < 0 ? "??" : symbols!.name(index));
 * }
 * ```
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
export {
  BlobSource,
  type ByteSource,
  BytesSource,
} from "../base/byte_source.ts";
export { type ElfSection } from "./sections.ts";
export { type Decompress } from "./compression.ts";
export { crc32 } from "../base/crc32.ts";
export { type DebugLink, ElfFile, type ElfOptions } from "./elf_file.ts";
export { embedSFrame } from "./embed.ts";
export {
  type EmbedOptions,
  type EmbedPlace,
  type EmbedPlan,
  findEmbeddingPlace,
  planEmbedding,
} from "./embed_plan.ts";
export { stripSFrame } from "./embed_record.ts";
export { openDebugData, openElf } from "./open_elf.ts";
export { openSymbols } from "./open_symbols.ts";
export { decodeSymbols, type SymbolOptions, SymbolTable } from "./symbols.ts";
