import { assertEquals } from "@std/assert";
import {
  BlockSource,
  openBlob,
} from "../../../cli/site/worker/block_source.ts";

const BLOCK = 1 << 18;

function far(size: number) {
  const reads: [number, number][] = [];
  const source = new BlockSource(size, (start, end) => {
    reads.push([start, end]);
    const bytes = new Uint8Array(end - start);
    for (let i = 0; i < bytes.length; i++) bytes[i] = (start + i) * 7 >> 3;
    return Promise.resolve(bytes);
  });
  return { source, reads };
}

function expected(offset: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (offset + i) * 7 >> 3);
}

Deno.test("read() gives every range, cut at the end", async () => {
  const size = 5 * BLOCK + 1234;
  const { source } = far(size);
  const places = [
    0,
    1,
    BLOCK - 3,
    BLOCK,
    3 * BLOCK + 17,
    size - 5,
    size,
    size + 9,
  ];
  for (const offset of places) {
    for (const length of [0, 1, 6, BLOCK, 2 * BLOCK + 5, 5 * BLOCK]) {
      const bytes = await source.read(offset, length);
      const there = Math.max(0, Math.min(length, size - offset));
      assertEquals(bytes, expected(offset, there), `${offset} ${length}`);
    }
  }
  assertEquals(await source.read(-1, 5), new Uint8Array(0));
  assertEquals(await source.read(NaN, 5), new Uint8Array(0));
});

Deno.test("read() answers at once what is at hand", async () => {
  const { source, reads } = far(3 * BLOCK);
  await source.read(10, 10);
  const again = source.read(BLOCK - 8, 8);
  assertEquals(again, expected(BLOCK - 8, 8));
  assertEquals(reads, [[0, BLOCK]]);
});

Deno.test("read() asks for more at once where blocks are read in order", async () => {
  const { source, reads } = far(100 * BLOCK);
  await source.read(40 * BLOCK, 8);
  await source.read(41 * BLOCK, 8);
  assertEquals(reads, [[40 * BLOCK, 41 * BLOCK], [41 * BLOCK, 49 * BLOCK]]);
  for (let i = 42; i < 49; i++) {
    assertEquals(source.read(i * BLOCK, 8), expected(i * BLOCK, 8));
  }
});

Deno.test("read() keeps so many blocks and no more", async () => {
  const { source, reads } = far(1000 * BLOCK);
  for (let i = 0; i < 300; i++) await source.read(i * 2 * BLOCK, 1);
  reads.length = 0;
  await source.read(299 * 2 * BLOCK, 1);
  assertEquals(reads, []);
  await source.read(0, 1);
  assertEquals(reads.length, 1);
});

Deno.test("read() takes large ranges as they are, once", async () => {
  const { source, reads } = far(100 * BLOCK);
  await source.read(5, 20 * BLOCK);
  assertEquals(reads, [[5, 20 * BLOCK + 5]]);
});

Deno.test("openBlob() reads a blob", async () => {
  const source = openBlob(new Blob([expected(0, 1000) as BlobPart]));
  assertEquals(source.size, 1000);
  assertEquals(await source.read(990, 100), expected(990, 10));
});
