/**
 * This package's own failures in the form that it reads: an extended-errno record.
 *
 * @module
 */
import type { FormatError, FormatErrorCode } from "../base/error.ts";
import type { CategoryOptions } from "./categories.ts";
import { MESSAGE_SIZE } from "./constants.ts";
import { ERRNO } from "./errno.ts";
import { makeRecord, type Uexterror } from "./record.ts";

const NUMBERS: Readonly<Record<FormatErrorCode, number>> = {
  "truncated": ERRNO.EIO!,
  "bad-magic": ERRNO.EFTYPE!,
  "bad-value": ERRNO.EINVAL!,
  "out-of-bounds": ERRNO.ERANGE!,
  "limit": ERRNO.EFBIG!,
  "unsupported": ERRNO.EOPNOTSUPP!,
};

/** Formats in the order of their category numbers, from 1 on; 0 is any other. Only appended to. */
const FORMATS: readonly string[] = [
  "ELF",
  "SFrame",
  "eh_frame",
  "core dump",
  "sidecar",
  "zstd",
  "compact",
  "perf.data",
  "rseq",
  "uexterror",
  "kexterr",
  "ktrace",
  "kernel log",
  "DWARF",
];

/** Far from the kernel's numbers, in the bits by which FreeBSD tells other sources from its own. */
const FIRST_CATEGORY = 0x4600_0000;
const CATEGORY_MASK = 0xffff;

/** Names the categories of {@linkcode errorToRecord} in texts: `formatRecord(record, ERROR_CATEGORIES)`. */
export const ERROR_CATEGORIES: CategoryOptions = {
  split: (category) => {
    const isOurs = (category & ~CATEGORY_MASK) === FIRST_CATEGORY;
    const source = isOurs
      ? "user"
      : category > CATEGORY_MASK
      ? "other"
      : "kernel";
    return { source, number: isOurs ? category & CATEGORY_MASK : category };
  },
  userName: (number) => FORMATS[number - 1],
};

/**
 * Writes a `FormatError` as an extended-errno record.
 *
 * | field | value |
 * | --- | --- |
 * | `error` | FreeBSD's errno for the code: EIO truncated, EFTYPE bad-magic, EINVAL bad-value, ERANGE out-of-bounds, EFBIG limit, EOPNOTSUPP unsupported |
 * | `cat` | 0x46000000 + the format's number, 0 for one that has none |
 * | `src_line` | 0 |
 * | `p1` | the offset |
 * | `p2` | the value, where it is an integer: its low 64 bits |
 * | `msg` | the error in words, with conversions for the two; cut to 127 bytes |
 */
export function errorToRecord(error: FormatError): Uexterror {
  const { value } = error;
  const hasNumber = typeof value === "bigint" || Number.isInteger(value);
  return makeRecord({
    error: NUMBERS[error.code],
    category: FIRST_CATEGORY + FORMATS.indexOf(error.format) + 1,
    p1: Number.isInteger(error.offset) ? error.offset : 0,
    p2: hasNumber ? BigInt(value as number | bigint) : 0n,
    message: cut(describe(error, hasNumber)),
  });
}

/** Conversions come first: each `%%` behind them would take one of the two parameters. */
function describe(error: FormatError, hasNumber: boolean): string {
  const got = hasNumber ? ", got %jd" : "";
  const field = error.field.replaceAll("%", "%%");
  const expected = error.expected.replaceAll("%", "%%");
  return `at %#jx${got}: ${field}, expected ${expected}`;
}

/** Cuts to the message's size, but not between the two characters of `%%`. */
function cut(message: string): string {
  const room = new Uint8Array(MESSAGE_SIZE - 1);
  const { read } = new TextEncoder().encodeInto(message, room);
  const kept = message.slice(0, read);
  const percents = /%+$/.exec(kept)?.[0].length ?? 0;
  return percents % 2 === 0 ? kept : kept.slice(0, -1);
}
