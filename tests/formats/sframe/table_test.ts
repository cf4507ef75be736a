import { assert, assertEquals } from "@std/assert";
import {
  Base,
  Lookup,
  openSFrame,
  RowFlag,
  type SFrameOptions,
  type SFrameTable,
  UnwindRow,
} from "../../../formats/sframe/mod.ts";
import { ABI, buildSFrame, type BuiltSection } from "../../builders/sframe.ts";
import { describeRules } from "./golden.ts";

const ADDRESS = 0x20000;

type Parts = Omit<BuiltSection, "address"> & { address?: number };

function open(section: Parts, options: SFrameOptions = {}): SFrameTable {
  const address = section.address ?? ADDRESS;
  return openSFrame(buildSFrame({ ...section, address }), address, options);
}

/** Rules at `pc` as text, or the answer's name. */
function at(table: SFrameTable, pc: number): string {
  const row = new UnwindRow();
  switch (table.lookup(pc, row)) {
    case Lookup.FOUND:
      assert(row.startPc <= pc && pc < row.endPc);
      return describeRules(row);
    case Lookup.NO_ROW:
      return "no row";
    default:
      return "bad";
  }
}

/** Rules of one row that is alone in a V3 function, or of `version`. */
function ruleOf(
  words: number[],
  parts: Partial<BuiltSection> & {
    type?: number;
    wordSize?: 1 | 2 | 4;
    base?: "fp";
    mangled?: boolean;
  } = {},
): string {
  const { type, wordSize, base, mangled, ...section } = parts;
  const row = {
    start: 0,
    words,
    ...(wordSize && { wordSize }),
    ...(base && { base }),
    ...(mangled && { mangled }),
  };
  const f = {
    start: 0x1000,
    size: 4,
    rows: [row],
    ...(type !== undefined && { type }),
  };
  return at(open({ version: 3, functions: [f], ...section }), 0x1000);
}

Deno.test("lookup() reads default rows by the ABI", () => {
  assertEquals(ruleOf([8]), "sp+8 *c-8 same");
  assertEquals(ruleOf([16, -16], { base: "fp" }), "fp+16 *c-8 *c-16");
  assertEquals(ruleOf([-30000], { wordSize: 2 }), "sp-30000 *c-8 same");
  assertEquals(
    ruleOf([100000, -70000], { wordSize: 4 }),
    "sp+100000 *c-8 *c-70000",
  );
  for (const abi of [ABI.AARCH64_LE, ABI.AARCH64_BE]) {
    assertEquals(ruleOf([0], { abi }), "sp+0 same same");
    assertEquals(ruleOf([16, -8, -16], { abi }), "sp+16 *c-8 *c-16");
    assertEquals(
      ruleOf([16, -16], { abi, mangled: true }),
      "sp+16 *c-16 same signed",
    );
    assertEquals(ruleOf([16, 0, -16], { abi }), "sp+16 same *c-16");
  }
  assertEquals(
    ruleOf([20, -48, -72], { abi: ABI.S390X }),
    "sp+320 *c-48 *c-72",
  );
  assertEquals(ruleOf([0, 0, -72], { abi: ABI.S390X }), "sp+160 same *c-72");
});

Deno.test("lookup() reads odd words of s390x as registers in V2 only", () => {
  const v2 = { abi: ABI.S390X, version: 2 as const };
  assertEquals(ruleOf([0, 0x23, 0x21], v2), "sp+160 r17+0 r16+0");
  assertEquals(ruleOf([0, 0, 0x17], v2), "sp+160 same fp+0");
  assertEquals(ruleOf([0, 0x23], { abi: ABI.S390X }), "sp+160 *c+35 same");
  assertEquals(ruleOf([0, -1], v2), "bad");
  assertEquals(ruleOf([0, 0, -1], v2), "bad");
  assertEquals(ruleOf([0, 0x101], { ...v2, wordSize: 2 }), "bad");
});

Deno.test("lookup() prefers fixed offsets of the header", () => {
  const abi = ABI.AARCH64_LE;
  assertEquals(ruleOf([16, -24], { abi, fixedRa: -8 }), "sp+16 *c-8 *c-24");
  assertEquals(
    ruleOf([16, -24], { abi, fixedRa: -8, fixedFp: -16 }),
    "sp+16 *c-8 *c-16",
  );
  assertEquals(ruleOf([16], { fixedRa: 0 }), "sp+16 same same");
});

