/**
 * Records as text, in the forms of FreeBSD's C library.
 *
 * @module
 */
import { type CategoryOptions, categoryPath } from "./categories.ts";
import { MAX_TEXT_SIZE } from "./constants.ts";
import { describeErrno } from "./errno.ts";
import { expandMessage } from "./expand.ts";
import type { Uexterror } from "./record.ts";
import { TextBuffer } from "./text_buffer.ts";

/** How much a text says. */
export type TextForm =
  /** The message; without one, the fields. */
  | "default"
  /** The message and the place in the source. */
  | "brief"
  /** The message and all fields. */
  | "full";

/** How {@linkcode formatRecord} writes. */
export interface TextOptions extends CategoryOptions {
  /** The form; `default` if left out. */
  form?: TextForm;
  /** Whether to show what a record with `error` 0 still holds of an older failure; the C library shows nothing. */
  stale?: boolean;
  /** Room for the text in bytes, its NUL included; never more than 256. */
  size?: number;
}

/** The C library's buffer for what stands behind the message. */
const TAIL_SIZE = 128;

/**
 * The text that `uexterr_gettext` gives for a record: empty for `error` 0, at most 255 bytes.
 *
 * | form | text |
 * | --- | --- |
 * | `default` | `MESSAGE`, or without a message as `full` |
 * | `brief` | `MESSAGE (src FILE:LINE)` |
 * | `full` | `MESSAGE errno E category C (src FILE:LINE) p1 X p2 Y` |
 *
 * The message's conversions are expanded as {@linkcode expandMessage} says.
 *
 * @example What a failed mmap left
 * ```ts
 * import { formatRecord, makeRecord } from "@framewalk/framewalk/formats/exterr";
 * const record = makeRecord({
 *   error: 45, category: 1, sourceLine: 310, message: "size %#jx too large", p1: 0x2000,
 * });
 * console.log(formatRecord(record, { form: "brief" })); // size 0x2000 too large (src sys/vm/vm_mmap.c:310)
 * ```
 *
 * Source: FreeBSD main of early 2026, lib/libc/gen/uexterr_format.c.
 */
export function formatRecord(
  record: Uexterror,
  options: TextOptions = {},
): string {
  const { form = "default", size = MAX_TEXT_SIZE } = options;
  const out = new TextBuffer(Math.min(size, MAX_TEXT_SIZE));
  if (record.error === 0 && !options.stale) return "";
  const hasMessage = record.message.length > 0 && record.message[0] !== 0;
  if (hasMessage) {
    expandMessage(record.message, record.p1, record.p2, out);
    out.cutAtNul();
  }
  if (form !== "default" || !hasMessage) {
    if (hasMessage) out.text(" ");
    const tail = new TextBuffer(TAIL_SIZE);
    tail.text(describeFields(record, form, options));
    out.text(tail.toString());
  }
  return out.toString();
}

function describeFields(
  record: Uexterror,
  form: TextForm,
  options: CategoryOptions,
): string {
  const { error, category, sourceLine, p1, p2 } = record;
  const place = `(src ${categoryPath(category, options)}:${sourceLine})`;
  if (form === "brief") return place;
  return `errno ${error | 0} category ${category} ${place} ` +
    `p1 ${hex(p1)} p2 ${hex(p2)}`;
}

/** As printf's `%#jx`. */
function hex(value: bigint): string {
  return value === 0n ? "0" : `0x${value.toString(16)}`;
}

/**
 * The form that the environment of a process asks for.
 *
 * @param value `EXTERROR_VERBOSE`; `undefined` if it is not set.
 * @param isSetId Whether the process has another user's rights: the variable does not count then.
 */
export function textFormOf(
  value: string | undefined,
  isSetId = false,
): TextForm {
  if (value === undefined || isSetId) return "default";
  return value === "brief" ? "brief" : "full";
}

/**
 * The line that `warn(3)` writes for a failure: `cp: /mnt: Operation not supported (extended error ...)`; without
 * extended data, the part in brackets is missing.
 */
export function formatWarning(
  program: string,
  text: string,
  record: Uexterror,
  options: TextOptions = {},
): string {
  const extended = formatRecord(record, options);
  const tail = extended === "" ? "" : ` (extended error ${extended})`;
  return `${program}: ${text}: ${describeErrno(record.error).text}${tail}`;
}
