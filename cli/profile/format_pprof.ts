/**
 * `--format pprof`: gzipped protocol buffer for pprof and what reads its files.
 *
 * Values are the number of samples, then for each event the sum of its periods. What `--by` keeps apart are labels.
 *
 * @module
 */
import type { Profile } from "../../kernel/profile/mod.ts";
import { baseName } from "../plain_text.ts";
import type { FormatContext, ProfileFormat } from "./format.ts";
import { GzipWriter } from "./gzip.ts";
import { PprofBuilder } from "./pprof_builder.ts";
import { StackCounts } from "./stack_counts.ts";
import { TimeSpan } from "./time_span.ts";

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
        const pprof = builder.build(
          mainModule(profile, commCounts),
          span.nanoseconds,
        );
        await compress(pprof.encode(), context);
      },
    };
  },
};

async function compress(
  bytes: Uint8Array,
  { write }: FormatContext,
): Promise<void> {
  const gzip = new GzipWriter(write);
  await gzip.add(bytes);
  await gzip.end();
}

/** The program that most samples are of, by the names of their threads; −1 if none is called like its file. */
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
