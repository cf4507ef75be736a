/**
 * Evaluates the expressions of call frame information.
 *
 * @module
 */
import { Cursor } from "../base/cursor.ts";
import { FormatError } from "../base/error.ts";
import { NEEDED_DEPTH, Op } from "./operations.ts";
import { WordStack } from "./word_stack.ts";

/** The memory that expressions read. */
export interface ExpressionMemory {
  /** The 64-bit word at `address` as a signed Number; NaN if it cannot be read. */
  readWord(address: number): number;
}

/** Where the expressions are, and how far to follow them. */
export interface ExpressionOptions {
  /** Bytes that hold the expressions: the `view` of the table. */
  view: DataView;
  /** Byte order of the bytes and of the memory. */
  littleEndian: boolean;
  /** Added to `DW_OP_addr`, whose operand is in the file's own address space. Default: 0. */
  loadBias?: number;
  /** Most operations that one expression may execute. Default: 1000. */
  maxSteps?: number;
  /** Most words on the stack. Default: 64. */
  maxDepth?: number;
}

/**
 * A reusable evaluator. Arithmetic wraps around at 64 bits and is exact; only words from memory and registers come
 * as Numbers. Whatever cannot be had (unknown register, unreadable memory, an operation that makes no sense here, an
 * endless loop) gives NaN.
 *
 * @example CFA = memory[rsp + 160], as in x86-64 signal trampolines
 * ```ts
 * import {
 *   ExpressionEvaluator,
 *   type ExpressionMemory,
 *   type ExpressionOptions,
 * } from "@framewalk/framewalk/formats/eh_frame";
 * const bytes = Uint8Array.of(0x77, 0xa0, 0x01, 0x06);
 * const options: ExpressionOptions = { view: new DataView(bytes.buffer), littleEndian: true };
 * const memory: ExpressionMemory = { readWord: (address) => address + 1 };
 * const registers = new Float64Array(17).fill(NaN);
 * registers[7] = 0x7000;
 * const cfa = new ExpressionEvaluator(options).evaluate(0, 4, registers, memory, undefined);
 * console.log(cfa.toString(16)); // 70a1
 * ```
 *
 * Source: DWARF 5 sections 2.5.1 and 6.4.2.
 */
export class ExpressionEvaluator {
  private readonly cursor: Cursor;
  private readonly stack: WordStack;
  private readonly loadBias: number;
  private readonly maxSteps: number;
  private startOffset = 0;
  private registers: Float64Array = new Float64Array(0);
  private memory: ExpressionMemory | undefined = undefined;
  private initial: number | undefined = undefined;

  /** An evaluator for the expressions in one section. */
  constructor(options: ExpressionOptions) {
    this.cursor = new Cursor(
      options.view,
      options.littleEndian,
      "DWARF expression",
      0,
      0,
    );
    this.stack = new WordStack(options.maxDepth ?? 64);
    this.loadBias = options.loadBias ?? 0;
    this.maxSteps = options.maxSteps ?? 1000;
  }

  /**
   * Evaluates the `size` bytes at `offset`.
   *
   * @param registers Values by DWARF number, NaN where unknown; the pc stands at the column of the return address.
   * @param initial Pushed first: the CFA for register rules, `undefined` for the rule of the CFA itself.
   * @returns The top of the stack at the end as a signed Number; NaN if it cannot be had. Never throws.
   */
  evaluate(
    offset: number,
    size: number,
    registers: Float64Array,
    memory: ExpressionMemory,
    initial: number | undefined,
  ): number {
    const { cursor, stack } = this;
    this.registers = registers;
    this.memory = memory;
    this.initial = initial;
    this.startOffset = cursor.offset = offset;
    cursor.end = Math.min(offset + size, cursor.view.byteLength);
    stack.depth = 0;
    if (initial !== undefined && !this.push(initial)) return NaN;
    try {
      for (let steps = 0; cursor.offset < cursor.end; steps++) {
        if (steps === this.maxSteps || !this.step()) return NaN;
      }
    } catch (error) {
      if (error instanceof FormatError) return NaN; // cut off in the middle of an operand
      throw error;
    }
    return stack.depth > 0 ? stack.pop() : NaN;
  }

