/** The reader of whole logs: pieces, ends that are missing, limits, other people's lines. */
import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import {
  KernelLogParser,
  type KernelReport,
  readKernelLog,
} from "../../../formats/kernel_log/mod.ts";

const DATA = new URL("../../data/kernel_log/", import.meta.url);
const NAMES = [...Deno.readDirSync(DATA)].map(({ name }) => name).sort();
const encode = (text: string) => new TextEncoder().encode(text);

Deno.test("push() gives the same reports however the log is cut", () => {
  for (const name of NAMES) {
    const bytes = Deno.readFileSync(new URL(name, DATA));
    const whole = readKernelLog(bytes);
    assert(whole.length > 0, name);
    for (const size of [1, 7, 1000]) {
      const parser = new KernelLogParser();
      const reports: KernelReport[] = [];
      for (let at = 0; at < bytes.length; at += size) {
        reports.push(...parser.push(bytes.subarray(at, at + size)));
      }
      reports.push(...parser.end());
      assertEquals(reports, whole, `${name} in pieces of ${size}`);
    }
  }
});

Deno.test("a carriage return before the line feed is no part of a line", () => {
  for (const name of NAMES) {
    const text = Deno.readTextFileSync(new URL(name, DATA));
    assertEquals(
      readKernelLog(text.replaceAll("\n", "\r\n")),
      readKernelLog(text),
      name,
    );
  }
});

Deno.test("the same log tells the same whatever stands before its lines", () => {
  const text = Deno.readTextFileSync(new URL("kasan.log", DATA));
  const bare = text.replace(/^\[.*?\] ?/gm, "");
  const facts = (log: string) =>
    readKernelLog(log).map(({ title, stacks, memory, lines, object }) => ({
      title,
      stacks,
      memory,
      lines,
      object,
    }));
  const want = facts(text);
  assertEquals(want.length, 1);
  const forms: Record<string, (line: string, i: number) => string> = {
    bare: (line) => line,
    indented: (line) => `    ${line}`,
    padded: (line) => `[   12.000001]  ${line}`,
    level: (line) => `<3>[   12.000001] ${line}`,
    caller: (line) => `[   12.000001][  T731] ${line}`,
    human: (line) => `[Mon Nov 13 10:00:00 2023] ${line}`,
    words: (line) => `kern  :err   : [   12.000001] ${line}`,
    journal: (line) => `Nov 13 10:00:00 host kernel: ${line}`,
    precise: (line) => `2023-11-13T10:00:00.000001+00:00 host kernel: ${line}`,
    kmsg: (line, i) => `3,${i},12000001,-;${line}`,
    json: (line) => JSON.stringify({ MESSAGE: line, _TRANSPORT: "kernel" }),
  };
  for (const [name, form] of Object.entries(forms)) {
    const log = bare.trimEnd().split("\n").map(form).join("\n");
    assertEquals(facts(log), want, name);
  }
});

Deno.test("a report whose end is missing is told, and marked", () => {
  const text = Deno.readTextFileSync(new URL("kasan.log", DATA));
  const lines = text.split("\n");
  for (let count = 4; count < lines.length - 2; count++) {
    const [report, ...others] = readKernelLog(lines.slice(0, count).join("\n"));
    assertEquals(others, []);
    const { title, isComplete } = report!;
    assertEquals([title, isComplete], [
      "KASAN: slab-use-after-free in demo_read",
      false,
    ], `${count} lines`);
  }
});

Deno.test("a new report ends one whose end is missing", () => {
  const log = [
    "BUG: KASAN: wild-memory-access in one+0x1/0x2",
    "Call Trace:",
    " one+0x1/0x2",
    "BUG: KASAN: wild-memory-access in two+0x1/0x2",
    "Call Trace:",
    " two+0x1/0x2",
  ].join("\n");
  assertEquals(
    readKernelLog(log).map(({ title, stacks, isComplete }) => [
      title,
      stacks[0]!.frames.length,
      isComplete,
    ]),
    [
      ["KASAN: wild-memory-access in one", 1, false],
      ["KASAN: wild-memory-access in two", 1, false],
    ],
  );
});

Deno.test("lines that are nobody's stay out behind a report, and in within it", () => {
  const log = [
    "[    1.000000] BUG: KASAN: wild-memory-access in one+0x1/0x2",
    "[    1.000001] somebody else",
    "[    1.000002] Call Trace:",
    "[    1.000003]  one+0x1/0x2",
    ...Array.from({ length: 60 }, (_, i) => `[    2.${100000 + i}] noise ${i}`),
  ].join("\n");
  const [report] = readKernelLog(log);
  assertEquals(report!.lines.length, 4);
  assertEquals(report!.stacks[0]!.frames.length, 1);
  assertEquals(report!.isComplete, false);
});

