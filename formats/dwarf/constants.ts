/**
 * Numbers of the DWARF standard that are needed here, under its names, and those of GNU's extensions.
 *
 * Source: DWARF 5 section 7; for `GNU_`: the headers of GNU binutils and the DebugFission and dwz documents.
 *
 * @module
 */

/** Name of the format in errors. */
export const DWARF = "DWARF";

/** `DW_UT_...`: kinds of units. */
export const UT = {
  COMPILE: 1,
  TYPE: 2,
  PARTIAL: 3,
  SKELETON: 4,
  SPLIT_COMPILE: 5,
  SPLIT_TYPE: 6,
} as const;

/** `DW_TAG_...` */
export const TAG = {
  CLASS_TYPE: 0x02,
  ENUMERATION_TYPE: 0x04,
  LEXICAL_BLOCK: 0x0b,
  COMPILE_UNIT: 0x11,
  STRUCTURE_TYPE: 0x13,
  UNION_TYPE: 0x17,
  INLINED_SUBROUTINE: 0x1d,
  MODULE: 0x1e,
  SUBPROGRAM: 0x2e,
  NAMESPACE: 0x39,
  INTERFACE_TYPE: 0x38,
} as const;

/** `DW_AT_...` */
export const AT = {
  SIBLING: 0x01,
  NAME: 0x03,
  STMT_LIST: 0x10,
  LOW_PC: 0x11,
  HIGH_PC: 0x12,
  LANGUAGE: 0x13,
  COMP_DIR: 0x1b,
  ABSTRACT_ORIGIN: 0x31,
  SPECIFICATION: 0x47,
  RANGES: 0x55,
  CALL_COLUMN: 0x57,
  CALL_FILE: 0x58,
  CALL_LINE: 0x59,
  LINKAGE_NAME: 0x6e,
  STR_OFFSETS_BASE: 0x72,
  ADDR_BASE: 0x73,
  RNGLISTS_BASE: 0x74,
  DWO_NAME: 0x76,
  MIPS_LINKAGE_NAME: 0x2007,
  GNU_DWO_NAME: 0x2130,
  GNU_DWO_ID: 0x2131,
  GNU_RANGES_BASE: 0x2132,
  GNU_ADDR_BASE: 0x2133,
} as const;

/** `DW_FORM_...` */
export const FORM = {
  ADDR: 0x01,
  BLOCK2: 0x03,
  BLOCK4: 0x04,
  DATA2: 0x05,
  DATA4: 0x06,
  DATA8: 0x07,
  STRING: 0x08,
  BLOCK: 0x09,
  BLOCK1: 0x0a,
  DATA1: 0x0b,
  FLAG: 0x0c,
  SDATA: 0x0d,
  STRP: 0x0e,
  UDATA: 0x0f,
  REF_ADDR: 0x10,
  REF1: 0x11,
  REF2: 0x12,
  REF4: 0x13,
  REF8: 0x14,
  REF_UDATA: 0x15,
  INDIRECT: 0x16,
  SEC_OFFSET: 0x17,
  EXPRLOC: 0x18,
  FLAG_PRESENT: 0x19,
  STRX: 0x1a,
  ADDRX: 0x1b,
  REF_SUP4: 0x1c,
  STRP_SUP: 0x1d,
  DATA16: 0x1e,
  LINE_STRP: 0x1f,
  REF_SIG8: 0x20,
  IMPLICIT_CONST: 0x21,
  LOCLISTX: 0x22,
  RNGLISTX: 0x23,
  REF_SUP8: 0x24,
  STRX1: 0x25,
  STRX2: 0x26,
  STRX3: 0x27,
  STRX4: 0x28,
  ADDRX1: 0x29,
  ADDRX2: 0x2a,
  ADDRX3: 0x2b,
  ADDRX4: 0x2c,
  GNU_ADDR_INDEX: 0x1f01,
  GNU_STR_INDEX: 0x1f02,
  GNU_REF_ALT: 0x1f20,
  GNU_STRP_ALT: 0x1f21,
} as const;

/** `DW_RLE_...`: entries of `.debug_rnglists`. */
export const RLE = {
  END_OF_LIST: 0,
  BASE_ADDRESSX: 1,
  STARTX_ENDX: 2,
  STARTX_LENGTH: 3,
  OFFSET_PAIR: 4,
  BASE_ADDRESS: 5,
  START_END: 6,
  START_LENGTH: 7,
} as const;

/** `DW_LNS_...`: opcodes of line programs. */
export const LNS = {
  COPY: 1,
  ADVANCE_PC: 2,
  ADVANCE_LINE: 3,
  SET_FILE: 4,
  SET_COLUMN: 5,
  NEGATE_STMT: 6,
  SET_BASIC_BLOCK: 7,
  CONST_ADD_PC: 8,
  FIXED_ADVANCE_PC: 9,
  SET_PROLOGUE_END: 10,
  SET_EPILOGUE_BEGIN: 11,
  SET_ISA: 12,
} as const;

/** `DW_LNE_...`: extended opcodes of line programs. */
export const LNE = {
  END_SEQUENCE: 1,
  SET_ADDRESS: 2,
  DEFINE_FILE: 3,
  SET_DISCRIMINATOR: 4,
} as const;

/** `DW_LNCT_...`: what entries of the file tables hold. */
export const LNCT = { PATH: 1, DIRECTORY_INDEX: 2 } as const;

/** `DW_SECT_...`: columns of package indexes that are needed, with the numbers of version 5 and of GNU's version 2. */
export const SECT = {
  5: { INFO: 1, ABBREV: 3, LINE: 4, STR_OFFSETS: 6, RNGLISTS: 8 },
  2: { INFO: 1, ABBREV: 3, LINE: 4, STR_OFFSETS: 6, RNGLISTS: -1 },
} as const;

/** `DW_LANG_...` whose names stand alone: no scopes in front, the linkage name only an assembler's matter. */
export const PLAIN_LANGUAGES: ReadonlySet<number> = new Set([
  0x0001, // C89
  0x0002, // C
  0x000c, // C99
  0x001d, // C11
  0x002c, // C17
  0x003e, // C23
  0x8001, // assembler
]);
