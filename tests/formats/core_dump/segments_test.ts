import { assert, assertEquals } from "@std/assert";
import { BytesSource } from "../../../formats/base/byte_source.ts";
import { type CoreDump, openCore } from "../../../formats/core_dump/mod.ts";
import { buildCore, type CoreSegmentSpec } from "../../builders/core.ts";

function open(...segments: CoreSegmentSpec[]): Promise<CoreDump> {
  const spec = { machine: "x86-64" as const, threads: [{ tid: 1 }], segments };
  return openCore(new BytesSource(buildCore(spec)));
}

Deno.test("find() answers at the edges of segments", async () => {
  const { memory } = await open(
    { address: 0x1000n, memorySize: 0x1000 },
    { address: 0x2000n, memorySize: 0x1000 },
    { address: 0x9000n, memorySize: 0x1000 },
  );
  const answers = [
    0xfff,
    0x1000,
    0x1fff,
    0x2000,
    0x2fff,
    0x3000,
    0x9fff,
    0xa000,
  ];
  assertEquals(answers.map((at) => memory.find(at)), [
    -1,
    0,
    0,
    1,
    1,
    -1,
    2,
    -1,
  ]);
  assertEquals([NaN, Infinity, -1].map((at) => memory.find(at)), [-1, -1, -1]);
});

Deno.test("CoreSegments are in address order with the upper half first", async () => {
  const { memory, warnings } = await open(
    { address: 0x9000n, memorySize: 0x1000, flags: 5 },
    { address: 0xffffffffff600000n, memorySize: 0x1000, flags: 1 },
    { address: 0x1000n, memorySize: 0x1000, flags: 6 },
    { address: 0x5000n, memorySize: 0 },
  );
  assertEquals(warnings, []);
  assertEquals([...memory.starts], [-0xa00000, 0x1000, 0x9000]);
  assertEquals([0, 1, 2].map((i) => memory.isExecutable(i)), [
    true,
    false,
    true,
  ]);
  assertEquals([0, 1, 2].map((i) => memory.isWritable(i)), [
    false,
    true,
    false,
  ]);
});

Deno.test("CoreSegments cut what overlaps: the first start keeps its bytes", async () => {
  const bytes = (value: number, size: number) =>
    new Uint8Array(size).fill(value);
  const core = await open(
    { address: 0x1000n, data: bytes(1, 0x2000) },
    { address: 0x2000n, data: bytes(2, 0x2000) },
    { address: 0x1800n, data: bytes(3, 0x100) },
  );
  const { memory } = core;
  const byteAt = (address: number) => {
    const index = memory.find(address);
    if (index < 0 || address >= memory.fileEnds[index]!) return -1;
    const offset = memory.offsets[index]! + address - memory.starts[index]!;
    return (core.source.read(offset, 1) as Uint8Array)[0];
  };
  assertEquals(
    [0x1000, 0x1800, 0x2fff, 0x3000, 0x3fff, 0x4000].map(byteAt),
    [1, 1, 1, 2, 2, -1],
  );
  assertEquals(core.warnings.map((one) => [one.field, one.value]), [
    ["p_vaddr", "2 segments that overlap"],
  ]);
});

Deno.test("CoreSegments hold p_filesz to p_memsz and to the file", async () => {
  const { memory, warnings } = await open(
    { address: 0x1000n, data: new Uint8Array(0x2000), memorySize: 0x1000 },
    { address: 0x8000n, memorySize: 0x4000, statedFileSize: 0x4000 },
  );
  assertEquals([...memory.fileEnds], [0x2000, 0x8000]);
  assertEquals(warnings.length, 1);
  assert(warnings[0]!.message.includes(`${0x4000} more bytes`));
});

Deno.test("CoreSegments leave out segments outside the address space", async () => {
  const { memory, warnings } = await open(
    { address: 1n << 60n, memorySize: 0x1000 },
    { address: 0x1000n, memorySize: 0x1000 },
    { address: 0x5000n, memorySize: 2 ** 60 },
  );
  assertEquals([...memory.starts], [0x1000]);
  assertEquals(warnings.map((one) => one.value), ["2 segments elsewhere"]);
});
