import { assert, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { chacha20Blocks } from "../../../kernel/model/chacha20.ts";
import {
  type KernelOptions,
  restoreKernel,
  saveKernel,
} from "../../../kernel/model/mod.ts";
import { AREA, Scene } from "../../builders/rseq_scene.ts";

const ENXIO = -6;
const EFAULT = -14;
const EOPNOTSUPP = -95;
/** CLONE_VM, CLONE_THREAD, CLONE_SETTLS, CLONE_RSEQ_KTLS. */
const CLONE_FLAGS = 0x4_0000_0000 + 0x80000 + 0x10000 + 0x100;
const STRUCT = 0x30000;
const POINTER = AREA + 0x400;
const DISTANCE = -0x400;
/** Bytes of the thread area with its credentials. */
const SIZE = 48;
/** Where a state of getrandom is, and a buffer. */
const STATE = 0x30100;
const STATE_SIZE = 144;
const BUFFER = 0x31000;

/** A process with thread areas. */
function started(options: KernelOptions = {}): Scene {
  const scene = new Scene(options);
  scene.call("set_thread_pointer", POINTER);
  scene.long(STRUCT, DISTANCE);
  assertEquals(scene.call("rseq_ktls", STRUCT, 8, 4, 0), 0);
  return scene;
}

function vdso(scene: Scene, name: string, ...args: number[]): number {
  return scene.kernel.vdso(scene.tid, name, ...args);
}

Deno.test("getcpu, getnode and getcid read the area, by pointer and by offset", () => {
  for (const machine of ["x86-64", "s390x"] as const) {
    const scene = started({ nodes: [5, 6], machine });
    scene.kernel.migrate(scene.tid, 1);
    const tid = scene.call("clone", CLONE_FLAGS, 0, POINTER + 0x100);
    const all = (thread: number, area: number): number[] =>
      ["getcpu", "getnode", "getcid"].flatMap((name) => [
        scene.kernel.vdso(thread, name, area, SIZE),
        scene.kernel.vdso(
          thread,
          `${name}_at`,
          DISTANCE,
          SIZE,
          area - DISTANCE,
        ),
      ]);
    assertEquals(all(scene.tid, AREA), [1, 1, 6, 6, 0, 0]);
    assertEquals(all(tid, AREA + 0x100), [1, 1, 6, 6, 1, 1]);
    // a function does not know who calls it
    assertEquals(all(tid, AREA), [1, 1, 6, 6, 0, 0]);
    const { kernel } = scene;
    assertEquals(
      scene.thread.registers[machine === "s390x" ? 2 : 0],
      kernel.vdso(scene.tid, "getcid", AREA, SIZE),
    );
  }
});

Deno.test("what the area or the kernel is too small for is EOPNOTSUPP", () => {
  const needed = { getcpu: 8, getnode: 24, getcid: 28, getuid: 48 };
  for (const rseqFeatureSize of [20, 24, 28, 33]) {
    const scene = started({ rseqFeatureSize });
    const kernelSize = rseqFeatureSize === 33 ? 48 : rseqFeatureSize;
    for (const [name, size] of Object.entries(needed)) {
      assertEquals(vdso(scene, name, AREA, size - 1), EOPNOTSUPP);
      const result = vdso(scene, name, AREA, 4096);
      assertEquals(result, kernelSize >= size ? 0 : EOPNOTSUPP);
    }
  }
});

Deno.test("areas that are not registered or not there are ENXIO and EFAULT", () => {
  const scene = new Scene();
  for (const name of ["getcpu", "getnode", "getcid", "getuid"]) {
    for (const cpu of [-1, -2]) {
      scene.word(AREA + 4, cpu);
      assertEquals(vdso(scene, name, AREA, SIZE), ENXIO);
    }
    assertEquals(vdso(scene, name, 0x9000_0000, SIZE), EFAULT);
    assertEquals(vdso(scene, `${name}_at`, -8, SIZE, 0), EFAULT);
  }
  assertEquals(vdso(scene, "gettimeofday"), -38);
  assertEquals(scene.kernel.vdso(999, "getcpu", AREA, SIZE), -3);
});

Deno.test("getuid falls back to the call if the shared record is gone", () => {
  const scene = started({ credentials: "shared" });
  const { credentialsAddress } = scene.kernel.processOf(scene.thread).area;
  assertEquals(vdso(scene, "getuid", AREA, SIZE), 0);
  assertEquals(scene.call("munmap", credentialsAddress, 4096), 0);
  scene.call("setuid", 77);
  assertEquals(vdso(scene, "getuid", AREA, SIZE), 77);
});

Deno.test("getuid: each strategy tells what the call tells, and both the same", () => {
  type Step = ["clone" | "fork" | "vfork" | "exit" | "ask", number] | [
    "setuid",
    number,
    number,
  ];
  const who = fc.nat({ max: 5 });
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.tuple(fc.constantFrom("clone", "fork", "vfork", "exit", "ask"), who),
    fc.tuple(fc.constant("setuid" as const), who, fc.nat({ max: 3 })),
  ) as fc.Arbitrary<Step>;
  const run = (
    steps: Step[],
    credentials: "shared" | "per-thread",
  ): number[] => {
    const scene = started({ credentials });
    const { kernel } = scene;
    const seen: number[] = [];
    let areas = 1;
    for (const [what, index, uid] of steps) {
      const tids = [...kernel.threads.keys()];
      const tid = tids[index % tids.length]!;
      const thread = kernel.threads.get(tid)!;
      const isOwned = thread.rseq.isThreadArea;
      if (what === "clone" && areas < 6) {
        kernel.call(tid, "clone", CLONE_FLAGS, 0, POINTER + 64 * areas++);
      } else if (what === "fork") kernel.call(tid, "fork");
      else if (what === "vfork" && areas < 6) {
        const child = kernel.call(
          tid,
          "clone",
          0x80100,
          0,
          POINTER + 64 * areas++,
        );
        kernel.call(child, "rseq_ktls", 0, 0, 16, 0);
      } else if (what === "exit" && tids.length > 1) {
        kernel.call(tid, "exit", 0);
      } else if (what === "setuid") {
        // as a C library does it: every thread of the process
        for (const { tid } of kernel.threadsOf(kernel.processOf(thread))) {
          seen.push(kernel.call(tid, "setuid", uid!));
        }
      } else if (isOwned) {
        const answer = kernel.vdso(
          tid,
          "getuid_at",
          DISTANCE,
          SIZE,
          thread.threadPointer,
        );
        assertEquals(answer, kernel.call(tid, "getuid"));
        seen.push(answer);
      }
    }
    return seen;
  };
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      assertEquals(run(steps, "shared"), run(steps, "per-thread"));
    }),
    { seed: 1, numRuns: 300 },
  );
});

