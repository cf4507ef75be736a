import { assertEquals } from "@std/assert";
import {
  BlobSource,
  type ByteSource,
  BytesSource,
  SubSource,
  viewOf,
} from "../../../formats/base/byte_source.ts";

const BYTES = Uint8Array.from({ length: 10 }, (_, i) => i);

async function read(source: ByteSource, offset: number, length: number) {
  return [...await source.read(offset, length)];
}

const SOURCES: [string, ByteSource][] = [
  ["BytesSource", new BytesSource(BYTES)],
  ["BlobSource", new BlobSource(new Blob([BYTES]))],
  [
    "SubSource",
    new SubSource(
      new BytesSource(Uint8Array.of(91, 92, ...BYTES, 93, 94)),
      2,
      10,
    ),
  ],
];

for (const [name, source] of SOURCES) {
  Deno.test(`${name}.read() gives the range, cut where the source ends`, async () => {
    assertEquals(source.size, 10);
    assertEquals(await read(source, 0, 10), [...BYTES]);
    assertEquals(await read(source, 3, 2), [3, 4]);
    assertEquals(await read(source, 8, 5), [8, 9]);
    assertEquals(await read(source, 10, 1), []);
    assertEquals(await read(source, 2 ** 52, 8), []);
    assertEquals(await read(source, 0, 2 ** 52), [...BYTES]);
    assertEquals(await read(source, 5, 0), []);
  });

  Deno.test(`${name}.read() gives nothing for an offset or a length that cannot be`, async () => {
    for (const offset of [-1, -3, -100, NaN]) {
      assertEquals(await read(source, offset, 2), [], `offset ${offset}`);
    }
    for (const length of [-1, -100, NaN]) {
      assertEquals(await read(source, 2, length), [], `length ${length}`);
    }
  });
}

Deno.test("BytesSource.read() hands out views of the bytes", () => {
  const part = new BytesSource(BYTES).read(4, 3);
  assertEquals(part.buffer === BYTES.buffer, true);
  assertEquals(part.byteOffset, 4);
});

Deno.test("SubSource is cut where its source ends", async () => {
  const source = new BytesSource(BYTES);
  assertEquals(new SubSource(source, 8, 100).size, 2);
  assertEquals(await read(new SubSource(source, 8, 100), 0, 100), [8, 9]);
  assertEquals(new SubSource(source, 11, 5).size, 0);
  assertEquals(await read(new SubSource(source, 11, 5), 0, 5), []);
  assertEquals(new SubSource(source, 0, -1).size, 0);
});

Deno.test("SubSource of a SubSource adds the offsets", async () => {
  const outer = new SubSource(new BytesSource(BYTES), 2, 6);
  assertEquals(await read(new SubSource(outer, 3, 9), 1, 9), [6, 7]);
});

Deno.test("viewOf() covers exactly the bytes of a subarray", () => {
  const view = viewOf(BYTES.subarray(3, 7));
  assertEquals(view.byteLength, 4);
  assertEquals(view.getUint8(0), 3);
});
