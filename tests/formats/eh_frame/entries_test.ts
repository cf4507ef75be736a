import { assert, assertEquals } from "@std/assert";
import {
  CfiTable,
  type Fde,
  type FormatError,
  openDebugFrame,
  openEhFrame,
} from "../../../formats/eh_frame/mod.ts";
import {
  CfiBuilder,
  type CieParts,
  fixed,
  sleb,
  uleb,
} from "../../builders/eh_frame.ts";

const X86 = { littleEndian: true, machine: "x86-64" } as const;
const ADDRESS = 0x20_0000;

function only(table: CfiTable): Fde {
  const all = [...table.functions()];
  assertEquals(table.errors, []);
  assertEquals(all.length, 1);
  return all[0]!;
}

function errorOf(table: CfiTable): FormatError {
  assertEquals([...table.functions()], []);
  assertEquals(table.errors.length, 1);
  return table.errors[0]!;
}

/** An FDE under a CIE "zR" with `encoding`; its start field is at the returned offset. */
function encoded(
  encoding: number,
  start: number[],
  size: number[],
): { table: CfiTable; startOffset: number } {
  const builder = new CfiBuilder();
  const cie = builder.cie({ augmentation: "zR", augmentationData: [encoding] });
  const offset = builder.fde({ cie, start, size, augmentationData: [] });
  const table = openEhFrame(builder.bytes, ADDRESS, {
    ...X86,
    textAddress: 0x1000,
    dataAddress: 0x50_0000,
  });
  return { table, startOffset: offset + 8 };
}

Deno.test("openEhFrame() reads every format of pointers", () => {
  const cases: [number, number[], number[]][] = [
    [0x00, fixed(0x1234, 8), fixed(0x10, 8)],
    [0x01, uleb(0x1234), uleb(0x10)],
    [0x02, fixed(0x1234, 2), fixed(0x10, 2)],
    [0x03, fixed(0x1234, 4), fixed(0x10, 4)],
    [0x04, fixed(0x1234, 8), fixed(0x10, 8)],
    [0x08, fixed(0x1234, 8), fixed(0x10, 8)],
    [0x09, sleb(0x1234), sleb(0x10)],
    [0x0a, fixed(0x1234, 2), fixed(0x10, 2)],
    [0x0b, fixed(0x1234, 4), fixed(0x10, 4)],
    [0x0c, fixed(0x1234, 8), fixed(0x10, 8)],
  ];
  for (const [encoding, start, size] of cases) {
    const fde = only(encoded(encoding, start, size).table);
    assertEquals([encoding, fde.startPc, fde.endPc], [
      encoding,
      0x1234,
      0x1244,
    ]);
  }
});

Deno.test("openEhFrame() reads every base of pointers", () => {
  const pcrel = encoded(0x1b, fixed(-0x100, 4), fixed(0x10, 4));
  assertEquals(
    only(pcrel.table).startPc,
    ADDRESS + pcrel.startOffset - 0x100,
  );
  const text = encoded(0x23, fixed(0x100, 4), fixed(0x10, 4));
  assertEquals(only(text.table).startPc, 0x1100);
  const data = encoded(0x3a, fixed(-2, 2), fixed(0x10, 2));
  assertEquals(only(data.table).startPc, 0x4f_fffe);
});

Deno.test("openEhFrame() aligns pointers to their address", () => {
  for (let padding = 0; padding < 8; padding++) {
    const builder = new CfiBuilder();
    const cie = builder.cie({
      augmentation: "zR",
      augmentationData: [0x50],
      initial: new Array(padding).fill(0),
    });
    const startOffset = builder.size + 8;
    const skip = (8 - (ADDRESS + startOffset) % 8) % 8;
    builder.fde({
      cie,
      start: [...new Array(skip).fill(0xee), ...fixed(0x1234, 8)],
      size: fixed(0x10, 8),
      augmentationData: [],
    });
    assertEquals(
      only(openEhFrame(builder.bytes, ADDRESS, X86)).startPc,
      0x1234,
    );
  }
});

Deno.test("openEhFrame() takes a range of 4 bytes as unsigned", () => {
  const { table } = encoded(0x0b, fixed(0x1000, 4), fixed(0x8000_0000, 4));
  assertEquals(only(table).endPc, 0x8000_1000);
});

Deno.test("openEhFrame() refuses encodings that have no meaning for a start", () => {
  for (const encoding of [0x05, 0x0d, 0x60, 0x70, 0x9b, 0x40, 0xff]) {
    const { table } = encoded(encoding, fixed(0x1000, 8), fixed(0x10, 8));
    const { code } = errorOf(table);
    assert(
      code === "bad-value" || code === "unsupported",
      `${encoding} ${code}`,
    );
  }
});

Deno.test("openEhFrame() refuses a range that wraps around or is negative", () => {
  const negative = encoded(0x0c, fixed(0x1000, 8), fixed(-1, 8));
  assertEquals(errorOf(negative.table).field, "address_range");
  const huge = encoded(0x00, fixed(2n ** 62n, 8), fixed(0x10, 8));
  assertEquals(errorOf(huge.table).field, "address_range");
  // Exact as a start and a size, but program counters between them are not.
  const far = encoded(0x0c, fixed(0x10, 8), fixed(2n ** 60n, 8));
  assertEquals(errorOf(far.table).field, "address_range");
});

