import { assertEquals } from "@std/assert";
import { upperBound } from "../../../formats/base/search.ts";

Deno.test("upperBound() agrees with a linear search, equal values included", () => {
  for (let count = 0; count < 12; count++) {
    // 0 0 2 2 4 4 …, with room behind that must not be looked at
    const values = new Float64Array(20).fill(-5);
    for (let i = 0; i < count; i++) values[i] = i - i % 2;
    for (let key = -1; key < 13; key += 0.5) {
      let expected = 0;
      while (expected < count && values[expected]! <= key) expected++;
      assertEquals(
        upperBound(values, count, key),
        expected,
        `${key} of ${count}`,
      );
    }
  }
});

Deno.test("upperBound() finds addresses of both halves", () => {
  const values = Float64Array.of(-0x8000_0000_0000, -1, 0, 0x7fff_ffff_ffff);
  assertEquals(upperBound(values, 4, -2), 1);
  assertEquals(upperBound(values, 4, -1), 2);
  assertEquals(upperBound(values, 4, 0x7fff_ffff_fffe), 3);
  assertEquals(upperBound(values, 4, Infinity), 4);
});
