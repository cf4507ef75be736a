/**
 * Notes: what `PT_NOTE` segments and `SHT_NOTE` sections hold.
 *
 * @module
 */
import { viewOf } from "../base/byte_source.ts";
import { type FormatError, TruncatedError } from "../base/error.ts";
import { readString } from "../base/string_table.ts";
import { ELF } from "./header.ts";

const NOTE_HEADER_SIZE = 12;

/** One note; its descriptor stays where it is. */
export interface ElfNote {
  /** `n_type`: a value of `NT`, to be read together with `name`. */
  type: number;
  /** Who defines the type: `CORE`, `LINUX`, `GNU`, `FreeBSD` ..., without the NUL. */
  name: string;
  /** Where the descriptor is, bytes from the start of the decoded bytes. */
  descOffset: number;
  /** Size of the descriptor in bytes, without padding. */
  descSize: number;
}

/** What {@linkcode decodeNotes} yields. */
export interface ElfNotes {
  /** The notes that are whole, in order. */
  notes: ElfNote[];
  /** Why the list ended before the bytes did. */
  error?: FormatError;
}

/**
 * Decodes a list of notes. A size that does not fit ends the list: the notes before it are kept.
 *
 * | offset | size | field |
 * | --- | --- | --- |
 * | 0 | 4 | `n_namesz`, with the NUL |
 * | 4 | 4 | `n_descsz` |
 * | 8 | 4 | `n_type` |
 * | 12 | `n_namesz`, padded | name |
 * | ... | `n_descsz`, padded | descriptor |
 *
 * Source: gABI 4.3, chapter 5, "Note Section"; 8-byte padding: "Linux Extensions to gABI" 2.1.
 *
 * @param bytes The whole segment or section.
 * @param littleEndian Byte order of the file.
 * @param align Padding: 8 in segments whose `p_align` is 8 and whose file is no core, else 4.
 * @param baseOffset Where `bytes` start in the file: added to the offset of the error, not to those of descriptors.
 */
export function decodeNotes(
  bytes: Uint8Array,
  littleEndian: boolean,
  align = 4,
  baseOffset = 0,
): ElfNotes {
  const view = viewOf(bytes);
  const padding = align === 8 ? 8 : 4;
  const notes: ElfNote[] = [];
  let offset = 0;
  while (offset + NOTE_HEADER_SIZE <= bytes.length) {
    const nameSize = view.getUint32(offset, littleEndian);
    const descSize = view.getUint32(offset + 4, littleEndian);
    const type = view.getUint32(offset + 8, littleEndian);
    const nameOffset = offset + NOTE_HEADER_SIZE;
    const descOffset = padTo(nameOffset + nameSize, padding);
    const end = descOffset + descSize;
    // An empty descriptor may lack the padding of the name before it.
    const needed = descSize === 0 ? nameOffset + nameSize : end;
    if (needed > bytes.length) {
      const field = nameOffset + nameSize > bytes.length
        ? "n_namesz"
        : "n_descsz";
      return {
        notes,
        error: new TruncatedError(
          ELF,
          field,
          baseOffset + offset,
          needed - offset,
          bytes.length - offset,
        ),
      };
    }
    const name = readString(bytes, nameOffset, nameSize);
    notes.push({ type, name, descOffset, descSize });
    offset = padTo(end, padding);
  }
  return hasRest(bytes, offset)
    ? { notes, error: tailError(baseOffset + offset, bytes.length - offset) }
    : { notes };
}

function padTo(offset: number, padding: number): number {
  return Math.ceil(offset / padding) * padding;
}

/** Whether something other than zeros follows; sections may be padded with them. */
function hasRest(bytes: Uint8Array, offset: number): boolean {
  for (let at = offset; at < bytes.length; at++) {
    if (bytes[at] !== 0) return true;
  }
  return false;
}

function tailError(offset: number, available: number): FormatError {
  return new TruncatedError(
    ELF,
    "Elf_Nhdr",
    offset,
    NOTE_HEADER_SIZE,
    available,
  );
}
