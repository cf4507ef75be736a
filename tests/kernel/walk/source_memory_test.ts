import { assertEquals } from "@std/assert";
import {
  type ByteSource,
  BytesSource,
  SourceMemory,
} from "../../../kernel/mod.ts";
import { wordBytes } from "../../builders/rows.ts";

const BASE = 0x7ffd_0000_0000;

/** Reads a word as the session does: loads what is missing and tries again. */
async function read(memory: SourceMemory, address: number): Promise<number> {
  for (;;) {
    const word = memory.readWord(address);
    if (Number.isNaN(memory.missing)) return word;
    await memory.fill();
  }
}

/** Words that hold their own index. */
function numbers(count: number): Uint8Array {
  return wordBytes(Array.from({ length: count }, (_, i) => i));
}

Deno.test("SourceMemory.readWord() names a block as missing until it is loaded", () => {
  const memory = new SourceMemory(true);
  memory.addRegion(BASE, BASE + 64, new BytesSource(numbers(8)), 0);
  assertEquals(memory.readWord(BASE + 16), NaN);
  assertEquals(memory.missing, BASE + 16);
  memory.fill();
  assertEquals(memory.missing, NaN);
  assertEquals(memory.readWord(BASE + 16), 2);
});

Deno.test("SourceMemory.readWord() gives NaN without a missing block outside all regions", () => {
  const memory = new SourceMemory(true);
  memory.addRegion(BASE, BASE + 64, new BytesSource(numbers(8)), 0);
  assertEquals(memory.readWord(BASE - 8), NaN);
  assertEquals(memory.readWord(BASE + 64), NaN);
  assertEquals(memory.readWord(NaN), NaN);
  assertEquals(memory.missing, NaN);
});

Deno.test("SourceMemory.readWord() gives NaN where the region's source is shorter", async () => {
  const memory = new SourceMemory(true);
  memory.addRegion(BASE, BASE + 0x10000, new BytesSource(numbers(3)), 0);
  assertEquals(await read(memory, BASE + 16), 2);
  assertEquals(await read(memory, BASE + 24), NaN);
  assertEquals(await read(memory, BASE + 0x8000), NaN);
});

Deno.test("SourceMemory.readWord() reads words across two blocks, in either byte order", async () => {
  for (const littleEndian of [true, false]) {
    const words = new Array(4096).fill(0);
    words[2047] = 0x0102_0304_0506_0708 % 2 ** 48;
    words[2048] = 0x1112_1314_1516;
    const bytes = wordBytes(words, littleEndian);
    const memory = new SourceMemory(littleEndian);
    memory.addRegion(
      0x4000 * 8,
      0x4000 * 8 + bytes.length,
      new BytesSource(bytes),
      0,
    );
    const at = 0x4000 * 8 + 2047 * 8 + 4;
    const view = new DataView(bytes.buffer);
    const high = view.getInt32(2047 * 8 + (littleEndian ? 8 : 4), littleEndian);
    const low = view.getUint32(2047 * 8 + (littleEndian ? 4 : 8), littleEndian);
    assertEquals(await read(memory, at), high * 2 ** 32 + low);
  }
});

Deno.test("SourceMemory.addRegion() lets what is there win over what overlaps it", async () => {
  const memory = new SourceMemory(true);
  const word = (value: number) =>
    new BytesSource(wordBytes(new Array(16).fill(value)));
  memory.addRegion(BASE + 32, BASE + 64, word(1), 0);
  memory.addRegion(BASE, BASE + 128, word(2), 0);
  memory.addRegion(BASE - 8, BASE + 40, word(3), 0);
  const values = [];
  for (let at = -8; at < 128; at += 8) {
    values.push(await read(memory, BASE + at));
  }
  assertEquals(values, [3, 2, 2, 2, 2, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2]);
});

Deno.test("SourceMemory.readWord() finds kept pages behind dropped ones", async () => {
  const bytes = numbers(4096);
  const pages: ByteSource = {
    size: bytes.length,
    // Odd pages only, as a spooled core may have them.
    read(offset, length) {
      const page = Math.floor(offset / 4096);
      return page % 2 === 0
        ? new Uint8Array(0)
        : bytes.subarray(offset, Math.min(offset + length, (page + 1) * 4096));
    },
  };
  const memory = new SourceMemory(true);
  memory.addRegion(BASE, BASE + bytes.length, pages, 0);
  assertEquals(await read(memory, BASE), NaN);
  assertEquals(await read(memory, BASE + 4096), 512);
  assertEquals(await read(memory, BASE + 2 * 4096), NaN);
  assertEquals(await read(memory, BASE + 3 * 4096 + 8), 1537);
});

Deno.test("SourceMemory.fill() keeps few blocks and goes on after dropping them", async () => {
  const size = 4 << 20;
  const source: ByteSource = {
    size,
    read: (offset, length) =>
      Promise.resolve(wordBytes(new Array(length / 8).fill(offset))),
  };
  const memory = new SourceMemory(true);
  memory.addRegion(0x1000_0000, 0x1000_0000 + size, source, 0);
  for (let pass = 0; pass < 2; pass++) {
    for (let at = 0; at < size; at += 16384) {
      assertEquals(await read(memory, 0x1000_0000 + at), at);
    }
  }
});

Deno.test("SourceMemory.sameMapping() tells stacks apart", () => {
  const memory = new SourceMemory(true);
  const source = new BytesSource(numbers(64));
  memory.addRegion(BASE, BASE + 64, source, 0);
  memory.addRegion(BASE + 128, BASE + 192, source, 64);
  assertEquals(memory.sameMapping(BASE, BASE + 63), true);
  assertEquals(memory.sameMapping(BASE, BASE + 128), false);
  assertEquals(memory.sameMapping(BASE + 100, BASE + 100), false);
});
