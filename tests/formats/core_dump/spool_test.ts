import { assert, assertEquals, assertRejects } from "@std/assert";
import { BytesSource } from "../../../formats/base/byte_source.ts";
import { FormatError } from "../../../formats/base/error.ts";
import {
  type CoreDump,
  isCompressed,
  openCore,
  spoolCore,
  type SpooledCore,
} from "../../../formats/core_dump/mod.ts";
import {
  buildCore,
  type CoreSegmentSpec,
  type CoreSpec,
  sampleCore,
} from "../../builders/core.ts";

const PAGE = 4096;
const ROOMY = 1 << 24;

async function* inPieces(
  bytes: Uint8Array,
  size: number,
): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    yield bytes.slice(at, at + size);
  }
}

function spool(
  spec: CoreSpec,
  memoryLimit: number,
  pieceSize = 1000,
): Promise<SpooledCore> {
  return spoolCore(inPieces(buildCore(spec), pieceSize), { memoryLimit });
}

function filled(pages: number, value: number): Uint8Array {
  return new Uint8Array(pages * PAGE).fill(value);
}

/** The bytes of a segment as far as they come. */
async function readSegment(
  core: CoreDump,
  address: number,
): Promise<Uint8Array> {
  const { memory } = core;
  const index = memory.find(address);
  const size = memory.fileEnds[index]! - memory.starts[index]!;
  return await core.source.read(memory.offsets[index]!, size);
}

/** A core whose segments are the given ones, with a thread whose stack pointer is `sp`. */
function withSegments(sp: bigint, ...segments: CoreSegmentSpec[]): CoreSpec {
  return {
    ...sampleCore("x86-64"),
    threads: [{ tid: 1, registers: { rsp: sp, rip: 0x401000n } }],
    segments,
  };
}

Deno.test("spoolCore() keeps every byte of a small core, whatever the pieces are", async () => {
  for (const machine of ["x86-64", "aarch64", "s390x"] as const) {
    const bytes = buildCore(sampleCore(machine));
    const direct = await openCore(new BytesSource(bytes));
    for (const size of [1, 7, 4096, 65536]) {
      const { source, warnings } = await spoolCore(inPieces(bytes, size), {
        memoryLimit: ROOMY,
      });
      assertEquals(warnings, []);
      assertEquals(source.size, bytes.length);
      assertEquals(await source.read(0, bytes.length), bytes);
      const core = await openCore(source);
      assertEquals(core.threads, direct.threads);
      assertEquals(core.memory, direct.memory);
    }
  }
});

Deno.test("spoolCore() reads across kept, zero and dropped pages", async () => {
  const data = new Uint8Array(4 * PAGE);
  data.fill(1, 0, PAGE);
  data.fill(3, 2 * PAGE, 3 * PAGE);
  const { source } = await spool(
    withSegments(0n, { address: 0x10000000n, data }),
    ROOMY,
  );
  const core = await openCore(source);
  assertEquals(await readSegment(core, 0x10000000), data);
  const at = core.memory.offsets[0]!;
  assertEquals([...await source.read(at + PAGE - 1, 2)], [1, 0]);
  assertEquals((await source.read(source.size, 10)).length, 0);
  assertEquals((await source.read(source.size - 3, 10)).length, 3);
});

Deno.test("spoolCore() takes no memory for zeros", async () => {
  const spec = withSegments(0n, { address: 0x10000000n, data: filled(100, 0) });
  const { source, warnings } = await spool(spec, 1);
  assertEquals(warnings, []);
  const core = await openCore(source);
  assertEquals((await readSegment(core, 0x10000000)).length, 100 * PAGE);
});

Deno.test("spoolCore() drops code of mapped files behind its first pages and keeps the vDSO", async () => {
  const elf = filled(8, 7);
  elf.set([0x7f, 0x45, 0x4c, 0x46]);
  const spec = withSegments(
    0n,
    { address: 0x400000n, data: elf, flags: 5 },
    { address: 0x500000n, data: filled(4, 5), flags: 5 },
    { address: 0x7ffe0000n, data: filled(2, 6), flags: 5 },
    { address: 0x7fff0000n, data: filled(2, 8), flags: 5 },
  );
  spec.files = [
    { start: 0x400000n, end: 0x408000n, pageOffset: 0n, path: "/bin/a" },
    { start: 0x500000n, end: 0x504000n, pageOffset: 9n, path: "/bin/a" },
  ];
  const { source, warnings } = await spool(spec, ROOMY);
  assertEquals(warnings, []);
  const core = await openCore(source);
  assertEquals((await readSegment(core, 0x400000)).length, 4 * PAGE);
  assertEquals((await readSegment(core, 0x500000)).length, 0);
  assertEquals((await readSegment(core, 0x7ffe0000)).length, 2 * PAGE);
  assertEquals((await readSegment(core, 0x7fff0000)).length, 2 * PAGE);
});