/** One function under the given CIE. */
function underCie(
  cie: CieParts,
  fdeData: number[] | undefined,
  isEhFrame = true,
): Fde {
  const builder = new CfiBuilder({ isEhFrame });
  const start = 0x1000;
  builder.fde({
    cie: builder.cie(cie),
    start,
    size: 0x10,
    ...(fdeData === undefined ? {} : { augmentationData: fdeData }),
    instructions: [0x0e, 16],
  });
  return only(
    isEhFrame
      ? openEhFrame(builder.bytes, ADDRESS, X86)
      : openDebugFrame(builder.bytes, X86),
  );
}

Deno.test("openEhFrame() finds the instructions behind every augmentation", () => {
  const cases: [CieParts, number[] | undefined][] = [
    [{}, undefined],
    [{ augmentation: "eh", middle: fixed(0x1234, 8) }, undefined],
    [{ augmentation: "S" }, undefined],
    [{ augmentation: "z", augmentationData: [] }, [1, 2, 3]],
    [{ augmentation: "z", augmentationData: [9, 9] }, []],
    [{ augmentation: "zR", augmentationData: [0x00] }, []],
    [
      { augmentation: "zPLR", augmentationData: [0x9b, 1, 2, 3, 4, 0x1b, 0] },
      [1, 0, 0, 0],
    ],
    [{ augmentation: "zPR", augmentationData: [0xff, 0] }, []],
    [{ augmentation: "zPR", augmentationData: [0x81, 0x80, 1, 0] }, []],
    [{ augmentation: "zRXY", augmentationData: [0, 0xff, 0xff] }, []],
    [{ augmentation: "zRSBG", augmentationData: [0] }, []],
  ];
  for (const [cie, data] of cases) {
    const fde = underCie(cie, data);
    assertEquals(fde.cie.augmentation, cie.augmentation ?? "");
    assertEquals([fde.startPc, fde.endPc], [0x1000, 0x1010]);
    assertEquals(fde.instructionsEndOffset - fde.instructionsOffset, 2);
    const { instructionsOffset, instructionsEndOffset } = fde.cie;
    assertEquals(instructionsEndOffset - instructionsOffset, 5);
  }
});

Deno.test("openEhFrame() reads an aligned personality", () => {
  const builder = new CfiBuilder();
  const dataOffset = 8 + 1 + 4 + 1 + 1 + 1 + 1; // head, version, "zPR", factors, column, size
  const skip = (8 - (dataOffset + 1) % 8) % 8;
  const cie = builder.cie({
    augmentation: "zPR",
    augmentationData: [0x50, ...new Array(skip).fill(0), ...fixed(1, 8), 0x03],
  });
  builder.fde({
    cie,
    start: fixed(0x1000, 4),
    size: fixed(4, 4),
    augmentationData: [],
  });
  assertEquals(only(openEhFrame(builder.bytes, 0, X86)).cie.pointerEncoding, 3);
});

Deno.test("openEhFrame() tells what an augmentation says", () => {
  const fde = underCie({ augmentation: "zRSBG", augmentationData: [0] }, []);
  assert(fde.cie.isSignalFrame && fde.cie.usesBKey);
  assert(fde.cie.hasTaggedFrames && fde.cie.hasAugmentationData);
  const lsda = underCie(
    { augmentation: "zL", augmentationData: [0x03] },
    fixed(0x3000, 4),
  );
  assertEquals(lsda.lsdaAddress, 0x3000);
  const funcrel = underCie(
    { augmentation: "zL", augmentationData: [0x43] },
    fixed(0x30, 4),
  );
  assertEquals(funcrel.lsdaAddress, 0x1030);
  const none = underCie(
    { augmentation: "zL", augmentationData: [0x1b] },
    fixed(0, 4),
  );
  assert(Number.isNaN(none.lsdaAddress));
});

Deno.test("openDebugFrame() reads versions 1, 3 and 4", () => {
  const long = uleb(200);
  assertEquals(long.length, 2);
  const one = underCie({ version: 1, returnColumn: 200 }, undefined, false);
  const three = underCie({ version: 3, returnColumn: 200 }, undefined, false);
  const four = underCie(
    { version: 4, middle: [8, 0], returnColumn: 200 },
    undefined,
    false,
  );
  for (const { cie } of [one, three, four]) {
    assertEquals(cie.returnColumn, 200);
    assertEquals(cie.instructionsEndOffset - cie.instructionsOffset, 5);
  }
  assertEquals(four.cie.addressSize, 8);
});

Deno.test("openDebugFrame() skips segments and reads addresses of 4 bytes", () => {
  const builder = new CfiBuilder({ isEhFrame: false });
  const cie = builder.cie({ version: 4, middle: [4, 2] });
  builder.fde({ cie, start: [7, 7, ...fixed(0x1000, 4)], size: fixed(8, 4) });
  const fde = only(openDebugFrame(builder.bytes, X86));
  assertEquals([fde.startPc, fde.endPc], [0x1000, 0x1008]);
});

