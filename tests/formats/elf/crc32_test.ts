import { assertEquals } from "@std/assert";
import { crc32 } from "../../../formats/elf/mod.ts";

Deno.test("crc32() gives the check value of its definition", () => {
  assertEquals(crc32(new TextEncoder().encode("123456789")), 0xcbf43926);
  assertEquals(crc32(new Uint8Array(0)), 0);
});

Deno.test("crc32() gives the same for parts of any size as for the whole", () => {
  const bytes = Uint8Array.from({ length: 100 }, (_, i) => i * 37);
  const whole = crc32(bytes);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const parts = crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut)));
    assertEquals(parts, whole);
  }
});

Deno.test("crc32() equals the bit-by-bit definition", () => {
  const bytes = Uint8Array.from({ length: 61 }, (_, i) => (i * i) ^ 0xa5);
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) {
      crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    }
  }
  assertEquals(crc32(bytes), ~crc >>> 0);
});
