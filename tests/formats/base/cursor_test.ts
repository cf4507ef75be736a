import { assertEquals, assertThrows } from "@std/assert";
import { Cursor } from "../../../formats/base/cursor.ts";
import { TruncatedError } from "../../../formats/base/error.ts";

function over(bytes: readonly number[], littleEndian = true): Cursor {
  const view = new DataView(Uint8Array.from(bytes).buffer);
  return new Cursor(view, littleEndian, "CFI");
}

/** LEB128 of `value`, with `padding` bytes more than needed. */
function leb(value: bigint, signed: boolean, padding = 0): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    const isLast = signed
      ? (rest === 0n && low < 0x40) || (rest === -1n && low >= 0x40)
      : rest === 0n;
    if (isLast && padding === 0) return [...bytes, low];
    bytes.push(low | 0x80);
    if (isLast) break;
  }
  const fill = value < 0n ? 0x7f : 0;
  for (let i = 1; i < padding; i++) bytes.push(fill | 0x80);
  return [...bytes, fill];
}

Deno.test("Cursor reads fixed sizes in its byte order, one behind the other", () => {
  const bytes = [0xfe, 1, 2, 3, 4, 5, 6, 0xff, 0, 0, 0, 0, 0, 0, 0x80];
  const little = over(bytes);
  assertEquals(little.u8("a"), 0xfe);
  assertEquals(little.u16("b"), 0x0201);
  assertEquals(little.u32("c"), 0x06050403);
  assertEquals(little.i64("d"), -(2 ** 63) + 0xff);
  assertEquals(little.offset, bytes.length);
  const big = over(bytes, false);
  assertEquals(big.u8("a"), 0xfe);
  assertEquals(big.u16("b"), 0x0102);
  assertEquals(big.u32("c"), 0x03040506);
  assertEquals(big.i64("d"), -(2 ** 56) + 0x80);
});

Deno.test("Cursor.uleb() reads every value below 2^53 exactly, however padded", () => {
  for (const exponent of [0n, 6n, 7n, 8n, 14n, 21n, 31n, 32n, 49n, 52n, 53n]) {
    for (const value of [2n ** exponent - 1n, 2n ** exponent]) {
      if (value >= 2n ** 53n) continue;
      for (const padding of [0, 1, 5, 200]) {
        const bytes = leb(value, false, padding);
        const cursor = over([...bytes, 0x55]);
        assertEquals(cursor.uleb("x"), Number(value), `${value} + ${padding}`);
        assertEquals(cursor.offset, bytes.length);
      }
    }
  }
  assertEquals(over(leb(2n ** 64n - 1n, false)).uleb("x"), 2 ** 64);
});

Deno.test("Cursor.sleb() reads every value between -2^53 and 2^53 exactly, however padded", () => {
  for (const exponent of [0n, 6n, 7n, 13n, 14n, 31n, 32n, 48n, 49n, 52n]) {
    const edge = 2n ** exponent;
    for (const value of [edge - 1n, edge, -edge, -edge - 1n, -edge + 1n]) {
      for (const padding of [0, 1, 3, 9, 200]) {
        const bytes = leb(value, true, padding);
        const cursor = over([...bytes, 0x55]);
        assertEquals(cursor.sleb("x"), Number(value), `${value} + ${padding}`);
        assertEquals(cursor.offset, bytes.length);
      }
    }
  }
  assertEquals(over(leb(-(2n ** 63n), true)).sleb("x"), -(2 ** 63));
  assertEquals(over(leb(2n ** 62n, true)).sleb("x"), 2 ** 62);
});

Deno.test("Cursor refuses to read beyond its end, and stays where it is", () => {
  const reads: ((cursor: Cursor) => number)[] = [
    (cursor) => cursor.u16("x"),
    (cursor) => cursor.u32("x"),
    (cursor) => cursor.i64("x"),
    (cursor) => cursor.take(2, "x"),
    (cursor) => cursor.take(-1, "x"),
    (cursor) => cursor.take(NaN, "x"),
  ];
  for (const read of reads) {
    const cursor = over([1, 2, 3]);
    cursor.offset = 2;
    const error = assertThrows(() => read(cursor), TruncatedError);
    assertEquals(error.format, "CFI");
    assertEquals(error.field, "x");
    assertEquals(error.offset, 2);
    assertEquals(cursor.offset, 2);
  }
  assertThrows(() => over([0x80, 0x80]).uleb("x"), TruncatedError);
  assertThrows(() => over([0xff, 0xff]).sleb("x"), TruncatedError);
  assertThrows(() => over([]).u8("x"), TruncatedError);
});

Deno.test("Cursor keeps to the part it was given", () => {
  const view = new DataView(Uint8Array.of(1, 2, 3, 4).buffer);
  const cursor = new Cursor(view, true, "CFI", 1, 3);
  assertEquals(cursor.u16("x"), 0x0302);
  assertThrows(() => cursor.u8("x"), TruncatedError);
  assertEquals(new Cursor(view, true, "CFI", 0, 100).end, 4);
});