Deno.test("both sections have a 64-bit form, in both byte orders", () => {
  for (const littleEndian of [true, false]) {
    for (const isEhFrame of [true, false]) {
      const builder = new CfiBuilder({ isEhFrame, littleEndian, is64: true });
      builder.cie();
      const cie = builder.cie({ version: 3 });
      builder.fde({ cie, start: 0x1000, size: 0x10 });
      const options = { littleEndian, machine: "s390x" } as const;
      const fde = only(
        isEhFrame
          ? openEhFrame(builder.bytes, 0, options)
          : openDebugFrame(builder.bytes, options),
      );
      assertEquals([fde.startPc, fde.cie.offset], [0x1000, cie]);
    }
  }
});

Deno.test("functions() goes on behind terminators and bad entries", () => {
  const builder = new CfiBuilder();
  const cie = builder.cie();
  const bad = builder.cie({ version: 9 });
  builder.fde({ cie, start: 0x1000, size: 0x10 });
  builder.terminator();
  builder.fde({ cie: bad, start: 0x2000, size: 0x10 });
  builder.fde({ cie: 3, start: 0x3000, size: 0x10 });
  const last = builder.fde({ cie, start: 0x4000, size: 0x10 });
  builder.fde({ cie: last, start: 0x5000, size: 0x10 });
  builder.fde({ cie: builder.size, start: 0x6000, size: 0x10 });
  const table = openEhFrame(builder.bytes, 0, X86);
  assertEquals(
    [...table.functions()].map(({ startPc }) => startPc),
    [0x1000, 0x4000],
  );
  assertEquals(table.errors.map(({ code }) => code), [
    "unsupported",
    ...["bad-value", "bad-value", "bad-value"],
  ]);
});

Deno.test("functions() ends where a length leads out of the section", () => {
  const builder = new CfiBuilder();
  const cie = builder.cie();
  builder.fde({ cie, start: 0x1000, size: 0x10 });
  const at = builder.raw([0xf0, 0xff, 0xff, 0xff, 1, 2, 3, 4]);
  const table = openEhFrame(builder.bytes, 0, X86);
  assertEquals([...table.functions()].length, 1);
  assertEquals([table.errors[0]?.code, table.errors[0]?.offset], [
    "bad-value",
    at,
  ]);
});

Deno.test("functions() limits what every FDE would pay for", () => {
  const long = new CfiBuilder();
  long.fde({
    cie: long.cie({ initial: new Array(4097).fill(0) }),
    start: 0,
    size: 1,
  });
  assertEquals(
    errorOf(openEhFrame(long.bytes, 0, X86)).field,
    "initial_instructions",
  );
  const wordy = new CfiBuilder();
  wordy.fde({
    cie: wordy.cie({
      augmentation: `z${"S".repeat(40)}`,
      augmentationData: [],
    }),
    start: 0,
    size: 1,
  });
  assertEquals(errorOf(openEhFrame(wordy.bytes, 0, X86)).field, "augmentation");
});

Deno.test("functions() survives a section cut off at any byte", () => {
  const builder = new CfiBuilder();
  const cie = builder.cie({
    augmentation: "zPLR",
    augmentationData: [0x9b, 1, 2, 3, 4, 0x1b, 0x03],
  });
  builder.fde({
    cie,
    start: fixed(0x1000, 4),
    size: fixed(0x10, 4),
    augmentationData: [1, 0, 0, 0],
    instructions: [0x41, 0x0e, 16],
  });
  const { bytes } = builder;
  for (let size = 1; size < bytes.length; size++) {
    const table = openEhFrame(bytes.subarray(0, size), 0, X86);
    assertEquals([...table.functions()], []);
    assertEquals(
      table.errors.length,
      size === 4 + bytes[0]! ? 0 : 1,
      `${size}`,
    );
  }
  // The same inside an entry whose length is adjusted: fields, not the section, are cut off.
  const fdeOffset = 4 + bytes[0]!;
  for (let length = 1; length < bytes[fdeOffset]! - 3; length++) {
    const cut = bytes.slice(0, fdeOffset + 4 + length);
    cut[fdeOffset] = length;
    const table = openEhFrame(cut, 0, X86);
    assertEquals([...table.functions()], []);
    assertEquals(table.errors[0]!.code, "truncated", `${length}`);
  }
});

Deno.test("CfiTable keeps the first errors only, each once", () => {
  const builder = new CfiBuilder({ isEhFrame: false });
  for (let i = 0; i < 100; i++) {
    builder.fde({ cie: 10_000 + (i >> 1), start: i, size: 1 });
  }
  const table = new CfiTable("debug_frame", builder.bytes, 0, X86);
  assertEquals([...table.functions(), ...table.functions()], []);
  assertEquals(
    table.errors.map(({ offset }) => offset),
    Array.from({ length: 16 }, (_, i) => 10_000 + i),
  );
});