Deno.test("lookup() reads flexible rows", () => {
  const flex = (words: number[], more: Parameters<typeof ruleOf>[1] = {}) =>
    ruleOf(words, { type: 1, ...more });
  assertEquals(flex([0x39, 8]), "sp+8 *c-8 same");
  assertEquals(flex([0x51, 0]), "r10+0 *c-8 same");
  assertEquals(flex([0x33, -8, 0, 0x33, 0]), "*fp-8 *c-8 *fp+0");
  assertEquals(flex([0x39, 0, 0x11, 0]), "sp+0 r2+0 same");
  assertEquals(flex([0x39, 8, 0x02, -24, 0x61, 0]), "sp+8 *c-24 r12+0");
  assertEquals(flex([0x39, 8, 0, 0]), "sp+8 *c-8 same");
  assertEquals(
    flex([0x39, 8, 0x02, 0x7000], { wordSize: 2 }),
    "sp+8 *c+28672 same",
  );
  assertEquals(flex([0xd1, 8]), "r26+8 *c-8 same"); // a control word has no sign
  assertEquals(
    flex([0x79, 20, 0x89, 0, 0x81, 0], { abi: ABI.S390X }),
    "sp+320 r17+0 r16+0",
  );
  assertEquals(
    flex([0x39, 8, 0, 0x02, -32], { fixedFp: -16 }),
    "sp+8 *c-8 *c-16",
  );
});

Deno.test("lookup() answers BAD for rows that have no meaning", () => {
  const flex = (words: number[], wordSize: 1 | 2 | 4 = 1) =>
    ruleOf(words, { type: 1, wordSize });
  assertEquals(flex([0x39]), "bad"); // control without offset
  assertEquals(flex([0x02, 8]), "bad"); // CFA relative to itself
  assertEquals(flex([0, 8]), "bad");
  assertEquals(flex([0x39, 8, 0x02]), "bad");
  assertEquals(flex([0x39, 8, 0, 0x02]), "bad");
  assertEquals(flex([0x39, 8, 0, -5, 8], 4), "bad"); // register 536870911, as gas 2.47 writes
  assertEquals(flex([-5, 8], 4), "bad");
  assertEquals(flex([0x39, 8, 128 * 8 + 1, 8], 2), "bad");
  assertEquals(flex([127 * 8 + 1, 8], 2), "r127+8 *c-8 same");
  assertEquals(ruleOf([8], { type: 2 }), "bad"); // reserved type
  assertEquals(ruleOf([8, 1, 2, 3, 4, 5, 6]), "bad"); // more words than any layout has
  assertEquals(ruleOf([], { version: 1 }), "bad");
});

Deno.test("lookup() marks frames without caller and signal frames", () => {
  const f = { start: 0x1000, size: 4, rows: [] };
  const row = new UnwindRow();
  assertEquals(ruleOf([]), "outermost");
  assertEquals(ruleOf([], { version: 2 }), "outermost");
  assertEquals(ruleOf([], { type: 1 }), "outermost");
  assertEquals(at(open({ version: 3, functions: [f] }), 0x1003), "outermost");
  assertEquals(
    at(open({ version: 3, functions: [{ ...f, type: 1 }] }), 0x1003),
    "no row",
  );
  assertEquals(at(open({ version: 2, functions: [f] }), 0x1003), "no row");

  const empty = open({ version: 3, functions: [{ ...f, signal: true }] });
  assertEquals(empty.lookup(0x1003, row), Lookup.FOUND);
  assertEquals([row.flags, row.cfaBase, row.raBase], [
    RowFlag.SIGNAL,
    Base.UNDEFINED,
    Base.UNDEFINED,
  ]);
  assertEquals([row.startPc, row.endPc], [0x1000, 0x1004]);

  const rows = [{ start: 0, words: [16] }];
  for (const [version, flags] of [[3, RowFlag.SIGNAL], [2, 0]] as const) {
    const table = open({ version, functions: [{ ...f, rows, signal: true }] });
    assertEquals(table.lookup(0x1000, row), Lookup.FOUND);
    assertEquals([row.flags, describeRules(row)], [flags, "sp+16 *c-8 same"]);
  }
});

