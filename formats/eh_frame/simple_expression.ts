/**
 * Expressions that say no more than base + offset, or the word there: nearly all that compilers and libraries emit.
 *
 * @module
 */
import { Cursor } from "../base/cursor.ts";
import { FormatError } from "../base/error.ts";
import { Op } from "./operations.ts";

/** The base of an expression that starts from the value already on the stack (the CFA). */
export const INITIAL_VALUE = -1;

/** An expression of the form `base + offset` or `memory[base + offset]`. Reused. */
export class SimpleExpression {
  /** Register number, or {@linkcode INITIAL_VALUE}. */
  base: number = INITIAL_VALUE;
  /** Offset, bytes. */
  offset = 0;
  /** Whether the word at base + offset is the value. */
  deref = false;

  /**
   * Reads the `size` bytes at `offset`.
   *
   * @returns Whether the expression has this form; otherwise the fields mean nothing.
   */
  match(
    view: DataView,
    littleEndian: boolean,
    offset: number,
    size: number,
  ): boolean {
    try {
      return this.read(
        new Cursor(
          view,
          littleEndian,
          "DWARF expression",
          offset,
          offset + size,
        ),
      );
    } catch (error) {
      if (error instanceof FormatError) return false;
      throw error;
    }
  }

  private read(cursor: Cursor): boolean {
    this.base = INITIAL_VALUE;
    this.offset = 0;
    this.deref = false;
    let isFirst = true;
    while (cursor.offset < cursor.end) {
      const op = cursor.u8("operation");
      if (op >= Op.BREG0 && op <= Op.BREG31 && isFirst) {
        this.base = op - Op.BREG0;
        this.offset = cursor.sleb("offset");
      } else if (op === Op.BREGX && isFirst) {
        this.base = cursor.uleb("register");
        this.offset = cursor.sleb("offset");
      } else if (op === Op.PLUS_UCONST && !this.deref) {
        this.offset += cursor.uleb("addend");
      } else if (op === Op.DEREF && !this.deref) {
        this.deref = true;
      } else if (op !== Op.NOP) {
        return false;
      }
      isFirst = false;
    }
    return true;
  }
}

/** The expression's bytes, and places of the two numbers that vary: the offset and the threshold. */
const PLT_PATTERN = [
  [Op.BREG0 + 7, -1, Op.BREG0 + 16, 0, Op.LIT0 + 15, Op.AND],
  [Op.GE, Op.LIT0 + 3, Op.SHL, Op.PLUS],
] as const;
const PLT_SIZE = 11;

/**
 * Recognises the CFA expression that x86-64 linkers give to a PLT of 16-byte slots:
 * CFA = rsp + offset + ((rip & 15) >= threshold ? 8 : 0), since each slot pushes once.
 *
 * @returns The threshold (1 to 15), with the offset at `offset + 1` as a byte; 0 if it is another expression.
 */
export function matchPltExpression(
  view: DataView,
  offset: number,
  size: number,
): number {
  if (size !== PLT_SIZE) return 0;
  const [head, tail] = PLT_PATTERN;
  for (let i = 0; i < head.length; i++) {
    if (i !== 1 && view.getUint8(offset + i) !== head[i]) return 0;
  }
  if (view.getUint8(offset + 1) >= 0x40) return 0; // negative, or goes on
  for (let i = 0; i < tail.length; i++) {
    if (view.getUint8(offset + 7 + i) !== tail[i]) return 0;
  }
  const threshold = view.getUint8(offset + 6) - Op.LIT0;
  return threshold > 0 && threshold < 16 ? threshold : 0;
}
