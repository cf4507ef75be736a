import { assertEquals } from "@std/assert";
import { BytesSource } from "../../../formats/base/byte_source.ts";
import { type CoreDump, openCore } from "../../../formats/core_dump/mod.ts";
import {
  buildCore,
  buildWords,
  type CoreSpec,
  sampleCore,
} from "../../builders/core.ts";

function open(spec: CoreSpec): Promise<CoreDump> {
  return openCore(new BytesSource(buildCore(spec)));
}

function withFileNote(desc: Uint8Array): CoreSpec {
  const { files: _, ...spec } = sampleCore("x86-64");
  return { ...spec, notes: [{ name: "CORE", type: 0x46494c45, desc }] };
}

Deno.test("openCore() multiplies file offsets by the note's page size and sorts", async () => {
  const core = await open({
    ...sampleCore("s390x"),
    filePageSize: 65536n,
    auxv: [],
    files: [
      { start: 0x30000n, end: 0x40000n, pageOffset: 3n, path: "/b (deleted)" },
      { start: 0x10000n, end: 0x20000n, pageOffset: 1n, path: "/a" },
      { start: 0x20000n, end: 0x30000n, pageOffset: 2n, path: "" },
    ],
  });
  assertEquals(core.mappings, [
    { start: 0x10000, end: 0x20000, fileOffset: 0x10000, path: "/a" },
    { start: 0x20000, end: 0x30000, fileOffset: 0x20000, path: "" },
    { start: 0x30000, end: 0x40000, fileOffset: 0x30000, path: "/b (deleted)" },
  ]);
  assertEquals(core.pageSize, 65536);
});

Deno.test("openCore() leaves out mappings that make no sense and warns once", async () => {
  const good = { start: 0x1000n, end: 0x2000n, pageOffset: 0n, path: "/a" };
  const core = await open({
    ...sampleCore("x86-64"),
    files: [
      good,
      { ...good, end: 0x1000n },
      { ...good, start: 1n << 62n, end: (1n << 62n) + 1n },
      { ...good, pageOffset: -1n },
    ],
  });
  assertEquals(core.mappings.length, 1);
  assertEquals(core.warnings.map((one) => one.field), ["NT_FILE entries"]);
});

Deno.test("openCore() holds the count of NT_FILE to the size of the note", async () => {
  for (const count of [1n << 40n, -1n, 3n]) {
    const core = await open(
      withFileNote(buildWords([count, 4096n, 1n, 2n, 3n], true)),
    );
    assertEquals(core.hasFileNote, true);
    assertEquals(core.mappings, []);
    assertEquals(core.warnings.map((one) => [one.code, one.field, one.value]), [
      ["out-of-bounds", "NT_FILE count", Number(count)],
    ]);
  }
});

Deno.test("openCore() refuses a page size of 0 in NT_FILE and a note without a head", async () => {
  const zero = await open(withFileNote(buildWords([0n, 0n], true)));
  assertEquals(zero.warnings.map((one) => one.field), ["NT_FILE page_size"]);
  const short = await open(withFileNote(new Uint8Array(15)));
  assertEquals(short.warnings.map((one) => one.code), ["truncated"]);
});

Deno.test("openCore() keeps the mappings whose paths are there", async () => {
  const words = buildWords([
    2n,
    4096n,
    0x1000n,
    0x2000n,
    0n,
    0x2000n,
    0x3000n,
    1n,
  ], true);
  const desc = new Uint8Array(words.length + 8);
  desc.set(words);
  desc.set(new TextEncoder().encode("/a\0/bcde"), words.length);
  const core = await open(withFileNote(desc));
  assertEquals(core.mappings.map((one) => one.path), ["/a"]);
  assertEquals(core.warnings.map((one) => one.field), ["NT_FILE entries"]);
});

Deno.test("openCore() ends the auxiliary vector at AT_NULL and keeps the first of equal tags", async () => {
  const core = await open({
    ...sampleCore("x86-64"),
    auxv: [[6n, 0x4000n], [6n, 1n], [7n, -1n], [0n, 0n], [9n, 9n]],
  });
  assertEquals([...core.auxv], [[6, 0x4000], [7, -1]]);
  assertEquals(core.pageSize, 0x4000);
});

Deno.test("openCore() gives addresses for faults and senders for sent signals", async () => {
  const read = async (number: number, code: number, union: bigint) => {
    const core = await open({
      ...sampleCore("x86-64"),
      siginfo: { number, code, errno: 2, union },
    });
    const { faultAddress, senderPid, senderUid, errno } = core.signal!;
    assertEquals(errno, 2);
    return [faultAddress, senderPid, senderUid];
  };
  assertEquals(await read(11, 1, 0x123n), [0x123, undefined, undefined]);
  assertEquals(await read(7, 2, -4096n), [-4096, undefined, undefined]);
  // SI_KERNEL: a non-canonical address, which the processor does not tell.
  assertEquals(await read(11, 0x80, 0n), [undefined, undefined, undefined]);
  assertEquals(await read(3, 0, (1000n << 32n) | 77n), [undefined, 77, 1000]);
  assertEquals(await read(6, -6, 88n), [undefined, 88, 0]);
  assertEquals(await read(11, 0, 88n), [undefined, 88, 0]);
  assertEquals(await read(14, -2, 5n), [undefined, undefined, undefined]);
});
