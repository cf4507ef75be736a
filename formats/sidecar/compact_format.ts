/**
 * Numbers of the compact form; `FORMAT.md` has its layout.
 *
 * @module
 */

/** `FWSC`. */
export const COMPACT_MAGIC = 0x43535746;
/** Version of the form. */
export const COMPACT_VERSION = 1;
/** Bytes of the header before the build ID. */
export const COMPACT_HEADER_SIZE = 72;
/** Functions of a block; the last one may have fewer. */
export const BLOCK_FUNCTIONS = 32;
/** Bytes of a block's entry in the index. */
export const INDEX_ENTRY_SIZE = 8;
/** Bytes of a group's entry in the list of groups. */
export const GROUP_ENTRY_SIZE = 12;
/** Bytes of the checksum that ends a block. */
export const BLOCK_CHECKSUM_SIZE = 2;

/** Bits of the header's flags. */
export const CompactFlag = {
  /** Tables and groups of blocks are zstd frames. */
  COMPRESSED: 1,
} as const;

/** Bits of a function's length field: below them is the length of its rows in bytes. */
export const FUNCTION_REPEATS = 1;

/** Rule number that means "no row". Rules count from 1. */
export const NO_RULE = 0;

/** Bits of a row's first byte that hold the rule; the others hold the distance. 0 in either: the value follows. */
export const SHORT_RULE_BITS = 4;
/** Highest rule that fits there. */
export const MAX_SHORT_RULE: number = (1 << SHORT_RULE_BITS) - 1;
/** Highest distance that fits there. */
export const MAX_SHORT_DISTANCE: number = (1 << (8 - SHORT_RULE_BITS)) - 1;

/** The header's fields, with the offsets that `FORMAT.md` gives. */
export const CompactField = {
  VERSION: 4,
  FLAGS: 5,
  ABI: 6,
  UNIT_SHIFT: 7,
  MACHINE: 8,
  BUILD_ID_SIZE: 10,
  SFRAME_VERSION: 11,
  CHECKSUM: 12,
  TEXT_START: 16,
  TEXT_END: 24,
  BASE: 32,
  FUNCTION_COUNT: 40,
  BLOCK_COUNT: 44,
  RULE_COUNT: 48,
  RULES_SIZE: 52,
  TABLES_SIZE: 56,
  BLOCKS_SIZE: 60,
  GROUP_COUNT: 64,
} as const;
