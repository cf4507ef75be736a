/**
 * Call frame instructions, one after another, without what they do.
 *
 * @module
 */
import { Cursor } from "../base/cursor.ts";
import { UnsupportedError } from "../base/error.ts";
import type { Cie } from "./cie.ts";
import { CfaOpcode } from "./constants.ts";
import type { CfiSection } from "./section.ts";

/**
 * Walks over the instructions of a CIE or FDE. The fields hold the last instruction read; those that it has no use
 * for keep older values. Nothing is allocated per instruction.
 *
 * @example Counting the advances of a function
 * ```ts
 * import { CfaOpcode, type InstructionReader, openDebugFrame } from "@framewalk/framewalk/formats/eh_frame";
 * const table = openDebugFrame(new Uint8Array(), { littleEndian: true, machine: "x86-64" });
 * let advances = 0;
 * for (const fde of table.functions()) {
 *   const instructions: InstructionReader = table.instructions(fde);
 *   while (instructions.next()) if (instructions.opcode === CfaOpcode.ADVANCE_LOC) advances++;
 * }
 * ```
 *
 * Source: DWARF 5 section 7.24.
 */
export class InstructionReader {
  /** The instruction, a value of {@linkcode CfaOpcode}; operands in its low bits are removed. */
  opcode: number = CfaOpcode.NOP;
  /** Offset of the instruction in the section. */
  offset = 0;
  /** First register operand. */
  register = 0;
  /**
   * The other operand: bytes for offsets, sizes and advances (factors applied), an address for `SET_LOC`, the second
   * register for `REGISTER`, the state for `AARCH64_SET_RA_STATE`.
   */
  value = 0;
  /** Offset of the expression in the section. */
  expressionOffset = 0;
  /** Size of the expression in bytes. */
  expressionSize = 0;
  private readonly section: CfiSection;
  private readonly cursor: Cursor;
  private codeAlignment = 1;
  private dataAlignment = 1;
  private addressSize = 8;
  private pointerEncoding = 0;
  private functionStart = 0;

  /** A reader for `section`; {@linkcode InstructionReader.open} gives it instructions. */
  constructor(section: CfiSection) {
    this.section = section;
    this.cursor = new Cursor(
      section.view,
      section.littleEndian,
      section.format,
      0,
      0,
    );
  }

  /** Starts at `offset` up to `endOffset`, under the conventions of `cie` and for the function at `functionStart`. */
  open(
    cie: Cie,
    functionStart: number,
    offset: number,
    endOffset: number,
  ): void {
    this.codeAlignment = cie.codeAlignment;
    this.dataAlignment = cie.dataAlignment;
    this.addressSize = cie.addressSize;
    this.pointerEncoding = cie.pointerEncoding;
    this.functionStart = functionStart;
    this.cursor.offset = offset;
    this.cursor.end = endOffset;
  }

  /**
   * Reads the next instruction.
   *
   * @returns Whether there was one.
   * @throws {FormatError} `truncated`; `unsupported` for an unknown instruction, whose operands cannot be skipped.
   */
  next(): boolean {
    const cursor = this.cursor;
    if (cursor.offset >= cursor.end) return false;
    this.offset = cursor.offset;
    const byte = cursor.u8("instruction");
    const opcode = byte & 0xc0;
    if (opcode === 0) {
      this.opcode = byte;
      this.readOperands(byte);
      return true;
    }
    this.opcode = opcode;
    const operand = byte & 0x3f;
    if (opcode === CfaOpcode.ADVANCE_LOC) {
      this.value = operand * this.codeAlignment;
    } else {
      this.register = operand;
      if (opcode === CfaOpcode.OFFSET) {
        this.value = cursor.uleb("offset") * this.dataAlignment;
      }
    }
    return true;
  }

