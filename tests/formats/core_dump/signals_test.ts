import { assert, assertEquals } from "@std/assert";
import {
  describeSignal,
  describeSignalCode,
} from "../../../formats/core_dump/mod.ts";

Deno.test("describeSignal() knows the numbers of Linux", () => {
  const names: [number, string][] = [
    [1, "SIGHUP"],
    [6, "SIGABRT"],
    [7, "SIGBUS"],
    [11, "SIGSEGV"],
    [16, "SIGSTKFLT"],
    [17, "SIGCHLD"],
    [29, "SIGIO"],
    [31, "SIGSYS"],
    [32, "signal 32"],
    [34, "SIGRTMIN"],
    [64, "SIGRTMIN+30"],
    [65, "signal 65"],
    [-1, "signal -1"],
  ];
  for (const [number, name] of names) {
    assertEquals(describeSignal(number).name, name);
    assert(describeSignal(number).meaning.length > 0);
  }
});

Deno.test("describeSignalCode() reads the code by its signal, then in general", () => {
  assertEquals(describeSignalCode(11, 1), {
    name: "SEGV_MAPERR",
    meaning: "address not mapped",
  });
  assertEquals(describeSignalCode(7, 1).name, "BUS_ADRALN");
  assertEquals(describeSignalCode(8, 1).name, "FPE_INTDIV");
  assertEquals(describeSignalCode(11, 0x80).name, "SI_KERNEL");
  assertEquals(describeSignalCode(6, -6).name, "SI_TKILL");
  assertEquals(describeSignalCode(6, 77), { name: "77", meaning: "" });
});
