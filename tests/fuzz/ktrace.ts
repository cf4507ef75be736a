/**
 * ktrace files, whole and in pieces.
 */
import {
  decodePayload,
  detectKtrace,
  encodeKtraceRecord,
  encodePayload,
  FormatError,
  kdumpText,
  type KtraceLayout,
  KtraceParser,
  type KtraceRecord,
} from "../../formats/ktrace/mod.ts";
import { MACHINES, sampleTrace } from "../builders/ktrace.ts";
import type { FuzzTarget } from "./target.ts";

let work = 0;

/** Records of the trace, cut into pieces of `size` bytes, and why it ended. */
function parse(
  bytes: Uint8Array,
  layout: KtraceLayout,
  size: number,
): [KtraceRecord[], FormatError | undefined] {
  const parser = new KtraceParser(layout, { maxPayloadSize: 300 });
  const records: KtraceRecord[] = [];
  try {
    for (let at = 0; at < bytes.length; at += size) {
      for (const record of parser.push(bytes.slice(at, at + size))) {
        records.push(record);
      }
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return [records, error];
  }
  return [records, parser.end()];
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function check(
  record: KtraceRecord,
  bytes: Uint8Array,
  layout: KtraceLayout,
): void {
  const { offset, payload, payloadSize, type } = record;
  const isExact = [record.seconds, record.fraction, record.tid]
    .every(Number.isSafeInteger);
  if (payload.length === payloadSize && isExact) {
    const again = encodeKtraceRecord(record, layout);
    if (!sameBytes(again, bytes.subarray(offset, offset + again.length))) {
      throw new Error(`record at ${offset} does not encode to its bytes`);
    }
  }
  work += kdumpText(record, layout, { thread: true, time: true, cpu: true })
    .length / 16;
  try {
    const decoded = decodePayload(type, payload, layout);
    if (!sameBytes(encodePayload(decoded, layout), payload)) {
      throw new Error(`payload at ${offset} does not encode to its bytes`);
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
  }
}

/** Traces of all machines. */
export const target: FuzzTarget = {
  name: "ktrace",
  seeds: () => MACHINES.map((machine) => sampleTrace(machine)),
  work: () => work,
  run(input) {
    work = 0;
    const layout = detectKtrace(input, true) ??
      { littleEndian: true, wordSize: 8 } as const;
    const [records, failure] = parse(input, layout, input.length + 1);
    for (const record of records) check(record, input, layout);
    const [pieces, pieceFailure] = parse(input, layout, 37);
    if (
      pieces.length !== records.length ||
      pieceFailure?.message !== failure?.message ||
      pieces.some(({ payload }, i) => !sameBytes(payload, records[i]!.payload))
    ) {
      throw new Error("pieces give something else than the whole");
    }
    work += records.length;
    if (failure !== undefined) throw failure;
  },
};