  /** Operands of the instructions that all machines share. */
  private readOperands(opcode: number): void {
    const cursor = this.cursor;
    switch (opcode) {
      case CfaOpcode.NOP:
      case CfaOpcode.REMEMBER_STATE:
      case CfaOpcode.RESTORE_STATE:
        break;
      case CfaOpcode.SET_LOC:
        // In .debug_frame the encoding is always that of plain addresses.
        this.value = this.section.readPointer(
          cursor,
          this.pointerEncoding,
          this.addressSize,
          this.functionStart,
          "address",
        );
        break;
      case CfaOpcode.ADVANCE_LOC1:
        this.value = cursor.u8("delta") * this.codeAlignment;
        break;
      case CfaOpcode.ADVANCE_LOC2:
        this.value = cursor.u16("delta") * this.codeAlignment;
        break;
      case CfaOpcode.ADVANCE_LOC4:
        this.value = cursor.u32("delta") * this.codeAlignment;
        break;
      case CfaOpcode.MIPS_ADVANCE_LOC8:
        this.value = cursor.i64("delta") * this.codeAlignment;
        break;
      case CfaOpcode.RESTORE_EXTENDED:
      case CfaOpcode.UNDEFINED:
      case CfaOpcode.SAME_VALUE:
      case CfaOpcode.DEF_CFA_REGISTER:
        this.register = cursor.uleb("register");
        break;
      case CfaOpcode.REGISTER:
      case CfaOpcode.DEF_CFA:
        this.register = cursor.uleb("register");
        this.value = cursor.uleb("operand");
        break;
      case CfaOpcode.OFFSET_EXTENDED:
      case CfaOpcode.VAL_OFFSET:
        this.register = cursor.uleb("register");
        this.value = cursor.uleb("offset") * this.dataAlignment;
        break;
      case CfaOpcode.OFFSET_EXTENDED_SF:
      case CfaOpcode.DEF_CFA_SF:
      case CfaOpcode.VAL_OFFSET_SF:
        this.register = cursor.uleb("register");
        this.value = cursor.sleb("offset") * this.dataAlignment;
        break;
      case CfaOpcode.GNU_NEGATIVE_OFFSET_EXTENDED:
        this.register = cursor.uleb("register");
        this.value = -cursor.uleb("offset") * this.dataAlignment;
        break;
      case CfaOpcode.DEF_CFA_OFFSET:
      case CfaOpcode.GNU_ARGS_SIZE:
        this.value = cursor.uleb("offset");
        break;
      case CfaOpcode.DEF_CFA_OFFSET_SF:
        this.value = cursor.sleb("offset") * this.dataAlignment;
        break;
      case CfaOpcode.EXPRESSION:
      case CfaOpcode.VAL_EXPRESSION:
        this.register = cursor.uleb("register");
        this.readBlock();
        break;
      case CfaOpcode.DEF_CFA_EXPRESSION:
        this.readBlock();
        break;
      default:
        this.readMachineOperands(opcode);
    }
  }

  /** Operands of the instructions that one machine has. */
  private readMachineOperands(opcode: number): void {
    if (this.section.machine === "aarch64") {
      switch (opcode) {
        case CfaOpcode.AARCH64_NEGATE_RA_STATE:
        case CfaOpcode.AARCH64_NEGATE_RA_STATE_WITH_PC:
          return;
        case CfaOpcode.AARCH64_SET_RA_STATE:
          this.value = this.cursor.uleb("ra_state");
          // Where the signing instruction is: needed to check a signature, not to strip it.
          this.cursor.sleb("offset");
          return;
      }
    }
    throw new UnsupportedError(
      this.section.format,
      "instruction",
      this.offset,
      opcode,
      `a call frame instruction of ${this.section.machine}`,
    );
  }

  /** An expression: ULEB128 size and that many bytes. */
  private readBlock(): void {
    this.expressionSize = this.cursor.uleb("expression size");
    this.expressionOffset = this.cursor.take(this.expressionSize, "expression");
  }
}
