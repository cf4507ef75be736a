import { assertEquals } from "@std/assert";
import {
  baseName,
  makePalette,
  printable,
  wrap,
} from "../../cli/plain_text.ts";

Deno.test("printable() shows what a terminal would obey", () => {
  assertEquals(printable("a\x1b[31mb\r\n\0"), "a\\x1b[31mb\\x0d\\x0a\\x00");
  assertEquals(printable("\x7f\x9b1m\u202egnp"), "\\x7f\\x9b1m\\u202egnp");
  assertEquals(printable("naïve 漢字 🙂"), "naïve 漢字 🙂");
});

Deno.test("wrap() breaks at spaces and indents what follows", () => {
  assertEquals(wrap("one two three", 12, 4), "one two\n    three");
  assertEquals(wrap("one", 12, 4), "one");
  assertEquals(wrap("muchtoolongaword x", 12, 4), "muchtoolongaword\n    x");
});

Deno.test("baseName() takes the last part", () => {
  assertEquals(baseName("/usr/lib/libc.so.6"), "libc.so.6");
  assertEquals(baseName("[vdso]"), "[vdso]");
});

Deno.test("makePalette() colours only if it is to", () => {
  assertEquals(makePalette(false).red("x"), "x");
  assertEquals(makePalette(true).red("x"), "\x1b[31mx\x1b[39m");
});
