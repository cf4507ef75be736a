/**
 * The ring of error reports with readers that do not read. Each group has the ring without them as its baseline: what
 * they cost the reporter, and a reader that keeps up, is the ratio to it.
 */
import { ErrorReports, type ReportReader } from "../../kernel/reports/mod.ts";

const REPORT_COUNT = 1000;
const TEXT = "a line of a report, as they are\n".repeat(40);

function makeRing(stalledCount: number): {
  ring: ErrorReports;
  stalled: ReportReader[];
} {
  const ring = new ErrorReports();
  const stalled = Array.from({ length: stalledCount }, () => ring.reader());
  return { ring, stalled };
}

for (const count of [0, 1, 10_000]) {
  const { ring, stalled } = makeRing(count);
  Deno.bench({
    name: `report, ${count} stalled readers`,
    group: "reports/report",
    baseline: count === 0,
    fn() {
      for (let i = 0; i < REPORT_COUNT; i++) {
        ring.report({ detector: "bench", title: "a report", text: TEXT });
      }
      // The readers are alive as long as the reports come.
      if (stalled.length !== count) throw new Error("readers are gone");
    },
  });
}

for (const count of [0, 10_000]) {
  const { ring, stalled } = makeRing(count);
  const reader = ring.reader();
  Deno.bench({
    name: `report and poll, ${count} stalled readers`,
    group: "reports/poll",
    baseline: count === 0,
    fn() {
      let seen = 0;
      for (let i = 0; i < REPORT_COUNT; i++) {
        ring.report({ detector: "bench", title: "a report", text: TEXT });
        const { lost, reports } = reader.poll();
        seen += reports.length + lost * REPORT_COUNT;
      }
      if (seen !== REPORT_COUNT || stalled.length !== count) {
        throw new Error("the reader that keeps up has lost reports");
      }
    },
  });
}
