import { assert, assertEquals } from "@std/assert";
import {
  formatRecord,
  formatWarning,
  makeRecord,
  type RecordFields,
  textFormOf,
  type TextOptions,
} from "../../../formats/exterr/mod.ts";
import { fromHex } from "../../builders/exterr.ts";

const FIELDS: RecordFields = {
  error: 45,
  category: 1,
  sourceLine: 310,
  p1: 3,
  p2: 0,
};
const PROT = "prot is not subset of max_prot";

function text(
  message: string,
  p1: bigint | number = 3,
  p2: bigint | number = 0,
): string {
  return formatRecord(makeRecord({ ...FIELDS, message, p1, p2 }));
}

Deno.test("formatRecord() writes the three forms, with a message and without", () => {
  const place = "(src sys/vm/vm_mmap.c:310)";
  const fields = `errno 45 category 1 ${place} p1 0x3 p2 0`;
  const withMessage = makeRecord({ ...FIELDS, message: PROT });
  assertEquals(formatRecord(withMessage), PROT);
  assertEquals(formatRecord(withMessage, { form: "default" }), PROT);
  assertEquals(
    formatRecord(withMessage, { form: "brief" }),
    `${PROT} ${place}`,
  );
  assertEquals(
    formatRecord(withMessage, { form: "full" }),
    `${PROT} ${fields}`,
  );
  const without = makeRecord(FIELDS);
  assertEquals(formatRecord(without), fields);
  assertEquals(formatRecord(without, { form: "brief" }), place);
  assertEquals(formatRecord(without, { form: "full" }), fields);
});

Deno.test("formatRecord() gives nothing for error 0, whatever stale fields follow", () => {
  const stale = makeRecord({ ...FIELDS, error: 0, message: PROT });
  assertEquals(formatRecord(stale, { form: "full" }), "");
  assertEquals(
    formatRecord(stale, { form: "full", stale: true }),
    `${PROT} errno 0 category 1 (src sys/vm/vm_mmap.c:310) p1 0x3 p2 0`,
  );
});

Deno.test("formatRecord() shows error signed, category and line unsigned, zero parameters without 0x", () => {
  const record = makeRecord({
    error: -1,
    category: 0xffffffff,
    sourceLine: 0xfffffffe,
    p1: 0,
    p2: -1,
  });
  assertEquals(
    formatRecord(record),
    "errno -1 category 4294967295 (src unknown:4294967294) p1 0 p2 0xffffffffffffffff",
  );
  assertEquals(
    formatRecord(makeRecord({ ...FIELDS, category: 99 }), { form: "brief" }),
    "(src sys/unknown:kern:310)",
  );
});

Deno.test("formatRecord() cuts at 255 bytes, at the size asked for, and the tail at 127", () => {
  const wide = makeRecord({ ...FIELDS, message: "%200jd%200jd", p1: 1, p2: 2 });
  const all = formatRecord(wide, { form: "full" });
  assertEquals(all, `${" ".repeat(199)}1${" ".repeat(55)}`);
  assertEquals(formatRecord(wide, { size: 100000 }), all);
  assertEquals(
    formatRecord(makeRecord({ ...FIELDS, message: PROT }), { size: 5 }),
    "prot",
  );
  assertEquals(formatRecord(wide, { size: 0 }), "");
  assertEquals(formatRecord(wide, { size: 1 }), "");
  const options: TextOptions = {
    form: "brief",
    split: () => ({ source: "dynamic", number: 1 }),
    dynamicName: () => "d".repeat(127),
  };
  const cut = formatRecord(makeRecord(FIELDS), options);
  assertEquals(cut, `(src sys/${"d".repeat(118)}`);
  assertEquals(cut.length, 127);
});

Deno.test("formatRecord() expands conversions as the C library's snprintf does", async () => {
  const data = await Deno.readTextFile("tests/data/exterr/conversions.txt");
  const lines = data.trimEnd().split("\n").filter((line) =>
    !line.startsWith("#")
  );
  assert(lines.length >= 1400);
  for (const line of lines) {
    const [conversion, value, result] = line.split("\t");
    const expected = new TextDecoder().decode(fromHex(result!));
    assertEquals(text(conversion!, BigInt(`0x${value}`)), expected, line);
  }
});

Deno.test("formatRecord() takes p1, p2, then all ones, counting every conversion", () => {
  assertEquals(text("size %#jx too large", 0x2000), "size 0x2000 too large");
  assertEquals(text("%jd %jd %jd %jx", 5, -6), "5 -6 -1 ffffffffffffffff");
  assertEquals(text("100%% of %jd, %jd", 5, 6), "100% of 6, -1");
  assertEquals(text("%s %jd", 5, 6), "<unsupported-format>:%s 6");
  assertEquals(text("%n %jd", 5, 6), "<illegal-format>:%n 6");
});

