/**
 * From the instructions of an FDE to its rows in a single pass, for functions as compilers write them.
 *
 * @module
 */
import { CfaOpcode } from "./constants.ts";
import type { InitialRules } from "./initial_rules.ts";
import { MACHINES } from "./machine.ts";
import type { PlainFde } from "./plain_fde.ts";
import { COLUMN_COUNT } from "./rules.ts";
import type { CfiSection } from "./section.ts";

/** How deep remembered states may nest; compilers use one level. */
const MAX_REMEMBERED = 8;
/** Words of a remembered state. */
const STATE_SIZE = 3;
/** Longest instructions that are run here, bytes: as many rows may need room. */
export const MAX_INSTRUCTIONS_SIZE: number = 1 << 16;
/** Words of a row. */
export const ROW_SIZE = 4;
/** No advance: the instruction needs the full rules. */
const NOT_PLAIN = -1;
/** The CFA's register among the bits of its rule, the offset being above. */
export const REGISTER_MASK = 0xff;
/** Among the bits of the CFA's rule: the return address is signed. */
export const SIGNED = 0x100;
/** Bits of the CFA's rule below the offset, which is less than 2^21. */
export const OFFSET_SHIFT = 9;
const BELOW_OFFSET = (1 << OFFSET_SHIFT) - 1;

/**
 * Follows the rules of CFA, RA and FP alone, and only while they have the forms `register + offset` and
 * `memory[CFA + offset]`: exact where it answers, and no answer otherwise. `CfaProgram` is the reference, and runs all
 * others. Never throws and allocates nothing.
 */
export class RowScan {
  private readonly section: CfiSection;
  private readonly bytes: Uint8Array;
  private readonly states: Int32Array = new Int32Array(
    MAX_REMEMBERED * STATE_SIZE,
  );
  private readonly spRegister: number;
  private readonly fpRegister: number;
  private readonly raRegister: number;
  private readonly savesSp: boolean;
  private readonly togglesSigned: boolean;
  private endOffset = 0;
  // What `readRows` hands to `runOther` and takes back.
  private offset = 0;
  private cfa = 0;
  private raOffset = 0;
  private fpOffset = 0;
  /** Words of `states` in use. */
  private remembered = 0;

  /** Runs the instructions of FDEs of `section`. */
  constructor(section: CfiSection) {
    this.section = section;
    const { buffer, byteOffset, byteLength } = section.view;
    this.bytes = new Uint8Array(buffer, byteOffset, byteLength);
    const traits = MACHINES[section.machine];
    this.spRegister = traits.spRegister;
    this.fpRegister = traits.fpRegister;
    this.raRegister = traits.raRegister;
    this.savesSp = traits.savesSp;
    this.togglesSigned = section.machine === "aarch64";
  }

  /**
   * Runs the instructions of `fde` and puts its rows into `words` from `at` on: start as a distance from the function's,
   * the CFA's rule in one word, offsets of RA and FP. Neighbours with equal rules are one row. There is room for a row
   * for each byte of instructions, and one more.
   *
   * Nearly all instructions are of the five kinds that are done right here, with operands of one byte. The others go
   * through one call, so that the first of a rare kind does not find this loop compiled without it.
   *
   * @returns Place behind the last row; -1 if this class cannot tell them.
   */
  readRows(fde: PlainFde, words: Int32Array, at: number): number {
    const { bytes, spRegister, fpRegister, raRegister } = this;
    const { endOffset, initial } = fde;
    if (initial === undefined) return -1;
    // Small integers for certain, whatever the fields have held: this loop is compiled for them.
    const size = fde.size | 0;
    const codeAlignment = initial.codeAlignment | 0;
    const dataAlignment = initial.dataAlignment | 0;
    let offset = fde.instructionsOffset | 0;
    let cfa = initial.cfaRegister | (initial.cfaOffset << OFFSET_SHIFT);
    let raOffset = initial.raOffset | 0;
    let fpOffset = initial.fpOffset | 0;
    this.endOffset = endOffset;
    this.remembered = 0;
    let location = 0;
    // Rules of the last row; no CFA has this one.
    let rowCfa = -1;
    let rowRaOffset = 0;
    let rowFpOffset = 0;
    while (location < size) {
      let advance = size - location;
      if (offset < endOffset) {
        const byte = bytes[offset]!;
        const operand = offset + 1 < endOffset ? bytes[offset + 1]! : 0xff;
        if (byte >= 0x40 && byte < 0x80) { // advance_loc
          advance = Math.imul(byte & 0x3f, codeAlignment);
          offset++;
        } else if (byte >= 0xc0) { // restore
          const register = byte & 0x3f;
          if (register === fpRegister) fpOffset = initial.fpOffset | 0;
          else if (register === raRegister) raOffset = initial.raOffset | 0;
          offset++;
          continue;
        } else if (byte === 0x0e && operand < 0x80) { // def_cfa_offset
          cfa = (cfa & BELOW_OFFSET) | (operand << OFFSET_SHIFT);
          offset += 2;
          continue;
        } else if (
          byte >= 0x80 && operand < 0x80 && (byte & 0x3f) !== spRegister
        ) { // offset
          const register = byte & 0x3f;
          const saved = Math.imul(operand, dataAlignment);
          if (register === fpRegister) fpOffset = saved;
          else if (register === raRegister) raOffset = saved;
          offset += 2;
          continue;
        } else if (byte === 0x00) { // nop
          offset++;
          continue;
        } else {
          this.offset = offset + 1;
          this.cfa = cfa;
          this.raOffset = raOffset;
          this.fpOffset = fpOffset;
          advance = this.runOther(byte, initial);
          if (advance < 0) return -1;
          offset = this.offset;
          cfa = this.cfa;
          raOffset = this.raOffset;
          fpOffset = this.fpOffset;
        }
        if (advance === 0) continue;
      }
      if (
        cfa !== rowCfa || fpOffset !== rowFpOffset || raOffset !== rowRaOffset
      ) {
        words[at] = location;
        words[at + 1] = rowCfa = cfa;
        words[at + 2] = rowRaOffset = raOffset;
        words[at + 3] = rowFpOffset = fpOffset;
        at += ROW_SIZE;
      }
      location = (location + advance) | 0;
    }
    return at;
  }

