import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  type ErrorReport,
  ErrorReports,
  type ReportNews,
} from "../../../kernel/reports/mod.ts";

function fill(ring: ErrorReports, count: number): void {
  for (let i = 0; i < count; i++) {
    ring.report({ detector: "demo", title: `t${ring.count + 1}` });
  }
}

const numbers = (reports: readonly ErrorReport[]) =>
  reports.map(({ sequence }) => sequence);

Deno.test("ErrorReports numbers reports from 1 and keeps what was said of them", () => {
  const ring = new ErrorReports();
  assertEquals([ring.count, ring.last(), ring.oldest], [0, undefined, 1]);
  const sequence = ring.report({
    detector: "kasan",
    title: "KASAN: wild-memory-access in demo",
    text: "first line\n",
    cpu: 3,
    task: "demo",
    pid: 77,
    startTimeUs: 1000,
    endTimeUs: 2500,
    id: -1n,
  });
  assertEquals(sequence, 1);
  assertEquals(ring.last(), {
    sequence: 1,
    detector: "kasan",
    title: "KASAN: wild-memory-access in demo",
    text: "first line\n",
    textSize: 11,
    truncated: false,
    cpu: 3,
    task: "demo",
    pid: 77,
    startTimeUs: 1000,
    endTimeUs: 2500,
    id: 0xffff_ffff_ffff_ffffn,
  });
});

Deno.test("ErrorReports leaves unknown what a reporter does not say", () => {
  const ring = new ErrorReports();
  ring.report({ detector: "d", title: "t", endTimeUs: 9 });
  const { cpu, task, pid, startTimeUs, id, text } = ring.last()!;
  assertEquals([cpu, task, pid, startTimeUs, id, text], [
    undefined,
    "",
    undefined,
    9,
    0n,
    "",
  ]);
});

Deno.test("ErrorReports hands out reports that nobody can change", () => {
  const ring = new ErrorReports();
  fill(ring, 1);
  assertThrows(
    () => (ring.last() as { title: string }).title = "changed",
    TypeError,
  );
});

Deno.test("ErrorReports overwrites the oldest, 16 by default", () => {
  const ring = new ErrorReports();
  fill(ring, 20);
  assertEquals(ring.oldest, 5);
  assertEquals(numbers(ring.since(0)), [
    5,
    6,
    7,
    8,
    9,
    10,
    11,
    12,
    13,
    14,
    15,
    16,
    17,
    18,
    19,
    20,
  ]);
  assertEquals(numbers(ring.since(18)), [19, 20]);
  assertEquals(ring.since(20), []);
  assertEquals(ring.since(1e15), []);
  assertEquals(ring.counters.overwritten, 4);
});

Deno.test("poll() tells new reports once, and a loss once with its exact size", () => {
  const ring = new ErrorReports({ capacity: 3 });
  const reader = ring.reader();
  assertEquals(reader.poll(), { lost: 0, reports: [] });
  fill(ring, 2);
  assert(reader.hasNews);
  assertEquals(numbers(reader.poll().reports), [1, 2]);
  assertEquals(reader.poll(), { lost: 0, reports: [] });
  fill(ring, 8);
  const { lost, reports } = reader.poll();
  assertEquals([lost, ...numbers(reports)], [5, 8, 9, 10]);
  assertEquals(reader.poll(), { lost: 0, reports: [] });
  assertEquals(ring.counters.lost, 5);
});

Deno.test("a reader that is slow takes nothing from another", () => {
  const ring = new ErrorReports({ capacity: 2 });
  const slow = ring.reader();
  const quick = ring.reader();
  let seen = 0;
  for (let i = 0; i < 100; i++) {
    fill(ring, 1);
    const { lost, reports } = quick.poll();
    assertEquals(lost, 0);
    seen += reports.length;
  }
  assertEquals(seen, 100);
  assertEquals(slow.poll().lost, 98);
});

Deno.test("reader() starts with what comes, with all there ever was, or anywhere", () => {
  const ring = new ErrorReports({ capacity: 2 });
  fill(ring, 5);
  const from = (position?: number) => {
    const { lost, reports } = ring.reader(position).poll();
    return [lost, ...numbers(reports)];
  };
  assertEquals(from(), [0]);
  assertEquals(from(1), [3, 4, 5]);
  assertEquals(from(ring.oldest), [0, 4, 5]);
  assertEquals(from(5), [0, 5]);
  assertEquals(from(6), [0]);
  for (const bad of [0, -1, 1.5, NaN, 2 ** 60]) {
    assertThrows(() => ring.reader(bad), RangeError);
  }
});

Deno.test("close() ends a reader: it tells nothing any more", () => {
  const ring = new ErrorReports();
  const reader = ring.reader();
  fill(ring, 1);
  reader.close();
  assertEquals([reader.isClosed, reader.hasNews], [true, false]);
  assertEquals(reader.poll(), { lost: 0, reports: [] });
  // Where it stopped is known: another one can go on there.
  assertEquals(numbers(ring.reader(reader.position).poll().reports), [1]);
});

Deno.test("for await wakes on new reports, tells losses and ends with close()", async () => {
  const ring = new ErrorReports({ capacity: 2 });
  const reader = ring.reader();
  const told: ReportNews[] = [];
  const loop = (async () => {
    for await (const news of reader) told.push(news);
  })();
  await Promise.resolve();
  fill(ring, 1);
  for (let i = 0; i < 10; i++) await Promise.resolve();
  fill(ring, 5);
  for (let i = 0; i < 10; i++) await Promise.resolve();
  reader.close();
  await loop;
  assertEquals(told.map(({ lost, reports }) => [lost, ...numbers(reports)]), [
    [0, 1],
    [3, 5, 6],
  ]);
});

