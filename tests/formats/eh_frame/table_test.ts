import { assert, assertEquals } from "@std/assert";
import {
  Base,
  type CfiMachine,
  type CfiTable,
  Lookup,
  openDebugFrame,
  openEhFrame,
  RegisterRules,
  RowFlag,
  UnwindRow,
} from "../../../formats/eh_frame/mod.ts";
import {
  buildFunction,
  buildHeader,
  CfiBuilder,
  type CieParts,
  fixed,
  sleb,
  uleb,
} from "../../builders/eh_frame.ts";

const X86 = { littleEndian: true, machine: "x86-64" } as const;
const BASE_NAMES: Record<number, string> = {
  [Base.SP]: "sp",
  [Base.FP]: "fp",
  [Base.CFA]: "cfa",
  [Base.SAME]: "same",
  [Base.UNDEFINED]: "undefined",
};

function rule(base: number, offset: number, deref: boolean): string {
  const name = BASE_NAMES[base] ?? `r${base}`;
  const sum = base === Base.SAME || base === Base.UNDEFINED
    ? name
    : `${name}${offset < 0 ? "" : "+"}${offset}`;
  return deref ? `[${sum}]` : sum;
}

/** The row at `pc` as text: range, CFA, RA, FP, flags. */
function rowAt(table: CfiTable, pc: number): string {
  const row = new UnwindRow();
  const status = table.lookup(pc, row);
  if (status !== Lookup.FOUND) return status === Lookup.BAD ? "bad" : "none";
  const flags = Object.entries(RowFlag).filter(([, bit]) => row.flags & bit)
    .map(([name]) => ` ${name}`).join("");
  return `${row.startPc.toString(16)}-${row.endPc.toString(16)} ` +
    `${rule(row.cfaBase, row.cfaOffset, row.cfaDeref)} ` +
    `${rule(row.raBase, row.raOffset, row.raDeref)} ` +
    `${rule(row.fpBase, row.fpOffset, row.fpDeref)}${flags}`;
}

/** The lowered row of a function that has only one, without its range. */
function lowered(
  instructions: number[],
  cie: CieParts = {},
  machine: CfiMachine = "x86-64",
): string {
  const table = openEhFrame(buildFunction(instructions, cie), 0, {
    littleEndian: true,
    machine,
  });
  return rowAt(table, 0x1000).replace("1000-1100 ", "");
}

/** Three functions with a gap between the second and the third, out of order, and where they are. */
function threeFunctions(): { builder: CfiBuilder; offsets: number[] } {
  const builder = new CfiBuilder();
  const cie = builder.cie();
  const last = builder.fde({ cie, start: 0x1200, size: 0x10 });
  const first = builder.fde({
    cie,
    start: 0x1000,
    size: 0x10,
    instructions: [0x41, 0x0e, 16, 0x86, 2, 0x43, 0x0d, 6, 0x47, 0x0c, 7, 8],
  });
  const second = builder.fde({ cie, start: 0x1010, size: 0x10 });
  builder.fde({ cie, start: 0x1200, size: 0 });
  return { builder, offsets: [first, second, last] };
}

const FIRST_ROWS = [
  "1000-1001 sp+8 [cfa-8] same",
  "1001-1004 sp+16 [cfa-8] [cfa-16]",
  "1004-100b fp+16 [cfa-8] [cfa-16]",
  "100b-1010 sp+8 [cfa-8] [cfa-16]",
];

function checkThreeFunctions(table: CfiTable): void {
  for (let pc = 0x1000; pc < 0x1010; pc++) {
    const want = FIRST_ROWS.find((row) => pc < parseInt(row.slice(5), 16));
    assertEquals(rowAt(table, pc), want);
  }
  assertEquals(rowAt(table, 0x1010), "1010-1020 sp+8 [cfa-8] same");
  assertEquals(rowAt(table, 0x101f), "1010-1020 sp+8 [cfa-8] same");
  assertEquals(rowAt(table, 0x1200), "1200-1210 sp+8 [cfa-8] same");
  for (const pc of [0xfff, 0x1020, 0x11ff, 0x1210, -1, 0, NaN, Infinity]) {
    assertEquals(rowAt(table, pc), "none", `${pc}`);
  }
}

