/**
 * Numbers of the format, by the names of its specification.
 *
 * Source: The SFrame Format (GNU binutils), versions 1, 2 (errata 2) and 3; include/sframe.h.
 *
 * @module
 */

/** The format's name in errors. */
export const FORMAT = "SFrame";

/** `SFRAME_MAGIC`, as the file's own byte order shows it. */
export const SFRAME_MAGIC = 0xdee2;

/** Size of the header without the auxiliary header, the same in every version. */
export const HEADER_SIZE = 28;

/** Fields of the header in the order of the bytes, the same in every version. */
export const HEADER_FIELDS = [
  ["magic", "u16"],
  ["version", "u8"],
  ["flags", "u8"],
  ["abi", "u8"],
  ["fixedFpOffset", "i8"],
  ["fixedRaOffset", "i8"],
  ["auxHeaderSize", "u8"],
  ["fdeCount", "u32"],
  ["freCount", "u32"],
  ["freSize", "u32"],
  ["fdeOffset", "u32"],
  ["freOffset", "u32"],
] as const;

/** Bits of the header's flags (`SFRAME_F_...`). */
export const SFrameFlag = {
  /** Functions ascend by start address. Linkers set it in final links, assemblers never. */
  FDE_SORTED: 0x1,
  /** All functions keep the frame pointer. V1 and V2 only; no producer sets it. */
  FRAME_POINTER: 0x2,
  /** A function's start is relative to its own field, not to the section. From binutils 2.45 on. */
  FDE_FUNC_START_PCREL: 0x4,
} as const;

/** Identifiers of the machine and its byte order (`SFRAME_ABI_...`). */
export const SFrameAbi = {
  /** AArch64, big endian. */
  AARCH64_ENDIAN_BIG: 1,
  /** AArch64, little endian. */
  AARCH64_ENDIAN_LITTLE: 2,
  /** AMD64. */
  AMD64_ENDIAN_LITTLE: 3,
  /** s390x. */
  S390X_ENDIAN_BIG: 4,
} as const;

/** What the decoder knows of each ABI: index is the identifier, 0 is not assigned. */
export const ABI_REGISTERS: readonly { sp: number; fp: number }[] = [
  { sp: -1, fp: -1 },
  { sp: 31, fp: 29 },
  { sp: 31, fp: 29 },
  { sp: 7, fp: 6 },
  { sp: 15, fp: 11 },
];

/** Flags that a section of each version may have; index is the version. */
export const VALID_FLAGS: readonly number[] = [0, 0x3, 0x7, 0x5];

/** Size of one function descriptor in the table; index is the version. */
export const FDE_SIZES: readonly number[] = [0, 17, 20, 16];

/** Size of the attribute record that precedes the rows of a V3 function. */
export const ATTRIBUTE_SIZE = 5;

/** Bits of a function's info byte. */
export const FdeInfo = {
  /** Width of row starts: 0, 1, 2 for 1, 2, 4 bytes. */
  FRE_TYPE_MASK: 0x0f,
  /** Rows repeat every `rep_size` bytes (`SFRAME_FDE_TYPE_PCMASK`). */
  PC_MASK: 0x10,
  /** AArch64: return addresses are signed with key B. */
  PAUTH_KEY_B: 0x20,
  /** V3: the function is a signal trampoline. */
  SIGNAL: 0x80,
} as const;

/** Function types in the low five bits of V3's second info byte. */
export const FdeType = {
  /** Words are offsets in a fixed order. */
  DEFAULT: 0,
  /** Words are pairs of a control word and an offset. */
  FLEX: 1,
  /** The bits that hold the type. */
  MASK: 0x1f,
} as const;

/** Bits of a row's info byte. */
export const FreInfo = {
  /** The CFA is based on SP, otherwise on FP. Without meaning in flexible functions. */
  BASE_SP: 0x01,
  /** The return address carries a pointer authentication code. */
  MANGLED_RA: 0x80,
} as const;

/**
 * Most words that a row has in any layout (flexible: three pairs). Readers of binutils 2.46 and later refuse more, so
 * a longer row is corruption and not a future extension.
 */
export const MAX_WORD_COUNT = 6;

/**
 * Highest register that a rule may name: all DWARF numbers that the four psABIs assign lie below. gas 2.47 can write
 * the marker of an invalid register (536870911) into a control word.
 */
export const MAX_REGISTER = 127;

/** s390x: CFA offsets are stored less this bias and divided by {@linkcode S390X_CFA_SCALE}. */
export const S390X_CFA_BIAS = 160;

/** s390x: unit of stored CFA offsets, bytes. */
export const S390X_CFA_SCALE = 8;

/**
 * V1 does not say after how many bytes rows of a PCMASK function repeat. Its only producer, ld 2.40, writes them for
 * the PLT of AMD64, where every entry has this size.
 */
export const V1_REP_SIZE = 16;

/**
 * Functions may share rows, but not without end: together they are given at most so many times the rows that the
 * section's bytes can hold, so that a small file costs little.
 */
export const MAX_SHARING = 4;

/** A row takes two bytes at the least: its start and its info byte. */
export const MIN_ROW_SIZE = 2;
