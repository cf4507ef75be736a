import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  decodeSFrame,
  encodeSFrame,
  encodeSFrameSections,
} from "../../../formats/sframe/mod.ts";
import { buildSFrame as build } from "../../builders/sframe.ts";
import { readGoldens } from "./golden.ts";
import { hex, join } from "./sections.ts";

const SECTION = build({
  version: 3,
  address: 0x4000,
  functions: [
    { start: 0x1000, size: 16, rows: [{ start: 0, words: [8] }] },
    { start: 0x1010, size: 16, rows: [{ start: 0, words: [16, -16] }] },
  ],
});

Deno.test("encodeSFrame() gives back every section that gas and ld wrote, byte for byte", () => {
  const goldens = readGoldens();
  assert(goldens.length > 10);
  for (const { name, bytes, address } of goldens) {
    const section = decodeSFrame(bytes, address);
    assertEquals(hex(encodeSFrame(section)), hex(bytes), name);
  }
});

Deno.test("encodeSFrame() keeps info bytes, word sizes and starts that no producer writes", () => {
  for (const version of [1, 2, 3] as const) {
    for (const littleEndian of [true, false]) {
      const bytes = build({
        version,
        address: 0x10000,
        littleEndian,
        fixedFp: -16,
        flags: version === 3 ? 5 : 3,
        functions: [
          { start: 0x2000, size: 9, info: 0x7a ^ 8, repSize: 7, rows: [] },
          {
            start: 0x3000,
            size: 70000,
            startSize: 4,
            mask: true,
            keyB: true,
            type: version === 3 ? 1 : 0,
            rows: [
              { start: 3, words: [-1, 300], wordSize: 4, base: "fp" },
              { start: 65536, words: [], mangled: true },
            ],
          },
        ],
      });
      const section = decodeSFrame(bytes, 0x10000);
      assertEquals(section.errors, []);
      assertEquals(hex(encodeSFrame(section)), hex(bytes));
    }
  }
});

Deno.test("encodeSFrame() keeps the auxiliary header, and the zeros behind the rows", () => {
  const bytes = build({
    version: 2,
    address: 0,
    auxSize: 5,
    functions: [{ start: 0, size: 4, rows: [{ start: 0, words: [8] }] }],
  });
  bytes.set([1, 2, 3, 4, 5], 28);
  const padded = join(bytes, [0, 0, 0]);
  assertEquals(hex(encodeSFrame(decodeSFrame(padded, 0))), hex(padded));
});

Deno.test("encodeSFrame() puts rows where the functions say, also those that share them", () => {
  const bytes = build({
    version: 2,
    address: 0,
    functions: [
      { start: 0, size: 4, rows: [{ start: 0, words: [8] }], freOffset: 3 },
      { start: 8, size: 4, rows: [{ start: 0, words: [8] }], freOffset: 3 },
    ],
  });
  bytes.fill(0, 28 + 40, 28 + 43); // bytes of no function
  assertEquals(hex(encodeSFrame(decodeSFrame(bytes, 0))), hex(bytes));
});

Deno.test("encodeSFrameSections() gives back sections that a linker only put together", () => {
  const both = join(SECTION, [0, 0, 0, 0], SECTION, [0]);
  const first = decodeSFrame(both, 0x4000);
  const offset = first.size + first.paddingSize;
  const second = decodeSFrame(both, 0x4000, { offset });
  assertEquals([first.paddingSize, second.paddingSize], [4, 1]);
  assertEquals(hex(encodeSFrameSections([first, second])), hex(both));
});

Deno.test("encodeSFrame() writes what could be decoded of a function that is cut off", () => {
  const cut = SECTION.slice();
  cut[SECTION.length - 3] = 0xff; // the last row's info byte: words of no size
  const section = decodeSFrame(cut, 0x4000);
  assertEquals(section.errors.length, 1);
  const expected = cut.slice();
  expected.fill(0, SECTION.length - 4);
  assertEquals(hex(encodeSFrame(section)), hex(expected));
});

Deno.test("encodeSFrame() refuses rows outside of the header's bounds", () => {
  const section = decodeSFrame(SECTION, 0x4000);
  section.functions[1]!.freOffset++;
  assertThrows(() => encodeSFrame(section), RangeError, "1 bytes behind");
  const crowded = decodeSFrame(SECTION, 0x4000);
  crowded.functions.push(crowded.functions[0]!);
  assertThrows(() => encodeSFrame(crowded), RangeError, "3 functions");
});
