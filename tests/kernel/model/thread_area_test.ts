import { assertEquals } from "@std/assert";
import type { KernelOptions } from "../../../kernel/model/mod.ts";
import { AREA, Scene } from "../../builders/rseq_scene.ts";

const EPERM = -1;
const E2BIG = -7;
const EFAULT = -14;
const EBUSY = -16;
const EINVAL = -22;
/** Actions. */
const LAYOUT = 2;
const OFFSET = 4;
const SIGNATURE = 8;
const ENABLE = 16;
/** CLONE_VM, CLONE_THREAD, CLONE_SETTLS, CLONE_RSEQ_KTLS. */
const CLONE_FLAGS = 0x4_0000_0000 + 0x80000 + 0x10000 + 0x100;
/** Where structures of the call are written. */
const STRUCT = 0x30000;
const POINTER = AREA + 0x400;
const DISTANCE = -0x400;

function started(options: KernelOptions = {}): Scene {
  const scene = new Scene(options);
  scene.call("set_thread_pointer", POINTER);
  scene.long(STRUCT, DISTANCE);
  return scene;
}

function ktls(scene: Scene, action: number, length = 0, signature = 0): number {
  return scene.call("rseq_ktls", STRUCT, length, action, signature);
}

Deno.test("rseq() does not know the multiplexer's actions unless it is the multiplexer", () => {
  const scene = started();
  for (const action of [2, 4, 8, 16]) {
    // 2 is the flag of slices, which needs an area that is as it should be
    assertEquals(scene.call("rseq", STRUCT, 0, action, 0), EINVAL);
  }
  const posted = started({ rseqCall: "ktls" });
  assertEquals(posted.call("rseq", STRUCT, 0, LAYOUT, 0), 0);
  posted.long(STRUCT, DISTANCE);
  assertEquals(posted.call("rseq", STRUCT, 0, OFFSET, 0), 0);
  for (const action of [3, 5, 6, 17, 32, -1]) {
    assertEquals(posted.call("rseq", STRUCT, 0, action, 0), EINVAL);
  }
  assertEquals(posted.call("rseq", AREA + 0x100, 32, 0, 1), EINVAL);
  assertEquals(posted.call("rseq", AREA, posted.thread.rseq.length, 1, 0), 0);
});

Deno.test("the layout: size, alignment, offset, and with room for them the features", () => {
  for (
    const [rseqFeatureSize, size, alignment, features] of [
      [20, 20, 32, 3],
      [24, 24, 32, 7],
      [28, 28, 32, 15],
      [33, 48, 64, 63],
    ] as const
  ) {
    for (const machine of ["x86-64", "s390x"] as const) {
      const scene = started({ rseqFeatureSize, machine });
      assertEquals(ktls(scene, LAYOUT, 24), 0);
      assertEquals(scene.wordAt(STRUCT), size);
      assertEquals(scene.wordAt(STRUCT + 4), alignment);
      assertEquals(scene.longAt(STRUCT + 8), 0n);
      assertEquals(scene.longAt(STRUCT + 16), BigInt(features));
    }
  }
  const scene = started();
  scene.long(STRUCT + 16, 0x77);
  for (const length of [0, 16, 23]) {
    assertEquals(ktls(scene, LAYOUT, length), 0);
    assertEquals(scene.longAt(STRUCT + 16), 0x77n);
  }
  assertEquals(ktls(scene, LAYOUT, 0xffff_ffff), 0);
  assertEquals(scene.call("rseq_ktls", 0x9000_0000, 16, LAYOUT, 0), EFAULT);
  scene.long(STRUCT, DISTANCE);
  ktls(scene, OFFSET);
  ktls(scene, LAYOUT);
  assertEquals(scene.longAt(STRUCT + 8), BigInt.asUintN(64, BigInt(DISTANCE)));
});

