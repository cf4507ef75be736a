/**
 * Extended errors in 16 MiB of memory and of a trace. Baselines: a record that is decoded at every word, and every
 * record of the trace taken apart.
 */
import { BytesSource } from "../../formats/base/byte_source.ts";
import { FormatError } from "../../formats/base/error.ts";
import { decodeRecord, findRecords } from "../../formats/exterr/mod.ts";
import { decodePayload, KTR, KtraceParser } from "../../formats/ktrace/mod.ts";
import { buildRecord, SAMPLE } from "../builders/exterr.ts";
import { AMD64, sampleTrace } from "../builders/ktrace.ts";
import { Random } from "../fuzz/mutate.ts";

const SIZE = 1 << 24;
/** Of the naive search: a throw at every word takes its time. */
const NAIVE_SIZE = SIZE >> 8;

const random = new Random(1);
const memory = new Uint8Array(SIZE);
for (let i = 0; i < SIZE; i++) memory[i] = random.below(256);
memory.set(buildRecord(SAMPLE), SIZE - 200);

const trace = new Uint8Array(SIZE);
const part = sampleTrace();
const traceSize = SIZE - SIZE % part.length;
for (let at = 0; at < traceSize; at += part.length) trace.set(part, at);

Deno.bench({
  name: "a 256th of the memory, decoded at every word",
  group: "exterr/scan",
  baseline: true,
  fn() {
    for (let at = 0; at < NAIVE_SIZE; at += 8) {
      try {
        decodeRecord(memory, at, true);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
      }
    }
  },
});

Deno.bench({
  name: "all of the memory, findRecords()",
  group: "exterr/scan",
  async fn() {
    const regions = [{ address: 0, offset: 0, size: SIZE }];
    const source = new BytesSource(memory);
    const options = { littleEndian: true };
    let count = 0;
    for await (const _ of findRecords(source, regions, options)) count++;
    if (count !== 1) throw new Error(`${count} records`);
  },
});

function parse(types?: readonly number[]): number {
  const options = types === undefined ? {} : { types };
  const parser = new KtraceParser(AMD64, options);
  let count = 0;
  for (const record of parser.push(trace.subarray(0, traceSize))) {
    decodePayload(record.type, record.payload, AMD64);
    count++;
  }
  return count;
}

Deno.bench({
  name: "a trace, every record",
  group: "ktrace/errors",
  baseline: true,
  fn: () => {
    parse();
  },
});

Deno.bench({
  name: "a trace, errors and returns",
  group: "ktrace/errors",
  fn: () => {
    parse([KTR.EXTERR, KTR.SYSRET]);
  },
});
