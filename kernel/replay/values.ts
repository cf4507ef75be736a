/**
 * Numbers as scenarios write them.
 *
 * @module
 */
import type { Value } from "./scenario.ts";

/** A scenario names something that is not there: an error of whoever wrote it. */
export class ScenarioError extends Error {
  /** Makes the error. */
  constructor(message: string) {
    super(message);
    this.name = "ScenarioError";
  }
}

const TERM = /\s*([+-]?)\s*(\$[A-Za-z_]\w*|0x[0-9a-fA-F]+|\d+)\s*/y;

/** Variables of a running scenario. */
export class Variables {
  private readonly values: Map<string, number> = new Map();

  /** Sets variable `name`. */
  set(name: string, value: number): void {
    this.values.set(name, value);
  }

  /** Names by value, for texts: the one that was set last. */
  nameOf(value: number): string | undefined {
    let found: string | undefined;
    for (const [name, other] of this.values) if (other === value) found = name;
    return found;
  }

  /**
   * What `value` comes to. A name alone, without `$`, is a variable too.
   *
   * @throws {ScenarioError} If it cannot be read, or a variable is not set.
   */
  evaluate(value: Value): number {
    if (typeof value === "number") return value;
    const plain = this.values.get(value);
    if (plain !== undefined) return plain;
    let sum = 0;
    TERM.lastIndex = 0;
    let at = 0;
    while (at < value.length) {
      const match = TERM.exec(value);
      if (match === null || (at > 0 && match[1] === "")) {
        throw new ScenarioError(`"${value}" is no number`);
      }
      at = TERM.lastIndex;
      const term = this.term(match[2]!);
      sum += match[1] === "-" ? -term : term;
    }
    // Integers beyond are not exact, and a checkpoint would not bring back what is no number.
    if (at === 0 || !Number.isSafeInteger(sum)) {
      throw new ScenarioError(`"${value}" is no number below 2 to the 53rd`);
    }
    return sum;
  }

  /** One term of a sum. */
  private term(text: string): number {
    if (!text.startsWith("$")) return Number(text);
    const value = this.values.get(text.slice(1));
    if (value === undefined) throw new ScenarioError(`${text} is not set`);
    return value;
  }
}

/** Bytes of pairs of hexadecimal digits, with blanks anywhere between them. @throws {ScenarioError} */
export function parseHex(text: string): Uint8Array {
  const digits = text.replaceAll(/\s+/g, "");
  if (digits.length % 2 !== 0 || /[^0-9a-fA-F]/.test(digits)) {
    throw new ScenarioError("hex is no row of pairs of hexadecimal digits");
  }
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  }
  return bytes;
}

/** Bytes as pairs of hexadecimal digits. */
export function formatBytes(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}
