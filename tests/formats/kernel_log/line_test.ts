/** What stands before a line's text, in every form in which logs are kept. */
import { assertEquals } from "@std/assert";
import { LinePrefix } from "../../../formats/kernel_log/line_prefix.ts";
import {
  type LogLine,
  readLine,
} from "../../../formats/kernel_log/log_line.ts";

function read(text: string): LogLine | undefined {
  // Another line behind it must change nothing.
  const bytes = new TextEncoder().encode(`${text}\n[9.9] [T9]; kernel: x`);
  const end = new TextEncoder().encode(text).length;
  const prefix = new LinePrefix();
  prefix.scan(bytes, 0, end);
  return readLine(bytes, 0, end, prefix);
}

function facts(text: string): unknown[] {
  const line = read(text);
  if (line === undefined) return ["not the kernel's"];
  const { timeUs, caller, level, wallTime } = line;
  return [line.text, timeUs, caller, level, wallTime];
}

const none = undefined;

Deno.test("readLine() takes priority, time and caller off dmesg's and consoles' lines", () => {
  assertEquals(facts("plain text"), ["plain text", none, none, none, none]);
  assertEquals(facts("[  123.456789] text"), [
    "text",
    123456789,
    none,
    none,
    none,
  ]);
  assertEquals(facts("[12345.000001]  indented"), [
    " indented",
    12345000001,
    none,
    none,
    none,
  ]);
  assertEquals(facts("<4>[    0.000000] text"), ["text", 0, none, 4, none]);
  assertEquals(facts("<14>text"), ["text", none, none, 6, none]);
  assertEquals(facts("[    1.500000][ T2760] text"), [
    "text",
    1500000,
    "T2760",
    none,
    none,
  ]);
  assertEquals(facts("<6>[    1.500000][    C1] text"), [
    "text",
    1500000,
    "C1",
    6,
    none,
  ]);
  assertEquals(facts("[    1.500000] "), ["", 1500000, none, none, none]);
  assertEquals(facts("[    1.500000][ T1]"), ["", 1500000, "T1", none, none]);
});

Deno.test("readLine() leaves brackets that are no prefix in the text", () => {
  for (
    const text of [
      "[<ffffffff81000000>] demo+0x1/0x2",
      "[c00000007a3efa20] [c00000000030a060] demo+0x1/0x2",
      "[ INFO: possible recursive locking detected ]",
      "[drm] initialized",
      "[]",
      "[",
      "[ 1.2",
      "<>text",
      "<1234567>text",
      " <TASK>",
    ]
  ) assertEquals(facts(text), [text, none, none, none, none], text);
  assertEquals(
    facts("[    1.000000] [<c0101234>] (a) from [<c0101238>] (b+0x1/0x2)")[0],
    "[<c0101234>] (a) from [<c0101238>] (b+0x1/0x2)",
  );
});

Deno.test("readLine() knows the times of dmesg -T, -d, -e, -x and --time-format=iso", () => {
  assertEquals(facts("[Mon Nov 13 10:00:00 2023] text"), [
    "text",
    none,
    none,
    none,
    "Mon Nov 13 10:00:00 2023",
  ]);
  assertEquals(facts("[    1.500000 <    0.000012>] text"), [
    "text",
    1500000,
    none,
    none,
    none,
  ]);
  assertEquals(facts("[  +0.000012] text"), ["text", none, none, none, none]);
  assertEquals(facts("[Nov13 10:00] text"), [
    "text",
    none,
    none,
    none,
    "Nov13 10:00",
  ]);
  assertEquals(facts("kern  :warn  : [    1.500000] text"), [
    "text",
    1500000,
    none,
    4,
    none,
  ]);
  assertEquals(facts("2023-11-13T10:00:00,123456+01:00 text"), [
    "text",
    none,
    none,
    none,
    "2023-11-13T10:00:00,123456+01:00",
  ]);
});

