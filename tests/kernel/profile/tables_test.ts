import { assertEquals, assertNotEquals } from "@std/assert";
import {
  EMPTY_STACK,
  FrameKind,
  FrameTable,
  parseKallsyms,
  parsePerfMap,
  StackTable,
} from "../../../kernel/profile/mod.ts";

Deno.test("FrameTable.intern() gives each module and address one id, however many there are", () => {
  const table = new FrameTable();
  const addresses = [0, 1, 0x7fff_ffff_ffff, -0x7f00_0000, 2 ** 62];
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 5000; i++) {
      const id = table.intern(i % 7, 4096 + i, FrameKind.USER);
      assertEquals(id, i);
    }
    addresses.forEach((address, i) => {
      assertEquals(table.intern(99, address, FrameKind.KERNEL), 5000 + i);
    });
  }
  assertEquals(table.count, 5005);
  assertEquals(table.addresses[5003], -0x7f00_0000);
  assertEquals(table.kinds[5003], FrameKind.KERNEL);
  assertEquals(table.modules[8], 1);
});

Deno.test("StackTable.intern() shares what stacks have in common from the root on", () => {
  const table = new StackTable();
  const a = table.intern(Int32Array.of(3, 2, 1, 77), 3);
  const b = table.intern(Int32Array.of(4, 2, 1), 3);
  assertNotEquals(a, b);
  assertEquals(table.parents[a], table.parents[b]);
  assertEquals(table.frames[a], 3);
  assertEquals([table.depth(a), table.depth(EMPTY_STACK)], [3, 0]);
  assertEquals(table.intern(Int32Array.of(3, 2, 1), 3), a);
  assertEquals(table.internInverted(Int32Array.of(1, 2, 3), 3), a);
  assertEquals(table.count, 5);
  const root = table.child(EMPTY_STACK, 1000);
  const under = table.intern(Int32Array.of(3, 2, 1), 3, root);
  assertEquals(table.depth(under), 4);
  for (let i = 0; i < 5000; i++) table.child(a, i + 10);
  for (let id = 1; id < table.count; id++) {
    assertEquals(table.parents[id]! < id, true);
    assertEquals(table.child(table.parents[id]!, table.frames[id]!), id);
  }
});

Deno.test("parseKallsyms() names text up to the next symbol", () => {
  const list = parseKallsyms(new TextEncoder().encode(
    "ffffffff81000000 T _text\nffffffff81000040 t first\t[module]\n" +
      "ffffffff81000040 T alias\nffffffff81000050 D data\nnonsense\n" +
      "ffffffff81000060 W last",
  ));
  assertEquals(list.count, 3);
  const at = (low: number) => list.find(-0x1_0000_0000 + 0x8100_0000 + low);
  assertEquals(at(0x3f)?.name, "_text");
  assertEquals(at(0x41)?.name, "first");
  assertEquals(at(0x59)?.name, "first");
  assertEquals(at(0x1000), { name: "last", address: -0x7eff_ffa0 });
  assertEquals(at(-1), undefined);
  assertEquals(
    parseKallsyms(new TextEncoder().encode("0000000000000000 T hidden\n"))
      .count,
    0,
  );
});

Deno.test("parsePerfMap() takes the later of two lines for the same place, and no more than their sizes", () => {
  const list = parsePerfMap(new TextEncoder().encode(
    "1000 20 old\n0x1000 0x10 new name\n1100 0 empty\n1200 8 far\n",
  ));
  assertEquals(list.find(0x1008)?.name, "new name");
  assertEquals(list.find(0x1018), undefined);
  assertEquals(list.find(0x1100), undefined);
  assertEquals(list.find(0x1207)?.name, "far");
  assertEquals(list.find(0x1208), undefined);
});
