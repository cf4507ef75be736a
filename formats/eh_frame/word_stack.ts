/**
 * A stack of 64-bit words as pairs of 32-bit halves: exact where a Number is not, without a bigint for each value.
 *
 * @module
 */

const TWO_32 = 0x1_0000_0000;

/** The stack of an expression. Operations wrap around at 64 bits; the caller checks the depth. */
export class WordStack {
  /** Count of words. */
  depth = 0;
  private readonly high: Int32Array;
  private readonly low: Int32Array;

  /** A stack of at most `limit` words, and one more for the time of an operation. */
  constructor(limit: number) {
    this.high = new Int32Array(limit + 1);
    this.low = new Int32Array(limit + 1);
  }

  /** Whether no more words may be pushed. */
  get isFull(): boolean {
    return this.depth >= this.high.length - 1;
  }

  /** Pushes an integer of less than 2^64 in size. */
  push(value: number): void {
    const high = Math.floor(value / TWO_32);
    this.pushPair(high | 0, (value - high * TWO_32) | 0);
  }

  /** Pushes the two halves of a word. */
  pushPair(high: number, low: number): void {
    this.high[this.depth] = high;
    this.low[this.depth] = low;
    this.depth++;
  }

  /** Pops a word as a signed Number, rounded beyond 2^53. */
  pop(): number {
    const at = --this.depth;
    return this.high[at]! * TWO_32 + (this.low[at]! >>> 0);
  }

  /** Pushes a copy of the word that is `index` below the top. */
  pick(index: number): void {
    const at = this.depth - 1 - index;
    this.pushPair(this.high[at]!, this.low[at]!);
  }

  /** Exchanges the two words on top. */
  swap(): void {
    this.pick(1);
    this.moveDown(2);
    this.depth--;
  }

  /** Moves the top word below the next two. */
  rotate(): void {
    this.pick(0);
    const at = this.depth - 1;
    for (let i = at - 1; i > at - 3; i--) this.copy(i - 1, i);
    this.copy(at, at - 3);
    this.depth--;
  }

  /** Adds the two words on top. */
  add(): void {
    const at = this.take();
    const low = (this.low[at - 1]! >>> 0) + (this.low[at]! >>> 0);
    const high = this.high[at - 1]! + this.high[at]! +
      (low >= TWO_32 ? 1 : 0);
    this.set(at - 1, high | 0, low | 0);
  }

  /** Negates the top word. */
  negate(): void {
    const at = this.depth - 1;
    const low = -this.low[at]! | 0;
    this.set(at, (~this.high[at]! + (low === 0 ? 1 : 0)) | 0, low);
  }

  /** Complements the top word. */
  not(): void {
    const at = this.depth - 1;
    this.set(at, ~this.high[at]!, ~this.low[at]!);
  }

  /** Whether the top word is negative. */
  get isNegative(): boolean {
    return this.high[this.depth - 1]! < 0;
  }

  /** Whether the top word is zero. */
  get isZero(): boolean {
    const at = this.depth - 1;
    return (this.high[at]! | this.low[at]!) === 0;
  }

  /** Bitwise and of the two words on top. */
  and(): void {
    const at = this.take();
    this.set(
      at - 1,
      this.high[at - 1]! & this.high[at]!,
      this.low[at - 1]! & this.low[at]!,
    );
  }

  /** Bitwise or of the two words on top. */
  or(): void {
    const at = this.take();
    this.set(
      at - 1,
      this.high[at - 1]! | this.high[at]!,
      this.low[at - 1]! | this.low[at]!,
    );
  }

  /** Bitwise exclusive or of the two words on top. */
  xor(): void {
    const at = this.take();
    this.set(
      at - 1,
      this.high[at - 1]! ^ this.high[at]!,
      this.low[at - 1]! ^ this.low[at]!,
    );
  }

  /** Compares the two words on top as signed numbers and pops them: negative, zero or positive. */
  compare(): number {
    this.depth -= 2;
    const at = this.depth;
    return this.high[at]! - this.high[at + 1]! ||
      (this.low[at]! >>> 0) - (this.low[at + 1]! >>> 0);
  }

  /**
   * Pops two words and pushes what `operate` makes of them as signed bigints, wrapped. For the rare operations
   * (products, quotients, shifts) for which halves are not worth their code.
   */
  operate(operate: (second: bigint, top: bigint) => bigint): void {
    const top = this.popBig();
    const second = this.popBig();
    const result = BigInt.asUintN(64, operate(second, top));
    this.pushPair(
      Number(result >> 32n) | 0,
      Number(result & 0xffff_ffffn) | 0,
    );
  }

  private popBig(): bigint {
    const at = --this.depth;
    return (BigInt(this.high[at]!) << 32n) | BigInt(this.low[at]! >>> 0);
  }

  /** Pops the top word; its place can still be read. */
  private take(): number {
    return --this.depth;
  }

  private set(at: number, high: number, low: number): void {
    this.high[at] = high;
    this.low[at] = low;
  }

  private copy(from: number, to: number): void {
    this.set(to, this.high[from]!, this.low[from]!);
  }

  private moveDown(count: number): void {
    const at = this.depth - 1;
    for (let i = at - count; i < at; i++) this.copy(i + 1, i);
  }
}