Deno.test("lookup() finds rows at each edge with its own index", () => {
  const { builder } = threeFunctions();
  const table = openEhFrame(builder.bytes, 0x2000, X86);
  checkThreeFunctions(table);
  checkThreeFunctions(table);
  assertEquals(table.errors, []);
});

Deno.test("lookup() searches .eh_frame_hdr of either width", () => {
  const { builder, offsets } = threeFunctions();
  const starts = [0x1000, 0x1010, 0x1200];
  for (const isWide of [false, true]) {
    const bytes = buildHeader(
      0x8000,
      0x2000,
      starts.map((start, i) => [start, 0x2000 + offsets[i]!]),
      { isWide },
    );
    const header = { bytes, address: 0x8000 };
    const table = openEhFrame(builder.bytes, 0x2000, { ...X86, header });
    checkThreeFunctions(table);
    assertEquals(table.errors, []);
  }
});

Deno.test("lookup() believes .eh_frame_hdr only as far as the FDE agrees", () => {
  const { builder, offsets } = threeFunctions();
  const [first, second] = offsets.map((offset) => 0x2000 + offset);
  const wrong: (readonly [number, number])[][] = [
    [],
    [[0x1000, second!], [0x1010, first!]],
    [[0x1000, 0x2000], [0x1010, 0x2003], [0x1200, 0x1000]],
    [[0x1200, first!], [0x1000, 0x9000], [0x1100, 0x7fff_0000]],
  ];
  for (const entries of wrong) {
    const header = {
      bytes: buildHeader(0x8000, 0x2000, entries),
      address: 0x8000,
    };
    checkThreeFunctions(openEhFrame(builder.bytes, 0x2000, { ...X86, header }));
  }
});

Deno.test("openEhFrame() does without a header that makes no sense", () => {
  const { builder, offsets } = threeFunctions();
  const good = buildHeader(0x8000, 0x2000, [[0x1000, 0x2000 + offsets[0]!]]);
  const patched = (at: number, value: number) => {
    const bytes = good.slice();
    bytes[at] = value;
    return bytes;
  };
  const cases: [Uint8Array, string, string][] = [
    [patched(0, 2), "unsupported", "version"],
    [patched(3, 0x1b), "unsupported", "table_enc"],
    [patched(3, 0xff), "unsupported", "table_enc"],
    [patched(4, 0), "bad-value", "eh_frame_ptr"],
    [patched(1, 0x70), "bad-value", "eh_frame_ptr"],
    [patched(2, 0xff), "truncated", "fde_count"],
    [patched(11, 0xff), "truncated", "fde_count"],
    [patched(8, 2), "truncated", "fde_count"],
    ...[0, 1, 3, 4, 7, 8, 11, 12, 19].map((
      size,
    ): [Uint8Array, string, string] => [
      good.subarray(0, size),
      "truncated",
      "",
    ]),
  ];
  for (const [bytes, code, field] of cases) {
    const table = openEhFrame(builder.bytes, 0x2000, {
      ...X86,
      header: { bytes, address: 0x8000 },
    });
    assertEquals(table.errors.length, 1);
    assertEquals(table.errors[0]!.code, code);
    if (field !== "") assertEquals(table.errors[0]!.field, field);
    checkThreeFunctions(table);
  }
});

