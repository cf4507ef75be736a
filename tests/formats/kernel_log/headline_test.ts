/** What the first lines of reports say by themselves, without a context block that says it again. */
import { assertEquals } from "@std/assert";
import {
  KernelLogParser,
  type KernelReport,
  readKernelLog,
} from "../../../formats/kernel_log/mod.ts";

function readOne(...lines: string[]): KernelReport {
  const reports = readKernelLog(`${lines.join("\n")}\n`);
  assertEquals(reports.length, 1);
  return reports[0]!;
}

const CUT = "------------[ cut here ]------------";

Deno.test("a warning's headline names processor and task, in its old and its new form", () => {
  const old = readOne(
    CUT,
    "WARNING: CPU: 3 PID: 77 at a.c:5 fly+0x1/0x2 [bee]",
  );
  assertEquals([old.cpu, old.pid, old.task], [3, 77, undefined]);
  assertEquals([old.source, old.location?.module], ["a.c:5", "bee"]);
  const recent = readOne(
    CUT,
    "WARNING: [n > 4] a.c:5 at fly+0x1/0x2, CPU#3: bee/1/77",
  );
  assertEquals([recent.cpu, recent.pid, recent.task], [3, 77, "bee/1"]);
  assertEquals([recent.source, recent.messages], ["a.c:5", ["[n > 4]"]]);
});

Deno.test("a stuck task is the headline's, not the watcher that runs", () => {
  const { pid, task, durationSeconds } = readOne(
    "INFO: task ferry:2210 blocked for more than 120 seconds.",
    "CPU: 1 PID: 30 Comm: khungtaskd Not tainted 6.2.0 #1",
    "Call Trace:",
    " schedule+0x5e/0xd0",
  );
  assertEquals([pid, task, durationSeconds], [2210, "ferry", 120]);
});

Deno.test("a page fault is a read, a write, or the fetch of an instruction", () => {
  const operation = (words: string) =>
    readOne(
      "BUG: unable to handle page fault for address: ffffc90000000000",
      `#PF: supervisor ${words} in kernel mode`,
      "#PF: error_code(0x0000) - not-present page",
      "Oops: 0000 [#1] PREEMPT SMP",
    ).access?.operation;
  assertEquals(operation("read access"), "read");
  assertEquals(operation("write access"), "write");
  assertEquals(operation("instruction fetch"), "execute");
});

Deno.test("a report whose printer fell silent is told while the log goes on", () => {
  const parser = new KernelLogParser();
  const encoder = new TextEncoder();
  const early =
    "[    1.000000][  T7] BUG: scheduling while atomic: bee/7/0x2\n";
  const found = [...parser.push(encoder.encode(early))];
  for (let i = 0; i < 6000; i++) {
    found.push(
      ...parser.push(encoder.encode("[    1.000001][  T8] all is well\n")),
    );
  }
  assertEquals(found.map(({ kind, caller }) => [kind, caller]), [[
    "bug",
    "T7",
  ]]);
});

Deno.test("who slept while it must not is told by the headline", () => {
  const { pid, task } = readOne(
    "BUG: scheduling while atomic: bee worker/812/0x00000002",
    "Call Trace:",
    " schedule+0x1/0x2",
  );
  assertEquals([pid, task], [812, "bee worker"]);
});

Deno.test("the access of a data race is the first of the two", () => {
  const { access, stacks, cpu, pid, task, release } = readOne(
    "=".repeat(66),
    "BUG: KCSAN: data-race in a_read / b_write",
    "",
    "write to 0xffff888101234568 of 8 bytes by task 7 on cpu 1:",
    " b_write+0x1/0x2",
    "",
    "read to 0xffff888101234568 of 4 bytes by interrupt on cpu 2:",
    " a_read+0x1/0x2",
    "",
    "Reported by Kernel Concurrency Sanitizer on:",
    "CPU: 2 PID: 9 Comm: clerk Not tainted 6.1.0 #1",
    "=".repeat(66),
  );
  // Who reports is another one.
  assertEquals([cpu, pid, task, release], [1, 7, undefined, "6.1.0"]);
  assertEquals(access, {
    operation: "write",
    size: 8,
    address: "0xffff888101234568",
  });
  assertEquals(stacks.map(({ pid, cpu }) => [pid, cpu]), [
    [7, 1],
    [undefined, 2],
  ]);
});
