/**
 * Numbers of call frame information: instructions and pointer encodings.
 *
 * Source: DWARF 5 sections 6.4.2 and 7.24; LSB core 5.0 sections 10.5 and 10.6; DWARF for the Arm 64-bit Architecture.
 *
 * @module
 */

/** Call frame instructions. The first three carry an operand in their low six bits. */
export const CfaOpcode = {
  /** Moves on by a factored delta in the low six bits. */
  ADVANCE_LOC: 0x40,
  /** Register in the low six bits is saved at CFA + factored offset. */
  OFFSET: 0x80,
  /** Register in the low six bits gets its rule of the CIE back. */
  RESTORE: 0xc0,
  /** Does nothing; pads. */
  NOP: 0x00,
  /** Moves to an address. */
  SET_LOC: 0x01,
  /** Moves on by a factored delta of one byte. */
  ADVANCE_LOC1: 0x02,
  /** Moves on by a factored delta of two bytes. */
  ADVANCE_LOC2: 0x03,
  /** Moves on by a factored delta of four bytes. */
  ADVANCE_LOC4: 0x04,
  /** As OFFSET, register as ULEB128. */
  OFFSET_EXTENDED: 0x05,
  /** As RESTORE, register as ULEB128. */
  RESTORE_EXTENDED: 0x06,
  /** Register cannot be recovered. */
  UNDEFINED: 0x07,
  /** Register keeps its value. */
  SAME_VALUE: 0x08,
  /** Register is kept in another register. */
  REGISTER: 0x09,
  /** Pushes all rules. */
  REMEMBER_STATE: 0x0a,
  /** Pops all rules. */
  RESTORE_STATE: 0x0b,
  /** CFA = register + offset. */
  DEF_CFA: 0x0c,
  /** CFA's register changes. */
  DEF_CFA_REGISTER: 0x0d,
  /** CFA's offset changes. */
  DEF_CFA_OFFSET: 0x0e,
  /** CFA is the value of an expression. */
  DEF_CFA_EXPRESSION: 0x0f,
  /** Register is saved at the address that an expression gives. */
  EXPRESSION: 0x10,
  /** As OFFSET_EXTENDED with a signed offset. */
  OFFSET_EXTENDED_SF: 0x11,
  /** As DEF_CFA with a signed factored offset. */
  DEF_CFA_SF: 0x12,
  /** As DEF_CFA_OFFSET with a signed factored offset. */
  DEF_CFA_OFFSET_SF: 0x13,
  /** Register's value is CFA + factored offset. */
  VAL_OFFSET: 0x14,
  /** As VAL_OFFSET with a signed offset. */
  VAL_OFFSET_SF: 0x15,
  /** Register's value is that of an expression. */
  VAL_EXPRESSION: 0x16,
  /** Moves on by a factored delta of eight bytes (MIPS). */
  MIPS_ADVANCE_LOC8: 0x1d,
  /** AArch64: sets whether the return address is signed, and the place of the signing instruction. */
  AARCH64_SET_RA_STATE: 0x2b,
  /** AArch64: toggles whether the return address is signed, the signature covering the pc. */
  AARCH64_NEGATE_RA_STATE_WITH_PC: 0x2c,
  /** AArch64: toggles whether the return address is signed. (GNU_window_save on SPARC.) */
  AARCH64_NEGATE_RA_STATE: 0x2d,
  /** Size of the arguments pushed; matters to landing pads only. */
  GNU_ARGS_SIZE: 0x2e,
  /** As OFFSET_EXTENDED, offset subtracted (old GCC). */
  GNU_NEGATIVE_OFFSET_EXTENDED: 0x2f,
} as const;

/** Parts of a pointer encoding byte: format in the low four bits, base in the next three, indirection on top. */
export const PointerEncoding = {
  /** A machine address. */
  ABSPTR: 0x00,
  /** ULEB128. */
  ULEB128: 0x01,
  /** Unsigned, 2 bytes. */
  UDATA2: 0x02,
  /** Unsigned, 4 bytes. */
  UDATA4: 0x03,
  /** Unsigned, 8 bytes. */
  UDATA8: 0x04,
  /** A signed machine address. */
  SIGNED: 0x08,
  /** SLEB128. */
  SLEB128: 0x09,
  /** Signed, 2 bytes. */
  SDATA2: 0x0a,
  /** Signed, 4 bytes. */
  SDATA4: 0x0b,
  /** Signed, 8 bytes. */
  SDATA8: 0x0c,
  /** Relative to the address of the pointer itself. */
  PCREL: 0x10,
  /** Relative to the text section. */
  TEXTREL: 0x20,
  /** Relative to the data section (the header's own address in `.eh_frame_hdr`). */
  DATAREL: 0x30,
  /** Relative to the start of the function. */
  FUNCREL: 0x40,
  /** A machine address at the next multiple of its size. */
  ALIGNED: 0x50,
  /** The value is the address of the pointer proper. */
  INDIRECT: 0x80,
  /** There is no value. */
  OMIT: 0xff,
} as const;