Deno.test("openDebugFrame() looks up kernel addresses", () => {
  const builder = new CfiBuilder({ isEhFrame: false });
  const cie = builder.cie({ version: 3 });
  builder.fde({
    cie,
    start: fixed(0xffff_ffff_8100_0000n, 8),
    size: 0x20,
    instructions: [0x50, 0x0e, 16],
  });
  const table = openDebugFrame(builder.bytes, X86);
  const row = new UnwindRow();
  const start = -0x7f00_0000;
  assertEquals(table.lookup(start + 0x1f, row), Lookup.FOUND);
  assertEquals([row.startPc, row.endPc, row.cfaOffset], [
    start + 0x10,
    start + 0x20,
    16,
  ]);
  assertEquals(table.lookup(start + 0x20, row), Lookup.NO_ROW);
});

Deno.test("lookup() joins neighbours that differ in other registers only", () => {
  const table = openEhFrame(
    buildFunction([0x41, 0x83, 2, 0x41, 0x8c, 3, 0x41, 0x0e, 32]),
    0,
    X86,
  );
  assertEquals(rowAt(table, 0x1001), "1000-1003 sp+8 [cfa-8] same");
  assertEquals(rowAt(table, 0x1003), "1003-1100 sp+32 [cfa-8] same");
});

Deno.test("lookup() lowers the CFA", () => {
  assertEquals(lowered([0x0c, 6, 16]), "fp+16 [cfa-8] same");
  assertEquals(lowered([0x0c, 10, 0]), "r10+0 [cfa-8] same");
  assertEquals(
    lowered([0x0f, 3, 0x76, 0x78, 0x06]),
    "[fp-8] [cfa-8] same",
  );
  assertEquals(lowered([0x0f, 2, 0x73, 0x10]), "r3+16 [cfa-8] same");
  assertEquals(
    lowered([0x0f, 5, 0x92, 3, 0x10, 0x23, 8]),
    "r3+24 [cfa-8] same",
  );
  for (
    const expression of [
      [0x77, 0, 0x06, 0x23, 8],
      [0x06],
      [],
      [0x77],
      [0x77, 0, 0x06, 0x06],
      [0x33],
      [0x92, 0x80, 0x02, 0],
    ]
  ) {
    assertEquals(
      lowered([0x0f, expression.length, ...expression]),
      "undefined+0 [cfa-8] same FULL".replace("+0", ""),
    );
  }
  assert(lowered([0x0e, ...uleb(2 ** 31)]).endsWith("FULL"));
  assertEquals(
    lowered([], { initial: [0x90, 1] }),
    "undefined [cfa-8] same FULL",
  );
});

Deno.test("lookup() lowers FP and RA", () => {
  assertEquals(lowered([0x86, 3]), "sp+8 [cfa-8] [cfa-24]");
  assertEquals(lowered([0x14, 6, 3]), "sp+8 [cfa-8] cfa-24");
  assertEquals(lowered([0x09, 6, 12]), "sp+8 [cfa-8] r12+0");
  assertEquals(lowered([0x07, 6]), "sp+8 [cfa-8] undefined");
  assertEquals(lowered([0x08, 6]), "sp+8 [cfa-8] same");
  assertEquals(lowered([0x10, 6, 2, 0x76, 0]), "sp+8 [cfa-8] [fp+0]");
  assertEquals(lowered([0x16, 6, 2, 0x76, 8]), "sp+8 [cfa-8] fp+8");
  assertEquals(lowered([0x16, 6, 3, 0x77, 8, 6]), "sp+8 [cfa-8] [sp+8]");
  assertEquals(lowered([0x10, 6, 2, 0x23, 8]), "sp+8 [cfa-8] [cfa+8]");
  assertEquals(lowered([0x10, 6, 3, 0x76, 0, 6]), "sp+8 [cfa-8] same FULL");
  assertEquals(lowered([0x09, 16, 2]), "sp+8 r2+0 same");
  assertEquals(lowered([0x10, 16, 2, 0x77, 0x18]), "sp+8 [sp+24] same");
  assertEquals(lowered([0x07, 16]), "sp+8 undefined same OUTERMOST");
  assertEquals(
    lowered([0x07, 16, 0x0f, 1, 0x33]),
    "undefined undefined same OUTERMOST",
  );
});

