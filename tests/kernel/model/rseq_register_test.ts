import { assertEquals } from "@std/assert";
import { AREA, Scene, SIGNATURE } from "../../builders/rseq_scene.ts";

const EINVAL = -22;
const EPERM = -1;
const EBUSY = -16;
const EFAULT = -14;

function u32(scene: Scene, ...offsets: number[]): number[] {
  return offsets.map((offset) => scene.wordAt(AREA + offset));
}

Deno.test("rseq() refuses unknown flags before anything else", () => {
  const old = new Scene({ rseqFeatureSize: 28 });
  assertEquals(old.call("rseq", 1, 5, 2, 0), EINVAL);
  assertEquals(old.register(32, 2), EINVAL);
  assertEquals(old.register(32, 4), EINVAL);
  const scene = new Scene({ rseqFeatureSize: 33 });
  assertEquals(scene.register(64, 4), EINVAL);
  assertEquals(scene.register(64, 2), 0);
  assertEquals(scene.register(64, 3), EINVAL);
  assertEquals(scene.kernel.globals.failure?.line, 1);
});

Deno.test("rseq() compares a second area by address and length, then signature", () => {
  const scene = new Scene();
  assertEquals(scene.register(), 0);
  // an address that would not do for a first registration is another address all the same
  assertEquals(scene.call("rseq", AREA + 1, 32, 0, SIGNATURE), EINVAL);
  assertEquals(scene.kernel.globals.failure?.line, 2);
  assertEquals(scene.call("rseq", AREA, 64, 0, 0), EINVAL);
  assertEquals(scene.call("rseq", AREA, 32, 0, 0), EPERM);
  assertEquals(scene.register(), EBUSY);
});

Deno.test("rseq() wants 32 bytes, aligned to 32", () => {
  const scene = new Scene({ rseqFeatureSize: 28 });
  for (const length of [0, 1, 20, 28, 31]) {
    assertEquals(scene.register(length), EINVAL);
  }
  for (const offset of [1, 4, 8, 16, 31]) {
    assertEquals(scene.call("rseq", AREA + offset, 32, 0, 0), EINVAL);
  }
  assertEquals(scene.call("rseq", AREA + 32, 32, 0, 0), 0);
});

Deno.test("rseq() takes longer areas by the kernel's feature size and alignment", () => {
  const results = (rseqFeatureSize: number): number[] =>
    [
      [AREA, 32],
      [AREA, 33],
      [AREA + 32, 64],
      [AREA, 4096],
      [AREA, 0x10000],
    ].map(([address, length]) => {
      const scene = new Scene({ rseqFeatureSize });
      return scene.call("rseq", address!, length!, 0, 0);
    });
  assertEquals(results(20), [0, EINVAL, EINVAL, EINVAL, EINVAL]);
  assertEquals(results(24), [0, 0, 0, 0, 0]);
  assertEquals(results(28), [0, 0, 0, 0, 0]);
  // a length beyond the mapping does not matter: nothing behind the fields is touched
  assertEquals(results(33), [0, 0, EINVAL, 0, 0]);
  assertEquals(results(40), [0, EINVAL, EINVAL, 0, 0]);
});

Deno.test("rseq() checks the range after the length, the access after the range", () => {
  const scene = new Scene({ rseqFeatureSize: 28 });
  assertEquals(scene.call("rseq", 0, 32, 0, 0), EFAULT);
  assertEquals(scene.call("rseq", 0x9000_0000, 32, 0, 0), EFAULT);
  assertEquals(scene.call("rseq", 0x7fff_ffff_f000, 32, 0, 0), EFAULT);
  assertEquals(scene.kernel.globals.failure?.line, 7);
  assertEquals(scene.call("rseq", -4096, 32, 0, 0), EFAULT);
  assertEquals(scene.call("rseq", -4096, 31, 0, 0), EINVAL);
  assertEquals(scene.call("rseq", 0x7fff_ffff_e000, 4097, 0, 0), EFAULT);
});

Deno.test("rseq() clears a section that is left over, and publishes IDs before it returns", () => {
  for (const rseqFeatureSize of [20, 24, 28, 33]) {
    const scene = new Scene({ rseqFeatureSize, nodes: [3, 4] });
    scene.write(AREA, new Uint8Array(64).fill(0xee));
    scene.kernel.migrate(scene.tid, 1);
    assertEquals(scene.register(), 0);
    assertEquals(u32(scene, 0, 4, 8, 12), [1, 1, 0, 0]);
    const other = 0xeeee_eeee;
    assertEquals(u32(scene, 16), [rseqFeatureSize === 33 ? 0 : other]);
    assertEquals(u32(scene, 20), [rseqFeatureSize >= 24 ? 4 : other]);
    assertEquals(u32(scene, 24), [rseqFeatureSize >= 28 ? 0 : other]);
    // bytes behind mm_cid are never written for an area of 32
    assertEquals(u32(scene, 28, 32), [other, other]);
  }
});

Deno.test("rseq() with slices tells of them in flags, and clears slice_ctrl", () => {
  for (const [flags, expected] of [[0, 0x10], [2, 0x30]] as const) {
    const scene = new Scene();
    scene.write(AREA, new Uint8Array(64).fill(0xee));
    assertEquals(scene.register(33, flags), 0);
    assertEquals(u32(scene, 16, 28, 32), [expected, 0, 0xeeee_eeee]);
  }
});

