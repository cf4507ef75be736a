import { assertEquals, assertThrows } from "@std/assert";
import { FormatError, TruncatedError } from "../../../formats/base/error.ts";
import { Struct } from "../../../formats/base/struct.ts";

/** Decodes after which a structure begins to load what compiles its parser, and more. */
const MANY = 150;

const makeStruct = () =>
  new Struct("test", "record", [
    ["a", "u8"],
    ["b", "i8"],
    ["skipped", 3],
    ["c", "u16"],
    ["d", "i16"],
    ["e", "u32"],
    ["f", "i32"],
    ["g", "u64"],
    ["alsoSkipped", 1],
    ["h", "i64"],
    ["i", "u8"],
  ]);

/** Numbers from a linear congruence, the same in every run. */
function* randomBytes(size: number): Generator<Uint8Array> {
  let state = 12345;
  for (;;) {
    yield Uint8Array.from({ length: size }, () => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return state >>> 24;
    });
  }
}

Deno.test("Struct lays its fields out without gaps", () => {
  const struct = makeStruct();
  assertEquals(struct.size, 2 + 3 + 4 + 8 + 8 + 1 + 8 + 1);
  const bytes = new Uint8Array(struct.size + 2);
  bytes.set([1, 0xff, 9, 9, 9, 2, 3, 0xfe, 0xff, 4, 0, 0, 0x80], 2);
  const value = struct.decode(bytes, 2, true);
  assertEquals(Object.keys(value), [
    "a",
    "b",
    "c",
    "d",
    "e",
    "f",
    "g",
    "h",
    "i",
  ]);
  assertEquals(value.a, 1);
  assertEquals(value.b, -1);
  assertEquals(value.c, 0x0302);
  assertEquals(value.d, -2);
  assertEquals(value.e, 0x8000_0004);
});

for (const littleEndian of [true, false]) {
  const order = littleEndian ? "little" : "big";

  Deno.test(`Struct.decode() gives the same compiled or not, for any bytes in ${order}-endian`, async () => {
    const struct = makeStruct();
    const plain = makeStruct();
    const random = randomBytes(struct.size + 5);
    for (let i = 0; i < MANY + 100; i++) {
      if (i === MANY) assertEquals(await struct.compile(), true);
      const bytes = random.next().value!;
      // Half of the sizes are below 2^53.
      const [first, second] = littleEndian ? [7, 6] : [0, 1];
      if (i % 2 === 0) bytes[5 + 17 + first] = bytes[5 + 17 + second] = 0;
      const decoded = attempt(() => struct.decode(bytes, 5, littleEndian));
      const direct = attempt(() =>
        plain.decodeDirectly(bytes, 5, littleEndian)
      );
      assertEquals(decoded, direct);
    }
  });

  Deno.test(`Struct.encode() is the inverse of decode() in ${order}-endian`, async () => {
    const struct = makeStruct();
    const value = {
      a: 255,
      b: -128,
      c: 65535,
      d: -32768,
      e: 0xffff_ffff,
      f: -0x8000_0000,
      g: Number.MAX_SAFE_INTEGER,
      h: -0x8000_0000_0000,
      i: 7,
    };
    const bytes = struct.encode(value, littleEndian);
    assertEquals([...bytes.subarray(2, 5)], [0, 0, 0]);
    for (let i = 0; i < MANY; i++) {
      if (i === MANY - 1) assertEquals(await struct.compile(), true);
      assertEquals(struct.decode(bytes, 0, littleEndian), value);
    }
  });
}

Deno.test("Struct.decode() refuses bytes that end too early, compiled or not", async () => {
  const struct = makeStruct();
  const bytes = new Uint8Array(struct.size);
  for (let i = 0; i < MANY; i++) {
    if (i === MANY / 2) assertEquals(await struct.compile(), true);
    struct.decode(bytes, 0, true);
    for (const offset of [1, -1, NaN, 1e9]) {
      const error = assertThrows(
        () => struct.decode(bytes, offset, true),
        TruncatedError,
      );
      assertEquals(error.field, "record");
      assertEquals(error.needed, struct.size);
    }
  }
});

Deno.test("Struct.decode() refuses a size of 2^53 by its field, compiled or not", async () => {
  const struct = makeStruct();
  const good = new Uint8Array(struct.size);
  const bad = good.slice().fill(0xff, 17, 25);
  for (let i = 0; i < MANY; i++) {
    if (i === MANY / 2) assertEquals(await struct.compile(), true);
    struct.decode(good, 0, true);
    const error = assertThrows(() => struct.decode(bad, 0, true), FormatError);
    assertEquals(error.code, "out-of-bounds");
    assertEquals(error.field, "g");
    assertEquals(error.offset, 17);
  }
});

/** The result, or the message of the error. */
function attempt<T>(run: () => T): T | string {
  try {
    return run();
  } catch (error) {
    return (error as Error).message;
  }
}