Deno.test("setting the offset checks in the order that it names, and enables the caller", () => {
  const scene = started();
  assertEquals(scene.call("rseq_ktls", 0x9000_0000, 8, OFFSET, 0), EFAULT);
  const refused = (
    offset: number | bigint,
    size: bigint,
    length = 16,
  ): number => {
    scene.long(STRUCT, offset);
    scene.long(STRUCT + 8, size);
    return ktls(scene, OFFSET, length);
  };
  assertEquals(refused(2n ** 62n, 0n), EINVAL);
  assertEquals(refused(DISTANCE, 19n), EINVAL);
  assertEquals(refused(DISTANCE, 1n << 32n), EINVAL);
  scene.long(STRUCT + 16, 1);
  assertEquals(refused(DISTANCE, 0n, 24), E2BIG);
  assertEquals(refused(DISTANCE, 0n, 8192), E2BIG);
  scene.long(STRUCT + 16, 0);
  // longer than any structure, though all of it is 0
  assertEquals(refused(DISTANCE, 0n, 8192), E2BIG);
  assertEquals(refused(DISTANCE + 32, 0n, 24), EINVAL); // aligned to 32 only
  assertEquals(refused(0x100_0000, 0n), EFAULT);
  assertEquals(refused(0, 0n), EFAULT);
  const thread = scene.call("clone", 0x10100, 0, 0);
  assertEquals(refused(DISTANCE, 0n), EBUSY);
  scene.kernel.call(thread, "exit", 0);
  scene.call("set_thread_pointer", 0);
  assertEquals(refused(DISTANCE, 0n), EFAULT);
  scene.call("set_thread_pointer", POINTER);
  // none of the failures has set anything
  assertEquals(refused(DISTANCE, 0n, 24), 0);
  assertEquals(scene.thread.rseq.address, AREA);
  assertEquals(scene.wordAt(AREA + 4), 0);
  assertEquals(refused(DISTANCE, 0n), EBUSY);
});

Deno.test("the signature is set once, while there is one thread", () => {
  const scene = started();
  const thread = scene.call("clone", 0x10100, 0, 0);
  assertEquals(ktls(scene, SIGNATURE, 0, 5), EBUSY);
  scene.kernel.call(thread, "exit", 0);
  assertEquals(ktls(scene, SIGNATURE, 0, 0x53053053), 0);
  assertEquals(ktls(scene, SIGNATURE, 0, 5), EPERM);
  ktls(scene, OFFSET);
  assertEquals(scene.thread.rseq.signature, 0x53053053);
});

Deno.test("enabling a thread needs thread pointer and offset, and no other area", () => {
  const scene = started();
  assertEquals(ktls(scene, ENABLE), EFAULT);
  ktls(scene, OFFSET);
  assertEquals(ktls(scene, ENABLE), EBUSY);
  const tid = scene.call("clone", 0x90100, 0, 0);
  const enable = (): number =>
    scene.kernel.call(tid, "rseq_ktls", 0, 0, ENABLE, 0);
  assertEquals(enable(), EFAULT);
  scene.kernel.call(tid, "set_thread_pointer", POINTER + 8);
  assertEquals(enable(), EINVAL);
  scene.kernel.call(tid, "set_thread_pointer", POINTER + 0x100);
  assertEquals(enable(), 0);
  assertEquals(scene.threadOf(tid).rseq.address, AREA + 0x100);
  assertEquals(scene.wordAt(AREA + 0x100 + 24), 1);
  // another thread pointer later means another area
  scene.kernel.call(tid, "set_thread_pointer", POINTER + 0x200);
  assertEquals(enable(), EINVAL);
});

