import { assertEquals, assertLessOrEqual, assertThrows } from "@std/assert";
import {
  controlWord,
  decodeSFrame,
  FormatError,
  Lookup,
  openSFrame,
  UnwindRow,
} from "../../../formats/sframe/mod.ts";
import { buildSFrame, type BuiltFunction } from "../../builders/sframe.ts";
import { readGoldens } from "./golden.ts";

const plain = {
  size: 16,
  rows: [{ start: 0, words: [8] }, { start: 4, words: [16, -16] }],
};

function decode(version: 1 | 2 | 3, functions: BuiltFunction[]) {
  return decodeSFrame(
    buildSFrame({ version, address: 0x2000, functions }),
    0x2000,
  );
}

Deno.test("decodeSFrame() keeps every raw field", () => {
  for (const version of [1, 2, 3] as const) {
    const { functions, header, size } = decode(version, [
      { start: 0x1000, ...plain },
      {
        start: 0x1010,
        size: 0x30000,
        startSize: 4,
        mask: true,
        repSize: 32,
        keyB: true,
        signal: true,
        rows: [{
          start: 0x20000,
          words: [-70000],
          wordSize: 4,
          base: "fp",
          mangled: true,
        }],
      },
    ]);
    const fdeSize = [0, 17, 20, 16][version]!;
    const offset = 28 + fdeSize;
    assertEquals(functions[1], {
      index: 1,
      offset,
      startField: 0x1010 - 0x2000 - (version === 1 ? 0 : offset),
      startAddress: 0x1010,
      size: 0x30000,
      freOffset: version === 3 ? 12 : 7,
      freCount: 1,
      info: 0xb2,
      info2: 0,
      repSize: version === 1 ? 0 : 32,
      padding: 0,
      startSize: 4,
      type: "default",
      pcType: "mask",
      pauthKey: "B",
      signal: version === 3,
      rows: [{
        startOffset: 0x20000,
        info: 0xc2,
        wordSize: 4,
        words: [-70000],
        base: "fp",
        mangledRa: true,
      }],
    });
    assertEquals(functions[0]!.rows.map(({ words }) => words), [[8], [
      16,
      -16,
    ]]);
    assertEquals(size, 28 + 2 * fdeSize + header.freSize);
  }
});

Deno.test("decodeSFrame() lists bad functions and keeps the good ones", () => {
  const bad: BuiltFunction[] = [
    { start: 0x1010, ...plain, freOffset: 0xffff },
    { start: 0x1020, ...plain, info: 3 },
    {
      start: 0x1030,
      ...plain,
      rows: [...plain.rows, { start: 8, words: [], info: 0x63 }],
    },
    { start: 0x1040, ...plain, rowCount: 3000 },
  ];
  const { functions, errors } = decode(2, [
    { start: 0x1000, ...plain },
    ...bad,
  ]);
  assertEquals(functions.map(({ rows }) => rows.length), [2, 0, 0, 2, 2]);
  assertEquals(
    errors.map((
      { code, field, offset, value },
    ) => [code, field, offset, value]),
    [
      ["out-of-bounds", "func_start_fre_off", 28 + 20 + 8, 0xffff],
      ["bad-value", "func_info", 28 + 40 + 16, 3],
      ["bad-value", "fre_info", 28 + 100 + 29, 0x63],
      ["truncated", "row", 28 + 100 + 37, "0"],
    ],
  );
  assertEquals(functions.map(({ error }) => error), [undefined, ...errors]);
});

Deno.test("decodeSFrame() refuses starts beyond 2^53", () => {
  const bytes = buildSFrame({
    version: 3,
    address: 0,
    functions: [{ start: 2 ** 60, ...plain }, { start: 0x1000, ...plain }],
  });
  const { functions, errors } = decodeSFrame(bytes, 0);
  assertEquals(errors.map(({ field }) => field), ["func_start_address"]);
  assertEquals(functions[1]!.rows.length, 2);
});

Deno.test("decodeSFrame() bounds the rows of functions that share them", () => {
  const count = 200;
  const rows = Array.from(
    { length: 250 },
    (_, start) => ({ start, words: [] }),
  );
  const functions = Array.from({ length: count }, (_, i) => ({
    start: 0x1000 + 256 * i,
    size: 256,
    rows: i === 0 ? rows : [],
    rowCount: 250,
    freOffset: 0,
  }));
  const { functions: decoded, errors } = decode(2, functions);
  const total = decoded.reduce((sum, { rows }) => sum + rows.length, 0);
  assertLessOrEqual(total, 4 * 250);
  assertEquals(decoded[3]!.rows.length, 250); // sharing as such is fine
  assertEquals(errors.length, count - 4);
  assertEquals(new Set(errors.map(({ code }) => code)), new Set(["limit"]));
});

Deno.test("decodeSFrame() throws nothing but FormatError for a section cut anywhere", () => {
  const row = new UnwindRow();
  for (const golden of readGoldens()) {
    // Trailing bytes behind the rows are padding and may be missing.
    const { size } = decodeSFrame(golden.bytes, golden.address);
    for (let length = 0; length < size; length++) {
      const bytes = golden.bytes.subarray(0, length);
      const error = assertThrows(
        () => decodeSFrame(bytes, golden.address),
        FormatError,
      );
      assertThrows(
        () => openSFrame(bytes, golden.address),
        FormatError,
        error.message,
      );
    }
  }
  assertEquals(row.flags, 0);
});

Deno.test("lookup() survives every single changed byte", () => {
  const row = new UnwindRow();
  const answers = new Set<number>();
  for (const golden of readGoldens()) {
    for (let at = 0; at < golden.bytes.length; at++) {
      for (const value of [0x00, 0x7f, 0x80, 0xff]) {
        const bytes = golden.bytes.slice();
        bytes[at] = value;
        let table;
        try {
          table = openSFrame(bytes, golden.address);
          decodeSFrame(bytes, golden.address);
        } catch (error) {
          if (error instanceof FormatError) continue;
          throw error;
        }
        for (const f of golden.functions) {
          answers.add(table.lookup(Number(f.start), row));
          answers.add(table.lookup(Number(f.start) + f.size - 1, row));
        }
      }
    }
  }
  assertEquals([...answers].sort(), [Lookup.FOUND, Lookup.NO_ROW, Lookup.BAD]);
});

Deno.test("controlWord() reads a word as unsigned", () => {
  assertEquals([controlWord(-5, 1), controlWord(-5, 2), controlWord(-5, 4)], [
    0xfb,
    0xfffb,
    0xfffffffb,
  ]);
});
