import { assertEquals } from "@std/assert";
import { syscallName, SYSCALLS } from "../../../formats/ktrace/mod.ts";

Deno.test("syscallName() knows FreeBSD's numbers", () => {
  const expected: Record<number, string> = {
    0: "syscall",
    1: "exit",
    3: "read",
    7: "wait4",
    20: "getpid",
    59: "execve",
    198: "__syscall",
    202: "__sysctl",
    335: "utrace",
    340: "sigprocmask",
    454: "_umtx_op",
    475: "pread",
    477: "mmap",
    499: "openat",
    542: "pipe2",
    560: "kevent",
    588: "kcmp",
    592: "exterrctl",
    602: "renameat2",
  };
  for (const [number, name] of Object.entries(expected)) {
    assertEquals(syscallName(Number(number)), name);
  }
});

Deno.test("syscallName() shows a number without a name in brackets", () => {
  for (const number of [8, 603, 9999, -1]) {
    assertEquals(syscallName(number), `[${number}]`);
  }
});

Deno.test("SYSCALLS names each call once", () => {
  const names = [...SYSCALLS.values()];
  assertEquals(new Set(names).size, names.length);
  assertEquals(names.length, 441);
  assertEquals(
    names.filter((name) => !/^(compat\d+\.)?[a-z_]\w*$/.test(name)),
    [],
  );
});