Deno.test("lookup() wants the full evaluator where SP is not what the CFA makes it", () => {
  assertEquals(lowered([0x14, 7, 0]), "sp+8 [cfa-8] same");
  assertEquals(lowered([0x14, 7, 1]), "sp+8 [cfa-8] same FULL");
  assertEquals(lowered([0x09, 7, 8]), "sp+8 [cfa-8] same FULL");
  assertEquals(lowered([0x87, 2]), "sp+8 [cfa-8] same FULL");
  assertEquals(lowered([0x08, 7]), "sp+8 [cfa-8] same FULL");
  assertEquals(lowered([0x08, 7, 0x0e, 0]), "sp+0 [cfa-8] same");
});

Deno.test("lookup() lowers the signal trampoline of x86-64", () => {
  const at = (offset: number) => [0x77, ...sleb(offset)];
  const cie = { augmentation: "zRS", augmentationData: [0x00] };
  const builder = new CfiBuilder();
  const instructions = [
    ...[0x0f, 4, ...at(160), 0x06],
    ...[0x10, 7, 3, ...at(160)],
    ...[0x10, 6, 3, ...at(120)],
    ...[0x10, 16, 3, ...at(168)],
  ];
  builder.fde({
    cie: builder.cie(cie),
    start: 0x1000,
    size: 0x100,
    augmentationData: [],
    instructions,
  });
  assertEquals(
    rowAt(openEhFrame(builder.bytes, 0, X86), 0x1000),
    "1000-1100 [sp+160] [sp+168] [sp+120] SIGNAL",
  );
});

Deno.test("lookup() lowers link registers and their signatures on AArch64", () => {
  const cie = { initial: [0x0c, 31, 0], returnColumn: 30, codeAlignment: 4 };
  const table = openEhFrame(
    buildFunction([
      0x41,
      0x2d,
      0x41,
      0x0e,
      16,
      0x9d,
      2,
      0x9e,
      1,
      0x41,
      0x07,
      30,
    ], cie),
    0,
    { littleEndian: true, machine: "aarch64" },
  );
  assertEquals(rowAt(table, 0x1000), "1000-1004 sp+0 same same");
  assertEquals(rowAt(table, 0x1004), "1004-1008 sp+0 same same RA_SIGNED");
  assertEquals(
    rowAt(table, 0x1008),
    "1008-100c sp+16 [cfa-8] [cfa-16] RA_SIGNED",
  );
  assertEquals(
    rowAt(table, 0x100c),
    "100c-1100 sp+16 undefined same OUTERMOST RA_SIGNED",
  );
});

Deno.test("lookup() lowers registers saved in registers on s390x", () => {
  const cie = { initial: [0x0c, 15, ...uleb(160)], returnColumn: 14 };
  const row = (instructions: number[], more: CieParts = {}) =>
    lowered(instructions, { ...cie, ...more }, "s390x");
  assertEquals(row([]), "sp+160 same same");
  assertEquals(row([0x09, 11, 16, 0x09, 14, 17]), "sp+160 r17+0 r16+0");
  assertEquals(row([0x8b, 9, 0x8e, 6, 0x8f, 5]), "sp+160 [cfa-48] [cfa-72]");
  assertEquals(row([0x09, 15, 16]), "sp+160 same same");
  assertEquals(row([0x14, 15, 20]), "sp+160 same same");
  assertEquals(row([0x08, 15]), "sp+160 same same");
  assertEquals(row([0x09, 15, 12]), "sp+160 same same FULL");
  assertEquals(row([0x11, 15, 0x7f]), "sp+160 same same FULL");
  assertEquals(row([0x0d, 11]), "fp+160 same same");
});