Deno.test("what programs write to the console does not end a report", () => {
  const noise = Array.from({ length: 100 }, (_, i) => `program says ${i}`);
  const log = [
    "[    1.000000] BUG: KASAN: wild-memory-access in one+0x1/0x2",
    ...noise,
    "[    1.000002] Call Trace:",
    "[    1.000003]  one+0x1/0x2",
    "[    1.000004] " + "=".repeat(66),
  ].join("\n");
  const [report] = readKernelLog(log);
  assertEquals([report!.lines.length, report!.isComplete], [4, true]);
});

Deno.test("a long pause ends a report unless its lines go on", () => {
  const start = [
    "[    1.000000] BUG: KASAN: wild-memory-access in one+0x1/0x2",
    "[    1.000001] Call Trace:",
  ];
  const [on] = readKernelLog(
    [...start, "[   60.000000]  one+0x1/0x2"].join("\n"),
  );
  assertEquals(on!.stacks.length, 1);
  const [over] = readKernelLog(
    [...start, "[   60.000000] noise", "[   60.000001]  one+0x1/0x2"].join(
      "\n",
    ),
  );
  assertEquals(over!.stacks.length, 0);
});

Deno.test("idle() hands out reports whose end was seen, and no others", () => {
  const parser = new KernelLogParser();
  const text = Deno.readTextFileSync(new URL("ubsan.log", DATA));
  const half = text.indexOf("---[ end trace");
  assertEquals(parser.push(encode(text.slice(0, half))), []);
  assertEquals(parser.idle(), []);
  const end = text.indexOf("\n", half) + 1;
  assertEquals(parser.push(encode(text.slice(half, end))), []);
  assertEquals(parser.idle().length, 1);
  assertEquals(parser.push(encode(text.slice(end))).length, 0);
  assertEquals(parser.end().length, 1);
});

Deno.test("a report that is too long is cut and marked, and its end still found", () => {
  const frames = Array.from({ length: 500 }, (_, i) => ` f${i}+0x1/0x2`);
  const bar = "=".repeat(66);
  const log = [
    bar,
    "BUG: KASAN: wild-memory-access in one+0x1/0x2",
    "Call Trace:",
    ...frames,
    bar,
    "BUG: KASAN: wild-memory-access in two+0x1/0x2",
  ].join("\n");
  const [report, next] = readKernelLog(log, { lineLimit: 100 });
  assertEquals(
    [report!.lines.length, report!.isTruncated, report!.isComplete],
    [100, true, true],
  );
  assertLessOrEqual(report!.stacks[0]!.frames.length, 98);
  assertEquals(next!.title, "KASAN: wild-memory-access in two");
  const [small] = readKernelLog(log, { sizeLimit: 200 });
  assertEquals([small!.isTruncated, small!.isComplete], [true, true]);
});

Deno.test("reports of more printers than the limit push the oldest out", () => {
  const log = Array.from(
    { length: 5 },
    (_, i) =>
      `[    1.000000][   T${i}] BUG: KASAN: wild-memory-access in f${i}+0x1/0x2`,
  ).join("\n");
  const parser = new KernelLogParser({ openLimit: 2 });
  const early = parser.push(encode(`${log}\n`));
  assertEquals(early.map(({ caller }) => caller), ["T0", "T1", "T2"]);
  assertEquals(parser.end().map(({ caller }) => caller), ["T3", "T4"]);
});

Deno.test("a line without an end takes no more memory than its start", () => {
  const parser = new KernelLogParser();
  const piece = encode("x".repeat(1 << 16));
  for (let i = 0; i < 100; i++) assertEquals(parser.push(piece), []);
  assertEquals(
    parser.push(encode("\nBUG: KASAN: wild-memory-access in one+0x1/0x2\n")),
    [],
  );
  assertEquals(parser.end().length, 1);
  assertEquals(parser.lineCount, 2);
});

Deno.test("lines like those of reports are none", () => {
  for (
    const line of [
      "WARNING: the mount option is deprecated",
      "INFO: lockdep is turned off.",
      "INFO: NMI handler (demo) took too long to run: 1.2 msecs",
      "NMI watchdog: Enabled. Permanently consumes one hw-PMU counter.",
      "BUGS are not here",
      "BUG",
      "",
      "Oops",
    ]
  ) assertEquals(readKernelLog(`${line}\nmore\n`).length, 0, line);
});