Deno.test("a clone with the flag starts enabled, or fails as enabling would", () => {
  const scene = started();
  const clone = (pointer: number): number =>
    scene.call("clone", CLONE_FLAGS, 0, pointer);
  assertEquals(scene.call("clone", CLONE_FLAGS - 0x80000, 0, 0), EINVAL);
  assertEquals(scene.call("clone", CLONE_FLAGS - 0x10000, 0, 0), EINVAL);
  assertEquals(clone(POINTER + 0x100), EFAULT); // no offset yet
  ktls(scene, OFFSET);
  assertEquals(clone(0), EFAULT);
  assertEquals(clone(POINTER + 4), EINVAL);
  assertEquals(clone(0x9000_0000), EFAULT);
  const tid = clone(POINTER + 0x100);
  assertEquals(scene.threadOf(tid).rseq.address, AREA + 0x100);
  assertEquals(scene.wordAt(AREA + 0x104), 0);
  // without the flag it starts without an area
  const plain = scene.call("clone", 0x90100, 0, POINTER + 0x200);
  assertEquals(scene.threadOf(plain).rseq.address, 0);
});

Deno.test("a forked process has offset, signature and area; a new program has nothing", () => {
  const scene = started();
  ktls(scene, SIGNATURE, 0, 9);
  ktls(scene, OFFSET);
  const child = scene.call("fork");
  assertEquals(scene.threadOf(child).rseq.address, AREA);
  assertEquals(
    scene.kernel.call(child, "rseq_ktls", STRUCT, 0, SIGNATURE),
    EPERM,
  );
  assertEquals(scene.kernel.call(child, "rseq_ktls", STRUCT, 0, OFFSET), EBUSY);
  assertEquals(scene.kernel.processes.get(child)!.area.offset, DISTANCE);
  scene.exec();
  assertEquals(scene.call("mmap", STRUCT, 4096, 3, 0x30), STRUCT);
  assertEquals(scene.call("mmap", AREA, 4096, 3, 0x30), AREA);
  assertEquals(ktls(scene, LAYOUT), 0);
  assertEquals(scene.longAt(STRUCT + 8), 0n);
  assertEquals(ktls(scene, SIGNATURE, 0, 9), 0);
  scene.call("set_thread_pointer", POINTER);
  scene.long(STRUCT, DISTANCE);
  assertEquals(ktls(scene, OFFSET), 0);
});

Deno.test("a program that knows less is left alone behind what it knows", () => {
  for (
    const [size, touched] of [
      [20, [0, 4, 16]],
      [24, [0, 4, 16, 20]],
      [28, [0, 4, 16, 20, 24]],
      [32, [0, 4, 16, 20, 24]],
      [33, [0, 4, 16, 20, 24, 28]],
      [48, [0, 4, 16, 20, 24, 28, 40, 44]],
      [4096, [0, 4, 16, 20, 24, 28, 40, 44]],
    ] as const
  ) {
    const scene = started({ rseqFeatureSize: 33 });
    scene.write(AREA, new Uint8Array(64).fill(0xee));
    scene.long(STRUCT + 8, size);
    assertEquals(ktls(scene, OFFSET, 16), 0);
    scene.call("setuid", 5);
    scene.kernel.migrate(scene.tid, 1);
    const written = [0, 4, 16, 20, 24, 28, 32, 36, 40, 44].filter((offset) =>
      scene.wordAt(AREA + offset) !== 0xeeee_eeee
    );
    assertEquals(written, [...touched]);
  }
});

Deno.test("a program that knows more than the kernel works with what there is", () => {
  const scene = started({ rseqFeatureSize: 24 });
  scene.write(AREA, new Uint8Array(64).fill(0xee));
  scene.long(STRUCT + 8, 64);
  assertEquals(ktls(scene, OFFSET, 16), 0);
  assertEquals(
    [0, 4, 20, 24, 28].map((offset) => scene.wordAt(AREA + offset)),
    [0, 0, 0, 0xeeee_eeee, 0xeeee_eeee],
  );
});

Deno.test("only what the kernel knows of an area must be there and aligned", () => {
  const scene = started();
  scene.call("set_thread_pointer", AREA + 0x1fc0 - DISTANCE);
  scene.long(STRUCT + 8, 4096);
  assertEquals(ktls(scene, OFFSET, 16), 0);
  assertEquals(scene.thread.rseq.address, AREA + 0x1fc0);
});
