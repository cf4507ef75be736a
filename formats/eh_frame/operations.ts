/**
 * Numbers of DWARF expression operations.
 *
 * Source: DWARF 5 section 7.7.1.
 *
 * @module
 */

/** Operations that make sense in call frame information. */
export const Op = {
  /** Pushes an address. */
  ADDR: 0x03,
  /** Replaces an address by the word there. */
  DEREF: 0x06,
  /** Pushes an unsigned byte; the next ones, in turn signed and of 2, 4, 8 bytes, follow. */
  CONST1U: 0x08,
  /** Pushes a signed byte. */
  CONST1S: 0x09,
  /** Pushes 2 bytes, unsigned. */
  CONST2U: 0x0a,
  /** Pushes 2 bytes, signed. */
  CONST2S: 0x0b,
  /** Pushes 4 bytes, unsigned. */
  CONST4U: 0x0c,
  /** Pushes 4 bytes, signed. */
  CONST4S: 0x0d,
  /** Pushes 8 bytes. */
  CONST8U: 0x0e,
  /** Pushes 8 bytes. */
  CONST8S: 0x0f,
  /** Pushes a ULEB128. */
  CONSTU: 0x10,
  /** Pushes an SLEB128. */
  CONSTS: 0x11,
  /** Pushes the top again. */
  DUP: 0x12,
  /** Pops. */
  DROP: 0x13,
  /** Pushes the second again. */
  OVER: 0x14,
  /** Pushes the value at an index. */
  PICK: 0x15,
  /** Exchanges the two on top. */
  SWAP: 0x16,
  /** Moves the top below the next two. */
  ROT: 0x17,
  /** Absolute value. */
  ABS: 0x19,
  /** Bitwise and. */
  AND: 0x1a,
  /** Signed division. */
  DIV: 0x1b,
  /** Second - top. */
  MINUS: 0x1c,
  /** Unsigned remainder. */
  MOD: 0x1d,
  /** Product. */
  MUL: 0x1e,
  /** Negation. */
  NEG: 0x1f,
  /** Bitwise complement. */
  NOT: 0x20,
  /** Bitwise or. */
  OR: 0x21,
  /** Sum. */
  PLUS: 0x22,
  /** Adds a ULEB128. */
  PLUS_UCONST: 0x23,
  /** Shift left. */
  SHL: 0x24,
  /** Logical shift right. */
  SHR: 0x25,
  /** Arithmetic shift right. */
  SHRA: 0x26,
  /** Bitwise exclusive or. */
  XOR: 0x27,
  /** Jumps if the popped value is not 0. */
  BRA: 0x28,
  /** Second = top. */
  EQ: 0x29,
  /** Second >= top, signed. */
  GE: 0x2a,
  /** Second > top, signed. */
  GT: 0x2b,
  /** Second <= top, signed. */
  LE: 0x2c,
  /** Second < top, signed. */
  LT: 0x2d,
  /** Second != top. */
  NE: 0x2e,
  /** Jumps. */
  SKIP: 0x2f,
  /** Pushes 0; 31 more follow. */
  LIT0: 0x30,
  /** Pushes 31. */
  LIT31: 0x4f,
  /** Pushes register 0; 31 more follow. */
  REG0: 0x50,
  /** Pushes register 31. */
  REG31: 0x6f,
  /** Pushes register 0 + SLEB128; 31 more follow. */
  BREG0: 0x70,
  /** Pushes register 31 + SLEB128. */
  BREG31: 0x8f,
  /** Pushes the register of a ULEB128. */
  REGX: 0x90,
  /** Pushes the register of a ULEB128 + SLEB128. */
  BREGX: 0x92,
  /** Replaces an address by the 1, 2, 4 or 8 bytes there. */
  DEREF_SIZE: 0x94,
  /** Does nothing. */
  NOP: 0x96,
  /** Pushes the CFA. */
  CALL_FRAME_CFA: 0x9c,
  /** Says that the result is a value; here it always is. */
  STACK_VALUE: 0x9f,
} as const;

/** How many words each operation needs on the stack; those that are not listed need none. */
export const NEEDED_DEPTH: Uint8Array = makeNeededDepth();

function makeNeededDepth(): Uint8Array {
  const needed = new Uint8Array(256);
  const unary = [
    Op.DEREF,
    Op.DUP,
    Op.DROP,
    Op.ABS,
    Op.NEG,
    Op.NOT,
    Op.PLUS_UCONST,
    Op.BRA,
    Op.DEREF_SIZE,
  ];
  for (const op of unary) needed[op] = 1;
  const binary = [
    Op.OVER,
    Op.SWAP,
    Op.AND,
    Op.DIV,
    Op.MINUS,
    Op.MOD,
    Op.MUL,
    Op.OR,
    Op.PLUS,
    Op.SHL,
    Op.SHR,
    Op.SHRA,
    Op.XOR,
  ];
  for (const op of binary) needed[op] = 2;
  for (let op: number = Op.EQ; op <= Op.NE; op++) needed[op] = 2;
  needed[Op.ROT] = 3;
  return needed;
}
