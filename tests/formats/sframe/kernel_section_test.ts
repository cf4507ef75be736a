import { assert, assertEquals } from "@std/assert";
import {
  decodeSFrame,
  KernelSection,
  Lookup,
  openSFrame,
  readKernelHeader,
  RowFlag,
  type SFrameFunction,
  type SFrameHeader,
  UnwindRow,
  verifySFrame,
} from "../../../formats/sframe/mod.ts";
import { ABI, buildSFrame, type BuiltFunction } from "../../builders/sframe.ts";
import { readGoldens } from "./golden.ts";

const TEXT = 0x1000;
const ADDRESS = 0x8000;

/** The section as the kernel opens it. */
function open(bytes: Uint8Array, text = [0, 2 ** 40]): KernelSection {
  const littleEndian = bytes[0] === 0xe2;
  const header = readKernelHeader(bytes, bytes.length, bytes[4]!, littleEndian);
  assert(typeof header !== "string", `${header}`);
  return new KernelSection(bytes, header, ADDRESS, text[0]!, text[1]!);
}

/** The rules. The mark of signal frames is no rule, and kernels do not know it. */
function rulesOf(row: UnwindRow): unknown {
  const { startPc: _, endPc: __, flags, ...rules } = row;
  return { ...rules, flags: flags & ~RowFlag.SIGNAL };
}

/** The starts of all rows, and of the functions' ends. */
function edgesOf(functions: readonly SFrameFunction[]): number[] {
  return functions.flatMap((f) => [
    f.startAddress + f.size,
    ...f.rows.map(({ startOffset }) => f.startAddress + startOffset),
  ]);
}

Deno.test("KernelSection.lookup() finds the rows that SFrameTable finds, in every V3 section of ld", () => {
  let foundCount = 0;
  let sectionCount = 0;
  for (const { bytes, address } of readGoldens()) {
    const littleEndian = bytes[0] === 0xe2;
    const header = readKernelHeader(
      bytes,
      bytes.length,
      bytes[4]!,
      littleEndian,
    );
    if (typeof header === "string") continue;
    sectionCount++;
    const section = new KernelSection(bytes, header, address, 0, 2 ** 40);
    const table = openSFrame(bytes, address);
    const [a, b] = [new UnwindRow(), new UnwindRow()];
    for (const edge of edgesOf(decodeSFrame(bytes, address).functions)) {
      for (const pc of [edge - 1, edge, edge + 1]) {
        const status = section.lookup(pc, a);
        if (status === Lookup.FOUND) {
          assertEquals(table.lookup(pc, b), Lookup.FOUND);
          assertEquals(rulesOf(a), rulesOf(b));
          assert(a.startPc <= pc && pc < a.endPc);
          foundCount++;
        } else if (status === Lookup.NO_ROW) {
          assertEquals(table.lookup(pc, b), Lookup.NO_ROW);
        }
      }
    }
  }
  assert(sectionCount >= 3, `${sectionCount} sections`);
  assert(foundCount > 100, `${foundCount} rows`);
});

Deno.test("KernelSection.validate() refuses what verifySFrame() says that kernels refuse", () => {
  for (const { bytes, address } of readGoldens()) {
    const littleEndian = bytes[0] === 0xe2;
    const header = readKernelHeader(
      bytes,
      bytes.length,
      bytes[4]!,
      littleEndian,
    );
    const findings = verifySFrame(bytes, address, { kernel: true });
    if (typeof header === "string") {
      assert(findings.some(({ rule }) => rule === "kernel-header"));
      continue;
    }
    const problem = new KernelSection(bytes, header, address, 0, 2 ** 40)
      .validate();
    // Functions without rows are refused when they are looked up, not before.
    const isRefused = findings.some(({ severity, message, rule }) =>
      severity !== "warning" && !message.includes("has no rows") &&
      !["byte-order", "num-fres", "overlap"].includes(rule)
    );
    assertEquals(problem !== undefined, isRefused);
  }
});

