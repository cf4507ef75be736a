import { assert, assertEquals, assertGreater } from "@std/assert";
import {
  decodeSFrame,
  isSFrame,
  Lookup,
  openSFrame,
  RowFlag,
  SFrameFlag,
  type SFrameTable,
  UnwindRow,
} from "../../../formats/sframe/mod.ts";
import {
  describeRules,
  type Golden,
  type GoldenFunction,
  meaningOf,
  printRow,
  readGoldens,
} from "./golden.ts";

const goldens = readGoldens();

Deno.test("readGoldens() finds every version and ABI", () => {
  const kinds = new Set(goldens.map(({ bytes }) => `${bytes[2]}/${bytes[4]}`));
  assertEquals(
    [...kinds].sort(),
    ["1/2", "1/3", "2/2", "2/3", "2/4", "3/1", "3/2", "3/3", "3/4"],
  );
});

for (const golden of goldens) {
  Deno.test(`decodeSFrame() reads ${golden.name} as readelf prints it`, () => {
    const { header, functions, errors } = decodeSFrame(
      golden.bytes,
      golden.address,
    );
    assertEquals(errors, []);
    assertEquals(header.version, golden.header.version);
    assertEquals(header.freCount, golden.header.freCount);
    if (golden.header.fixedRaOffset !== undefined) {
      assertEquals(header.fixedRaOffset, golden.header.fixedRaOffset);
    }
    const flags = Object.entries(SFrameFlag).filter(([, bit]) =>
      (header.flags & bit) !== 0
    );
    assertEquals(
      flags.map(([name]) => `SFRAME_F_${name}`),
      golden.header.flags,
    );
    assertEquals(
      functions.map((f) => ({
        start: `0x${f.startAddress.toString(16)}`,
        size: f.size,
        marks: (f.signal ? "S" : "") + (f.type === "flex" ? "F" : "") +
          (f.pauthKey === "B" ? "B" : "") + (f.pcType === "mask" ? "m" : ""),
        rows: f.rows.map((row) => printRow(header, f, row)),
      })),
      golden.functions,
    );
  });

  Deno.test(`lookup() in ${golden.name} finds what readelf prints, at every edge`, () => {
    const table = openSFrame(golden.bytes, golden.address);
    assert(isSFrame(golden.bytes));
    assertEquals(table.kind, `sframe-v${golden.header.version}`);
    assertEquals(table.functionCount, golden.header.fdeCount);
    let checked = 0;
    for (const f of golden.functions) {
      checked += checkFunction(golden, table, f);
    }
    assertGreater(checked, golden.header.freCount);
  });
}

/** Looks up the first and the last pc of each row in each repetition; returns how many. */
function checkFunction(
  golden: Golden,
  table: SFrameTable,
  f: GoldenFunction,
): number {
  const repeats = f.marks.includes("m");
  const block = repeats ? blockSize(golden, f) : f.size;
  const start = Number(f.start);
  const row = new UnwindRow();
  let checked = 0;
  for (let from = start; from < start + f.size; from += block) {
    const end = Math.min(from + block, start + f.size);
    const starts = f.rows.map((text) =>
      parseInt(text, 16) + (repeats ? from : 0)
    );
    starts.forEach((rowStart, i) => {
      const rowEnd = Math.min(starts[i + 1] ?? end, end);
      for (const pc of new Set([rowStart, rowEnd - 1])) {
        if (pc >= end || pc < rowStart) continue; // a row behind the last instruction
        const expected = meaningOf(golden, f.rows[i]!);
        const answer = table.lookup(pc, row);
        const where = `${golden.name} at 0x${pc.toString(16)}`;
        if (expected === undefined) {
          assertEquals(answer, Lookup.BAD, where);
          continue;
        }
        assertEquals(answer, Lookup.FOUND, where);
        assertEquals(describeRules(row), expected, where);
        assertEquals([row.startPc, row.endPc], [rowStart, rowEnd], where);
        assertEquals(
          (row.flags & RowFlag.SIGNAL) !== 0,
          f.marks.includes("S"),
          where,
        );
        checked++;
      }
    });
  }
  return checked;
}

function blockSize(golden: Golden, f: GoldenFunction): number {
  if (golden.header.version === 1) return 16;
  const { functions } = decodeSFrame(golden.bytes, golden.address);
  return functions.find(({ startAddress }) => startAddress === Number(f.start))!
    .repSize;
}

Deno.test("lookup() answers NO_ROW outside all functions of the goldens", () => {
  const row = new UnwindRow();
  for (const golden of goldens) {
    const table = openSFrame(golden.bytes, golden.address);
    const covered = (pc: number) =>
      golden.functions.some((f) =>
        pc >= Number(f.start) && pc < Number(f.start) + f.size
      );
    for (const f of golden.functions) {
      for (const pc of [Number(f.start) - 1, Number(f.start) + f.size]) {
        assertEquals(table.covers(pc), covered(pc));
        if (!covered(pc)) assertEquals(table.lookup(pc, row), Lookup.NO_ROW);
      }
    }
    const inside = Number(golden.functions[0]!.start) + 0.5;
    for (const pc of [NaN, Infinity, -Infinity, 2 ** 63, -(2 ** 63), inside]) {
      assertEquals(table.lookup(pc, row), Lookup.NO_ROW);
    }
  }
});
