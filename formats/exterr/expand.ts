/**
 * Expansion of the conversions in a record's message.
 *
 * A message is text out of another program's memory, so nothing in it is trusted: every conversion that would read more
 * than its one parameter, or write anything, is told in the text instead of being done.
 *
 * @module
 */
import {
  formatCharacter,
  formatInteger,
  parseConversion,
} from "./conversion.ts";
import type { TextBuffer } from "./text_buffer.ts";

const PERCENT = 0x25;
/** Most bytes between `%` and the character that ends a conversion; the C library's buffer overflows beyond. */
const MAX_CONVERSION_SIZE = 29;
/** What ends a conversion, in the order of the printf manual. */
const ENDS: Uint8Array = new TextEncoder().encode(
  "bBdiouxXDOUeEfFgGaACcSspnm%",
);
const ALL_ONES = 0xffff_ffff_ffff_ffffn;

/**
 * Writes the message with its conversions replaced by the parameters.
 *
 * The n-th conversion takes the n-th parameter, 2^64 - 1 from the third on; every conversion counts, `%%` and those
 * that are not done too. `b B d i o u x X` take flags, width, precision and length as in printf, `c` and `C` are one
 * character, `p` a pointer. `n` gives `<illegal-format>:` and its text, others (floating point, strings, `*`, `$`)
 * `<unsupported-format>:` and their text, one too long `<format-too-large>`. When the output is full the rest is lost.
 *
 * Source: FreeBSD main of early 2026, lib/libc/gen/uexterr_format.c; a conversion that the text ends in, and lengths
 * of 30 and 31, which the C library reads or writes beyond its buffers for, are told like the others.
 *
 * @param message The record's message, to its NUL.
 */
export function expandMessage(
  message: Uint8Array,
  p1: bigint,
  p2: bigint,
  out: TextBuffer,
): void {
  const end = endOf(message);
  let index = 0;
  let at = 0;
  while (at < end && !out.isFull) {
    const byte = message[at++]!;
    if (byte !== PERCENT) {
      out.byte(byte);
      continue;
    }
    const from = at;
    while (at < end && !ENDS.includes(message[at]!)) at++;
    const size = at - from;
    const value = index === 0 ? p1 : index === 1 ? p2 : ALL_ONES;
    index++;
    if (size > MAX_CONVERSION_SIZE) out.text("<format-too-large>");
    else if (at === end) tell("unsupported", message.subarray(from, end), out);
    else convert(message.subarray(from, at + 1), value, out);
    at++;
  }
}

function endOf(message: Uint8Array): number {
  const end = message.indexOf(0);
  return end < 0 ? message.length : end;
}

/** Does one conversion; `text` is all behind the `%`. */
function convert(text: Uint8Array, value: bigint, out: TextBuffer): void {
  const end = String.fromCharCode(text.at(-1)!);
  if (end === "%") return out.byte(PERCENT);
  if (end === "n") return tell("illegal", text, out);
  const conversion = parseConversion(text);
  if (conversion === undefined) return tell("unsupported", text, out);
  if (end === "c" || end === "C") {
    return out.bytes(formatCharacter(conversion, value));
  }
  out.text(formatInteger(conversion, value));
}

function tell(
  what: "illegal" | "unsupported",
  text: Uint8Array,
  out: TextBuffer,
): void {
  out.text(`<${what}-format>:%`);
  out.bytes(text);
}
