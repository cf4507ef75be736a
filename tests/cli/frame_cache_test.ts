import { assertEquals } from "@std/assert";
import { FrameCache } from "../../cli/frame_cache.ts";

Deno.test("FrameCache.get() finds each of many values by pc and flags", () => {
  const cache = new FrameCache<string>();
  const pcs = Array.from(
    { length: 20_000 },
    (_, i) => 0x7f00_0000_0000 + i * 4096,
  );
  pcs.push(0, -1, -0xa0_0000, 2 ** 60);
  for (const pc of pcs) {
    for (const flags of [0, 4]) cache.set(pc, flags, `${pc}/${flags}`);
  }
  for (const pc of pcs) {
    assertEquals(cache.get(pc, 0), `${pc}/0`);
    assertEquals(cache.get(pc, 4), `${pc}/4`);
    assertEquals(cache.get(pc, 1), undefined);
  }
});

Deno.test("FrameCache.set() replaces", () => {
  const cache = new FrameCache<number>();
  cache.set(1, 0, 10);
  cache.set(1, 0, 20);
  assertEquals(cache.get(1, 0), 20);
});