Deno.test("lookup() takes the return column of the CIE", () => {
  const cie = { returnColumn: 15, initial: [0x0c, 7, 8] };
  assertEquals(lowered([], cie), "sp+8 r15+0 same");
  assertEquals(lowered([0x8f, 1], cie), "sp+8 [cfa-8] same");
  const far = { ...cie, version: 3, returnColumn: 1000 };
  assertEquals(lowered([], far), "sp+8 undefined same FULL");
});

/** The expression that linkers write for `.plt`. */
function pltExpression(offset: number, threshold: number): number[] {
  return [
    ...[0x77, offset, 0x80, 0x00, 0x3f, 0x1a],
    ...[0x30 + threshold, 0x2a, 0x33, 0x24, 0x22],
  ];
}

Deno.test("lookup() gives each half of a PLT slot a row of its own", () => {
  for (const threshold of [1, 9, 11, 15]) {
    const instructions = [0x50, 0x0f, 11, ...pltExpression(8, threshold)];
    const table = openEhFrame(buildFunction(instructions), 0, X86);
    const row = new UnwindRow();
    for (let pc = 0x1010; pc < 0x1100; pc++) {
      const isPushed = pc % 16 >= threshold;
      assertEquals(table.lookup(pc, row), Lookup.FOUND);
      assertEquals(row.cfaOffset, isPushed ? 16 : 8);
      const slot = pc - pc % 16;
      assertEquals([row.startPc, row.endPc], [
        slot + (isPushed ? threshold : 0),
        slot + (isPushed ? 16 : threshold),
      ]);
      assertEquals(row.flags, 0);
    }
  }
});

Deno.test("lookup() cuts a PLT's rows at the row of the table", () => {
  const instructions = [
    ...[0x45, 0x0f, 11, ...pltExpression(8, 11)],
    ...[0x47, 0x0c, 7, 8],
  ];
  const table = openEhFrame(buildFunction(instructions), 0, X86);
  assertEquals(rowAt(table, 0x1005), "1005-100b sp+8 [cfa-8] same");
  assertEquals(rowAt(table, 0x100b), "100b-100c sp+16 [cfa-8] same");
  assertEquals(rowAt(table, 0x100c), "100c-1100 sp+8 [cfa-8] same");
});

Deno.test("lookup() does not take other expressions for a PLT's", () => {
  const good = pltExpression(8, 11);
  for (let i = 0; i < good.length; i++) {
    const bytes = good.slice();
    bytes[i]! ^= i === 1 ? 0x40 : i === 6 ? 0x24 : 1;
    assert(
      lowered([0x0f, 11, ...bytes]).endsWith("FULL"),
      `byte ${i}`,
    );
  }
  assert(lowered([0x0f, 11, ...pltExpression(8, 0)]).endsWith("FULL"));
  const cie = { initial: [0x0c, 31, 0], returnColumn: 30 };
  assert(lowered([0x0f, 11, ...good], cie, "aarch64").endsWith("FULL"));
});

Deno.test("lookup() yields the rows before a bad instruction, lookupFull() too", () => {
  const table = openEhFrame(
    buildFunction([0x44, 0x0e, 16, 0x44, 0x0e, 24, 0x3c]),
    0,
    X86,
  );
  const rules = new RegisterRules();
  assertEquals(rowAt(table, 0x1007), "1004-1008 sp+16 [cfa-8] same");
  assertEquals(rowAt(table, 0x1008), "bad");
  assertEquals(rowAt(table, 0x10ff), "bad");
  assertEquals(rowAt(table, 0x1100), "none");
  assertEquals(table.errors.length, 1);
  assertEquals(table.lookupFull(0x1007, rules), Lookup.FOUND);
  assertEquals(rules.cfaOffset, 16);
  assertEquals(table.lookupFull(0x1008, rules), Lookup.BAD);
  assertEquals(table.lookupFull(0x1100, rules), Lookup.NO_ROW);
});

