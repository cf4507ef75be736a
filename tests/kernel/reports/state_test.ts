import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  type ErrorReport,
  ErrorReports,
  FormatError,
  type ReportFields,
} from "../../../kernel/reports/mod.ts";

/** One call, as data. */
type Call =
  | { name: "report"; fields: ReportFields }
  | { name: "begin"; cpu: number; fields: ReportFields }
  | { name: "append"; cpu: number; text: string }
  | { name: "end"; cpu: number; fields: Partial<ReportFields> }
  | { name: "poll" }
  | { name: "read" };

const TEXT = fc.string({ unit: "binary", maxLength: 12 });
const NUMBER = fc.option(fc.nat(), { nil: undefined });
const FIELDS: fc.Arbitrary<ReportFields> = fc.record({
  detector: TEXT,
  title: TEXT,
  text: fc.option(fc.string({ maxLength: 40 }), { nil: undefined }),
  cpu: NUMBER,
  task: TEXT,
  pid: NUMBER,
  startTimeUs: NUMBER,
  endTimeUs: NUMBER,
  id: fc.option(fc.bigInt({ min: -5n, max: 1n << 65n }), { nil: undefined }),
});
const CPU = fc.nat({ max: 3 });
const CALL: fc.Arbitrary<Call> = fc.oneof(
  fc.record({ name: fc.constant("report" as const), fields: FIELDS }),
  fc.record({ name: fc.constant("begin" as const), cpu: CPU, fields: FIELDS }),
  fc.record({ name: fc.constant("append" as const), cpu: CPU, text: TEXT }),
  fc.record({
    name: fc.constant("end" as const),
    cpu: CPU,
    fields: fc.constantFrom({}, { endTimeUs: 4, text: "end" }, { pid: 1 }),
  }),
  fc.record({ name: fc.constant("poll" as const) }),
  fc.record({ name: fc.constant("read" as const) }),
);

/** A ring with a reader and a file, and all that they answered. */
class Player {
  readonly answers: unknown[] = [];
  readonly ring: ErrorReports;
  private readonly reader;
  private readonly file;

  constructor(ring: ErrorReports, position: number) {
    this.ring = ring;
    this.reader = ring.reader(position);
    this.file = ring.openFile("last_report");
    this.file.read();
  }

  get position(): number {
    return this.reader.position;
  }

  play(call: Call): void {
    const { ring, answers } = this;
    if (call.name === "report") answers.push(ring.report(call.fields));
    else if (call.name === "begin") {
      answers.push(ring.begin(call.cpu, call.fields));
    } else if (call.name === "append") {
      answers.push(ring.append(call.cpu, call.text));
    } else if (call.name === "end") {
      answers.push(ring.end(call.cpu, call.fields));
    } else if (call.name === "poll") answers.push(this.reader.poll());
    else answers.push(this.file.poll(), this.file.read());
    answers.push(ring.counters, ring.last());
  }
}

Deno.test("a restored ring behaves as the saved one from then on", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 0, max: 30 }),
      fc.array(CALL, { maxLength: 30 }),
      fc.array(CALL, { maxLength: 30 }),
      (capacity, sizeLimit, before, after) => {
        const saved = new Player(new ErrorReports({ capacity, sizeLimit }), 1);
        for (const call of before) saved.play(call);
        const bytes = saved.ring.save();
        const restored = new Player(
          ErrorReports.restore(bytes),
          saved.position,
        );
        assertEquals(restored.ring.save(), bytes);
        assertEquals(restored.ring.since(0), saved.ring.since(0));
        // A file is opened anew after a restore: so it is here.
        const twin = new Player(saved.ring, saved.position);
        for (const call of after) {
          twin.play(call);
          restored.play(call);
        }
        assertEquals(restored.answers, twin.answers);
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("what a ring holds is always the last reports, and readers get each or are told of it", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.array(CALL, { maxLength: 60 }),
      (capacity, calls) => {
        const ring = new ErrorReports({ capacity });
        const readers = [ring.reader(), ring.reader()];
        const got = readers.map(() => [] as number[]);
        const lost = [0, 0];
        const take = (i: number) => {
          const news = readers[i]!.poll();
          lost[i]! += news.lost;
          got[i]!.push(...news.reports.map(({ sequence }) => sequence));
        };
        const player = new Player(ring, 1);
        for (const call of calls) {
          player.play(call);
          take(0);
          if (call.name === "poll") take(1);
        }
        take(1);
        assertEquals(lost[0], 0);
        assertEquals(got[0], numbersTo(ring.count));
        assertEquals(lost[1]! + got[1]!.length, ring.count);
        const held: ErrorReport[] = ring.since(0);
        assertEquals(held.length, Math.min(capacity, ring.count));
        assertEquals(held.at(-1), ring.last());
      },
    ),
    { numRuns: 200 },
  );
});

function numbersTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

function refused(bytes: Uint8Array): [string, string, number] {
  const error = assertThrows(() => ErrorReports.restore(bytes), FormatError);
  return [error.code, error.field, error.offset];
}

function savedRing(): Uint8Array {
  const ring = new ErrorReports({ capacity: 2 });
  ring.report({ detector: "d", title: "t", text: "x" });
  ring.begin(3, { detector: "e", title: "u" });
  return ring.save();
}

Deno.test("restore() refuses what save() did not write", () => {
  assertEquals(refused(new Uint8Array(0)), ["truncated", "magic", 0]);
  assertEquals(refused(new Uint8Array(60)), ["bad-magic", "magic", 0]);
  const change = (offset: number, value: number) => {
    const bytes = savedRing().slice();
    bytes[offset] = value;
    return refused(bytes);
  };
  assertEquals(change(4, 2), ["unsupported", "version", 4]);
  assertEquals(change(8, 0), ["bad-value", "capacity", 8]);
  assertEquals(change(15, 0xff), ["bad-value", "size limit", 12]);
  assertEquals(change(23, 0xff), ["out-of-bounds", "total", 16]);
  assertEquals(change(48, 2), ["bad-value", "held count", 48]);
  assertEquals(change(52, 65), ["bad-value", "detector size", 52]);
  assertEquals(change(56, 0xff), ["bad-value", "detector", 56]);
  const long = new Uint8Array([...savedRing(), 0]);
  assertEquals(refused(long), ["bad-value", "end", long.length - 1]);
});

Deno.test("restore() refuses every cut", () => {
  const bytes = savedRing();
  for (let size = 0; size < bytes.length; size++) {
    assertEquals(refused(bytes.subarray(0, size))[0], "truncated", `${size}`);
  }
});

Deno.test("restore() refuses two open reports on one processor, and one on none", () => {
  const ring = new ErrorReports();
  ring.begin(0, { detector: "d", title: "t" });
  ring.begin(1, { detector: "d", title: "t" });
  const bytes = ring.save();
  const view = new DataView(bytes.buffer);
  const first = 48 + 4 + 4;
  const size = (bytes.length - first) / 2;
  // Behind the detector, the title and the task stands the processor.
  const cpu = first + (4 + 1) + (4 + 1) + 4;
  view.setFloat64(cpu + size, 0, true);
  assertEquals(refused(bytes), ["bad-value", "open cpu", first + size]);
  view.setFloat64(cpu + size, NaN, true);
  assertEquals(refused(bytes), ["bad-value", "open cpu", first + size]);
});
