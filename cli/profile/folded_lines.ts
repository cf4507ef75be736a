/**
 * Lines of folded stacks, made from the bytes of the names: neighbours share most of their stack, and a stack as a string
 * for each line takes three times as long.
 *
 * @module
 */

/** Bytes that are gathered before they are written. */
const FLUSH_AT = 1 << 16;
const NEW_LINE = 10;
const SPACE = 32;
const ZERO = 48;
/** Digits of the largest count. */
const MAX_DIGITS = 16;

/** The present stack, and the lines that were made of such. */
export class FoldedLines {
  private readonly write: (bytes: Uint8Array) => void;
  /** Names of the present stack, a separator in front of each. */
  private path: Uint8Array = new Uint8Array(1 << 12);
  /** Where each of them begins, and where the last one ends. */
  private readonly ends: number[] = [0];
  private lines: Uint8Array = new Uint8Array(2 * FLUSH_AT);
  private used = 0;

  /** Hands bytes to `write`, which may not keep them. */
  constructor(write: (bytes: Uint8Array) => void) {
    this.write = write;
  }

  /** Puts a function on the stack: a separator and its name. */
  push(name: Uint8Array): void {
    const start = this.ends.at(-1)!;
    const end = start + name.length;
    if (end > this.path.length) this.path = grown(this.path, end);
    this.path.set(name, start);
    this.ends.push(end);
  }

  /** Takes the last function from the stack. */
  pop(): void {
    this.ends.pop();
  }

  /** Adds a line: the present stack, without the first separator, and `count`. */
  add(count: number): void {
    const size = this.ends.at(-1)!;
    const room = size + MAX_DIGITS + 2;
    if (this.used + room > this.lines.length) {
      this.flush();
      if (room > this.lines.length) this.lines = grown(this.lines, room);
    }
    const { lines } = this;
    lines.set(this.path.subarray(1, size), this.used);
    let at = this.used + size - 1;
    lines[at++] = SPACE;
    for (const digit of `${count}`) lines[at++] = ZERO + Number(digit);
    lines[at++] = NEW_LINE;
    this.used = at;
    if (at >= FLUSH_AT) this.flush();
  }

  /** Hands on what was gathered. */
  flush(): void {
    this.write(this.lines.subarray(0, this.used));
    this.used = 0;
  }
}

/** A copy with room for `size` bytes and more. */
function grown(bytes: Uint8Array, size: number): Uint8Array {
  const result = new Uint8Array(2 * size);
  result.set(bytes);
  return result;
}
