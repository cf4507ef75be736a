/**
 * One conversion of printf for an integer, a pointer or a character.
 *
 * @module
 */
import { MAX_TEXT_SIZE } from "./constants.ts";

/** A conversion taken apart. */
export interface Conversion {
  /** `-`: pad on the right. */
  left: boolean;
  /** `+`, or a blank: what stands before a signed value that is not negative. */
  sign: "" | "+" | " ";
  /** `#`: with the prefix of the base. */
  alternate: boolean;
  /** `0`: pad with zeros. */
  zero: boolean;
  /** Least characters. */
  width: number;
  /** Least digits; -1 if not given. */
  precision: number;
  /** Bits of the value that count. */
  bits: number;
  /** The character at the end. */
  end: string;
}

/**
 * Flags, width, precision, length modifiers (the first one counts), end. An apostrophe groups nothing in C's locale.
 * Lengths of fast types (`wf64`) do not get here: the scan for the end stops at their `f`.
 */
const SYNTAX =
  /^([-+ #0']*)([1-9]\d*)?(?:\.(\d*))?((?:[hjltzqL]|w\d*)*)([bBdiouxXcCp])$/;

const BASES: Readonly<Record<string, [radix: number, prefix: string]>> = {
  b: [2, "0b"],
  B: [2, "0B"],
  o: [8, ""],
  x: [16, "0x"],
  X: [16, "0X"],
  p: [16, "0x"],
};

/**
 * Takes a conversion apart.
 *
 * @param text All behind the `%`.
 * @returns `undefined` for what is none of these conversions, or takes more than one argument (`*`, `$`).
 */
export function parseConversion(text: Uint8Array): Conversion | undefined {
  const match = SYNTAX.exec(String.fromCharCode(...text));
  if (match === null) return undefined;
  const [, flags, width, precision, length, end] = match;
  return {
    left: flags!.includes("-"),
    sign: flags!.includes("+") ? "+" : flags!.includes(" ") ? " " : "",
    alternate: flags!.includes("#"),
    zero: flags!.includes("0"),
    width: Number(width ?? 0),
    precision: precision === undefined ? -1 : Number(precision),
    bits: end === "p" ? 64 : bitsOf(length!),
    end: end!,
  };
}

/** Bits by the first length modifier; `q` and `L` are not known and stand for nothing. */
function bitsOf(length: string): number {
  const first = /hh|[hjltz]|w\d*/.exec(length)?.[0];
  switch (first) {
    case "hh":
    case "w8":
      return 8;
    case "h":
    case "w16":
      return 16;
    case "j":
    case "l":
    case "t":
    case "z":
    case "w64":
      return 64;
    default:
      return 32;
  }
}

/** Formats an integer or a pointer: text of ASCII characters, at most some hundred. */
export function formatInteger(
  conversion: Conversion,
  parameter: bigint,
): string {
  const { bits, end, precision, alternate } = conversion;
  const isSigned = end === "d" || end === "i";
  const value = isSigned
    ? BigInt.asIntN(bits, parameter)
    : BigInt.asUintN(bits, parameter);
  const [radix, basePrefix] = BASES[end] ?? [10, ""];
  let digits = (value < 0n ? -value : value).toString(radix);
  if (end === "X") digits = digits.toUpperCase();
  if (value === 0n && precision === 0) digits = "";
  let prefix = "";
  if (isSigned) prefix = value < 0n ? "-" : conversion.sign;
  else if (end === "p" || (alternate && value !== 0n)) prefix = basePrefix;
  let digitCount = Math.max(precision, digits.length);
  if (end === "o" && alternate && digitCount === digits.length) {
    if (digits[0] !== "0") digitCount++;
  }
  const size = prefix.length + digitCount;
  if (conversion.zero && !conversion.left && precision < 0) {
    digitCount += Math.max(0, conversion.width - size);
  }
  const text = prefix + repeat("0", digitCount - digits.length) + digits;
  return pad(conversion, text, prefix.length + digitCount);
}

/** Formats a character: a byte, or with `C` or `l` a code point in UTF-8. */
export function formatCharacter(
  conversion: Conversion,
  parameter: bigint,
): Uint8Array {
  const isWide = conversion.end === "C" || conversion.bits === 64;
  const value = Number(BigInt.asUintN(32, parameter));
  const isChar = isWide && value <= 0x10_ffff;
  // Surrogates and beyond are no characters; the encoder puts U+FFFD in their place.
  const code = isWide && !isChar ? 0xfffd : value;
  const bytes = isWide
    ? new TextEncoder().encode(String.fromCodePoint(code))
    : Uint8Array.of(value & 0xff);
  const encoder = new TextEncoder();
  const blanks = encoder.encode(repeat(" ", conversion.width - bytes.length));
  return conversion.left
    ? Uint8Array.of(...bytes, ...blanks)
    : Uint8Array.of(...blanks, ...bytes);
}

/** Pads `text`, of which only the first characters may be there while `size` is the size of all. */
function pad({ left, width }: Conversion, text: string, size: number): string {
  const blanks = repeat(" ", width - size);
  return left ? text + blanks : blanks + text;
}

/** More than a whole text of anything is cut anyway: a width of a billion costs nothing. */
function repeat(character: string, count: number): string {
  return character.repeat(Math.max(0, Math.min(count, MAX_TEXT_SIZE)));
}
