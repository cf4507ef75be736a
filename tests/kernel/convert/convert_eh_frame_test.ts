import { assertEquals } from "@std/assert";
import { type CfiMachine, openEhFrame } from "../../../formats/eh_frame/mod.ts";
import {
  buildSFrame,
  decodeSFrame,
  type SFrameFunctionSpec,
  type SFrameRowSpec,
} from "../../../formats/sframe/mod.ts";
import {
  convertEhFrame,
  type ConvertOptions,
} from "../../../kernel/convert/mod.ts";
import {
  CfiBuilder,
  type CieParts,
  fixed,
  uleb,
} from "../../builders/eh_frame.ts";

const MACHINE_CIES: Record<CfiMachine, CieParts> = {
  "x86-64": {},
  "aarch64": { returnColumn: 30, initial: [0x0c, 31, 0] },
  "s390x": { returnColumn: 14, initial: [0x0c, 15, ...uleb(160)] },
};

/** Converts one function of 0x100 bytes at 0x1000. */
function convert(
  instructions: number[],
  options: ConvertOptions = {},
  machine: CfiMachine = "x86-64",
  cie: CieParts = {},
) {
  const littleEndian = machine !== "s390x";
  const builder = new CfiBuilder({ littleEndian });
  builder.fde({
    cie: builder.cie({ ...MACHINE_CIES[machine], ...cie }),
    start: fixed(0x1000, 8, littleEndian),
    size: fixed(0x100, 8, littleEndian),
    instructions,
  });
  const table = openEhFrame(builder.bytes, 0x4000, { littleEndian, machine });
  return convertEhFrame(
    { table, machine, littleEndian, sectionAddress: 0x8000 },
    options,
  );
}

/** A row in few letters: `0 sp+8`, `1 fp+16 fp=[cfa-16]`. */
function text(row: SFrameRowSpec): string {
  const { startOffset, cfa, ra, fp, mangled } = row;
  if (ra === "undefined") return `${startOffset} end`;
  const rule = (base: string | number, offset: number, deref?: boolean) => {
    const name = typeof base === "number" ? `r${base}` : base;
    const sum = `${name}${offset < 0 ? "" : "+"}${offset}`;
    return deref ? `[${sum}]` : sum;
  };
  const parts = [`${startOffset} ${rule(cfa!.base, cfa!.offset, cfa!.deref)}`];
  if (ra !== undefined) parts.push(`ra=${rule(ra.base, ra.offset, ra.deref)}`);
  if (fp !== undefined) parts.push(`fp=${rule(fp.base, fp.offset, fp.deref)}`);
  if (mangled) parts.push("signed");
  return parts.join(" ");
}

function rowsOf(
  instructions: number[],
  options?: ConvertOptions,
  machine?: CfiMachine,
): string[] {
  const { section, dropped } = convert(instructions, options, machine);
  assertEquals(dropped, []);
  return section.functions[0]!.rows.map(text);
}

function reasonOf(
  instructions: number[],
  options?: ConvertOptions,
  machine?: CfiMachine,
  cie?: CieParts,
): string | undefined {
  const { section, dropped } = convert(instructions, options, machine, cie);
  assertEquals(section.functions.length, 0);
  return dropped[0]?.reason;
}

Deno.test("convertEhFrame() makes a row where instructions touched CFA, FP or RA, changed or not", () => {
  assertEquals(
    rowsOf([0x41, 0x0e, 16, 0x86, 2, 0x43, 0x0d, 6, 0x48, 0x0c, 7, 8]),
    [
      "0 sp+8",
      "1 sp+16 fp=[cfa-16]",
      "4 fp+16 fp=[cfa-16]",
      "12 sp+8 fp=[cfa-16]",
    ],
  );
  assertEquals(rowsOf([0x41, 0x0e, 8, 0x41, 0x0e, 8]), [
    "0 sp+8",
    "1 sp+8",
    "2 sp+8",
  ]);
});

Deno.test("convertEhFrame() lets a row start later where nothing that matters was touched", () => {
  // rbx is saved at 1; the CFA changes at 3.
  assertEquals(rowsOf([0x41, 0x83, 3, 0x42, 0x0e, 16]), ["0 sp+8", "3 sp+16"]);
  assertEquals(rowsOf([0x41, 0x83, 3]), ["0 sp+8", "1 sp+8"]);
});

Deno.test("convertEhFrame() gives two changes without bytes between them two rows, as gas does", () => {
  assertEquals(rowsOf([0x41, 0x0e, 16, 0x40, 0x0e, 24]), [
    "0 sp+8",
    "1 sp+16",
    "1 sp+24",
  ]);
});

