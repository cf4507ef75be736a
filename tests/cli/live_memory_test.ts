import { assertEquals } from "@std/assert";
import { LiveMemory } from "../../cli/live_memory.ts";
import { parseMaps } from "../../formats/proc/mod.ts";
import { FakeSystem } from "./fake_system.ts";

const PAGE = 4096;
const BASE = 0x7000_0000_0000;
/** Twelve pages of stacks, a page of constants, a page more, and last what the kernel maps into every process. */
const MAPS = parseMaps(
  "700000000000-70000000c000 rw-p 00000000 00:00 0\n" +
    "700000100000-700000101000 r--p 00000000 fe:01 7 /lib/x\n" +
    "700000300000-700000301000 rw-p 00000000 00:00 0 [stack]\n" +
    "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]\n",
);

/** Memory whose page `n` is full of `n + 1`; pages of `guards` cannot be read. */
function make(guards: readonly number[] = []): {
  memory: LiveMemory;
  /** Makes all data something else. */
  change(): void;
  reads: number[];
} {
  const pages = Array.from(
    { length: 12 },
    (_, n) => new Uint8Array(PAGE).fill(n + 1),
  );
  const constants = new Uint8Array(PAGE).fill(99);
  const system = new FakeSystem({ pid: 1, threads: [] });
  const reads: number[] = [];
  system.readMemory = (_pid, address, target) => {
    reads.push(address);
    let filled = 0;
    while (filled < target.length) {
      const at = address + filled;
      const index = Math.floor((at - BASE) / PAGE);
      const page = index === 0x100 ? constants : pages[index];
      if (page === undefined || guards.includes(index)) break;
      const part = page.subarray(at % PAGE).subarray(0, target.length - filled);
      target.set(part, filled);
      filled += part.length;
    }
    return filled === 0 ? -14 : filled;
  };
  return {
    memory: new LiveMemory(system, 1, MAPS),
    change: () => pages.forEach((page) => page.fill(0xee)),
    reads,
  };
}

Deno.test("LiveMemory keeps copied stacks as they were, from the page of the pointer to the end of the mapping", () => {
  const { memory, change } = make();
  memory.copyStacks([BASE + 5 * PAGE + 200]);
  change();
  assertEquals(memory.read(BASE + 5 * PAGE, 1), new Uint8Array([6]));
  assertEquals(memory.read(BASE + 12 * PAGE - 1, 9), new Uint8Array([12]));
  assertEquals(memory.isStale, false);
});

Deno.test("LiveMemory tells that it read data that may have changed", () => {
  const { memory, change } = make();
  memory.copyStacks([BASE + 5 * PAGE + 200]);
  change();
  assertEquals(memory.read(BASE + 4 * PAGE, 1), new Uint8Array([0xee]));
  assertEquals(memory.isStale, true);
});

Deno.test("LiveMemory knows the last mapping of a user, behind which the kernel's stands", () => {
  const { memory } = make();
  memory.read(BASE + 0x300000, 1);
  assertEquals(memory.isStale, true);
});

Deno.test("LiveMemory takes constants as they are, at any time", () => {
  const { memory } = make();
  assertEquals(memory.read(BASE + 0x100000, 2), new Uint8Array([99, 99]));
  assertEquals(memory.isStale, false);
});

Deno.test("LiveMemory copies stacks in one mapping without copying a byte twice", () => {
  const { memory, change, reads } = make();
  memory.copyStacks([BASE + 9 * PAGE + 1, BASE + 2 * PAGE + 300]);
  assertEquals(reads, [BASE + 2 * PAGE, BASE + 8 * PAGE]); // the second's red zone reaches into the page below
  change();
  for (let page = 2; page < 12; page++) {
    const [byte] = memory.read(BASE + page * PAGE, 1);
    assertEquals(byte, page + 1);
  }
  assertEquals(memory.isStale, false);
});

Deno.test("LiveMemory copies a stack up to a guard page, and the stack behind it", () => {
  const { memory, change } = make([6]);
  memory.copyStacks([BASE + 4 * PAGE + 300, BASE + 8 * PAGE + 300]);
  change();
  assertEquals(memory.read(BASE + 5 * PAGE, 1), new Uint8Array([6]));
  assertEquals(memory.read(BASE + 8 * PAGE, 1), new Uint8Array([9]));
  assertEquals(memory.read(BASE + 6 * PAGE, 1), new Uint8Array(0));
});

Deno.test("LiveMemory keeps whole pages of what it reads while the process stands still", () => {
  const { memory, change } = make();
  memory.copyStacks([BASE + 10 * PAGE + 200]);
  assertEquals(memory.keep(BASE + 3 * PAGE + 9, 2), new Uint8Array([4, 4]));
  memory.keepsReads = true;
  // Goes no further than what is kept already.
  assertEquals(memory.read(BASE + 9 * PAGE, 2 * PAGE).length, PAGE);
  memory.keepsReads = false;
  change();
  assertEquals(memory.read(BASE + 3 * PAGE, 1), new Uint8Array([4]));
  assertEquals(memory.read(BASE + 9 * PAGE + 5, 1), new Uint8Array([10]));
  assertEquals(memory.isStale, false);
});

Deno.test("LiveMemory reads nothing where there is nothing", () => {
  const { memory } = make();
  memory.copyStacks([5, -4096, NaN, BASE + 0x200000]);
  assertEquals(memory.read(BASE + 0x200000, 8).length, 0);
  assertEquals(memory.read(-0xa00000, 8).length, 0);
  assertEquals(memory.read(NaN, 8).length, 0);
});