  /** Executes one operation; false if it cannot be done. */
  private step(): boolean {
    const { cursor, stack } = this;
    const op = cursor.u8("operation");
    if (stack.depth < NEEDED_DEPTH[op]!) return false;
    if (op >= Op.LIT0 && op <= Op.LIT31) return this.push(op - Op.LIT0);
    if (op >= Op.REG0 && op <= Op.REG31) return this.pushRegister(op - Op.REG0);
    if (op >= Op.BREG0 && op <= Op.BREG31) {
      return this.pushRegister(op - Op.BREG0) && this.addOperand(true);
    }
    switch (op) {
      case Op.NOP:
      case Op.STACK_VALUE:
        return true;
      case Op.REGX:
        return this.pushRegister(cursor.uleb("register"));
      case Op.BREGX:
        return this.pushRegister(cursor.uleb("register")) &&
          this.addOperand(true);
      case Op.CALL_FRAME_CFA:
        return this.initial !== undefined && this.push(this.initial);
      case Op.PLUS_UCONST:
        return this.addOperand(false);
      case Op.DEREF:
        return this.load(8);
      case Op.DEREF_SIZE:
        return this.load(cursor.u8("size"));
      case Op.SKIP:
        return this.jump(true);
      case Op.BRA: {
        const isTaken = stack.pop() !== 0;
        return this.jump(isTaken);
      }
      default:
        if (op <= Op.CONSTS) return this.pushConstant(op);
        if (op <= Op.ROT) return this.arrange(op);
        if (op >= Op.EQ && op <= Op.NE) return this.compare(op);
        return this.calculate(op);
    }
  }

  /** Pushes a number; false if it is unknown or there is no room. */
  private push(value: number): boolean {
    // A register may hold any 64 bits, which a Number rounds: at most up to 2^64.
    if (!(Math.abs(value) <= 2 ** 64) || this.stack.isFull) return false;
    this.stack.push(value);
    return true;
  }

  /** Pushes a register's value; false if it is unknown. */
  private pushRegister(register: number): boolean {
    const value = this.registers[register];
    return value !== undefined && this.push(value);
  }

  /** The operations up to `DW_OP_consts` that push an operand. */
  private pushConstant(op: number): boolean {
    const { cursor, stack } = this;
    const { view, littleEndian } = cursor;
    switch (op) {
      case Op.CONST1U:
        return this.push(cursor.u8("constant"));
      case Op.CONST1S:
        return this.push(view.getInt8(cursor.take(1, "constant")));
      case Op.CONST2U:
        return this.push(cursor.u16("constant"));
      case Op.CONST2S:
        return this.push(
          view.getInt16(cursor.take(2, "constant"), littleEndian),
        );
      case Op.CONST4U:
        return this.push(cursor.u32("constant"));
      case Op.CONST4S:
        return this.push(
          view.getInt32(cursor.take(4, "constant"), littleEndian),
        );
      case Op.CONSTU:
        return this.pushLeb(false);
      case Op.CONSTS:
        return this.pushLeb(true);
      case Op.ADDR:
      case Op.CONST8U:
      case Op.CONST8S: {
        const at = cursor.take(8, "constant");
        if (stack.isFull) return false;
        stack.pushPair(
          view.getInt32(littleEndian ? at + 4 : at, littleEndian),
          view.getInt32(littleEndian ? at : at + 4, littleEndian),
        );
        if (op !== Op.ADDR) return true;
        if (!this.push(this.loadBias)) return false;
        stack.add();
        return true;
      }
      default:
        return false;
    }
  }

  /** Pushes a LEB128 of up to 64 bits, exactly. */
  private pushLeb(isSigned: boolean): boolean {
    const { cursor, stack } = this;
    let high = 0;
    let low = 0;
    let shift = 0;
    let byte: number;
    do {
      byte = cursor.u8("constant");
      const bits = byte & 0x7f;
      if (shift < 32) low |= bits << shift;
      if (shift > 25 && shift < 32) high |= bits >>> (32 - shift);
      if (shift >= 32 && shift < 64) high |= bits << (shift - 32);
      shift += 7;
    } while (byte >= 0x80);
    if (isSigned && (byte & 0x40) !== 0 && shift < 64) {
      if (shift < 32) {
        low |= -1 << shift;
        high = -1;
      } else high |= -1 << (shift - 32);
    }
    if (stack.isFull) return false;
    stack.pushPair(high, low);
    return true;
  }