Deno.test("a read-only area: EFAULT if a section is left over, else SIGSEGV as soon as IDs are written", () => {
  const clean = new Scene({ rseqFeatureSize: 28 });
  clean.handle(11);
  clean.call("mprotect", AREA, 0x1000, 1);
  assertEquals(clean.register(), 0);
  assertEquals(clean.isAlive, false);
  // with a handler too: its frame needs the IDs written first
  assertEquals(clean.happened().slice(-2), ["signal 11 killed", "exit 11"]);
  const stale = new Scene({ rseqFeatureSize: 28 });
  stale.long(AREA + 8, 1);
  stale.call("mprotect", AREA, 0x1000, 1);
  assertEquals(stale.register(), EFAULT);
  assertEquals(stale.isAlive, true);
  const slices = new Scene({ rseqFeatureSize: 33 });
  slices.call("mprotect", AREA, 0x1000, 1);
  assertEquals(slices.register(), EFAULT);
});

Deno.test("unregistering compares address, length, signature in this order, and resets the IDs", () => {
  const scene = new Scene({ nodes: [7] });
  const unregister = (address: number, length: number, sig: number): number =>
    scene.call("rseq", address, length, 1, sig);
  assertEquals(unregister(AREA, 32, SIGNATURE), EINVAL);
  assertEquals(unregister(0, 0, 0), EINVAL);
  assertEquals(scene.register(), 0);
  scene.long(AREA + 8, 0x1234_5678);
  assertEquals(unregister(AREA + 32, 64, 0), EINVAL);
  assertEquals(scene.kernel.globals.failure?.line, 9);
  assertEquals(unregister(AREA, 64, 0), EINVAL);
  assertEquals(scene.kernel.globals.failure?.line, 10);
  assertEquals(unregister(AREA, 32, 0), EPERM);
  assertEquals(unregister(AREA, 32, SIGNATURE), 0);
  // rseq_cs is left as it is
  assertEquals(u32(scene, 0, 4, 8, 20, 24), [
    0,
    2 ** 32 - 1,
    0x1234_5678,
    0,
    0,
  ]);
  assertEquals(unregister(AREA, 32, SIGNATURE), EINVAL);
  assertEquals(scene.register(), 0);
});

Deno.test("unregistering an area that cannot be written fails and keeps it; kernels with slices kill", () => {
  for (const rseqFeatureSize of [28, 33]) {
    const scene = new Scene({ rseqFeatureSize });
    scene.register();
    scene.call("mprotect", AREA, 0x1000, 1);
    assertEquals(scene.call("rseq", AREA, 32, 1, SIGNATURE), EFAULT);
    assertEquals(scene.isAlive, rseqFeatureSize === 28);
    if (scene.isAlive) assertEquals(scene.thread.rseq.address, AREA);
  }
});

Deno.test("fork keeps the registration; threads, vfork and exec do not", () => {
  const scene = new Scene({ rseqFeatureSize: 28 });
  scene.register();
  const child = scene.call("fork");
  assertEquals(scene.threadOf(child).rseq.address, AREA);
  assertEquals(
    scene.kernel.call(child, "rseq", AREA, 32, 0, SIGNATURE),
    EBUSY,
  );
  // the child's area is its own
  scene.kernel.migrate(child, 1);
  assertEquals(scene.wordAt(AREA + 4, child), 1);
  assertEquals(scene.wordAt(AREA + 4), 0);
  const thread = scene.call("clone", 0x10100, 0, 0);
  assertEquals(scene.threadOf(thread).rseq.address, 0);
  const vfork = scene.call("clone", 0x100, 0, 0);
  assertEquals(scene.threadOf(vfork).rseq.address, 0);
  scene.exec();
  assertEquals(scene.thread.rseq.address, 0);
  assertEquals(scene.thread.rseq.concurrencyId, 0);
  assertEquals(scene.call("mmap", AREA, 4096, 3, 0x30), AREA);
  assertEquals(scene.call("rseq", AREA, 32, 1, SIGNATURE), EINVAL);
  assertEquals(scene.register(), 0);
});

Deno.test("concurrency IDs are the lowest that are free, and come back", () => {
  const scene = new Scene({ rseqFeatureSize: 28 });
  scene.register();
  const cids = (): number[] =>
    [...scene.kernel.threads.values()].map(({ rseq }) => rseq.concurrencyId);
  const first = scene.call("clone", 0x10100, 0, 0);
  const second = scene.call("clone", 0x10100, 0, 0);
  assertEquals(cids(), [0, 1, 2]);
  scene.kernel.call(first, "exit", 0);
  assertEquals(cids(), [0, 2]);
  // neither registering nor unregistering is a reason to take another
  for (const flags of [0, 1]) {
    scene.kernel.call(second, "rseq", AREA + 64, 32, flags, 0);
  }
  assertEquals(cids(), [0, 2]);
  scene.kernel.preempt(second);
  assertEquals(cids(), [0, 1]);
  // another address space counts on its own, a process that shares this one does not
  const child = scene.call("fork");
  assertEquals(scene.threadOf(child).rseq.concurrencyId, 0);
  const shared = scene.call("clone", 0x100, 0, 0);
  assertEquals(scene.threadOf(shared).rseq.concurrencyId, 2);
});

Deno.test("a concurrency ID is free again when its thread goes on with another program", () => {
  const scene = new Scene();
  const thread = scene.call("clone", 0x10100, 0, 0);
  scene.call("exit", 0);
  const child = scene.kernel.call(thread, "clone", 0x100, 0, 0);
  assertEquals(scene.threadOf(child).rseq.concurrencyId, 0);
  scene.exec(child);
  scene.kernel.preempt(thread);
  assertEquals(scene.threadOf(thread).rseq.concurrencyId, 0);
});
