import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Kernel, VDSO_FUNCTIONS } from "../../../kernel/model/mod.ts";

const PAGE = 0x10000;
const PAGE_COUNT = 4;
const CANARY = 0xee;
const SIGNATURE = 0x53053053;
/** CLONE_VM, CLONE_THREAD, CLONE_SETTLS, CLONE_RSEQ_KTLS. */
const KTLS_CLONE = 0x4_0000_0000 + 0x80000 + 0x10000 + 0x100;

interface Step {
  what: string;
  who: number;
  at: number;
  length: number;
  flags: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  what: fc.constantFrom(
    "rseq",
    "rseq",
    "rseq",
    "rseq_ktls",
    "prctl",
    "rseq_slice_yield",
    "preempt",
    "migrate",
    "clone",
    "ktls_clone",
    "fork",
    "exit",
    "set_thread_pointer",
    "setuid",
    "membarrier",
  ),
  who: fc.nat({ max: 9 }),
  at: fc.nat({ max: 511 }).map((n) => PAGE + 32 * n),
  length: fc.constantFrom(0, 20, 24, 28, 31, 32, 33, 48, 64, 4096),
  flags: fc.constantFrom(0, 0, 0, 1, 2, 4, 8, 16, 31),
});

/** Does a step; what it wrote is the kernel's doing alone. */
function perform(kernel: Kernel, tid: number, step: Step): void {
  const { what, at, length, flags } = step;
  switch (what) {
    case "rseq":
    case "rseq_ktls":
      kernel.call(tid, what, at, length, flags, SIGNATURE);
      break;
    case "prctl":
      kernel.call(tid, what, 79, flags & 3, length & 1);
      break;
    case "preempt":
      kernel.preempt(tid);
      break;
    case "migrate":
      kernel.migrate(tid, flags & 3);
      break;
    case "clone":
      kernel.call(tid, "clone", 0x10100, 0, 0);
      break;
    case "ktls_clone":
      kernel.call(tid, "clone", KTLS_CLONE, 0, at);
      break;
    case "membarrier":
      kernel.call(tid, what, length === 32 ? 0x100 : 0x80);
      break;
    default:
      kernel.call(tid, what, what === "setuid" ? flags : at);
  }
}

/** Bytes that the areas registered so far may use, as indices from PAGE. */
function markAreas(kernel: Kernel, used: Map<number, Set<number>>): void {
  for (const thread of kernel.threads.values()) {
    const { address, length } = thread.rseq;
    const set = used.get(thread.pid) ?? new Set();
    used.set(thread.pid, set);
    if (address === 0) continue;
    for (let i = 0; i < Math.min(length, 48); i++) set.add(address + i - PAGE);
  }
}

Deno.test("the kernel writes to registered areas and nowhere else, and forgets them with their threads", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(20, 24, 28, 33),
      fc.constantFrom("strict" as const, "lenient" as const),
      fc.constantFrom("shared" as const, "per-thread" as const),
      fc.boolean(),
      fc.array(step, { maxLength: 50 }),
      (rseqFeatureSize, rseqChecks, credentials, hasOffset, steps) => {
        const kernel = new Kernel({ rseqFeatureSize, rseqChecks, credentials });
        const { tid } = kernel.spawn();
        const size = 4096 * PAGE_COUNT;
        kernel.call(tid, "mmap", PAGE, size, 3, 0x30);
        const { memory } = kernel.spaceOf(kernel.threads.get(tid)!);
        memory.copyOut(PAGE, new Uint8Array(size).fill(CANARY));
        // offsets of thread areas that make sense; the rest is what KTLS's structures read
        const offset = new Uint8Array([0x00, 0x02, 0, 0, 0, 0, 0, 0]);
        memory.copyOut(PAGE + 0x1000, offset);
        const structures = new Set<number>();
        for (let i = 0; i < 8; i++) structures.add(0x1000 + i);
        const used = new Map<number, Set<number>>();
        if (hasOffset) {
          kernel.call(tid, "set_thread_pointer", PAGE + 0x400);
          kernel.call(tid, "rseq_ktls", PAGE + 0x1000, 8, 4, 0);
          markAreas(kernel, used);
        }
        for (const next of steps) {
          const tids = [...kernel.threads.keys()];
          if (tids.length === 0) break;
          const who = tids[next.who % tids.length]!;
          if (next.what === "rseq_ktls") {
            if (next.flags === 2) {
              // the layout is written where the program says
              for (let i = 0; i < 24; i++) structures.add(next.at + i - PAGE);
            } else if (next.flags === 4) next.at = PAGE + 0x1000;
          }
          perform(kernel, who, next);
          markAreas(kernel, used);
          checkIds(kernel);
        }
        for (const thread of kernel.threads.values()) {
          const bytes = kernel.spaceOf(thread).memory.copyIn(PAGE, size)!;
          bytes.forEach((byte, i) => {
            const isOurs = structures.has(i) ||
              [...used.values()].some((set) => set.has(i));
            assert(isOurs || byte === CANARY, `byte ${i} was written`);
          });
        }
        for (const { pid } of [...kernel.processes.values()]) {
          const first = kernel.processes.get(pid)!.tids[0];
          if (first !== undefined) kernel.call(first, "exit_group", 0);
        }
        assertEquals(kernel.threads.size, 0);
        assertEquals(kernel.spaces.size, 0);
      },
    ),
    { numRuns: 300, seed: 5 },
  );
});

/** Of each address space, every living thread has an ID, no two the same, none beyond their number at its time. */
function checkIds(kernel: Kernel): void {
  const seen = new Set<string>();
  for (const thread of kernel.threads.values()) {
    const { id, concurrencyIds } = kernel.spaceOf(thread);
    const own = thread.rseq.concurrencyId;
    if (own < 0) continue;
    const key = `${id}/${own}`;
    assert(!seen.has(key), `two threads have ${key}`);
    seen.add(key);
    assertEquals(concurrencyIds[own], thread.tid);
  }
  for (const { concurrencyIds } of kernel.spaces.values()) {
    for (const tid of concurrencyIds) {
      assert(tid === 0 || kernel.threads.has(tid), `${tid} is dead`);
    }
  }
}

Deno.test("functions of the vDSO take any arguments, and leave the kernel as it was", () => {
  const number = fc.oneof(
    fc.integer({ min: -2, max: 200 }),
    fc.integer({ min: PAGE, max: PAGE + 0x2000 }),
    fc.constantFrom(PAGE + 0x1000, 144, -1, NaN, 2 ** 53, -(2 ** 53), 2 ** 47),
  );
  const call = fc.record({
    name: fc.constantFrom(...VDSO_FUNCTIONS.keys()),
    args: fc.array(number, { maxLength: 6 }),
  });
  fc.assert(
    fc.property(
      fc.constantFrom(20, 28, 33),
      fc.array(call, { maxLength: 30 }),
      (rseqFeatureSize, calls) => {
        const kernel = new Kernel({ rseqFeatureSize });
        const { tid } = kernel.spawn();
        kernel.call(tid, "mmap", PAGE, 0x2000, 3, 0x30);
        kernel.call(tid, "rseq", PAGE + 0x1000, 64, 0, 0);
        const thread = kernel.threads.get(tid)!;
        const state = structuredClone(thread.rseq);
        for (const { name, args } of calls) {
          const result = kernel.vdso(tid, name, ...args);
          assert(Number.isInteger(result) && result >= -4095);
          assertEquals(thread.registers[0], result);
        }
        assertEquals(thread.rseq, state);
        assertEquals(kernel.takeEvents(), []);
      },
    ),
    { numRuns: 300 },
  );
});
