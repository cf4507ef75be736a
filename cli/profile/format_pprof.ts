/**
 * `--format pprof`: gzipped protocol buffer for pprof and what reads its files.
 *
 * Values are the number of samples, then for each event the sum of its periods. What `--by` keeps apart are labels.
 *
 * @module
 */
import type { Sample } from "pprof-format";
import type { Profile } from "../../kernel/profile/mod.ts";
import { baseName } from "../plain_text.ts";
import type { ProfileFormat } from "./format.ts";
import { GzipWriter } from "./gzip.ts";
import { PprofBuilder } from "./pprof_builder.ts";
import { StackCounts } from "./stack_counts.ts";
import { TimeSpan } from "./time_span.ts";

/** Field 2 of a profile, a message. */
const SAMPLE_TAG = 2 << 3 | 2;
const BUFFER_SIZE = 1 << 16;
/** Characters of a program's name that its thread is called by. */
const COMM_LENGTH = 15;

/** pprof. */
export const format: ProfileFormat = {
  name: "pprof",
  isBinary: true,
  refusesInverted: "whose reader would take callers for what they call",
  open(context) {
    const { profile, names } = context;
    const counts = new StackCounts(context, false);
    const commCounts: number[] = [];
    const span = new TimeSpan();
    return {
      sample(sample): void {
        counts.sample(sample);
        const { comm } = sample;
        commCounts[comm] = (commCounts[comm] ?? 0) + 1;
        span.add(sample);
      },
      async end(): Promise<void> {
        await names.loadAll({ lines: context.lines });
        const builder = new PprofBuilder(context, counts);
        const gzip = new GzipWriter(context.write);
        const main = mainModule(profile, commCounts);
        await writeSamples(builder.samples(main), gzip);
        await gzip.add(builder.tables(span.nanoseconds).encode());
        await gzip.end();
      },
    };
  },
};

/** Writes samples one by one: the parts of a message may come in any order, so that they need not be in memory at once. */
async function writeSamples(
  samples: Iterable<Sample>,
  gzip: GzipWriter,
): Promise<void> {
  let buffer = new Uint8Array(BUFFER_SIZE);
  let used = 0;
  for (const sample of samples) {
    const bytes = sample.encode();
    // A tag and a size are at most six bytes.
    if (used + bytes.length + 6 > buffer.length) {
      await gzip.add(buffer.subarray(0, used));
      buffer = new Uint8Array(Math.max(BUFFER_SIZE, bytes.length + 6));
      used = 0;
    }
    buffer[used++] = SAMPLE_TAG;
    let size = bytes.length;
    for (; size > 0x7f; size >>>= 7) buffer[used++] = size & 0x7f | 0x80;
    buffer[used++] = size;
    buffer.set(bytes, used);
    used += bytes.length;
  }
  await gzip.add(buffer.subarray(0, used));
}

/** The program that most samples are of, by the names of their threads; -1 if none is called like its file. */
function mainModule(
  { modules, comms }: Profile,
  commCounts: readonly number[],
): number {
  let main = -1;
  let most = 0;
  for (const { index, path } of modules) {
    const name = baseName(path).slice(0, COMM_LENGTH);
    const count = commCounts[comms.indexOf(name)] ?? 0;
    if (count > most) {
      main = index;
      most = count;
    }
  }
  return main;
}
