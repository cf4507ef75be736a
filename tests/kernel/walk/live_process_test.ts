import { assertEquals, assertThrows } from "@std/assert";
import { BytesSource } from "../../../formats/base/byte_source.ts";
import { FormatError, parseMaps } from "../../../formats/proc/mod.ts";
import {
  type LiveFacts,
  liveProcess,
  type LiveThread,
} from "../../../kernel/mod.ts";
import { wordBytes } from "../../builders/rows.ts";

const MAPS = parseMaps(
  "400000-401000 r-xp 00000000 fe:01 7 /bin/a (deleted)\n" +
    "500000-501000 ---p 00000000 00:00 0\n" +
    "600000-602000 rw-p 00000000 00:00 0 [heap]\n" +
    "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]\n",
);

function facts(changes: Partial<LiveFacts>): LiveFacts {
  return {
    machine: "x86-64",
    littleEndian: true,
    process: { pid: 5, parentPid: 1, name: "a", args: "a b" },
    maps: MAPS,
    auxv: wordBytes([6, 16384, 9, 0x400100, 0, 0]),
    source: new BytesSource(new Uint8Array(0)),
    threads: [],
    ...changes,
  };
}

function thread(
  general: Uint8Array,
  more: Partial<LiveThread> = {},
): LiveThread {
  return { tid: 6, name: "worker", general, ...more };
}

Deno.test("liveProcess() makes segments of what a user can have mapped, and mappings of files", () => {
  const { memory, mappings, auxv, pageSize, process } = liveProcess(facts({}));
  assertEquals([...memory.starts], [0x400000, 0x500000, 0x600000]);
  assertEquals([...memory.ends], [0x401000, 0x501000, 0x602000]);
  assertEquals([...memory.fileEnds], [0x401000, 0x500000, 0x602000]); // the second cannot be read
  assertEquals([...memory.offsets], [...memory.starts]);
  assertEquals(
    [0, 1, 2].map((i) => [memory.isExecutable(i), memory.isWritable(i)]),
    [[true, false], [false, false], [false, true]],
  );
  assertEquals(mappings.map((one) => ({ ...one })), [{
    start: 0x400000,
    end: 0x401000,
    fileOffset: 0,
    path: "/bin/a (deleted)",
  }]);
  assertEquals([auxv.get(9), pageSize, process?.args], [
    0x400100,
    16384,
    "a b",
  ]);
});

Deno.test("liveProcess() takes an x86-64 thread's registers where the kernel has them", () => {
  const words = Array.from({ length: 27 }, (_, i) => 0x1000 + i);
  const { threads } = liveProcess(
    facts({ threads: [thread(wordBytes(words))] }),
  );
  const { tid, name, pc, sp, threadPointer, registers, signal } = threads[0]!;
  assertEquals([tid, name, signal], [6, "worker", 0]);
  // user_regs_struct: rip 16, rsp 19, fs_base 21, rbp 4
  assertEquals([pc, sp, threadPointer], [0x1010, 0x1013, 0x1015]);
  assertEquals(registers[6], 0x1004);
});

Deno.test("liveProcess() takes an aarch64 thread's pointer, and its link register without the signature", () => {
  const words = Array.from({ length: 34 }, (_, i) => 0x1000 + i);
  words[30] = 0x0012_0000_0040_0123;
  const mask = wordBytes([0, 0x007f_0000_0000_0000]);
  const { threads, pacMask } = liveProcess(facts({
    machine: "aarch64",
    threads: [
      thread(wordBytes(words), { tls: wordBytes([0x7777]), pacMask: mask }),
    ],
  }));
  const { pc, sp, threadPointer, registers } = threads[0]!;
  assertEquals([pc, sp, threadPointer], [0x1020, 0x101f, 0x7777]);
  assertEquals(registers[30], 0x40_0123);
  assertEquals(pacMask, 0x007f_0000);
});

Deno.test("liveProcess() takes an s390x thread's floating-point registers too", () => {
  const words = Array.from({ length: 27 }, (_, i) => 0x1000 + i);
  const floating = wordBytes(
    Array.from({ length: 17 }, (_, i) => 0x2000 + i),
    false,
  );
  const { threads } = liveProcess(facts({
    machine: "s390x",
    littleEndian: false,
    auxv: new Uint8Array(0),
    threads: [thread(wordBytes(words, false), { floating })],
  }));
  const { pc, sp, registers } = threads[0]!;
  assertEquals([pc, sp], [0x1001, 0x1011]); // psw address; r15
  assertEquals(registers[16], 0x2001); // f0
  assertEquals(registers[17], 0x2003); // DWARF 17 is f2
});

Deno.test("liveProcess() refuses registers that are too few", () => {
  const error = assertThrows(
    () => liveProcess(facts({ threads: [thread(new Uint8Array(68))] })),
    FormatError,
  );
  assertEquals([error.code, error.field], ["truncated", "pr_reg"]);
});