Deno.test("convertEhFrame() keeps one state as gas does, or a stack of them", () => {
  const nested = [
    ...[0x41, 0x0e, 16, 0x41, 0x0a, 0x0e, 24, 0x41, 0x0a, 0x0e, 32],
    ...[0x41, 0x0b, 0x41, 0x0b],
  ];
  const start = ["0 sp+8", "1 sp+16", "2 sp+24", "3 sp+32", "4 sp+24"];
  assertEquals(rowsOf(nested), [...start, "5 sp+24"]);
  assertEquals(rowsOf(nested, { rows: "correct" }), [...start, "5 sp+16"]);
  assertEquals(
    reasonOf(nested.slice(-1)),
    "a state is restored that was not kept",
  );
});

Deno.test("convertEhFrame() keeps the row before with gas 2.44, the current one with 2.47", () => {
  const kept = [0x41, 0x0e, 24, 0x0a, 0x41, 0x0e, 32, 0x41, 0x0b];
  const start = ["0 sp+8", "1 sp+24", "2 sp+32"];
  assertEquals(rowsOf(kept), [...start, "3 sp+24"]);
  assertEquals(rowsOf(kept, { version: 2 }), [...start, "3 sp+8"]);
  assertEquals(rowsOf(kept, { version: 2, gas: "2.47" }), [
    ...start,
    "3 sp+24",
  ]);
  assertEquals(
    reasonOf([0x0a, 0x41, 0x0e, 16], { version: 1 }),
    "a state is kept before the first row",
  );
});

Deno.test("convertEhFrame() restores FP to the first row as gas does, or to the CIE", () => {
  const split = [0x0e, 32, 0x86, 2, 0x41, 0xc6, 0x0e, 8];
  assertEquals(rowsOf(split), ["0 sp+32 fp=[cfa-16]", "1 sp+8 fp=[cfa-16]"]);
  assertEquals(rowsOf(split, { rows: "correct" }), [
    "0 sp+32 fp=[cfa-16]",
    "1 sp+8",
  ]);
});

Deno.test("convertEhFrame() leaves out AMD64 functions that do not say where RA is, if rows shall be correct", () => {
  const correct = { rows: "correct" } as const;
  const simple = { initial: [0x0c, 7, 8] };
  const { section } = convert([], {}, "x86-64", simple);
  assertEquals(section.functions.length, 1);
  const reason = "nothing says where RA is";
  assertEquals(reasonOf([], correct, "x86-64", simple), reason);
  assertEquals(reasonOf([0x41, 0x08, 16], correct), reason);
  assertEquals(rowsOf([0x41, 0x09, 16, 2, 0x41, 0xd0], correct), [
    "0 sp+8",
    "1 sp+8 ra=r2+0",
    "2 sp+8",
  ]);
});

Deno.test("convertEhFrame() makes functions flexible that need it, in V3 and not on AArch64", () => {
  for (
    const [instructions, row] of [
      [[0x41, 0x0c, 10, 0], "1 r10+0"],
      [[0x41, 0x0f, 3, 0x76, 0x78, 6], "1 [fp-8]"],
      [[0x41, 0x10, 6, 2, 0x76, 0], "1 sp+8 fp=[r6+0]"],
      [[0x41, 0x10, 6, 2, 0x77, 8], "1 sp+8 fp=[r7+8]"],
      [[0x41, 0x09, 16, 2], "1 sp+8 ra=r2+0"],
      [[0x41, 0x90, 2], "1 sp+8 ra=[cfa-16]"],
    ] as const
  ) {
    const { section } = convert([...instructions]);
    const f = section.functions[0]!;
    assertEquals([f.flex, f.rows.map(text).at(-1)], [true, row]);
    assertEquals(typeof reasonOf([...instructions], { version: 2 }), "string");
  }
  assertEquals(
    reasonOf([0x41, 0x0c, 10, 0], {}, "aarch64"),
    "the CFA is based on register 10",
  );
});

Deno.test("convertEhFrame() tells why functions cannot be expressed", () => {
  const reasons: [number[], string][] = [
    [[0x41, 0x07, 6], "FP is undefined"],
    [[0x41, 0x07, 7], "SP is undefined"],
    [[0x41, 0x09, 7, 8], "SP is in register 8"],
    [[0x41, 0x0f, 3, 0x77, 8, 6], "the CFA is an expression"],
    [[0x41, 0x0f, 4, 0x76, 0x80, 1, 6], "the CFA is an expression"],
    [
      [0x41, 0x10, 3, 3, 0x76, 0x78, 0x7f],
      "a register's place is an expression",
    ],
    [[0x41, 0x14, 6, 1], "FP is CFA-8"],
    [[0x41, 0x14, 7, 1], "SP is CFA-8"],
    [[0x41, 0x16, 3, 2, 0x76, 0], "instruction 0x16"],
    [[0x41, 0x2e, 16], "16 bytes of arguments are pushed"],
    [[0x41, 0x3c], "instruction 0x3c is not known"],
    [[0x04, 1, 1, 0, 0], "its instructions go beyond it"],
    [[0x41, 0x0c, ...uleb(200), 0], "the CFA is based on register 200"],
    [[0x41, 0x0e, ...uleb(2 ** 31)], "the CFA's offset is 2147483648"],
  ];
  for (const [instructions, reason] of reasons) {
    assertEquals(reasonOf(instructions), reason);
  }
  assertEquals(
    reasonOf([], {}, "x86-64", { returnColumn: 3 }),
    "the return address is in column 3",
  );
  assertEquals(
    reasonOf([0x41, 0x0e, 32, 0x9d, 4], {}, "aarch64"),
    "FP is saved, but RA is not",
  );
});

