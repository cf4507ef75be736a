import { assertEquals } from "@std/assert";
import {
  type ByteSource,
  BytesSource,
} from "../../../formats/base/byte_source.ts";
import {
  findRecords,
  type FoundRecord,
  type MemoryRegion,
  type ScanOptions,
} from "../../../formats/exterr/mod.ts";
import {
  buildRecord,
  type RecordParts,
  SAMPLE,
} from "../../builders/exterr.ts";

const CHUNK = 1 << 20;

/** Memory of `size` bytes with records at some offsets. */
function memory(
  size: number,
  records: Record<number, Uint8Array>,
  fill = 0,
): Uint8Array {
  const bytes = new Uint8Array(size).fill(fill);
  for (const [offset, record] of Object.entries(records)) {
    bytes.set(record, Number(offset));
  }
  return bytes;
}

async function scan(
  bytes: Uint8Array | ByteSource,
  options: Partial<ScanOptions> = {},
  regions: MemoryRegion[] = [],
): Promise<FoundRecord[]> {
  const source = bytes instanceof Uint8Array ? new BytesSource(bytes) : bytes;
  const whole = [{ address: 0x1000, offset: 0, size: source.size }];
  return await Array.fromAsync(
    findRecords(source, regions.length > 0 ? regions : whole, {
      littleEndian: true,
      ...options,
    }),
  );
}

async function isFound(parts: RecordParts): Promise<boolean> {
  return (await scan(memory(400, { 16: buildRecord(parts) }))).length === 1;
}

Deno.test("findRecords() tells live, stale and never used records apart", async () => {
  const found = await scan(memory(4096, {
    8: buildRecord(SAMPLE),
    1024: buildRecord({ ...SAMPLE, error: 0 }),
    2048: buildRecord({}),
  }));
  assertEquals(
    found.map(({ address, offset, state }) => [address, offset, state]),
    [[0x1008, 8, "live"], [0x1400, 1024, "stale"], [0x1800, 2048, "unused"]],
  );
  assertEquals(found[0]!.record.sourceLine, 310);
});

Deno.test("findRecords() reads big-endian memory, and only in the order asked for", async () => {
  const bytes = memory(400, { 0: buildRecord(SAMPLE, false) });
  assertEquals((await scan(bytes, { littleEndian: false })).length, 1);
  assertEquals((await scan(bytes)).length, 0);
});

Deno.test("findRecords() looks at multiples of 8, or of 4, of the address", async () => {
  const records = { 4: buildRecord(SAMPLE), 512: buildRecord(SAMPLE) };
  const bytes = memory(1024, { ...records, 802: buildRecord(SAMPLE) });
  const offsets = async (address: number, alignment: 4 | 8) =>
    (await scan(bytes, { alignment }, [{ address, offset: 0, size: 1024 }]))
      .map(({ offset }) => offset);
  assertEquals(await offsets(0x1000, 8), [512]);
  assertEquals(await offsets(0x1000, 4), [4, 512]);
  assertEquals(await offsets(0x1004, 8), [4]);
  assertEquals(await offsets(-0x1004, 8), [4]);
  assertEquals(await offsets(-0x1002, 8), [802]);
});

Deno.test("findRecords() accepts what a kernel can have written", async () => {
  assertEquals(await isFound(SAMPLE), true);
  assertEquals(await isFound({ ...SAMPLE, ver: 0x10010001 }), true);
  assertEquals(await isFound({ ...SAMPLE, error: 200 }), true);
  assertEquals(await isFound({ ...SAMPLE, cat: 255 }), true);
  assertEquals(await isFound({ ...SAMPLE, msg: "" }), true);
  assertEquals(await isFound({ ...SAMPLE, msg: "m".repeat(127) }), true);
  assertEquals(await isFound({ ...SAMPLE, p1: 2n ** 64n - 1n }), true);
});