Deno.test("chacha20Blocks() gives the vectors of RFC 8439, A.1", () => {
  const hex = [...chacha20Blocks(new Uint8Array(32), 2)].map((byte) =>
    byte.toString(16).padStart(2, "0")
  ).join("");
  assertEquals(
    hex,
    "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7" +
      "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586" +
      "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed" +
      "29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f",
  );
});

function random(scene: Scene, length: number, state = STATE): number {
  return vdso(scene, "getrandom", BUFFER, length, 0, state, STATE_SIZE);
}

Deno.test("getrandom: the query tells how to make a state", () => {
  const scene = new Scene();
  assertEquals(vdso(scene, "getrandom", 0, 0, 0, STATE, -1), 0);
  assertEquals(
    Array.from({ length: 16 }, (_, i) => scene.wordAt(STATE + 4 * i)),
    [144, 3, 0x28, ...new Array(13).fill(0)],
  );
  assertEquals(vdso(scene, "getrandom", 0, 0, 0, 0x9000_0000, -1), EFAULT);
  const { tid, kernel } = scene;
  const at = scene.call("mmap", 0, 4096, 3, 0x28);
  assertEquals(
    kernel.vdso(tid, "getrandom", BUFFER, 16, 0, at, STATE_SIZE),
    16,
  );
  const child = scene.call("fork");
  assertNotEquals(scene.longAt(at + 128), 0n);
  // a forked process finds zeros, and so a generation that is never valid
  assertEquals(scene.longAt(at + 128, child), 0n);
});

Deno.test("getrandom: a state that crosses a page is EFAULT, before its size is looked at", () => {
  const scene = new Scene();
  assertEquals(random(scene, 8, 0x31000 - 143), EFAULT);
  assertEquals(vdso(scene, "getrandom", BUFFER, 8, 0, 0x31000 - 1, 7), EFAULT);
  assertEquals(random(scene, 8, 0x31000 - 144), 8);
});

Deno.test("getrandom: wrong size, unknown flags and a state in use go to the call and leave the state alone", () => {
  const scene = new Scene();
  random(scene, 8);
  const before = scene.read(STATE, STATE_SIZE);
  const key = [...scene.kernel.globals.entropy.key];
  assertEquals(vdso(scene, "getrandom", BUFFER, 8, 0, STATE, 143), 8);
  assertNotEquals([...scene.kernel.globals.entropy.key], key);
  assertEquals(vdso(scene, "getrandom", BUFFER, 8, 8, STATE, STATE_SIZE), -22);
  assertEquals(scene.read(STATE, STATE_SIZE), before);
  scene.write(STATE + 137, new Uint8Array([1]));
  const keyBefore = [...scene.kernel.globals.entropy.key];
  assertEquals(random(scene, 8), 8);
  assertNotEquals([...scene.kernel.globals.entropy.key], keyBefore);
  before[137] = 1;
  assertEquals(scene.read(STATE, STATE_SIZE), before);
});

