import { assert, assertEquals } from "@std/assert";
import type { Dwarf } from "../../../formats/dwarf/mod.ts";
import { Kept } from "../../../formats/dwarf/kept.ts";
import { openFixture } from "./fixture.ts";

const START = 0x401000;
const END = 0x401200;

Deno.test("Kept drops what was not used for the longest time when there is too much", () => {
  const kept = new Kept<string>(10);
  kept.set(1, "a", 4);
  kept.set(2, "b", 4);
  assertEquals(kept.get(1), "a");
  kept.set(3, "c", 4);
  assertEquals([1, 2, 3].map((key) => kept.get(key)), ["a", undefined, "c"]);
  kept.set(4, "d", 100);
  assertEquals([1, 3, 4].map((key) => kept.get(key)), [
    undefined,
    undefined,
    "d",
  ]);
});

Deno.test("Kept counts a value that is set again once", () => {
  const kept = new Kept<string>(10);
  kept.set(1, "a", 0);
  kept.set(1, "a", 9);
  kept.set(1, "a", 5);
  kept.set(2, "b", 5);
  assertEquals([kept.get(1), kept.get(2)], ["a", "b"]);
});

/** What is answered at addresses of several units in turn, so that units are dropped and read again. */
async function answers(dwarf: Dwarf): Promise<string[]> {
  const all: string[] = [];
  const middle = (START + END) / 2;
  for (let address = START; address < middle; address += 3) {
    for (const at of [address, address + middle - START]) {
      all.push(JSON.stringify(await dwarf.locate(at)));
    }
  }
  return all;
}

for (
  const fixture of ["gcc12-v5", "gcc12-dwz", "gcc12-split5", "gcc12-split4-dwp"]
) {
  Deno.test(`locate() answers the same of ${fixture} when next to nothing is kept`, async () => {
    const expected = await answers(await openFixture(fixture));
    assert(expected.some((answer) => answer.includes(`"inlined":true`)));
    assertEquals(await answers(await openFixture(fixture, 1)), expected);
  });
}
