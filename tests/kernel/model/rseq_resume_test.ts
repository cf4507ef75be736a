import { assertEquals } from "@std/assert";
import {
  ABORT,
  AREA,
  DESCRIPTOR,
  type Flaws,
  HANDLER,
  Scene,
  SECTION_SIZE,
  SIGNATURE,
  STACK,
  START,
} from "../../builders/rseq_scene.ts";
import type { KernelOptions } from "../../../kernel/model/mod.ts";

const CLASSIC: KernelOptions = { rseqFeatureSize: 28, rseqChecks: "strict" };
const CURRENT: KernelOptions = { rseqFeatureSize: 33, rseqChecks: "lenient" };
const INSIDE = START + 8;
const OUTSIDE = START + SECTION_SIZE;
const KERNEL_ADDRESS = 0xffff_8000_0000_0000n;

function registered(options: KernelOptions): Scene {
  const scene = new Scene(options);
  assertEquals(scene.register(), 0);
  scene.happened();
  return scene;
}

for (const options of [CLASSIC, CURRENT]) {
  const mode = options.rseqChecks;
  Deno.test(`${mode}: preemption inside a section aborts it, outside clears it`, () => {
    const scene = registered(options);
    scene.enter(INSIDE);
    scene.kernel.preempt(scene.tid);
    assertEquals(scene.happened(), ["rseq aborted 20108 20200"]);
    assertEquals([scene.pc, scene.longAt(AREA + 8)], [ABORT, 0n]);
    scene.enter(OUTSIDE);
    scene.kernel.preempt(scene.tid);
    assertEquals(scene.happened(), ["rseq cleared 20120 20120"]);
    assertEquals(scene.longAt(AREA + 8), 0n);
    // the first and the last byte are inside, the one before is not
    for (
      const [pc, to] of [
        [START, ABORT],
        [OUTSIDE - 1, ABORT],
        [START - 1, START - 1],
      ] as const
    ) {
      scene.enter(pc);
      scene.kernel.preempt(scene.tid);
      assertEquals(scene.pc, to);
    }
  });

  Deno.test(`${mode}: migration aborts and publishes the new CPU and node`, () => {
    const scene = registered({ ...options, nodes: [0, 9] });
    scene.enter(INSIDE);
    assertEquals(scene.kernel.migrate(scene.tid, 1), 0);
    assertEquals(scene.pc, ABORT);
    assertEquals(
      [0, 4, 20].map((offset) => scene.wordAt(AREA + offset)),
      [1, 1, 9],
    );
    assertEquals(scene.kernel.migrate(scene.tid, 2), -22);
    assertEquals(scene.kernel.migrate(-5, 0), -3);
  });

  Deno.test(`${mode}: a signal aborts before its frame is built`, () => {
    const scene = registered(options);
    scene.handle(10);
    scene.enter(INSIDE);
    scene.kernel.signal(scene.tid, 10);
    scene.kernel.interrupt(scene.tid);
    assertEquals(scene.happened(), [
      "rseq aborted 20108 20200",
      "signal 10 handled",
    ]);
    assertEquals(scene.pc, HANDLER);
    // the saved pc: ucontext at SP + 8, rip 168 behind
    const sp = scene.thread.registers[7]!;
    assertEquals(sp < STACK, true);
    assertEquals(scene.longAt(sp + 8 + 168), BigInt(ABORT));
  });

  Deno.test(`${mode}: a signal that is ignored or blocked is no event`, () => {
    const scene = registered(options);
    scene.handle(10, 1);
    scene.enter(INSIDE);
    scene.kernel.signal(scene.tid, 10);
    scene.kernel.signal(scene.tid, 17);
    scene.kernel.interrupt(scene.tid);
    assertEquals(scene.pc, INSIDE);
    assertEquals(scene.longAt(AREA + 8), BigInt(DESCRIPTOR));
    scene.handle(12);
    scene.thread.blocked = [1 << 11, 0];
    scene.enter(INSIDE);
    scene.kernel.signal(scene.tid, 12);
    scene.kernel.interrupt(scene.tid);
    assertEquals(scene.pc, INSIDE);
  });

  Deno.test(`${mode}: a call inside a section is no event`, () => {
    const scene = registered(options);
    scene.enter(INSIDE);
    assertEquals(scene.call("getpid"), scene.tid);
    assertEquals(scene.call("munmap", 1, 1), -22);
    assertEquals([scene.pc, scene.longAt(AREA + 8)], [
      INSIDE,
      BigInt(DESCRIPTOR),
    ]);
    assertEquals(scene.happened(), []);
  });

  Deno.test(`${mode}: pointers and signatures that would be unsafe kill`, () => {
    const cases: [reason: string, flaws: Flaws, spoil?: (s: Scene) => void][] =
      [
        ["the signature in front of abort_ip is another one", {
          abort: ABORT + 4,
        }],
        ["the signature in front of abort_ip cannot be read", {
          abort: 0x5000,
        }],
        ["the signature in front of abort_ip cannot be read", { abort: 2 }],
        ["abort_ip is not in user space", { abort: KERNEL_ADDRESS }],
        [
          "rseq_cs is not in user space",
          {},
          (scene) => scene.long(AREA + 8, KERNEL_ADDRESS),
        ],
        [
          "descriptor cannot be read",
          {},
          (scene) => scene.long(AREA + 8, 0x6000_0000),
        ],
      ];
    for (const [reason, flaws, spoil] of cases) {
      const scene = registered(options);
      scene.enter(INSIDE, flaws);
      spoil?.(scene);
      scene.kernel.preempt(scene.tid);
      assertEquals(scene.happened(), [
        `rseq killed: ${reason}`,
        "signal 11 killed",
        "exit 11",
      ]);
      assertEquals(scene.isAlive, false);
    }
  });

  Deno.test(`${mode}: a handler of SIGSEGV does not survive a bad section`, () => {
    const scene = registered(options);
    scene.handle(11);
    scene.enter(INSIDE, { abort: ABORT + 4 });
    scene.kernel.preempt(scene.tid);
    const killed =
      "rseq killed: the signature in front of abort_ip is another one";
    // forced; its frame meets the section again; then nobody is asked any more
    assertEquals(scene.happened(), [
      killed,
      killed,
      "signal 11 handled",
      "signal 11 killed",
      "exit 11",
    ]);
  });
}

