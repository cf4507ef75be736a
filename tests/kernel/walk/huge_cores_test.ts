/**
 * Cores with very much of something: work is to follow the size of the file, or less.
 */
import { assertEquals, assertGreater, assertLessOrEqual } from "@std/assert";
import type { ByteSource } from "../../../kernel/mod.ts";
import { buildCore } from "../../builders/core.ts";
import { FRAMES, IMAGE, processSpec, STACK } from "../../builders/process.ts";
import { pcs, walk } from "../../builders/walk_process.ts";

Deno.test("backtrace() takes 200,000 mappings of one file", async () => {
  const spec = processSpec();
  const files = [...spec.files!];
  for (let i = 1; i <= 200_000; i++) {
    const start = BigInt(IMAGE + i * 0x1000);
    files.push({
      start,
      end: start + 0x1000n,
      pageOffset: BigInt(i),
      path: "/bin/program",
    });
  }
  assertEquals(pcs(await walk(buildCore({ ...spec, files }))), FRAMES);
});

Deno.test("backtrace() walks 40,000 threads of which none got a signal", async () => {
  const { siginfo: _, ...spec } = processSpec();
  const threads = Array.from(
    { length: 40_000 },
    (_, i) => ({ ...spec.threads[0]!, tid: i + 1, signal: 0 }),
  );
  const core = buildCore({ ...spec, threads });
  const result = await walk(core);
  assertEquals(result.threads.length, 40_000);
  assertEquals(result.threads.every(({ crashed }) => !crashed), true);
  assertEquals(pcs(result, 39_999), FRAMES);
});

/** A core of 20 GB whose memory is zeros but for the stack at its end; counts what is read. */
class SparseCore implements ByteSource {
  readonly size: number;
  readCount = 0;
  private readonly head: Uint8Array;
  private readonly stackOffset: number;
  private readonly stack: Uint8Array;

  constructor(head: Uint8Array, stackOffset: number, stack: Uint8Array) {
    this.head = head;
    this.stackOffset = stackOffset;
    this.stack = stack;
    this.size = stackOffset + stack.length;
  }

  read(offset: number, length: number): Uint8Array {
    const size = Math.max(0, Math.min(length, this.size - offset));
    this.readCount += size;
    const bytes = new Uint8Array(size);
    bytes.set(this.head.subarray(offset, offset + size));
    for (let i = 0; i < size; i++) {
      const at = offset + i - this.stackOffset;
      if (at >= 0) bytes[i] = this.stack[at]!;
    }
    return bytes;
  }
}

Deno.test("backtrace() reads little of a sparse core of 20 GB", async () => {
  const heapSize = 20e9 - 20e9 % 4096;
  const spec = processSpec();
  const [text, stack] = spec.segments!;
  const heap = { address: 0x10_0000_0000n, flags: 6 };
  const bytes = buildCore({
    ...spec,
    segments: [text!, { ...heap, memorySize: heapSize }, stack!],
  });
  // The heap's bytes come before the stack's: both headers are written again.
  const view = new DataView(bytes.buffer);
  const stackOffset = 4096 + heapSize;
  for (let at = 64; at < 64 + 4 * 56; at += 56) {
    const address = view.getBigUint64(at + 16, true);
    if (address === heap.address) {
      view.setBigUint64(at + 8, 4096n, true);
      view.setBigUint64(at + 32, BigInt(heapSize), true);
    } else if (address === BigInt(STACK)) {
      view.setBigUint64(at + 8, BigInt(stackOffset), true);
    }
  }
  const head = bytes.subarray(0, 4096);
  const source = new SparseCore(head, stackOffset, stack!.data!);
  assertGreater(source.size, 19.9e9);
  const result = await walk(source);
  assertEquals(pcs(result), FRAMES);
  assertEquals(result.warnings.length, 1); // no build ID in the core
  assertLessOrEqual(source.readCount, 64 * 1024);
});

Deno.test("backtrace() opens a core of 65,000 executable segments at once", async () => {
  const spec = processSpec();
  const segments = [...spec.segments!];
  const files = [...spec.files!];
  for (let i = 0; i < 65_000; i++) {
    const address = 0x10_0000_0000n + BigInt(i) * 0x2000n;
    segments.push({ address, memorySize: 0x1000, flags: 5 });
    files.push({
      start: address,
      end: address + 0x1000n,
      pageOffset: BigInt(i),
      path: i % 2 === 0 ? "/lib/even.so" : "/lib/odd.so",
    });
  }
  const core = buildCore({ ...spec, segments, files, extendedCount: true });
  const result = await walk(core);
  assertEquals(pcs(result), FRAMES);
  assertEquals(result.modules.length, 3);
});
