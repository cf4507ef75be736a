import { assertEquals } from "@std/assert";
import { RangeTable } from "../../../kernel/walk/range_table.ts";

type Added = [start: number, end: number, owner: number];

function ownerAt(table: RangeTable, address: number): number {
  const index = table.find(address);
  if (index < 0) return -1;
  assertEquals(table.holds(index, address), true);
  assertEquals(
    table.start(index) <= address && address < table.end(index),
    true,
  );
  return table.owner(index);
}

Deno.test("RangeTable.find() gives the range that was added first, whatever overlaps it", () => {
  let state = 1;
  const random = (limit: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor(state / 65536) % limit;
  };
  for (let round = 0; round < 200; round++) {
    const table = new RangeTable();
    const added: Added[] = [];
    for (let owner = 0; owner < 1 + random(30); owner++) {
      const start = random(100);
      const range: Added = [start, start + random(20), owner];
      added.push(range);
      table.add(...range);
      if (random(4) > 0) continue; // looked up in between, too
      const at = random(120);
      const first = added.find(([from, to]) => at >= from && at < to);
      assertEquals(ownerAt(table, at), first?.[2] ?? -1);
    }
    for (let at = -1; at < 125; at++) {
      const first = added.find(([from, to]) => at >= from && at < to);
      assertEquals(ownerAt(table, at), first?.[2] ?? -1, `${at} in ${added}`);
    }
  }
});

Deno.test("RangeTable ignores ranges that are empty or no ranges", () => {
  const table = new RangeTable();
  for (const [start, end] of [[5, 5], [6, 5], [NaN, 5], [5, NaN]] as const) {
    table.add(start, end, 1);
  }
  assertEquals(table.find(5), -1);
  assertEquals(table.holds(0, 5), false);
  assertEquals(table.holds(-1, 5), false);
});

Deno.test("RangeTable lays 500,000 ranges out in any order without going over them for each", () => {
  const count = 500_000; // one range at a time would take minutes
  const orders: [string, (i: number) => number][] = [
    ["descending", (i) => count - 1 - i],
    ["interleaved", (i) => (i * 2) % count + (i * 2 >= count ? 1 : 0)],
    ["scattered", (i) => (i * 7919) % count],
  ];
  for (const [order, place] of orders) {
    const table = new RangeTable();
    for (let i = 0; i < count; i++) {
      table.add(place(i) * 16, place(i) * 16 + 8, i);
    }
    table.add(0, count * 16, count); // and one over all of them
    assertEquals(ownerAt(table, place(12345) * 16 + 7), 12345, order);
    assertEquals(ownerAt(table, place(12345) * 16 + 8), count, order);
  }
});