  /**
   * Runs one instruction on the state in the fields.
   *
   * @returns Bytes of code to advance; -1 if it is not for this class.
   */
  private runOther(opcode: number, initial: InitialRules): number {
    const { states, remembered } = this;
    switch (opcode) {
      case CfaOpcode.REMEMBER_STATE:
        if (remembered === states.length) return NOT_PLAIN;
        states[remembered] = this.cfa;
        states[remembered + 1] = this.raOffset;
        states[remembered + 2] = this.fpOffset;
        this.remembered = remembered + STATE_SIZE;
        return 0;
      case CfaOpcode.RESTORE_STATE:
        if (remembered === 0) return NOT_PLAIN;
        this.remembered = remembered - STATE_SIZE;
        this.cfa = states[remembered - 3]!;
        this.raOffset = states[remembered - 2]!;
        this.fpOffset = states[remembered - 1]!;
        return 0;
      case CfaOpcode.ADVANCE_LOC1:
        return this.readFixed(1) * initial.codeAlignment;
      case CfaOpcode.ADVANCE_LOC2:
        return this.readFixed(2) * initial.codeAlignment;
      case CfaOpcode.DEF_CFA_OFFSET:
        return this.setCfaOffset(this.readUleb());
      case CfaOpcode.DEF_CFA_REGISTER:
        return this.setCfaRegister(this.readUleb());
      case CfaOpcode.DEF_CFA:
        return this.setCfaRegister(this.readUleb()) ||
          this.setCfaOffset(this.readUleb());
      case CfaOpcode.OFFSET_EXTENDED:
        return this.setOffset(this.readUleb(), initial);
      case CfaOpcode.RESTORE_EXTENDED:
        return this.restore(this.readUleb(), initial);
      case CfaOpcode.GNU_ARGS_SIZE:
        return this.readUleb() < 0 ? NOT_PLAIN : 0;
      case CfaOpcode.AARCH64_NEGATE_RA_STATE:
        if (!this.togglesSigned) return NOT_PLAIN;
        this.cfa ^= SIGNED;
        return 0;
      default:
        return (opcode & 0xc0) === CfaOpcode.OFFSET
          ? this.setOffset(opcode & 0x3f, initial)
          : NOT_PLAIN;
    }
  }

  private setCfaRegister(register: number): number {
    if (register < 0 || register >= COLUMN_COUNT) return NOT_PLAIN;
    this.cfa = (this.cfa & ~REGISTER_MASK) | register;
    return 0;
  }

  private setCfaOffset(offset: number): number {
    if (offset < 0) return NOT_PLAIN;
    this.cfa = (this.cfa & BELOW_OFFSET) | (offset << OFFSET_SHIFT);
    return 0;
  }

  private setOffset(register: number, initial: InitialRules): number {
    const operand = this.readUleb();
    if (register < 0 || operand < 0) return NOT_PLAIN;
    const offset = Math.imul(operand, initial.dataAlignment);
    if (register === this.fpRegister) this.fpOffset = offset;
    else if (register === this.raRegister) this.raOffset = offset;
    else if (register === this.spRegister) {
      // Where functions save it like any other register, this is its default.
      return this.savesSp && offset < 0 ? 0 : NOT_PLAIN;
    }
    return 0;
  }

  private restore(register: number, initial: InitialRules): number {
    if (register < 0) return NOT_PLAIN;
    if (register === this.fpRegister) this.fpOffset = initial.fpOffset;
    else if (register === this.raRegister) this.raOffset = initial.raOffset;
    return 0;
  }

  /** An unsigned number of `size` bytes; -1 if it leads out of the FDE. */
  private readFixed(size: number): number {
    const { offset, section: { view, littleEndian } } = this;
    if (offset + size > this.endOffset) return -1;
    this.offset = offset + size;
    return size === 1
      ? view.getUint8(offset)
      : view.getUint16(offset, littleEndian);
  }

  /** A ULEB128 of at most three bytes; -1 if it is longer, or leads out of the FDE. */
  private readUleb(): number {
    const { bytes, endOffset } = this;
    let value = 0;
    for (let shift = 0; shift < 21; shift += 7) {
      if (this.offset >= endOffset) return -1;
      const byte = bytes[this.offset++]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return -1;
  }
}
