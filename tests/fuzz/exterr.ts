/**
 * Extended errors: records, their texts and the search for them; the command over inputs of any kind.
 */
import {
  type ByteSource,
  BytesSource,
} from "../../formats/base/byte_source.ts";
import {
  decodeKexterr,
  decodeRecord,
  describeErrno,
  describeKexterr,
  encodeKexterr,
  encodeRecord,
  errorToRecord,
  findRecords,
  FormatError,
  formatRecord,
  messageTemplate,
} from "../../formats/exterr/mod.ts";
import { main } from "../../cli/main.ts";
import { FakeIo } from "../cli/fake_io.ts";
import { buildCore } from "../builders/core.ts";
import { buildRecord, SAMPLE } from "../builders/exterr.ts";
import { concat, MACHINES, sampleTrace } from "../builders/ktrace.ts";
import type { FuzzTarget } from "./target.ts";

let work = 0;

/** Counts the bytes that are read. */
class CountingSource implements ByteSource {
  readonly size: number;
  private readonly source: BytesSource;

  constructor(bytes: Uint8Array) {
    this.source = new BytesSource(bytes);
    this.size = bytes.length;
  }

  read(offset: number, length: number): Uint8Array {
    const bytes = this.source.read(offset, length);
    work += bytes.length;
    return bytes;
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function checkRecord(bytes: Uint8Array, offset: number, little: boolean): void {
  const record = decodeRecord(bytes, offset, little);
  const again = encodeRecord(record, little);
  if (!sameBytes(again, bytes.subarray(offset, offset + 200))) {
    throw new Error("the record does not encode to its bytes");
  }
  messageTemplate(record);
  describeErrno(record.error);
  for (const form of ["default", "brief", "full"] as const) {
    for (const stale of [true, false]) {
      const text = formatRecord(record, { form, stale });
      // Bytes that are no UTF-8 become up to three bytes each.
      if (text.length > 255) throw new Error("the text is too long");
      work += text.length;
    }
  }
}

function checkKernelRecord(bytes: Uint8Array, little: boolean): void {
  const record = decodeKexterr(bytes, 0, little);
  if (!sameBytes(encodeKexterr(record, little), bytes.subarray(0, 40))) {
    throw new Error("the kernel's record does not encode to its bytes");
  }
  describeKexterr(record, undefined);
}

async function scan(bytes: Uint8Array, little: boolean): Promise<void> {
  const regions = [
    { address: -0x1000, offset: 0, size: bytes.length },
    { address: 4, offset: 100, size: 2 ** 40 },
  ];
  const options = { littleEndian: little, alignment: 4 } as const;
  const source = new CountingSource(bytes);
  for await (const found of findRecords(source, regions, options)) {
    checkRecord(bytes, found.offset, little);
  }
}

/** Records, texts, search. */
export const target: FuzzTarget = {
  name: "exterr",
  seeds: () => [
    buildRecord(SAMPLE),
    buildRecord({ ...SAMPLE, msg: "%#jx %-20jd|%05x|%%|%n|%s|%.300d|%c%p" }),
    buildRecord({ ...SAMPLE, msg: "%hhd %lb %w16u %+d % i %'d %#o %C" }, false),
    concat([buildRecord(SAMPLE), new Uint8Array(48), buildRecord({})]),
  ],
  work: () => work,
  async run(input) {
    work = 0;
    let failure: FormatError | undefined;
    for (const little of [true, false]) {
      await scan(input, little);
      if (input.length >= 40) checkKernelRecord(input, little);
    }
    try {
      const little = input[0] !== 0x10;
      for (let at = 0; at + 200 <= input.length; at += 200) {
        checkRecord(input, at, little);
      }
      if (input.length < 200) decodeRecord(input, 0, little);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      failure = error;
      formatRecord(errorToRecord(error));
    }
    if (failure !== undefined && input.length < 200) throw failure;
  },
};

/** The command, with input that may be anything. */
export const commandTarget: FuzzTarget = {
  name: "exterr_command",
  seeds: () => [
    buildRecord(SAMPLE),
    ...MACHINES.slice(0, 2).map((machine) => sampleTrace(machine)),
    buildCore({
      machine: "x86-64",
      threads: [{ tid: 10, registers: { fs_base: 0x20100n, rsp: 0x20000n } }],
      segments: [{ address: 0x20000n, data: buildRecord(SAMPLE) }],
    }),
  ],
  async run(input) {
    const options = [[], ["--json", "--all"], ["--as", "memory"], [
      "--as",
      "ktrace",
      "--kdump",
    ], ["--as", "record", "--form", "full"]];
    for (const list of options) {
      const io = new FakeIo({ files: { file: input } });
      const code = await main(["exterr", ...list, "file"], io);
      if (code > 1) throw new Error(`exit code ${code}`);
      if (list.includes("--json")) {
        JSON.parse(io.out);
        continue;
      }
      // deno-lint-ignore no-control-regex
      if (/[\x00-\x08\x0b-\x1f\x7f]/.test(io.out + io.err)) {
        throw new Error("control characters reach the terminal");
      }
    }
  },
};