Deno.test("lookup() repeats the rows of a PCMASK function", () => {
  for (const version of [1, 2, 3] as const) {
    const table = open({
      version,
      functions: [{
        start: 0x1000,
        size: 40,
        mask: true,
        repSize: 16,
        rows: [{ start: 0, words: [8] }, { start: 11, words: [16] }],
      }],
    });
    const row = new UnwindRow();
    const ranges: [number, number, number, number][] = [
      [0x1000, 8, 0x1000, 0x100b],
      [0x100b, 16, 0x100b, 0x1010],
      [0x101a, 8, 0x1010, 0x101b],
      [0x101f, 16, 0x101b, 0x1020],
      [0x1027, 8, 0x1020, 0x1028], // the last repetition is cut off
    ];
    for (const [pc, cfaOffset, startPc, endPc] of ranges) {
      assertEquals(table.lookup(pc, row), Lookup.FOUND);
      assertEquals([row.cfaOffset, row.startPc, row.endPc], [
        cfaOffset,
        startPc,
        endPc,
      ]);
    }
  }
  const zero = {
    start: 0x1000,
    size: 32,
    mask: true,
    repSize: 0,
    rows: [{ start: 0, words: [8] }],
  };
  assertEquals(at(open({ version: 3, functions: [zero] }), 0x1000), "bad");
});

Deno.test("lookup() reads .plt.got as ld wrote it or as it is", () => {
  const got = {
    start: 0x1000,
    size: 32,
    mask: true,
    repSize: 8,
    rows: [{ start: 0, words: [16] }],
  };
  const read = (f: typeof got, more: Partial<BuiltSection> = {}) =>
    (["ld", "correct"] as const).map((plt) =>
      at(open({ version: 2, functions: [f], ...more }, { plt }), 0x1009)
    );
  assertEquals(read(got), ["sp+16 *c-8 same", "sp+8 *c-8 same"]);
  assertEquals(read({ ...got, repSize: 16 }), [
    "sp+16 *c-8 same",
    "sp+8 *c-8 same",
  ]);
  const asIs = (f: typeof got, more: Partial<BuiltSection> = {}) => {
    const [ld, correct] = read(f, more);
    assertEquals(correct, ld);
  };
  asIs({ ...got, repSize: 32 });
  asIs({ ...got, mask: false });
  asIs({ ...got, rows: [...got.rows, { start: 6, words: [24] }] });
  asIs({ ...got, rows: [{ start: 0, words: [24] }] });
  asIs(got, { abi: ABI.AARCH64_LE });
  asIs(got, { version: 1 });
});

Deno.test("lookup() finds the last of rows with equal starts, and none before the first", () => {
  const rows = [{ start: 2, words: [8] }, { start: 4, words: [16] }, {
    start: 4,
    words: [24],
  }];
  const table = open({
    version: 3,
    functions: [{ start: 0x1000, size: 8, rows }],
  });
  assertEquals([0x1001, 0x1003, 0x1004, 0x1007].map((pc) => at(table, pc)), [
    "no row",
    "sp+8 *c-8 same",
    "sp+24 *c-8 same",
    "sp+24 *c-8 same",
  ]);
});

Deno.test("lookup() skips functions of no size", () => {
  const rows = [{ start: 0, words: [8] }];
  const functions = [
    { start: 0x1000, size: 0, rows },
    { start: 0x1000, size: 16, rows },
    { start: 0x1004, size: 0, rows },
    { start: 0x1004, size: 0, rows },
    { start: 0x1020, size: 0, rows },
  ];
  for (const flags of [4, 5]) {
    const table = open({ version: 3, flags, functions });
    const pcs = [0xfff, 0x1000, 0x1003, 0x1004, 0x100f, 0x1010, 0x1020];
    assertEquals(pcs.filter((pc) => table.covers(pc)), [
      0x1000,
      0x1003,
      0x1004,
      0x100f,
    ]);
  }
});

Deno.test("lookup() answers NO_ROW in a section without functions", () => {
  for (const flags of [4, 5]) {
    assertEquals(
      at(open({ version: 3, flags, functions: [] }), 0x1000),
      "no row",
    );
  }
});