Deno.test("getrandom: makes one call for a key, then none until the kernel reseeds or the page is zeroed", () => {
  const scene = new Scene();
  const calls = (action: () => void): boolean => {
    const before = [...scene.kernel.globals.entropy.key];
    action();
    return `${before}` !== `${scene.kernel.globals.entropy.key}`;
  };
  assertEquals(calls(() => random(scene, 8)), true);
  assertEquals(scene.longAt(STATE + 128), 1n);
  for (const length of [1, 96, 500, 4000]) {
    assertEquals(
      calls(() => assertEquals(random(scene, length), length)),
      false,
    );
  }
  scene.kernel.reseed();
  assertEquals(calls(() => random(scene, 8)), true);
  assertEquals(scene.longAt(STATE + 128), 2n);
  scene.write(STATE, new Uint8Array(STATE_SIZE));
  assertEquals(calls(() => random(scene, 8)), true);
  assertEquals(calls(() => random(scene, 0)), false);
});

Deno.test("getrandom: what was handed out is gone from the state", () => {
  const scene = new Scene();
  random(scene, 40);
  const bytes = scene.read(BUFFER, 40);
  assert(bytes.some((byte) => byte !== 0));
  // the batch was made after a key: 40 of its bytes are used
  assertEquals(scene.read(STATE + 136, 1)[0], 40);
  assertEquals(scene.read(STATE, 40), new Uint8Array(40));
  assert(scene.read(STATE + 40, 56).some((byte) => byte !== 0));
  // a position that no kernel would leave is an empty batch
  const [odd, even] = [250, 96].map((position) => {
    const copy = restoreKernel(saveKernel(scene.kernel));
    const { memory } = copy.spaceOf(copy.threads.get(scene.tid)!);
    memory.copyOut(STATE + 136, new Uint8Array([position]));
    copy.vdso(scene.tid, "getrandom", BUFFER, 70, 0, STATE, STATE_SIZE);
    return memory.copyIn(BUFFER - 256, 512);
  });
  assertEquals(odd, even);
});

Deno.test("getrandom: whole blocks and batches are one stream without repeats", () => {
  const scene = new Scene();
  const seen = new Set<string>();
  for (const length of [64, 64, 200, 32, 300]) {
    random(scene, length);
    for (let at = 0; at + 8 <= length; at += 8) {
      seen.add(`${scene.longAt(BUFFER + at)}`);
    }
  }
  assertEquals(seen.size, (64 + 64 + 200 + 32 + 296) / 8);
});

Deno.test("getrandom: the same kernel gives the same bytes; so does a restored one, other seeds do not", () => {
  const take = (scene: Scene): string => {
    random(scene, 300);
    return `${scene.read(BUFFER, 300)}`;
  };
  const one = new Scene({ seed: 7 });
  const two = new Scene({ seed: 7 });
  assertEquals(take(one), take(two));
  assertNotEquals(take(one), take(new Scene({ seed: 8 })));
  const restored = restoreKernel(saveKernel(one.kernel));
  random(one, 300);
  restored.vdso(one.tid, "getrandom", BUFFER, 300, 0, STATE, STATE_SIZE);
  const { memory } = restored.spaceOf(restored.threads.get(one.tid)!);
  assertEquals(memory.copyIn(BUFFER, 300), one.read(BUFFER, 300));
});

Deno.test("getrandom: a state that another kernel made is seeded anew", () => {
  const one = new Scene();
  one.kernel.reseed();
  random(one, 8);
  const other = new Scene({ seed: 3 });
  other.write(STATE, one.read(STATE, STATE_SIZE));
  const key = [...other.kernel.globals.entropy.key];
  assertEquals(random(other, 8), 8);
  assertNotEquals([...other.kernel.globals.entropy.key], key);
  assertEquals(other.longAt(STATE + 128), 1n);
});

Deno.test("getrandom: bad buffers and states are EFAULT, and nothing is used up", () => {
  const scene = new Scene();
  random(scene, 8);
  const before = scene.read(STATE, STATE_SIZE);
  assertEquals(
    vdso(scene, "getrandom", 0x9000_0000, 8, 0, STATE, STATE_SIZE),
    EFAULT,
  );
  assertEquals(
    vdso(scene, "getrandom", BUFFER, -1, 0, STATE, STATE_SIZE),
    EFAULT,
  );
  assertEquals(random(scene, 8, 0x9000_0000), EFAULT);
  assertEquals(scene.read(STATE, STATE_SIZE), before);
  assertEquals(scene.call("getrandom", 0x9000_0000, 8, 0), EFAULT);
  assertEquals(scene.call("getrandom", BUFFER, 8, 6), -22);
  assertEquals(
    vdso(scene, "getrandom_at", 0x100, 0x30000, BUFFER, 8, 0, STATE_SIZE),
    8,
  );
});