Deno.test("strict: every rule counts, also with the thread outside", () => {
  const cases: [reason: string, flaws: Flaws][] = [
    ["start_ip is not in user space", { start: KERNEL_ADDRESS }],
    ["start_ip + post_commit_offset is not in user space", {
      size: KERNEL_ADDRESS,
    }],
    ["abort_ip is not in user space", { abort: KERNEL_ADDRESS }],
    ["version is not 0", { version: 1 }],
    ["start_ip + post_commit_offset wraps around", { size: -0x100n }],
    ["abort_ip is inside the section", { abort: START + 16 }],
    ["the signature in front of abort_ip is another one", { abort: ABORT + 4 }],
  ];
  for (const pc of [INSIDE, OUTSIDE]) {
    for (const [reason, flaws] of cases) {
      const scene = registered(CLASSIC);
      scene.enter(pc, flaws);
      scene.kernel.preempt(scene.tid);
      assertEquals(scene.happened()[0], `rseq killed: ${reason}`);
    }
  }
});

Deno.test("strict: flags count with the thread inside only", () => {
  const scene = registered(CLASSIC);
  scene.enter(OUTSIDE, { flags: 8 });
  scene.word(AREA + 16, 4);
  scene.kernel.preempt(scene.tid);
  assertEquals(scene.happened(), ["rseq cleared 20120 20120"]);
  scene.enter(INSIDE);
  scene.kernel.preempt(scene.tid);
  assertEquals(scene.happened()[0], "rseq killed: flags of the area is not 0");
  const other = registered(CLASSIC);
  other.enter(INSIDE, { flags: 1 });
  other.kernel.preempt(other.tid);
  assertEquals(
    other.happened()[0],
    "rseq killed: flags of the descriptor is not 0",
  );
});

Deno.test("lenient: what would not make the abort unsafe is not looked at", () => {
  const cases: Flaws[] = [
    { version: 1 },
    { flags: 7 },
    { start: START, size: 0x1000 }, // abort_ip inside
    { size: -1n }, // wraps around
  ];
  for (const flaws of cases) {
    const scene = registered(CURRENT);
    scene.enter(INSIDE, flaws);
    scene.kernel.preempt(scene.tid);
    assertEquals(scene.pc, ABORT);
  }
  const outside = registered(CURRENT);
  outside.enter(OUTSIDE, { abort: 1, version: 7 });
  outside.kernel.preempt(outside.tid);
  assertEquals(outside.happened(), ["rseq cleared 20120 20120"]);
});

Deno.test("lenient: a signal that a call brings does not look at the section; strict does", () => {
  for (
    const [options, saved] of [[CLASSIC, ABORT], [CURRENT, INSIDE]] as const
  ) {
    const scene = registered(options);
    scene.handle(10);
    // an interrupt that is over does not count
    scene.kernel.preempt(scene.tid);
    scene.enter(INSIDE);
    assertEquals(scene.call("tkill", scene.tid, 10), 0);
    assertEquals(scene.pc, HANDLER);
    const sp = scene.thread.registers[7]!;
    assertEquals(scene.longAt(sp + 8 + 168), BigInt(saved));
  }
});

Deno.test("a thread that was unregistered is left alone", () => {
  const scene = registered(CLASSIC);
  scene.enter(INSIDE);
  scene.call("rseq", AREA, 32, 1, SIGNATURE);
  scene.kernel.preempt(scene.tid);
  assertEquals([scene.pc, scene.longAt(AREA + 8)], [
    INSIDE,
    BigInt(DESCRIPTOR),
  ]);
});

Deno.test("classic kernels write the IDs at every event, version 2 only new ones", () => {
  const legacy = registered(CLASSIC);
  legacy.word(AREA + 4, 77);
  legacy.kernel.preempt(legacy.tid);
  assertEquals(legacy.wordAt(AREA + 4), 0);
  const original = registered(CURRENT);
  original.word(AREA + 4, 77);
  original.kernel.preempt(original.tid);
  assertEquals(original.wordAt(AREA + 4), 0);
  const second = new Scene(CURRENT);
  assertEquals(second.register(64), 0);
  second.word(AREA + 4, 77);
  second.kernel.preempt(second.tid);
  assertEquals(second.wordAt(AREA + 4), 77);
  second.happened();
  second.kernel.migrate(second.tid, 1);
  assertEquals(second.happened()[0], "rseq killed: ID fields were changed");
});

Deno.test("a section on another machine: big-endian, its own pc column", () => {
  const scene = registered({ ...CLASSIC, machine: "s390x" });
  scene.enter(INSIDE);
  scene.kernel.preempt(scene.tid);
  assertEquals([scene.pc, scene.longAt(AREA + 8)], [ABORT, 0n]);
});