Deno.test("spoolCore() keeps the vDSO where the limit lets nothing else in", async () => {
  const spec = withSegments(
    0n,
    { address: 0x7ffd0000n, data: filled(2, 5) },
    { address: 0x7ffe0000n, data: filled(2, 6), flags: 5 },
  );
  const core = await openCore((await spool(spec, 0)).source);
  assertEquals((await readSegment(core, 0x7ffd0000)).length, 0);
  assertEquals((await readSegment(core, 0x7ffe0000)).length, 2 * PAGE);
});

Deno.test("spoolCore() has room for a stack behind a heap that fills the limit", async () => {
  const heap = filled(64, 1);
  const stack = filled(8, 2);
  const sp = 0x7000_0000n + 2n * BigInt(PAGE) + 64n;
  const spec = withSegments(
    sp,
    { address: 0x1000_0000n, data: heap },
    { address: 0x7000_0000n, data: stack },
  );
  const { source, warnings } = await spool(spec, 32 * PAGE);
  const core = await openCore(source);
  const kept = await readSegment(core, 0x1000_0000);
  assert(kept.length >= 8 * PAGE && kept.length < 32 * PAGE, `${kept.length}`);
  const { memory } = core;
  const at = memory.offsets[memory.find(0x7000_0000)]!;
  // From the page below the stack pointer's on.
  assertEquals((await source.read(at + PAGE, 7 * PAGE)).length, 7 * PAGE);
  assertEquals(warnings.map((one) => one.code), ["limit"]);
});

Deno.test("spoolCore() shares too small a limit among the stacks", async () => {
  const spec = sampleCore("x86-64");
  spec.threads = [];
  spec.segments = [];
  for (let i = 0; i < 8; i++) {
    const address = 0x7000_0000n + BigInt(i) * 0x10_0000n;
    spec.threads.push({ tid: i + 1, registers: { rsp: address } });
    spec.segments.push({ address, data: filled(16, i + 1) });
  }
  const core = await openCore((await spool(spec, 40 * PAGE)).source);
  for (const thread of core.threads) {
    const kept = await readSegment(core, thread.sp);
    assert(kept.length >= 2 * PAGE, `thread ${thread.tid}: ${kept.length}`);
  }
});

Deno.test("spoolCore() waits for no notes that a header only claims", async () => {
  const bytes = buildCore(
    withSegments(0n, { address: 0x1000n, data: filled(4, 1) }),
  );
  // p_filesz of the PT_NOTE becomes 2^40.
  bytes[64 + 32 + 5] = 1;
  const { source } = await spoolCore(inPieces(bytes, PAGE), {
    memoryLimit: ROOMY,
  });
  const core = await openCore(source);
  assertEquals(core.threads.length, 1);
  assert(core.warnings.some((one) => one.field === "PT_NOTE p_filesz"));
});

Deno.test("spoolCore() finds the count of segments at the end of the stream", async () => {
  const spec = { ...sampleCore("x86-64"), extendedCount: true };
  const core = await openCore((await spool(spec, ROOMY)).source);
  assertEquals(core.memory.count, 3);
  assertEquals(core.warnings, []);
});

Deno.test("spoolCore() refuses what is no core dump before it takes it all in", async () => {
  let taken = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (; taken < 100; taken++) yield new Uint8Array(PAGE).fill(65);
  }
  const error = await assertRejects(
    () => spoolCore(endless(), { memoryLimit: ROOMY }),
    FormatError,
  );
  assertEquals((error as FormatError).code, "bad-magic");
  assert(taken < 2);
});

Deno.test("spoolCore() tells of an empty and of a short stream as openCore() does", async () => {
  for (const size of [0, 40]) {
    const bytes = buildCore(sampleCore("x86-64")).subarray(0, size);
    const error = await assertRejects(
      () => spoolCore(inPieces(bytes, 10), { memoryLimit: ROOMY }),
      FormatError,
    );
    assertEquals((error as FormatError).code, "truncated");
  }
});

Deno.test("isCompressed() goes by the first bytes", () => {
  assertEquals(isCompressed(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 1)), "zstd");
  assertEquals(isCompressed(Uint8Array.of(0x1f, 0x8b, 8)), "gzip");
  assertEquals(
    isCompressed(Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0)),
    "xz",
  );
  assertEquals(isCompressed(Uint8Array.of(4, 0x22, 0x4d, 0x18)), "lz4");
  assertEquals(isCompressed(Uint8Array.of(0x1f, 0x8b)), undefined);
  assertEquals(isCompressed(buildCore(sampleCore("x86-64"))), undefined);
  assertEquals(isCompressed(new Uint8Array(0)), undefined);
});
