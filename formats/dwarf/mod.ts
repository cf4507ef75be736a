/**
 * DWARF 2 to 5, as far as it says which source line and which functions an address belongs to: line programs, and the
 * functions of `.debug_info` with those that were inlined into them. With split units (`.dwo`, `.dwp`), supplementary
 * files, 32- and 64-bit formats, both byte orders.
 *
 * {@linkcode openDwarf} reads nothing yet; {@linkcode Dwarf.locate} reads the units that an address falls in and keeps
 * what it made of them. Sections come by name from the caller, decompressed.
 *
 * Not here: types, variables, expressions, call frame information (see `formats/eh_frame`), relocatable files.
 *
 * Source: DWARF 5; DWARF 4 and 3 where they differ.
 *
 * @module
 */
// What the signatures below name, so that this module can be used on its own.
export {
  FormatError,
  type FormatErrorCode,
  type FormatErrorFields,
} from "../base/error.ts";
export type { ByteSource } from "../base/byte_source.ts";
export { Dwarf, openDwarf } from "./dwarf.ts";
export type {
  DwarfOptions,
  DwarfSections,
  SourceFrame,
  SplitRequest,
} from "./sections.ts";