Deno.test("readKernelHeader() finds what is wrong in the kernel's order", () => {
  const bytes = buildSFrame({
    version: 3,
    address: ADDRESS,
    functions: [{ start: TEXT, size: 8, rows: [{ start: 0, words: [8] }] }],
  });
  const read = (patch: Record<number, number>, size = bytes.length) => {
    const changed = bytes.slice();
    for (const [at, value] of Object.entries(patch)) {
      changed[Number(at)] = value;
    }
    return readKernelHeader(changed, size, ABI.AMD64, true);
  };
  const header = read({}) as SFrameHeader;
  assertEquals([header.fdeCount, header.freSize], [1, 8]);
  assertEquals((read({ 4: 99 }) as SFrameHeader).abi, ABI.AMD64);
  assertEquals(read({ 0: 0, 8: 0 }), "unsupported");
  assertEquals(read({ 8: 0 }, 28), "empty");
  assertEquals(read({ 12: 0 }, 28), "empty");
  assertEquals(read({ 24: 0 }, 28), "no-room");
  assertEquals(read({ 24: 15 }), "bad-offsets");
  assertEquals(read({}, bytes.length - 1), "bad-offsets");
  assertEquals(
    readKernelHeader(bytes, bytes.length, ABI.AMD64, false),
    "unsupported",
  );
});

/** Two functions of which the second is changed. */
function section(change: Partial<BuiltFunction>): KernelSection {
  return open(
    buildSFrame({
      version: 3,
      address: ADDRESS,
      functions: [
        { start: TEXT, size: 64, rows: [{ start: 0, words: [8] }] },
        {
          start: TEXT + 64,
          size: 64,
          rows: [{ start: 0, words: [8] }],
          ...change,
        },
      ],
    }),
    [TEXT, TEXT + 128],
  );
}

Deno.test("KernelSection.lookup() tells gaps from functions that make no sense", () => {
  const row = new UnwindRow();
  const bad: [number, Partial<BuiltFunction>, string][] = [
    [0, { rows: [] }, "fde"],
    [0, { size: 65 }, "fde"], // beyond the text
    [0, { freOffset: 100 }, "fde"],
    [0, { mask: true, repSize: 0 }, "fde"],
    [0, { rows: [{ start: 1, words: [8] }] }, "fre"],
    [
      9,
      { rows: [{ start: 0, words: [8] }, { start: 0, words: [8] }] },
      "fre-order",
    ],
    [9, { rows: [{ start: 0, words: [8] }, { start: 64, words: [8] }] }, "fre"],
    [
      9,
      { rows: [{ start: 0, words: [8] }, { start: 5, words: [8, 8, 8] }] },
      "fre",
    ],
  ];
  for (const [offset, change, kind] of bad) {
    const opened = section(change);
    assertEquals(opened.lookup(TEXT + 64 + offset, row), Lookup.BAD, kind);
    assertEquals(opened.problem.kind, kind);
    assertEquals(opened.problem.functionIndex, 1);
    // Nobody looks at the others.
    assertEquals(opened.lookup(TEXT, row), Lookup.FOUND);
  }
  const small = section({ size: 32 });
  assertEquals(small.lookup(TEXT + 64 + 31, row), Lookup.FOUND);
  assertEquals(small.lookup(TEXT + 64 + 32, row), Lookup.NO_ROW);
  assertEquals(small.lookup(TEXT - 1, row), Lookup.NO_ROW);
  // A row that is not reached does not matter.
  const late = section({
    rows: [{ start: 0, words: [8] }, { start: 4, words: [8] }, {
      start: 2,
      words: [8],
    }],
  });
  assertEquals(late.lookup(TEXT + 64 + 3, row), Lookup.FOUND);
  assertEquals(late.lookup(TEXT + 64 + 4, row), Lookup.BAD);
});

Deno.test("KernelSection.lookup() notices functions out of order on its way", () => {
  const functions = [0, 192, 64, 128].map((start) => ({
    start: TEXT + start,
    size: 64,
    rows: [{ start: 0, words: [8] }],
  }));
  const bytes = buildSFrame({ version: 3, address: ADDRESS, functions });
  const opened = open(bytes);
  const row = new UnwindRow();
  assertEquals(opened.lookup(TEXT + 200, row), Lookup.BAD);
  assertEquals(opened.problem, {
    kind: "fde-order",
    functionIndex: 2,
    rowIndex: -1,
  });
  assertEquals(opened.lookup(TEXT + 3, row), Lookup.FOUND);
});

Deno.test("KernelSection.lookup() repeats the rows of a PLT", () => {
  const row = new UnwindRow();
  const opened = section({
    mask: true,
    repSize: 16,
    rows: [{ start: 0, words: [8] }, { start: 6, words: [16] }],
  });
  const cfas = [0, 5, 6, 15, 16, 22, 63].map((offset) => {
    assertEquals(opened.lookup(TEXT + 64 + offset, row), Lookup.FOUND);
    return row.cfaOffset;
  });
  assertEquals(cfas, [8, 8, 16, 16, 8, 16, 16]);
});
