/**
 * Fuzz targets of kernel logs and of the ring of reports.
 *
 * @module
 */
import { FormatError } from "../../formats/base/error.ts";
import {
  KernelLogParser,
  readKernelLog,
} from "../../formats/kernel_log/mod.ts";
import { ErrorReports } from "../../kernel/reports/mod.ts";
import type { FuzzTarget } from "./target.ts";

const DATA = new URL("../data/kernel_log/", import.meta.url);

function readLogs(): Uint8Array[] {
  return [...Deno.readDirSync(DATA)].map(({ name }) => name).sort()
    .map((name) => Deno.readFileSync(new URL(name, DATA)));
}

/** Small limits, so that inputs of a few kilobytes reach them. */
const LIMITS = { lineLimit: 40, sizeLimit: 2000, openLimit: 2 };

/** Any bytes are a log: nothing escapes, and the way they are cut changes nothing. */
export const target: FuzzTarget = {
  name: "kernel_log",
  seeds: readLogs,
  run(input) {
    const whole = JSON.stringify(readKernelLog(input));
    const parser = new KernelLogParser();
    const reports = [];
    for (let at = 0; at < input.length; at += 97) {
      reports.push(...parser.push(input.subarray(at, at + 97)));
    }
    reports.push(...parser.end());
    if (JSON.stringify(reports) !== whole) {
      throw new Error("The reports depend on how the log is cut");
    }
    for (const { lines } of readKernelLog(input, LIMITS)) {
      if (lines.length > LIMITS.lineLimit) throw new Error("A limit is passed");
    }
  },
};

function makeRings(): Uint8Array[] {
  const empty = new ErrorReports();
  const used = new ErrorReports({ capacity: 3, sizeLimit: 100 });
  for (let i = 0; i < 5; i++) {
    used.report({
      detector: "kasan",
      title: `t${i}`,
      text: "é".repeat(i * 20),
      cpu: i,
      task: "a task",
      pid: 7,
      startTimeUs: i,
      id: BigInt(i),
    });
  }
  used.begin(2, { detector: "d", title: "open", text: "so far" });
  return [empty.save(), used.save()];
}

/** A ring that can be restored works, and is saved as it was restored. */
export const ringTarget: FuzzTarget = {
  name: "reports_ring",
  seeds: makeRings,
  run(input) {
    let ring: ErrorReports;
    try {
      ring = ErrorReports.restore(input);
    } catch (error) {
      if (error instanceof FormatError) return;
      throw error;
    }
    const again = ErrorReports.restore(ring.save());
    if (`${again.save()}` !== `${ring.save()}`) {
      throw new Error("A restored ring is saved as another one");
    }
    const reader = ring.reader(ring.oldest);
    const { lost, reports } = reader.poll();
    if (lost !== 0 || reports.length > ring.capacity) {
      throw new Error("A restored ring has more than it holds");
    }
    if (ring.count < Number.MAX_SAFE_INTEGER - 1) {
      ring.end(2);
      ring.report({ detector: "d", title: "t", text: "x".repeat(200) });
      ring.openFile("last_report").read();
    }
  },
};