Deno.test("lookup() finds functions at any distance, sorted or not, before and behind its index", () => {
  const bases = [
    [0x1000, ADDRESS],
    [0x7f00_0000_0000, 0x7f00_0010_0000],
    [-0x8000_0000_0000, -0x7fff_f000_0000], // a kernel's half of the address space
    [0x1000, 0x7f00_0000_0000], // further apart than 32 bits can say
  ];
  for (const [base, address] of bases) {
    for (const abi of [ABI.AARCH64_LE, ABI.AARCH64_BE]) {
      const functions = Array.from({ length: 100 }, (_, i) => ({
        start: base! + 40 * i + (i > 50 ? 5000 : 0),
        size: 32,
        rows: [{ start: 0, words: [i % 100] }, {
          start: 20,
          words: [-1 - i % 100],
        }],
      }));
      const shuffled = functions.toSorted((a, b) =>
        a.start * 7919 % 1009 - b.start * 7919 % 1009
      );
      const sorted = open({ version: 3, abi, address: address!, functions });
      const unsorted = open({
        version: 3,
        abi,
        address: address!,
        flags: 4,
        functions: shuffled,
      });
      const row = new UnwindRow();
      for (let round = 0; round < 3; round++) {
        for (const table of [sorted, unsorted]) {
          assertEquals(table.lookup(base! - 1, row), Lookup.NO_ROW);
          functions.forEach(({ start, rows }) => {
            [0, 19, 20, 31].forEach((offset) => {
              assertEquals(table.lookup(start + offset, row), Lookup.FOUND);
              assertEquals(row.cfaOffset, rows[offset < 20 ? 0 : 1]!.words[0]);
              assertEquals(row.startPc, start + (offset < 20 ? 0 : 20));
            });
            assertEquals(table.lookup(start + 32, row), Lookup.NO_ROW);
          });
        }
      }
    }
  }
});

Deno.test("lookup() in a section that only claims to be sorted misses, but always the same, and errs never", () => {
  const far = 2 ** 60;
  const orders = [
    [0x1000, 0x9000, 0x2000, 0x3000, 0x1000, 0x4000],
    [0x1000, far, 0x2000, -far, 0x3000],
    [0x9000, 0x1000],
  ];
  for (const starts of orders) {
    const table = open({
      version: 3,
      functions: starts.map((start, i) => ({
        start,
        size: 16,
        rows: [{ start: 0, words: [i] }],
      })),
    });
    const row = new UnwindRow();
    const pcs = [...starts, 0, 0x1010, 0x5000, 0xffff_ffff];
    const answers = new Set<string>();
    for (let round = 0; round < 100; round++) {
      const found = pcs.map((pc) =>
        table.lookup(pc, row) === Lookup.FOUND ? row.cfaOffset : -1
      );
      answers.add(found.join());
      found.forEach((i, k) => assert(i < 0 || starts[i] === pcs[k]));
    }
    assertEquals(answers.size, 1);
  }
});

Deno.test("lookup() answers BAD where the section ends within a row", () => {
  const rows = [{ start: 0, words: [8] }, { start: 4, words: [16] }];
  const whole = buildSFrame({
    version: 2,
    address: ADDRESS,
    functions: [{ start: 0x1000, size: 8, rows }],
  });
  // Rows of three bytes each: behind the first one only a part of the second is left.
  const answers = [6, 5, 4, 3].map((size) => {
    const bytes = whole.slice(0, 28 + 20 + size);
    bytes[16] = size;
    const table = openSFrame(bytes, ADDRESS);
    return [at(table, 0x1000), at(table, 0x1004)];
  });
  const first = "sp+8 *c-8 same";
  assertEquals(answers, [
    [first, "sp+16 *c-8 same"],
    [first, "bad"],
    ["bad", "bad"],
    ["bad", "bad"],
  ]);
});

Deno.test("lookup() finds the end of a long last function behind the index", () => {
  const functions = Array.from({ length: 8 }, (_, i) => ({
    start: 0x1000 + 16 * i,
    size: i < 7 ? 16 : 0xf000_0000,
    rows: [{ start: 0, words: [i] }],
  }));
  const table = open({ version: 3, functions });
  const row = new UnwindRow();
  for (let round = 0; round < 300; round++) {
    for (const offset of [0, 16, 1000, 0x7fff_ffff, 0x8000_0000, 0xefff_ffff]) {
      assertEquals(table.lookup(0x1070 + offset, row), Lookup.FOUND);
      assertEquals(row.cfaOffset, 7);
    }
    assertEquals(table.lookup(0x1070 + 0xf000_0000, row), Lookup.NO_ROW);
  }
});