Deno.test("lookup() of a bad function leaves the others alone", () => {
  const builder = new CfiBuilder();
  const bad = builder.cie({ initial: [0x3c] });
  const good = builder.cie();
  builder.fde({ cie: bad, start: 0x1000, size: 0x10 });
  builder.fde({ cie: good, start: 0x1010, size: 0x10 });
  const table = openEhFrame(builder.bytes, 0, X86);
  assertEquals(rowAt(table, 0x1000), "bad");
  assertEquals(rowAt(table, 0x1010), "1010-1020 sp+8 [cfa-8] same");
  assertEquals(rowAt(table, 0x100f), "bad");
});

Deno.test("lookup() of many functions agrees before and after the store grows", () => {
  const builder = new CfiBuilder();
  const cie = builder.cie();
  const count = 1000;
  for (let i = count - 1; i >= 0; i--) {
    builder.fde({
      cie,
      start: 0x1000 + i * 0x10,
      size: 0x10,
      instructions: [0x41, 0x0e, ...uleb(16 + i), 0x44, 0x0c, 6, 16],
    });
  }
  const table = openEhFrame(builder.bytes, 0, X86);
  for (let pass = 0; pass < 2; pass++) {
    for (let i = 0; i < count; i++) {
      const start = 0x1000 + i * 0x10;
      const hex = (n: number) => (start + n).toString(16);
      assertEquals(
        rowAt(table, start),
        `${hex(0)}-${hex(1)} sp+8 [cfa-8] same`,
      );
      assertEquals(
        rowAt(table, start + 4),
        `${hex(1)}-${hex(5)} sp+${16 + i} [cfa-8] same`,
      );
      assertEquals(
        rowAt(table, start + 15),
        `${hex(5)}-${hex(16)} fp+16 [cfa-8] same`,
      );
    }
  }
});

Deno.test("lookup() keeps no more rows than the section has bytes, though FDEs overlap", () => {
  // Each byte of a run of advances is made an FDE by the header: 300 functions that share their instructions.
  const builder = new CfiBuilder();
  const cie = builder.cie();
  const entries: [number, number][] = [];
  const starts: number[] = [];
  for (let i = 0; i < 300; i++) {
    const offset = builder.size;
    // A length that reaches to the end of the section, whatever follows.
    const rest = (300 - i) * 28 - 4 + 400;
    builder.raw([
      ...fixed(rest, 4),
      ...fixed(offset + 4 - cie, 4),
      ...fixed(0x10_0000 + i * 0x1_0000, 8),
      ...fixed(0x1_0000, 8),
      ...[0x0e, i & 0x7f, 0x41, 0x16],
    ]);
    entries.push([0x10_0000 + i * 0x1_0000, offset]);
    starts.push(0x10_0000 + i * 0x1_0000);
  }
  builder.raw(new Array(400).fill(0x41));
  const table = openEhFrame(builder.bytes, 0, {
    ...X86,
    header: { bytes: buildHeader(0x8000, 0, entries), address: 0x8000 },
  });
  const row = new UnwindRow();
  for (let pass = 0; pass < 2; pass++) {
    for (const [i, start] of starts.entries()) {
      assertEquals(table.lookup(start, row), Lookup.FOUND);
      assertEquals([row.startPc, row.cfaOffset], [start, i & 0x7f]);
    }
  }
});

Deno.test("lookupFull() finds the row that lookup() finds, with every register", () => {
  const { builder } = threeFunctions();
  const table = openEhFrame(builder.bytes, 0, X86);
  const rules = new RegisterRules();
  const row = new UnwindRow();
  for (let pc = 0xff0; pc < 0x1220; pc++) {
    const status = table.lookup(pc, row);
    assertEquals(table.lookupFull(pc, rules), status);
    if (status !== Lookup.FOUND) continue;
    assertEquals([rules.startPc, rules.endPc], [row.startPc, row.endPc]);
    assertEquals(rules.cfaOffset, row.cfaOffset);
    assertEquals([rules.returnColumn, rules.values[16]], [16, -8]);
  }
});