Deno.test("findRecords() refuses what only looks like a record", async () => {
  const wrong: RecordParts[] = [
    { ver: 0 },
    { ver: 0x10010003 },
    { error: 201 },
    { error: 0xffffffff },
    { cat: 256 },
    { flags: 1 },
    { rsrv0: 1 },
    { rsrv1: [0n, 0n, 0n, 1n] },
    { rsrv1: [1n << 56n] },
    { msg: "m".repeat(128) },
    { msg: "a\x01b" },
    { msg: "caf\u00e9" },
  ];
  for (const parts of wrong) {
    assertEquals(
      await isFound({ ...SAMPLE, ...parts }),
      false,
      `${Object.keys(parts)}`,
    );
  }
});

Deno.test("findRecords() finds records wherever pieces meet, each once", async () => {
  for (let shift = -208; shift <= 8; shift += 8) {
    const at = CHUNK + shift;
    const bytes = memory(2 * CHUNK + 512, { [at]: buildRecord(SAMPLE) });
    assertEquals((await scan(bytes)).map(({ offset }) => offset), [at]);
  }
  for (let shift = -204; shift <= 8; shift += 4) {
    const at = CHUNK + shift;
    const bytes = memory(2 * CHUNK + 512, { [at]: buildRecord(SAMPLE) });
    const found = await scan(bytes, { alignment: 4 });
    assertEquals(found.map(({ offset }) => offset), [at]);
  }
  const dense = memory(CHUNK + 4000, {});
  for (let at = 0; at + 200 <= dense.length; at += 200) {
    dense.set(buildRecord(SAMPLE), at);
  }
  assertEquals((await scan(dense)).length, Math.floor(dense.length / 200));
});

Deno.test("findRecords() takes a record at the very end and none that is cut off", async () => {
  const bytes = memory(1000, { 800: buildRecord(SAMPLE) });
  assertEquals((await scan(bytes)).length, 1);
  assertEquals((await scan(bytes.subarray(800))).length, 1);
  assertEquals((await scan(bytes.subarray(0, 999))).length, 0);
  const region = { address: 0, offset: 800, size: 199 };
  assertEquals((await scan(bytes, {}, [region])).length, 0);
});

Deno.test("findRecords() passes over what the source does not have", async () => {
  const bytes = memory(3 * CHUNK, {
    64: buildRecord(SAMPLE),
    [2 * CHUNK + 64]: buildRecord(SAMPLE),
  });
  const hole: ByteSource = {
    size: bytes.length,
    read: (offset, length) =>
      offset >= CHUNK && offset < 2 * CHUNK
        ? new Uint8Array(0)
        : Promise.resolve(bytes.subarray(offset, offset + length)),
  };
  assertEquals((await scan(hole)).length, 2);
  const beyond = [
    { address: 0, offset: bytes.length + 5, size: 1 << 30 },
    { address: 0, offset: 0, size: Number.MAX_SAFE_INTEGER },
  ];
  assertEquals((await scan(bytes, {}, beyond)).length, 2);
});

Deno.test("findRecords() gives offsets of the source and addresses of the program, region by region", async () => {
  const bytes = memory(2048, {
    1000: buildRecord(SAMPLE),
    16: buildRecord(SAMPLE),
  });
  const regions = [
    { address: 0x7f0000000000, offset: 1000, size: 1048 },
    { address: -0x8000, offset: 0, size: 900 },
  ];
  assertEquals(
    (await scan(bytes, {}, regions)).map((
      { address, offset },
    ) => [address, offset]),
    [[0x7f0000000000, 1000], [-0x8000 + 16, 16]],
  );
});

Deno.test("findRecords() uses a source's readInto()", async () => {
  const bytes = memory(CHUNK + 600, { [CHUNK + 64]: buildRecord(SAMPLE) });
  let longest = 0;
  const source: ByteSource = {
    size: bytes.length,
    read: () => {
      throw new Error("not needed");
    },
    readInto: (offset, target) => {
      longest = Math.max(longest, target.length);
      target.set(bytes.subarray(offset, offset + target.length));
      return Math.min(target.length, bytes.length - offset);
    },
  };
  assertEquals((await scan(source)).length, 1);
  assertEquals(longest <= CHUNK + 200, true);
});
