import { assertEquals, assertLessOrEqual } from "@std/assert";
import {
  TruncatedError,
  UnsupportedError,
} from "../../../formats/base/error.ts";
import {
  ERRNO,
  ERROR_CATEGORIES,
  errorToRecord,
  FormatError,
  type FormatErrorCode,
  formatRecord,
  messageTemplate,
  type Uexterror,
} from "../../../formats/exterr/mod.ts";

function text(record: Uexterror): string {
  return formatRecord(record, { ...ERROR_CATEGORIES, form: "brief" });
}

Deno.test("errorToRecord() keeps errno, format, offset, value and words of an error", () => {
  const record = errorToRecord(
    new FormatError({
      code: "bad-value",
      format: "SFrame",
      field: "version",
      offset: 0x2002,
      value: 9,
      expected: "1, 2 or 3",
    }),
  );
  assertEquals(record.error, ERRNO.EINVAL);
  assertEquals([record.p1, record.p2], [0x2002n, 9n]);
  assertEquals(
    text(record),
    "at 0x2002, got 9: version, expected 1, 2 or 3 (src SFrame:0)",
  );
});

Deno.test("errorToRecord() has an errno for each code", () => {
  const expected: Record<FormatErrorCode, string> = {
    "truncated": "EIO",
    "bad-magic": "EFTYPE",
    "bad-value": "EINVAL",
    "out-of-bounds": "ERANGE",
    "limit": "EFBIG",
    "unsupported": "EOPNOTSUPP",
  };
  for (const [code, name] of Object.entries(expected)) {
    const error = new FormatError({
      code: code as FormatErrorCode,
      format: "ELF",
      field: "e_ident",
      offset: 0,
      expected: "something else",
    });
    assertEquals(errorToRecord(error).error, ERRNO[name], code);
  }
});

Deno.test("errorToRecord() takes errors without a number, of other formats, and from the two subclasses", () => {
  const short = errorToRecord(
    new TruncatedError("core dump", "notes", 64, 20, 3),
  );
  assertEquals(
    text(short),
    "at 0x40: notes, expected 20 bytes (src core dump:0)",
  );
  const other = errorToRecord(
    new UnsupportedError("tea", "leaf", 1, "oolong", "a"),
  );
  assertEquals(text(other), "at 0x1: leaf, expected a (src unknown:user:0)");
  assertEquals(other.p2, 0n);
  const odd = new FormatError({
    code: "limit",
    format: "ELF",
    field: "x",
    offset: NaN,
    value: 1.5,
    expected: "y",
  });
  assertEquals([errorToRecord(odd).p1, errorToRecord(odd).p2], [0n, 0n]);
});

Deno.test("errorToRecord() keeps the low 64 bits of values, signed", () => {
  const make = (value: number | bigint) =>
    errorToRecord(
      new FormatError({
        code: "limit",
        format: "ELF",
        field: "x",
        offset: 0,
        value,
        expected: "y",
      }),
    );
  assertEquals(text(make(-3)), "at 0, got -3: x, expected y (src ELF:0)");
  assertEquals(make(2n ** 64n + 5n).p2, 5n);
});

Deno.test("errorToRecord() writes percent signs so that they take no parameter, and cuts long words", () => {
  for (let length = 60; length < 130; length++) {
    const record = errorToRecord(
      new FormatError({
        code: "bad-value",
        format: "ELF",
        field: "5% of %n",
        offset: 16,
        value: 7,
        expected: `${"é".repeat(length % 7)}${"x".repeat(length)}%%%s`,
      }),
    );
    assertLessOrEqual(messageTemplate(record).length, 127);
    const shown = formatRecord(record);
    assertEquals(shown.startsWith("at 0x10, got 7: 5% of %n, expected "), true);
    assertEquals(/<unsupported|<illegal/.test(shown), false, shown);
  }
});
