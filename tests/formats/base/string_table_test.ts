import { assertEquals } from "@std/assert";
import { readString } from "../../../formats/base/string_table.ts";

const encode = (text: string) => new TextEncoder().encode(text);

Deno.test("readString() reads up to the NUL, the limit or the end", () => {
  const bytes = encode("\0one\0two\0three");
  assertEquals(readString(bytes, 1), "one");
  assertEquals(readString(bytes, 2), "ne");
  assertEquals(readString(bytes, 4), "");
  assertEquals(readString(bytes, 9), "three");
  assertEquals(readString(bytes, 9, 3), "thr");
  assertEquals(readString(bytes, 9, 0), "");
});

Deno.test("readString() gives the empty string for an offset outside the bytes", () => {
  const bytes = encode("name");
  for (const offset of [4, 5, 2 ** 40, -1, -4, NaN]) {
    assertEquals(readString(bytes, offset), "", `offset ${offset}`);
  }
});

Deno.test("readString() reads names of any length and script", () => {
  for (const length of [1, 23, 24, 25, 26, 5000]) {
    const name = "f".repeat(length);
    assertEquals(readString(encode(`${name}\0x`), 0), name);
  }
  assertEquals(readString(encode("größe\0"), 0), "größe");
  assertEquals(readString(encode(`${"ü".repeat(40)}\0`), 0), "ü".repeat(40));
  assertEquals(readString(encode("\ufefffile\0"), 0), "\ufefffile");
});

Deno.test("readString() replaces what is no UTF-8", () => {
  assertEquals(readString(Uint8Array.of(0x61, 0xff, 0x62, 0), 0), "a\ufffdb");
});
