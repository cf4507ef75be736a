import { assert, assertEquals } from "@std/assert";
import {
  FormatError,
  TruncatedError,
  UnsupportedError,
} from "../../../formats/base/error.ts";

function messageOf(value: number | bigint | string | undefined): string {
  return new FormatError({
    code: "bad-value",
    format: "ELF",
    field: "e_version",
    offset: 20,
    value,
    expected: "1",
  }).message;
}

Deno.test("FormatError tells format, field, offset, expectation and value in one line", () => {
  const head = "Cannot read ELF e_version at offset 0x14: expected 1";
  assertEquals(messageOf(undefined), head);
  assertEquals(messageOf("text"), `${head}, got text`);
  assertEquals(messageOf(9), `${head}, got 9`);
  assertEquals(messageOf(10), `${head}, got 10 (0xa)`);
  assertEquals(messageOf(-9), `${head}, got -9`);
  assertEquals(messageOf(-10), `${head}, got -10 (0xfffffffffffffff6)`);
  assertEquals(
    messageOf(2n ** 64n - 1n),
    `${head}, got 18446744073709551615 (0xffffffffffffffff)`,
  );
});

Deno.test("FormatError describes values that are no integers, as sums of rounded fields are", () => {
  assertEquals(messageOf(Infinity).endsWith("got Infinity"), true);
  assertEquals(messageOf(NaN).endsWith("got NaN"), true);
  assertEquals(messageOf(12.5).endsWith("got 12.5"), true);
});

Deno.test("FormatError keeps its fields, and the error that led to it", () => {
  const cause = new Error("disk");
  const error = new FormatError({
    code: "limit",
    format: "CFI",
    field: "depth",
    offset: 7,
    value: 65,
    expected: "at most 64",
    cause,
  });
  const { name, code, format, field, offset, value } = error;
  assertEquals(
    { name, code, format, field, offset, value },
    {
      name: "FormatError",
      code: "limit",
      format: "CFI",
      field: "depth",
      offset: 7,
      value: 65,
    },
  );
  assert(error.cause === cause);
  assert(error instanceof Error);
});

Deno.test("TruncatedError tells how many bytes are needed and there, never a negative number", () => {
  const error = new TruncatedError("SFrame", "header", 100, 28, -72);
  assert(error instanceof FormatError);
  assertEquals(error.code, "truncated");
  assertEquals(error.needed, 28);
  assertEquals(
    error.message,
    "Cannot read SFrame header at offset 0x64: expected 28 bytes, got 0",
  );
});

Deno.test("UnsupportedError has a code of its own", () => {
  const error = new UnsupportedError("ELF", "ei_class", 4, 1, "64-bit files");
  assert(error instanceof FormatError);
  assertEquals(error.code, "unsupported");
  assertEquals(
    error.message,
    "Cannot read ELF ei_class at offset 0x4: expected 64-bit files, got 1",
  );
});
