/**
 * The ELF header.
 *
 * @module
 */
import { viewOf } from "../base/byte_source.ts";
import { FormatError, TruncatedError } from "../base/error.ts";
import { Struct } from "../base/struct.ts";

/** The format's name in errors. */
export const ELF = "ELF";

const IDENT_SIZE = 16;
/** Reads as a 32-bit big-endian value: 0x7f, `E`, `L`, `F`. */
const MAGIC = 0x7f454c46;

/** The ELF header; counts are as stated, {@linkcode openElf} resolves those that live elsewhere. */
export interface ElfHeader {
  /** Word size in bits, `EI_CLASS`. */
  elfClass: 32 | 64;
  /** Byte order, `EI_DATA`. */
  littleEndian: boolean;
  /** Operating system, `EI_OSABI`. */
  osAbi: number;
  /** Kind of file, `e_type`: a value of `ET`. */
  type: number;
  /** Instruction set, `e_machine`: a value of `EM`. */
  machine: number;
  /** Address of the first instruction, `e_entry`; signed canonical in 64-bit files. */
  entry: number;
  /** Where the program headers are, bytes from the start of the file, `e_phoff`; negative if beyond 2^63. */
  programHeaderOffset: number;
  /** Size of one program header in bytes, `e_phentsize`. */
  programHeaderSize: number;
  /** Program headers as stated, `e_phnum`; 0xffff (`PN_XNUM`) when the count is elsewhere. */
  programHeaderCount: number;
  /** Where the section headers are, bytes from the start of the file, `e_shoff`; negative if beyond 2^63. */
  sectionHeaderOffset: number;
  /** Size of one section header in bytes, `e_shentsize`. */
  sectionHeaderSize: number;
  /** Section headers as stated, `e_shnum`; 0 when the count is elsewhere. */
  sectionHeaderCount: number;
  /** Section with the names of sections, `e_shstrndx`; 0xffff (`SHN_XINDEX`) when the index is elsewhere. */
  sectionNamesIndex: number;
  /** Flags of the machine, `e_flags`. */
  flags: number;
}

// The offsets are signed here so that a senseless one spoils its own table and not the whole header.
const HEADER_64 = new Struct(ELF, "Elf64_Ehdr", [
  ["e_ident", IDENT_SIZE],
  ["e_type", "u16"],
  ["e_machine", "u16"],
  ["e_version", "u32"],
  ["e_entry", "i64"],
  ["e_phoff", "i64"],
  ["e_shoff", "i64"],
  ["e_flags", "u32"],
  ["e_ehsize", "u16"],
  ["e_phentsize", "u16"],
  ["e_phnum", "u16"],
  ["e_shentsize", "u16"],
  ["e_shnum", "u16"],
  ["e_shstrndx", "u16"],
]);

const HEADER_32 = new Struct(ELF, "Elf32_Ehdr", [
  ["e_ident", IDENT_SIZE],
  ["e_type", "u16"],
  ["e_machine", "u16"],
  ["e_version", "u32"],
  ["e_entry", "u32"],
  ["e_phoff", "u32"],
  ["e_shoff", "u32"],
  ["e_flags", "u32"],
  ["e_ehsize", "u16"],
  ["e_phentsize", "u16"],
  ["e_phnum", "u16"],
  ["e_shentsize", "u16"],
  ["e_shnum", "u16"],
  ["e_shstrndx", "u16"],
]);

/** Whether the bytes start as an ELF file does. Never throws. */
export function isElf(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && viewOf(bytes).getUint32(0, false) === MAGIC;
}

/**
 * Decodes the header at the start of an ELF file.
 *
 * | offset | size (64/32) | field |
 * | --- | --- | --- |
 * | 0 | 16 | `e_ident`: magic, class, byte order, version, OS |
 * | 16 | 2, 2, 4 | `e_type`, `e_machine`, `e_version` |
 * | 24 | 8/4 each | `e_entry`, `e_phoff`, `e_shoff` |
 * | 48/36 | 4, 2 x 6 | `e_flags`, `e_ehsize`, `e_phentsize`, `e_phnum`, `e_shentsize`, `e_shnum`, `e_shstrndx` |
 *
 * Source: gABI 4.3, chapter 4, "ELF Header".
 *
 * @throws {FormatError} `bad-magic`, `bad-value` (class, byte order), `truncated`
 */
export function decodeElfHeader(bytes: Uint8Array): ElfHeader {
  const { elfClass, littleEndian, osAbi } = decodeIdent(bytes);
  const raw = (elfClass === 64 ? HEADER_64 : HEADER_32)
    .decode(bytes, 0, littleEndian);
  return {
    elfClass,
    littleEndian,
    osAbi,
    type: raw.e_type,
    machine: raw.e_machine,
    entry: raw.e_entry,
    programHeaderOffset: raw.e_phoff,
    programHeaderSize: raw.e_phentsize,
    programHeaderCount: raw.e_phnum,
    sectionHeaderOffset: raw.e_shoff,
    sectionHeaderSize: raw.e_shentsize,
    sectionHeaderCount: raw.e_shnum,
    sectionNamesIndex: raw.e_shstrndx,
    flags: raw.e_flags,
  };
}

function decodeIdent(
  bytes: Uint8Array,
): Pick<ElfHeader, "elfClass" | "littleEndian" | "osAbi"> {
  if (bytes.length >= 4 && !isElf(bytes)) {
    throw new FormatError({
      code: "bad-magic",
      format: ELF,
      field: "EI_MAG0",
      offset: 0,
      value: viewOf(bytes).getUint32(0, false),
      expected: "0x7f 'E' 'L' 'F'",
    });
  }
  if (bytes.length < IDENT_SIZE) {
    throw new TruncatedError(ELF, "e_ident", 0, IDENT_SIZE, bytes.length);
  }
  const elfClass = bytes[4]!;
  if (elfClass !== 1 && elfClass !== 2) {
    throw badIdent("EI_CLASS", 4, elfClass, "1 (32-bit) or 2 (64-bit)");
  }
  const order = bytes[5]!;
  if (order !== 1 && order !== 2) {
    throw badIdent(
      "EI_DATA",
      5,
      order,
      "1 (little-endian) or 2 (big-endian)",
    );
  }
  return {
    elfClass: elfClass === 2 ? 64 : 32,
    littleEndian: order === 1,
    osAbi: bytes[7]!,
  };
}

function badIdent(
  field: string,
  offset: number,
  value: number,
  expected: string,
): FormatError {
  return new FormatError({
    code: "bad-value",
    format: ELF,
    field,
    offset,
    value,
    expected,
  });
}
