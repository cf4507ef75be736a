import { assertEquals } from "@std/assert";
import { pairRows, type TableRow } from "../../../cli/site/model/row_pairs.ts";

function row(start: number, end: number, cfa: string, note = ""): TableRow {
  return { start, end, rules: { cfa, ra: "[cfa-8]", fp: "same", note } };
}

function shape(left: TableRow[], right: TableRow[]): string[] {
  return pairRows(left, right).map(({ start, end, left, right, differs }) =>
    `${start}-${end} ${left?.cfa ?? "-"} ${right?.cfa ?? "-"}${
      differs ? " !" : ""
    }`
  );
}

Deno.test("pairRows() splits ranges where either table begins a row", () => {
  const left = [row(0, 4, "sp+8"), row(4, 20, "sp+16")];
  const right = [row(0, 8, "sp+8"), row(8, 20, "sp+16")];
  assertEquals(shape(left, right), [
    "0-4 sp+8 sp+8",
    "4-8 sp+16 sp+8 !",
    "8-20 sp+16 sp+16",
  ]);
});

Deno.test("pairRows() leaves a side empty where a table says nothing, which is no difference", () => {
  assertEquals(shape([row(4, 8, "a")], [row(0, 12, "a")]), [
    "0-4 - a",
    "4-8 a a",
    "8-12 - a",
  ]);
  assertEquals(shape([], [row(0, 4, "a")]), ["0-4 - a"]);
  assertEquals(shape([], []), []);
});

Deno.test("pairRows() leaves out gaps of both tables", () => {
  const rows = [row(0, 4, "a"), row(10, 12, "a")];
  assertEquals(shape(rows, rows), ["0-4 a a", "10-12 a a"]);
});

Deno.test("pairRows() joins neighbours that say the same", () => {
  const left = [row(0, 4, "a"), row(4, 8, "a"), row(8, 9, "a", "signal")];
  assertEquals(shape(left, [row(0, 9, "a")]), ["0-8 a a", "8-9 a a"]);
});

Deno.test("pairRows() marks differences of RA and FP, not of notes", () => {
  const left = row(0, 4, "a", "one");
  const right = row(0, 4, "a", "two");
  assertEquals(pairRows([left], [right])[0]!.differs, false);
  for (const key of ["ra", "fp"] as const) {
    const other = { ...right, rules: { ...right.rules, [key]: "other" } };
    assertEquals(pairRows([left], [other])[0]!.differs, true, key);
  }
});
