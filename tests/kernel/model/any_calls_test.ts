import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  Kernel,
  type KernelOptions,
  restoreKernel,
  saveKernel,
  SYSTEM_CALLS,
} from "../../../kernel/model/mod.ts";

const PAGE = 0x10000;
const CALLS = [...SYSTEM_CALLS.keys()];

/** Something that may happen; which thread it happens to is chosen by number among those that live. */
type Step =
  | { do: "call"; who: number; name: string; args: number[] }
  | { do: "write"; who: number; at: number; words: number[] }
  | { do: "disturb"; who: number; how: string; numbers: number[] }
  | { do: "spawn" };

const number = fc.oneof(
  fc.integer({ min: -2, max: 40 }),
  fc.constantFrom(
    PAGE,
    PAGE + 0x100,
    PAGE + 0x1000,
    PAGE + 0x1ff0,
    0x40000,
    0x7fff_ffff_e000,
    0x7fff_ffff_f000,
    4096,
    8192,
    0x30,
    0x32,
    0x10900,
    0x53053053,
    0x1001_0002,
    0x4_0001_0100 + 0x8_0000,
    2 ** 31,
    2 ** 32,
    2 ** 53 - 1,
    -(2 ** 53) + 1,
    NaN,
    0.5,
  ),
  fc.integer({ min: PAGE / 32, max: (PAGE + 0x2000) / 32 }).map((n) => n * 32),
);
const who = fc.nat({ max: 20 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant("call" as const),
      who,
      name: fc.constantFrom(...CALLS),
      args: fc.array(number, { maxLength: 6 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("write" as const),
      who,
      at: number,
      words: fc.array(number, { minLength: 1, maxLength: 12 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("disturb" as const),
      who,
      how: fc.constantFrom(
        "preempt",
        "migrate",
        "signal",
        "interrupt",
        "fault",
      ),
      numbers: fc.array(number, { minLength: 3, maxLength: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "spawn" as const }) },
);

/** What a step gives, for comparing kernels. */
function perform(kernel: Kernel, step: Step, bystander: number): unknown {
  if (step.do === "spawn") return start(kernel);
  const tids = [...kernel.threads.keys()].filter((tid) => tid !== bystander);
  const tid = tids[step.who % Math.max(1, tids.length)];
  if (tid === undefined) return start(kernel);
  if (step.do === "call") {
    const args = step.name === "tkill" && step.args[0] === bystander
      ? []
      : step.args;
    return kernel.call(tid, step.name, ...args);
  }
  if (step.do === "write") {
    const bytes = new BigInt64Array(
      step.words.map((word) => BigInt(Number.isSafeInteger(word) ? word : -1)),
    );
    const { memory } = kernel.spaceOf(kernel.threads.get(tid)!);
    return memory.copyOut(step.at, new Uint8Array(bytes.buffer));
  }
  const [first, second, third] = step.numbers as [number, number, number];
  switch (step.how) {
    case "preempt":
      return kernel.preempt(tid);
    case "migrate":
      return kernel.migrate(tid, first);
    case "signal":
      return kernel.signal(tid, first);
    case "interrupt":
      return kernel.interrupt(tid);
    default:
      return kernel.fault(tid, first, second, third);
  }
}

/** A thread with two pages at PAGE that hold what many structures want at their start. */
function start(kernel: Kernel): number {
  const { tid } = kernel.spawn();
  kernel.call(tid, "mmap", PAGE, 0x2000, 7, 0x30);
  const { memory } = kernel.spaceOf(kernel.threads.get(tid)!);
  memory.copyOut(PAGE, new Uint8Array([2, 0, 1, 0x10]));
  memory.copyOut(PAGE + 0x100, new Uint8Array([2, 0, 1, 0x10]));
  return tid;
}

/** A process that does nothing and must not notice the others. */
function watch(kernel: Kernel): { tid: number; look(): unknown } {
  const tid = start(kernel);
  kernel.call(tid, "exterrctl", 1, 0, PAGE);
  kernel.call(tid, "rseq", PAGE + 0x1000, 32, 0, 7);
  return {
    tid,
    look: () => {
      const thread = kernel.threads.get(tid)!;
      const space = kernel.spaceOf(thread);
      return structuredClone({
        thread,
        bytes: space.memory.copyIn(PAGE, 0x2000),
        code: space.code,
        fixups: space.fixups,
      });
    },
  };
}

const options: fc.Arbitrary<KernelOptions> = fc.record({
  machine: fc.constantFrom("x86-64", "aarch64", "s390x"),
  rseqChecks: fc.constantFrom("strict", "lenient"),
  faultedCopyout: fc.constantFrom("signal", "silent"),
  codeValidation: fc.constantFrom("strict", "lenient"),
  credentials: fc.constantFrom("shared", "per-thread"),
  memoryLimit: fc.constant(2 ** 20),
}, { requiredKeys: ["memoryLimit"] });

Deno.test("no sequence of calls throws, reaches another process, or leaves a registration behind", () => {
  fc.assert(
    fc.property(
      options,
      fc.array(step, { maxLength: 60 }),
      (options, steps) => {
        const kernel = new Kernel(options);
        const bystander = watch(kernel);
        const before = bystander.look();
        for (const step of steps) perform(kernel, step, bystander.tid);
        assertEquals(bystander.look(), before);
        for (const { pid } of [...kernel.threads.values()]) {
          if (pid === bystander.tid) continue;
          kernel.call(kernel.processes.get(pid)?.tids[0] ?? 0, "exit_group", 0);
        }
        kernel.reap();
        assertEquals([...kernel.threads.keys()], [bystander.tid]);
        assertEquals(kernel.spaces.size, 1);
        assertEquals(kernel.processes.size, 1);
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("a restored kernel goes on as the saved one", () => {
  fc.assert(
    fc.property(
      options,
      fc.array(step, { maxLength: 40 }),
      fc.array(step, { maxLength: 20 }),
      (options, before, after) => {
        const kernel = new Kernel(options);
        for (const step of before) perform(kernel, step, 0);
        const restored = restoreKernel(saveKernel(kernel));
        for (const step of after) {
          assertEquals(perform(restored, step, 0), perform(kernel, step, 0));
        }
        assertEquals(restored.takeEvents(), kernel.takeEvents());
        const [a, b] = [saveKernel(restored), saveKernel(kernel)];
        assert(a.length === b.length && a.every((byte, i) => byte === b[i]));
      },
    ),
    { numRuns: 200 },
  );
});

Deno.test("faults are told in numbers that outlive a checkpoint", () => {
  const kernel = new Kernel();
  const { tid } = kernel.spawn();
  kernel.fault(tid, 17, NaN, NaN);
  const told = restoreKernel(saveKernel(kernel)).takeEvents();
  assertEquals(told, kernel.takeEvents());
});

Deno.test("checkpoints are equal where memory was touched after a restore", () => {
  const kernel = new Kernel();
  const { tid } = kernel.spawn();
  kernel.call(tid, "mmap", PAGE, 0x1000, 3, 0x30);
  const restored = restoreKernel(saveKernel(kernel));
  for (const one of [kernel, restored]) one.call(tid, "open", PAGE);
  assertEquals(saveKernel(restored), saveKernel(kernel));
});
