import { assertEquals } from "@std/assert";
import { parseTaskStat, parseTaskStatus } from "../../../formats/proc/mod.ts";

Deno.test("parseTaskStatus() takes what decides whether a task can be looked at", () => {
  const text =
    "Name:\tmy\\\\program\\n\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t12\n" +
    "Pid:\t13\nTracerPid:\t77\nUid:\t1000\t0\t0\t0\nThreads:\t4\n";
  assertEquals({ ...parseTaskStatus(text) }, {
    name: "my\\program\n",
    state: "S",
    processId: 12,
    tracerPid: 77,
    userId: 1000,
    threadCount: 4,
  });
});

Deno.test("parseTaskStatus() keeps what means unknown for lines that are not there", () => {
  assertEquals({ ...parseTaskStatus("") }, {
    name: "",
    state: "?",
    processId: NaN,
    tracerPid: 0,
    userId: NaN,
    threadCount: NaN,
  });
});

Deno.test("parseTaskStat() is not misled by brackets and spaces in the command", () => {
  const user = "12 (a) D (b) S 1 12 12 0 -1 4194560 100 0\n";
  const kernel = "2 (kthreadd) I 0 0 0 0 -1 2129984 0 0\n";
  assertEquals(parseTaskStat(user), { state: "S", isKernelThread: false });
  assertEquals(parseTaskStat(kernel), { state: "I", isKernelThread: true });
  assertEquals(parseTaskStat(""), { state: "?", isKernelThread: false });
});