  /** Adds a LEB128 operand to the top. */
  private addOperand(isSigned: boolean): boolean {
    if (!this.pushLeb(isSigned)) return false;
    this.stack.add();
    return true;
  }

  /** Moves on by the operand, but not out of the expression. */
  private jump(isTaken: boolean): boolean {
    const { cursor } = this;
    const { view, littleEndian } = cursor;
    const distance = view.getInt16(cursor.take(2, "distance"), littleEndian);
    if (!isTaken) return true;
    const target = cursor.offset + distance;
    if (target < this.startOffset || target > cursor.end) return false;
    cursor.offset = target;
    return true;
  }

  /** Replaces the address on top by the `size` bytes there. */
  private load(size: number): boolean {
    const address = this.stack.pop();
    if (!Number.isSafeInteger(address)) return false;
    if (size === 8) return this.push(this.memory!.readWord(address));
    if (size !== 1 && size !== 2 && size !== 4) return false;
    // Memory gives words only: the part is at the start of one and at the end of another.
    return this.loadPart(address, size, this.cursor.littleEndian) ||
      this.loadPart(address - 8 + size, size, !this.cursor.littleEndian);
  }

  /** Pushes `size` bytes at one end of the word at `address`; false if the word is not exact. */
  private loadPart(address: number, size: number, isLowPart: boolean): boolean {
    const word = this.memory!.readWord(address);
    if (!Number.isSafeInteger(word)) return false;
    const scale = 256 ** size;
    if (isLowPart) return this.push(word - Math.floor(word / scale) * scale);
    const rest = 256 ** (8 - size);
    const part = Math.floor(word / rest);
    return this.push(part < 0 ? part + scale : part);
  }

  /** The operations that only move words. */
  private arrange(op: number): boolean {
    const { cursor, stack } = this;
    switch (op) {
      case Op.DROP:
        stack.depth--;
        return true;
      case Op.SWAP:
        stack.swap();
        return true;
      case Op.ROT:
        stack.rotate();
        return true;
    }
    const index = op === Op.DUP ? 0 : op === Op.OVER ? 1 : cursor.u8("index");
    if (index >= stack.depth || stack.isFull) return false;
    stack.pick(index);
    return true;
  }

  /** The operations that yield 0 or 1. */
  private compare(op: number): boolean {
    const order = this.stack.compare();
    const holds = op === Op.EQ
      ? order === 0
      : op === Op.NE
      ? order !== 0
      : op === Op.GE
      ? order >= 0
      : op === Op.GT
      ? order > 0
      : op === Op.LE
      ? order <= 0
      : order < 0;
    return this.push(holds ? 1 : 0);
  }

  /** Arithmetic and logic. */
  private calculate(op: number): boolean {
    const { stack } = this;
    switch (op) {
      case Op.ABS:
        if (stack.isNegative) stack.negate();
        return true;
      case Op.NEG:
        stack.negate();
        return true;
      case Op.NOT:
        stack.not();
        return true;
      case Op.PLUS:
        stack.add();
        return true;
      case Op.MINUS:
        stack.negate();
        stack.add();
        return true;
      case Op.AND:
        stack.and();
        return true;
      case Op.OR:
        stack.or();
        return true;
      case Op.XOR:
        stack.xor();
        return true;
      case Op.MUL:
        stack.operate((second, top) => second * top);
        return true;
      case Op.DIV:
      case Op.MOD:
        if (stack.isZero) return false;
        stack.operate(
          op === Op.DIV
            ? (second, top) => second / top
            : (second, top) => unsigned(second) % unsigned(top),
        );
        return true;
      case Op.SHL:
        stack.operate((second, top) => second << shiftCount(top));
        return true;
      case Op.SHR:
        stack.operate((second, top) => unsigned(second) >> shiftCount(top));
        return true;
      case Op.SHRA:
        stack.operate((second, top) => second >> shiftCount(top));
        return true;
      default:
        return false;
    }
  }
}

function unsigned(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

/** Shifts of 64 and more leave nothing but the sign; the count must not size a bigint. */
function shiftCount(value: bigint): bigint {
  const count = unsigned(value);
  return count > 64n ? 64n : count;
}