Deno.test("close() wakes a loop that awaits, and no other", async () => {
  const ring = new ErrorReports();
  const [one, other] = [ring.reader(), ring.reader()];
  let ended = 0;
  const run = async (reader: typeof one) => {
    for await (const _ of reader) { /* nothing comes */ }
    ended++;
  };
  const loops = [run(one), run(other)];
  await Promise.resolve();
  one.close();
  await loops[0];
  assertEquals(ended, 1);
  other.close();
  await loops[1];
  assertEquals(ended, 2);
});

Deno.test("leaving a loop leaves the reader open where it is", async () => {
  const ring = new ErrorReports();
  const reader = ring.reader();
  fill(ring, 1);
  for await (const { reports } of reader) {
    assertEquals(numbers(reports), [1]);
    break;
  }
  fill(ring, 1);
  assertEquals(numbers(reader.poll().reports), [2]);
});

Deno.test("the text is cut at the size limit in whole characters, 4096 bytes by default", () => {
  const ring = new ErrorReports();
  ring.report({ detector: "d", title: "t", text: "x".repeat(4096) });
  assertEquals(ring.last()!.truncated, false);
  ring.report({ detector: "d", title: "t", text: "x".repeat(4097) });
  assertEquals([ring.last()!.truncated, ring.last()!.textSize], [true, 4096]);
  ring.report({ detector: "d", title: "t", text: "x".repeat(4095) + "é" });
  assertEquals([ring.last()!.truncated, ring.last()!.textSize], [true, 4095]);
  assertEquals(ring.counters.truncated, 2);
});

Deno.test("names and titles are cut as well, and half characters replaced", () => {
  const ring = new ErrorReports();
  ring.report({ detector: "d".repeat(65), title: "t", task: "\ud800" });
  assertEquals(ring.last()!.detector.length, 64);
  assertEquals(ring.last()!.truncated, true);
  assertEquals(ring.last()!.task, "\ufffd");
  ring.report({ detector: "d", title: "t".repeat(513) });
  assertEquals(ring.last()!.title.length, 512);
});

Deno.test("reports of several processors overlap and stay apart", () => {
  const ring = new ErrorReports();
  assert(ring.begin(0, { detector: "a", title: "A", startTimeUs: 1 }));
  assert(ring.begin(1, { detector: "b", title: "B", startTimeUs: 2 }));
  ring.append(0, "a1\n");
  ring.append(1, "b1\n");
  ring.append(0, "a2\n");
  assertEquals(ring.count, 0);
  assertEquals(ring.end(1, { endTimeUs: 5 }), 1);
  assertEquals(ring.end(0, { endTimeUs: 6, id: 7n }), 2);
  const [b, a] = ring.since(0);
  assertEquals([b!.text, b!.cpu, b!.startTimeUs, b!.endTimeUs], [
    "b1\n",
    1,
    2,
    5,
  ]);
  assertEquals([a!.text, a!.cpu, a!.startTimeUs, a!.id], [
    "a1\na2\n",
    0,
    1,
    7n,
  ]);
});

Deno.test("a report within another one counts as dropped, and its text is that of the outer one", () => {
  const ring = new ErrorReports();
  ring.begin(0, { detector: "outer", title: "O", text: "o1 " });
  assertEquals(ring.begin(0, { detector: "inner", title: "I" }), false);
  ring.append(0, "i1 ");
  assertEquals(ring.end(0), 0);
  ring.append(0, "o2");
  assertEquals(ring.end(0), 1);
  assertEquals(ring.last()!.text, "o1 i1 o2");
  assertEquals(ring.last()!.detector, "outer");
  assertEquals(ring.counters.dropped, 1);
});

Deno.test("text and ends without a beginning are nobody's", () => {
  const ring = new ErrorReports();
  assertEquals(ring.append(4, "x"), false);
  assertEquals(ring.end(4), 0);
  assertEquals(ring.count, 0);
  assertThrows(
    () => ring.begin(-1, { detector: "d", title: "t" }),
    RangeError,
  );
});

Deno.test("the text of an open report is bounded, and what comes behind a cut is not added", () => {
  const ring = new ErrorReports({ sizeLimit: 4 });
  ring.begin(0, { detector: "d", title: "t" });
  ring.append(0, "abc");
  ring.append(0, "éx");
  ring.append(0, "y");
  ring.end(0);
  assertEquals([ring.last()!.text, ring.last()!.truncated], ["abc", true]);
});

Deno.test("end() takes what became known, and what is left out stays", () => {
  const ring = new ErrorReports();
  ring.begin(2, { detector: "d", title: "early", pid: 5 });
  ring.end(2, { title: "late", pid: undefined, text: "tail" });
  const { title, pid, text, cpu } = ring.last()!;
  assertEquals([title, pid, text, cpu], ["late", 5, "tail", 2]);
});

Deno.test("ErrorReports refuses sizes that make no sense", () => {
  for (const capacity of [0, -1, 1.5, NaN, 70_000]) {
    assertThrows(() => new ErrorReports({ capacity }), RangeError);
  }
  for (const sizeLimit of [-1, 2 ** 25, 0.5]) {
    assertThrows(() => new ErrorReports({ sizeLimit }), RangeError);
  }
});
