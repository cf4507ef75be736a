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

Deno.test("RangeTable.replace() and remove() leave what a map of single addresses has", () => {
  let state = 7;
  const random = (limit: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor(state / 65536) % limit;
  };
  for (let round = 0; round < 200; round++) {
    let table = new RangeTable();
    const owners = new Array<number>(125).fill(-1);
    for (let owner = 0; owner < 1 + random(30); owner++) {
      const start = random(100);
      const end = start + random(20);
      const what = random(4);
      if (what === 0) table.remove(start, end);
      else if (what === 1) table.add(start, end, owner);
      else table.replace(start, end, owner);
      for (let at = start; at < end; at++) {
        if (what === 0) owners[at] = -1;
        else if (what > 1 || owners[at]! < 0) owners[at] = owner;
      }
      if (random(5) === 0) {
        const copy = table.clone();
        table.replace(0, 125, 99); // which the copy does not see
        table = copy;
      }
      const at = random(125);
      assertEquals(ownerAt(table, at), owners[at]);
    }
    for (let at = 0; at < 125; at++) {
      assertEquals(ownerAt(table, at), owners[at], `${at} of round ${round}`);
    }
  }
});

Deno.test("RangeTable.holds() denies the last range once that is taken out", () => {
  const table = new RangeTable();
  table.add(10, 20, 1);
  table.add(30, 40, 2);
  const index = table.find(35);
  table.remove(30, 40);
  assertEquals(table.holds(index, 35), false);
  assertEquals(table.count, 1);
  table.remove(NaN, 40);
  table.replace(5, NaN, 3);
  assertEquals(table.count, 1);
});
