import { assertEquals } from "@std/assert";
import { BytesSource } from "../../../formats/base/byte_source.ts";
import {
  type CoreThread,
  MACHINE_REGISTERS,
  namedRegisters,
  openCore,
  registerText,
  stripCodeHigh,
} from "../../../formats/core_dump/mod.ts";
import {
  buildCore,
  buildWords,
  type CoreMachine,
  type CoreThreadSpec,
  REGISTER_OFFSETS,
} from "../../builders/core.ts";

async function decode(
  machine: CoreMachine,
  ...threads: CoreThreadSpec[]
): Promise<CoreThread> {
  const bytes = buildCore({ machine, threads });
  const core = await openCore(new BytesSource(bytes));
  assertEquals(core.warnings, []);
  return core.threads[0]!;
}

/** Every register has a value of its own, its offset plus a tag in the upper half. */
function distinct(machine: CoreMachine): Record<string, bigint> {
  return Object.fromEntries(
    Object.entries(REGISTER_OFFSETS[machine]).map(
      ([name, offset]) => [name, 0x5500_0000_0000n + BigInt(offset)],
    ),
  );
}

const DWARF_NAMES: Record<CoreMachine, string[]> = {
  "x86-64": "rax rdx rcx rbx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip"
    .split(" "),
  "aarch64": [...Array.from({ length: 31 }, (_, n) => `x${n}`), "sp", "pc"],
  "s390x": Array.from({ length: 16 }, (_, n) => `r${n}`),
};

for (const machine of ["x86-64", "aarch64", "s390x"] as CoreMachine[]) {
  Deno.test(`openCore() puts ${machine} registers into their DWARF columns`, async () => {
    const values = distinct(machine);
    const thread = await decode(machine, { tid: 7, registers: values });
    DWARF_NAMES[machine].forEach((name, column) => {
      assertEquals(thread.registers[column], Number(values[name]), name);
    });
    const roles = MACHINE_REGISTERS[machine];
    assertEquals(thread.registers.length, roles.count);
    assertEquals(thread.registers[roles.pc], thread.pc);
    assertEquals(thread.registers[roles.sp], thread.sp);
  });

  Deno.test(`namedRegisters() gives every ${machine} register exactly`, async () => {
    const values = distinct(machine);
    for (const name in values) values[name]! |= 0xffee_0000_0000_0000n;
    const thread = await decode(machine, { tid: 7, registers: values });
    for (const [name, value] of Object.entries(values)) {
      if (name === "a0a1") continue;
      assertEquals(registerText(thread, name), `0x${value.toString(16)}`, name);
    }
    assertEquals(registerText(thread, "no such"), "");
  });
}

Deno.test("openCore() gives kernel-half and wild values as signed numbers", async () => {
  const thread = await decode("x86-64", {
    tid: 1,
    registers: { rax: 0xffffffffffffffffn, rip: 0x8000123412341234n },
  });
  assertEquals(thread.registers[0], -1);
  assertEquals(Number.isSafeInteger(thread.pc), false);
  assertEquals(registerText(thread, "rip"), "0x8000123412341234");
});

Deno.test("openCore() takes the thread pointer from where the machine keeps it", async () => {
  const x86 = await decode("x86-64", {
    tid: 1,
    registers: { fs_base: 0x7f00n },
  });
  assertEquals(x86.threadPointer, 0x7f00);
  const s390x = await decode("s390x", {
    tid: 1,
    registers: { a0a1: 0x3ff12345678n },
  });
  assertEquals(s390x.threadPointer, 0x3ff12345678);
  assertEquals(registerText(s390x, "acr0"), "0x3ff");
  assertEquals(registerText(s390x, "acr1"), "0x12345678");
  const plain = await decode("aarch64", { tid: 1 });
  assertEquals(plain.threadPointer, NaN);
  const desc = buildWords([0x7abcn, 0x1n], true);
  const tls = await decode("aarch64", {
    tid: 1,
    notes: [{ name: "LINUX", type: 0x401, desc }],
  });
  assertEquals(tls.threadPointer, 0x7abc);
  assertEquals(registerText(tls, "tpidr"), "0x7abc");
});

Deno.test("openCore() puts s390x floating-point registers into DWARF order", async () => {
  // fpc and padding, then f0 to f15 with their number as value.
  const words = [
    0xffn << 32n,
    ...Array.from({ length: 16 }, (_, n) => BigInt(n)),
  ];
  const desc = buildWords(words, false);
  const thread = await decode("s390x", {
    tid: 1,
    notes: [{ name: "CORE", type: 2, desc }],
  });
  // s390x ELF ABI supplement: 16 f0, 17 f2, 18 f4, 19 f6, 20 f1, 21 f3, 22 f5, 23 f7, 24 f8, 25 f10 …
  assertEquals(
    [...thread.registers.subarray(16, 32)],
    [0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15],
  );
  assertEquals(registerText(thread, "f13"), "0xd");
  assertEquals(registerText(thread, "fpc"), "0xff");
  assertEquals(thread.registers[32], NaN);
});

Deno.test("openCore() clears authentication codes from x30 by default mask, by a thread's note, by the first note", async () => {
  const signed = 0x0048_0000_0040_07f4n;
  const byDefault = await decode("aarch64", {
    tid: 1,
    registers: { x30: signed },
  });
  assertEquals(byDefault.registers[30], 0x4007f4);
  assertEquals(byDefault.pacMask, undefined);
  assertEquals(registerText(byDefault, "x30"), "0x480000004007f4");
  const desc = buildWords(
    [0x007f_0000_0000_0000n, 0x007f_ff80_0000_0000n],
    true,
  );
  const note = { name: "LINUX", type: 0x406, desc };
  const wide = 0x007f_ffc0_0040_07f4n;
  const byNote = await decode("aarch64", {
    tid: 1,
    registers: { x30: wide },
    notes: [note],
  });
  assertEquals(byNote.registers[30], 0x40_0040_07f4);
  assertEquals(byNote.pacMask, 0x007fff80);
  const byOther = await decode(
    "aarch64",
    { tid: 1, registers: { x30: wide } },
    { tid: 2, notes: [note] },
  );
  assertEquals(byOther.registers[30], 0x40_0040_07f4);
});

Deno.test("stripCodeHigh() clears in the user half and sets in the kernel half", () => {
  assertEquals(stripCodeHigh(0x00480000, 0x007f0000), 0);
  assertEquals(stripCodeHigh(0x0000ffff, 0x007f0000), 0xffff);
  assertEquals(stripCodeHigh(0xffb7ffff | 0, 0x007f0000), 0xffffffff | 0);
});

Deno.test("namedRegisters() shows x86-64 in a debugger's order", async () => {
  const thread = await decode("x86-64", { tid: 1 });
  const names = namedRegisters(thread).map((one) => one.name);
  assertEquals(names.slice(0, 4), ["rax", "rbx", "rcx", "rdx"]);
  assertEquals(names.length, 27);
});