Deno.test("readLine() takes the kernel's lines out of journals and syslogs, and only those", () => {
  assertEquals(facts("Nov 13 10:00:00 host kernel: text"), [
    "text",
    none,
    none,
    none,
    "Nov 13 10:00:00",
  ]);
  assertEquals(facts("Nov 13 10:00:00.123456 host kernel: text"), [
    "text",
    none,
    none,
    none,
    "Nov 13 10:00:00.123456",
  ]);
  assertEquals(facts("Nov  3 10:00:00 host kernel: [  171.658419] text"), [
    "text",
    171658419,
    none,
    none,
    "Nov  3 10:00:00",
  ]);
  assertEquals(facts("2023-11-13T10:00:00+0100 host kernel: text"), [
    "text",
    none,
    none,
    none,
    "2023-11-13T10:00:00+0100",
  ]);
  assertEquals(
    facts(
      "2023-11-13T10:00:00.123456+01:00 host kernel: [    1.500000][ T7] text",
    ),
    ["text", 1500000, "T7", none, "2023-11-13T10:00:00.123456+01:00"],
  );
  assertEquals(facts("[    1.500000] host kernel: text"), [
    "text",
    1500000,
    none,
    none,
    none,
  ]);
  assertEquals(
    facts("Nov 13 10:00:00 host kern.warn kernel: text")[0],
    "text",
    "busybox",
  );
  assertEquals(
    facts("[    1.500000] a word kernel: text")[0],
    "a word kernel: text",
  );
  assertEquals(facts("Nov 13 10:00:00 host sshd[12]: kernel: BUG: no"), [
    "not the kernel's",
  ]);
  assertEquals(facts("2023-11-13T10:00:00+0100 host systemd[1]: BUG: no"), [
    "not the kernel's",
  ]);
});

Deno.test("readLine() takes a prefix behind what a console wrote before it", () => {
  assertEquals(facts("host login: [    1.500000][    C1] text"), [
    "text",
    1500000,
    "C1",
    none,
    none,
  ]);
  assertEquals(facts("** 12 printk messages dropped ** [    1.500000] text"), [
    "text",
    1500000,
    none,
    none,
    none,
  ]);
});

Deno.test("readLine() decodes records of /dev/kmsg", () => {
  const line = read(
    "30,339,5140900,-,caller=T1;a\\x09b\\x5c caf\\xc3\\xa9 \\xZZ",
  )!;
  assertEquals(line, {
    text: "a\tb\\ café \\xZZ",
    timeUs: 5140900,
    wallTime: undefined,
    caller: "T1",
    level: 6,
    sequence: 339,
    isContinuation: false,
  });
  assertEquals(read("4,1,2,c;rest")!.isContinuation, true);
  assertEquals(read("4,1,2,+;rest")!.isContinuation, true);
  assertEquals(read("4,1,2,-,new=1,caller=C3,x;t")!.caller, "C3");
  assertEquals(
    facts("4,1,2;t"),
    ["4,1,2;t", none, none, none, none],
    "no flag",
  );
  assertEquals(
    facts("4,1,2,-t"),
    ["4,1,2,-t", none, none, none, none],
    "no text",
  );
});

Deno.test("readLine() decodes the journal's JSON", () => {
  const entry = (fields: Record<string, unknown>) =>
    facts(JSON.stringify({ _TRANSPORT: "kernel", ...fields }));
  assertEquals(
    entry({
      MESSAGE: "text",
      PRIORITY: "4",
      _SOURCE_MONOTONIC_TIMESTAMP: "1500000",
      __MONOTONIC_TIMESTAMP: "1600000",
      __REALTIME_TIMESTAMP: "1700000000000000",
    }),
    ["text", 1500000, none, 4, "1700000000000000"],
  );
  assertEquals(entry({ MESSAGE: "[ T12] text" }), [
    "text",
    none,
    "T12",
    none,
    none,
  ]);
  assertEquals(entry({ MESSAGE: [66, 85, 71, 58, 27] }), [
    "BUG:\x1b",
    none,
    none,
    none,
    none,
  ]);
  assertEquals(entry({ MESSAGE: [66, "x"] }), ["not the kernel's"]);
  assertEquals(entry({ MESSAGE: "t", _TRANSPORT: "syslog" }), [
    "not the kernel's",
  ]);
  assertEquals(facts('{"MESSAGE":"cut'), ["not the kernel's"]);
  assertEquals(facts("{}"), ["not the kernel's"]);
});

Deno.test("readLine() reads no more of a text than a kernel prints", () => {
  assertEquals(read(`[    1.000000] ${"x".repeat(5000)}`)!.text.length, 4096);
  const message = JSON.stringify({ MESSAGE: "x".repeat(5000) });
  assertEquals(read(message)!.text.length, 4096);
});