Deno.test("formatRecord() narrows by the first length modifier", () => {
  const value = 0xfffffffe_fffdfcfbn;
  assertEquals(text("%x %d", value, value), "fffdfcfb -131845");
  assertEquals(text("%hx %hhx", value, value), "fcfb fb");
  for (const length of ["l", "ll", "j", "t", "z", "w64"]) {
    assertEquals(text(`%${length}x`, value), "fffffffefffdfcfb", length);
  }
  for (const length of ["w32", "w7", "w", "q", "L"]) {
    assertEquals(text(`%${length}x`, value), "fffdfcfb", length);
  }
  assertEquals(text("%w16x %w8x", value, value), "fcfb fb");
  assertEquals(
    text("%jhx %qlx", value, value),
    `${value.toString(16)} `.repeat(2).trim(),
  );
});

Deno.test("formatRecord() prints pointers, binary numbers and characters", () => {
  assertEquals(text("%p %p", 0xdeadbeefn, 0), "0xdeadbeef 0x0");
  assertEquals(text("%#b %#B", 5, 6), "0b101 0B110");
  assertEquals(text("[%c%3c]", 0x141, 0x42), "[A  B]");
  assertEquals(text("%-3C|%lc", 0x20ac, 0xe9), "€|é");
  assertEquals(text("%C", 0xd800), "\ufffd");
  assertEquals(text("%C", 0xffffffff), "\ufffd");
  // A NUL ends the string, and what stands behind a message goes there.
  const record = makeRecord({ ...FIELDS, message: "ab%cde", p1: 0 });
  assertEquals(formatRecord(record), "ab");
  assertEquals(
    formatRecord(record, { form: "brief" }),
    "ab (src sys/vm/vm_mmap.c:310)",
  );
});

Deno.test("formatRecord() tells conversions that it will not do", () => {
  assertEquals(text("%n"), "<illegal-format>:%n");
  assertEquals(text("%-5hhn!"), "<illegal-format>:%-5hhn!");
  for (const end of "DOUeEfFgGaAsSm") {
    assertEquals(text(`<%5${end}>`), `<<unsupported-format>:%5${end}>`, end);
  }
  // The length of a fast type ends at its f, which is a floating-point conversion.
  assertEquals(text("%wf64x"), "<unsupported-format>:%wf64x");
  // These would take arguments that are not there.
  for (const conversion of ["%*d", "%.*jx", "%2$jd", "%1$*2$d"]) {
    assertEquals(text(conversion), `<unsupported-format>:${conversion}`);
  }
  assertEquals(text("at %jd, %"), "at 3, <unsupported-format>:%");
  assertEquals(text("%"), "<unsupported-format>:%");
  assertEquals(text("%5.3"), "<unsupported-format>:%5.3");
});

Deno.test("formatRecord() refuses conversions of 30 characters and more", () => {
  const zeros = "0".repeat(29);
  assertEquals(text(`%${zeros}jd`.replace("jd", "d"), 7), "7");
  assertEquals(text(`%${zeros}0d!`, 7), "<format-too-large>!");
  assertEquals(text(`%${" ".repeat(60)}`), "<format-too-large>");
  assertEquals(text(`%${zeros}00000d %jd`, 7, 8), "<format-too-large> 8");
});

Deno.test("formatRecord() is quick and bounded for any width", () => {
  assertEquals(text("%999999999999d", 1), " ".repeat(255));
  assertEquals(text("%-999999999999d", 1), `1${" ".repeat(254)}`);
  assertEquals(text("%.999999999999d", 1), "0".repeat(255));
  assertEquals(text("%0999999999d", -1), `-${"0".repeat(254)}`);
});

Deno.test("textFormOf() reads EXTERROR_VERBOSE as the C library does", () => {
  assertEquals(textFormOf(undefined), "default");
  assertEquals(textFormOf("brief"), "brief");
  for (const value of ["", "full", "Brief", "0", "brief "]) {
    assertEquals(textFormOf(value), "full", value);
  }
  for (const value of [undefined, "brief", "1"]) {
    assertEquals(textFormOf(value, true), "default");
  }
});

Deno.test("formatWarning() adds the extended text to the errno's where there is one", () => {
  const record = makeRecord({ ...FIELDS, message: PROT });
  assertEquals(
    formatWarning("prog", "user text", record),
    `prog: user text: Operation not supported (extended error ${PROT})`,
  );
  assertEquals(
    formatWarning("prog", "user text", makeRecord({ error: 0 })),
    "prog: user text: No error",
  );
});
