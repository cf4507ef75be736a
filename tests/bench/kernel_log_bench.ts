/**
 * Reading logs: lines that have nothing to do with a report, and a log of nothing but reports. The baseline looks at
 * each line as a string with one regular expression, as scripts do.
 */
import { KernelLogParser } from "../../formats/kernel_log/mod.ts";

const MESSAGES = [
  "usb 1-1.2: new device number 7",
  "demo: link becomes ready",
  "audit: type=1400 audit(1700000000.123:45): apparmor=DENIED",
  "Initialized demo 1.0",
];
const START =
  /BUG:|WARNING:|Oops|general protection|cut here|UBSAN|INFO: (?:task|rcu)|Kernel panic/;

function makeLog(lineCount: number): Uint8Array {
  const lines: string[] = [];
  for (let i = 0; i < lineCount; i++) {
    const time = (i / 1000).toFixed(6).padStart(12);
    lines.push(`[${time}][ T${1000 + i % 50}] ${MESSAGES[i % 4]}\n`);
  }
  return new TextEncoder().encode(lines.join(""));
}

const QUIET = makeLog(100_000);
const LOUD = new TextEncoder().encode(
  Deno.readTextFileSync(
    new URL("../data/kernel_log/kasan.log", import.meta.url),
  )
    .repeat(500),
);

Deno.bench({
  name: "a regular expression a line",
  group: "kernel_log/quiet log",
  baseline: true,
  fn() {
    let count = 0;
    for (const line of new TextDecoder().decode(QUIET).split("\n")) {
      if (START.test(line)) count++;
    }
    if (count > 0) throw new Error("there is no report");
  },
});

Deno.bench({
  name: "KernelLogParser",
  group: "kernel_log/quiet log",
  fn() {
    const parser = new KernelLogParser();
    const count = parser.push(QUIET).length + parser.end().length;
    if (count > 0) throw new Error("there is no report");
  },
});

Deno.bench({
  name: "KernelLogParser, 500 reports",
  group: "kernel_log/reports",
  fn() {
    const parser = new KernelLogParser();
    const count = parser.push(LOUD).length + parser.end().length;
    if (count !== 500) throw new Error(`${count} reports`);
  },
});