Deno.test("convertEhFrame() passes over what does not matter", () => {
  for (
    const instructions of [
      [0x41, 0x07, 3],
      [0x41, 0x09, 3, 12],
      [0x41, 0x14, 7, 0],
      [0x41, 0x14, 3, 1],
      [0x41, 0x2e, 0],
      [0x41, 0x10, 3, 2, 0x76, 0x70],
    ]
  ) assertEquals(rowsOf(instructions), ["0 sp+8", "1 sp+8"]);
  assertEquals(rowsOf([0x0c, 6, 16, 0x41, 0x2e, 16]), ["0 fp+16", "1 fp+16"]);
});

Deno.test("convertEhFrame() marks the outermost frame in V3 only", () => {
  assertEquals(rowsOf([0x07, 16]), ["0 end"]);
  assertEquals(reasonOf([0x07, 16], { version: 2 }), "RA is undefined");
});

Deno.test("convertEhFrame() lists a signal frame that it cannot express, in V3 only", () => {
  const cie = { augmentation: "zS", augmentationData: [] };
  const fde = [0, 0x0f, 3, 0x77, 0x20, 6]; // no augmentation data, then the instructions
  const { section, dropped } = convert(fde, {}, "x86-64", cie);
  assertEquals(section.functions.map(({ rows, signal }) => [rows, signal]), [
    [[], true],
  ]);
  assertEquals(dropped.map(({ isListed }) => isListed), [true]);
  assertEquals(
    reasonOf(fde, { version: 2 }, "x86-64", cie),
    "the CFA is an expression",
  );
});

Deno.test("convertEhFrame() follows signed return addresses and their key on AArch64", () => {
  const { section } = convert(
    [
      0,
      0x41,
      0x2d,
      0x41,
      0x0e,
      32,
      0x9d,
      4,
      0x9e,
      3,
      0x41,
      0xdd,
      0xde,
      0x0e,
      0,
    ],
    {},
    "aarch64",
    { augmentation: "zB", augmentationData: [] },
  );
  const f: SFrameFunctionSpec = section.functions[0]!;
  assertEquals(f.pauthKey, "B");
  assertEquals(f.rows.map(text), [
    "0 sp+0",
    "1 sp+0 signed",
    "2 sp+32 ra=[cfa-24] fp=[cfa-32] signed",
    "3 sp+0 signed",
  ]);
});

Deno.test("convertEhFrame() puts s390x registers into words in V2 and makes V3 flexible", () => {
  const instructions = [0x41, 0x09, 11, 16];
  for (const [version, flex] of [[2, false], [3, true]] as const) {
    const { section } = convert(instructions, { version }, "s390x");
    const f = section.functions[0]!;
    assertEquals([f.flex, ...f.rows.map(text)], [
      flex,
      "0 sp+160",
      "1 sp+160 fp=r16+0",
    ]);
  }
});

Deno.test("convertEhFrame() chooses word sizes as the release of gas does", () => {
  const sizes = (options: ConvertOptions) => {
    const { section } = convert([0x41, 0x86, 16], options); // FP at CFA − 128
    const bytes = buildSFrame(section, options);
    return decodeSFrame(bytes, 0x8000).functions[0]!.rows[1]!.wordSize;
  };
  assertEquals([1, 2, 3].map((version) => sizes({ version: version as 1 })), [
    2,
    2,
    1,
  ]);
});

Deno.test("convertEhFrame() leaves out what is too far for 32 bits in V1 and V2", () => {
  const builder = new CfiBuilder();
  builder.fde({ cie: builder.cie(), start: 0x1_0000_0000, size: 16 });
  const machine = "x86-64";
  const table = openEhFrame(builder.bytes, 0, { littleEndian: true, machine });
  const input = {
    table,
    machine,
    littleEndian: true,
    sectionAddress: 0x100,
  } as const;
  const { dropped } = convertEhFrame(input, { version: 2 });
  assertEquals(dropped[0]?.reason, "it is too far from the section");
  assertEquals(convertEhFrame(input).section.functions.length, 1);
});
