/**
 * The one family of errors about data. Whatever reads bytes throws these and nothing else; misuse of a function is a
 * `TypeError` or `RangeError`.
 *
 * @module
 */

/** What is wrong with the data, in one word. */
export type FormatErrorCode =
  /** Bytes end before the structure does. */
  | "truncated"
  /** The leading bytes are those of something else. */
  | "bad-magic"
  /** A field has a value that the format does not allow. */
  | "bad-value"
  /** A count, size or offset points outside the bytes at hand. */
  | "out-of-bounds"
  /** A limit that keeps work proportional to the input was reached. */
  | "limit"
  /** Valid data of a kind that is not handled here. */
  | "unsupported";

/** Where and what: the fields from which the message of a {@linkcode FormatError} is made. */
export interface FormatErrorFields {
  /** What is wrong. */
  code: FormatErrorCode;
  /** The format's name as users know it: `ELF`, `SFrame`, `core dump`. */
  format: string;
  /** The field, named as in the format's specification. */
  field: string;
  /** Bytes from the start of the bytes that were given to the decoder (or of the file, where there is one). */
  offset: number;
  /** What was found, if that helps. */
  value?: number | bigint | string | undefined;
  /** What would have been right, as a noun phrase: `a size of at least 28`. */
  expected: string;
  /** The error that led to this one. */
  cause?: unknown;
}

/**
 * Bytes that are not what their format says.
 *
 * @example Telling what is wrong
 * ```ts
 * import { FormatError } from "@framewalk/framewalk";
 * const error = new FormatError({
 *   code: "bad-value", format: "SFrame", field: "version", offset: 2, value: 9, expected: "1, 2 or 3",
 * });
 * console.log(error.message); // Cannot read SFrame version at offset 0x2: expected 1, 2 or 3, got 9
 * ```
 */
export class FormatError extends Error {
  /** What is wrong, in one word. */
  readonly code: FormatErrorCode;
  /** The format's name. */
  readonly format: string;
  /** The field's name in the specification. */
  readonly field: string;
  /** Bytes from the start of what was read. */
  readonly offset: number;
  /** What was found there. */
  readonly value: number | bigint | string | undefined;
  /** What would have been right, as a noun phrase. */
  readonly expected: string;

  /** Makes the error; its message is built from the fields. */
  constructor(fields: FormatErrorFields) {
    super(
      describeFormatError(fields),
      fields.cause === undefined ? undefined : { cause: fields.cause },
    );
    this.name = "FormatError";
    this.code = fields.code;
    this.format = fields.format;
    this.field = fields.field;
    this.offset = fields.offset;
    this.value = fields.value;
    this.expected = fields.expected;
  }
}

/** Bytes end before the structure does. */
export class TruncatedError extends FormatError {
  /** How many bytes the structure needs from `offset` on. */
  readonly needed: number;

  /** Makes the error for a structure of `needed` bytes at `offset` of which `available` are there. */
  constructor(
    format: string,
    field: string,
    offset: number,
    needed: number,
    available: number,
  ) {
    super({
      code: "truncated",
      format,
      field,
      offset,
      value: `${Math.max(0, available)}`,
      expected: `${needed} bytes`,
    });
    this.name = "TruncatedError";
    this.needed = needed;
  }
}

/** Valid per the specification, but not handled here. */
export class UnsupportedError extends FormatError {
  /** Makes the error; `expected` says what is handled. */
  constructor(
    format: string,
    field: string,
    offset: number,
    value: number | string,
    expected: string,
  ) {
    super({ code: "unsupported", format, field, offset, value, expected });
    this.name = "UnsupportedError";
  }
}

function describeFormatError(fields: FormatErrorFields): string {
  const { format, field, offset, value, expected } = fields;
  const where = `Cannot read ${format} ${field} at offset 0x${
    offset.toString(16)
  }`;
  return `${where}: expected ${expected}${
    value === undefined ? "" : `, got ${describeValue(value)}`
  }`;
}

function describeValue(value: number | bigint | string): string {
  if (typeof value === "string") return value;
  const text = value.toString();
  if (typeof value === "number" && !Number.isInteger(value)) return text;
  return value > 9 || value < -9
    ? `${text} (0x${BigInt.asUintN(64, BigInt(value)).toString(16)})`
    : text;
}
