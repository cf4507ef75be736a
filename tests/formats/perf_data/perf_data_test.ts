import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  BytesSource,
  decodeComm,
  decodeLost,
  decodeMapping,
  decodeTask,
  FormatError,
  openPerfData,
  openPerfStream,
  type PerfData,
  type RecordBytes,
  RecordType,
} from "../../../formats/perf_data/mod.ts";
import {
  BIT,
  DWARF_SAMPLE,
  type EventFields,
  PerfDataBuilder,
  X86_REGISTERS,
  x86Registers,
} from "../../builders/perf_data.ts";

const EVENT: EventFields = {
  sampleType: DWARF_SAMPLE,
  flags: [1, 10, 18, 23],
  registers: X86_REGISTERS,
  stackSize: 64,
};

function smallCapture(littleEndian: boolean): PerfDataBuilder {
  return new PerfDataBuilder([EVENT], littleEndian)
    .comm(7, 8, "worker", 5n, true)
    .mmap2({
      pid: 7,
      start: 0x7f00_0000_1000n,
      size: 0x2000n,
      offset: 0x1000n,
      path: "/lib/libx.so",
      buildId: [0xab, 0xcd, 1, 2],
      time: 6n,
    })
    .fork(9, 9, 7, 8, 7n)
    .lost(12n, 8n)
    .sample({
      ip: 0xffff_ffff_8100_0000n,
      pid: 7,
      tid: 8,
      time: 0x1_0000_0002n,
      period: 0x2_0000_0001n,
      chain: [-128n, 0xffff_ffff_8100_0000n],
      registers: x86Registers({ ip: 0x7f00_0000_1234n, sp: 0x7ffc_0000_0010n }),
      stack: Uint8Array.from({ length: 64 }, (_, i) => i),
      stackValid: 48,
    })
    .textFeature(3, "box")
    .textFeature(4, "6.18.1");
}

/** The types of all records. */
async function drain(data: PerfData): Promise<number[]> {
  const types: number[] = [];
  do {
    while (data.records.next()) types.push(data.records.type);
  } while (await data.records.fill());
  return types;
}

/** The first record of a type, without its sample id. */
async function find(data: PerfData, type: number): Promise<RecordBytes> {
  const { records, header, events } = data;
  do {
    while (records.next()) {
      if (records.type !== type) continue;
      const idSize = type < 64 && type !== RecordType.SAMPLE
        ? events.events[0]!.sampleId.size
        : 0;
      return {
        view: records.chunk.view,
        offset: records.offset,
        size: records.size - idSize,
        littleEndian: header.littleEndian,
      };
    }
  } while (await records.fill());
  throw new Error(`No record of type ${type}`);
}

async function* pieces(
  bytes: Uint8Array,
  size: number,
): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    yield await Promise.resolve(bytes.subarray(at, at + size));
  }
}

for (const littleEndian of [true, false]) {
  const order = littleEndian ? "little-endian" : "big-endian";

  Deno.test(`openPerfData() reads events, features and every record of a ${order} file`, async () => {
    const open = () =>
      openPerfData(new BytesSource(smallCapture(littleEndian).build()));
    const data = await open();
    assertEquals(data.header.littleEndian, littleEndian);
    assertEquals(data.features.hostName, "box");
    assertEquals(data.features.release, "6.18.1");
    assertEquals(data.warnings, []);
    assertEquals(data.events.events.map(({ name }) => name), ["cpu-clock"]);
    assertEquals(await drain(data), [3, 10, 7, 2, 9]);
    assertEquals(data.records.error, undefined);
    const comm = decodeComm(await find(await open(), RecordType.COMM));
    assertEquals(comm, { pid: 7, tid: 8, comm: "worker", isExec: true });
    assertEquals(
      decodeMapping(await find(await open(), RecordType.MMAP2)),
      {
        pid: 7,
        tid: 7,
        start: 0x7f00_0000_1000,
        end: 0x7f00_0000_3000,
        fileOffset: 0x1000,
        executable: true,
        buildId: "abcd0102",
        path: "/lib/libx.so",
      },
    );
    const task = decodeTask(await find(await open(), RecordType.FORK));
    assertEquals(task, { pid: 9, parentPid: 7, tid: 9, parentTid: 8 });
    assertEquals(decodeLost(await find(await open(), RecordType.LOST)), 12);
  });

  Deno.test(`SampleDecoder.decode() finds every part of a ${order} sample`, async () => {
    const data = await openPerfData(
      new BytesSource(smallCapture(littleEndian).build()),
    );
    const { view, offset, size } = await find(data, RecordType.SAMPLE);
    const { decoder } = data.events.ofSample(view, offset, size)!;
    assert(decoder.decode(view, offset, size));
    assertEquals([decoder.pid, decoder.tid, decoder.cpu], [7, 8, -1]);
    assertEquals([decoder.timeHigh, decoder.timeLow], [1, 2]);
    assertEquals(decoder.period, 0x2_0000_0001);
    assertEquals(decoder.chainCount, 2);
    assertEquals(
      view.getBigInt64(decoder.chainOffset, littleEndian),
      -128n,
    );
    assertEquals([decoder.registersAbi, decoder.registerCount], [2, 20]);
    assertEquals(
      view.getBigUint64(decoder.registersOffset + 64, littleEndian),
      0x7f00_0000_1234n,
    );
    assertEquals([decoder.stackSize, decoder.stackRoom], [48, 64]);
    assertEquals(view.getUint8(decoder.stackOffset + 5), 5);
    for (let cut = 8; cut < size; cut += 8) {
      assertEquals(decoder.decode(view, offset, size - cut), false, `${cut}`);
    }
  });

  Deno.test(`openPerfStream() gives the same records of a ${order} stream, whatever its pieces`, async () => {
    const bytes = smallCapture(littleEndian).buildPipe();
    for (const size of [1, 7, 1000, 1 << 20]) {
      const data = await openPerfStream(pieces(bytes, size));
      const types: number[] = [];
      do {
        while (data.records.next()) {
          types.push(data.records.type);
          if (data.records.type >= 64) data.describe();
        }
      } while (await data.records.fill());
      assertEquals(types, [64, 80, 80, 3, 10, 7, 2, 9]);
      assertEquals(data.features.hostName, "box");
      assertEquals(data.events.events.length, 1);
      assertEquals(data.warnings, []);
    }
  });
}

Deno.test("openPerfStream() reads a file that comes through a pipe, without what stands behind its records", async () => {
  const bytes = smallCapture(true).build();
  const data = await openPerfStream(pieces(bytes, 100));
  assertEquals(data.events.events.length, 1);
  assertEquals(await drain(data), [3, 10, 7, 2, 9]);
  assertEquals(data.records.error, undefined);
});

Deno.test("openPerfData() reads to the end where the recorder died before it wrote the size", async () => {
  const data = await openPerfData(
    new BytesSource(smallCapture(true).build(0).subarray(0, -40)),
  );
  assertEquals(data.warnings.map(({ code }) => code), ["truncated"]);
  const types = await drain(data);
  assertEquals(types.slice(0, 4), [3, 10, 7, 2]);
  assert(data.records.error instanceof FormatError);
});

Deno.test("RecordStream tells where a record is smaller than its header, and ends there", async () => {
  const builder = new PerfDataBuilder([EVENT]).lost(1n);
  const bytes = builder.build();
  bytes[104 + 160 + 6] = 7; // size of the first record
  bytes[104 + 160 + 7] = 0;
  const data = await openPerfData(new BytesSource(bytes));
  assertEquals(await drain(data), []);
  const { error } = data.records;
  assertEquals([error?.code, error?.field], ["bad-value", "record size"]);
  assertEquals(error?.offset, 264);
});

Deno.test("RecordStream passes over what stands behind AUXTRACE and TRACING_DATA records", async () => {
  const builder = new PerfDataBuilder([EVENT]);
  const trace = builder.bytes().u64(24).u64(0).u64(0).u32(0).u32(0).u32(0)
    .u32(0).done();
  builder.record(71, 0, trace);
  const plain = new PerfDataBuilder([EVENT]).lost(3n).data();
  const bytes = builder.bytes().raw(builder.data())
    .raw(new Uint8Array(24).fill(0xff)).raw(plain).done();
  const whole = new PerfDataBuilder([EVENT]).build();
  const file = builder.bytes().raw(whole.subarray(0, 264)).raw(bytes).done();
  new DataView(file.buffer).setBigUint64(48, BigInt(bytes.length), true);
  const data = await openPerfData(new BytesSource(file));
  assertEquals(await drain(data), [71, 2]);
});

Deno.test("RecordStream opens compressed records as one stream, across which records may lie", async () => {
  const inner = new PerfDataBuilder([EVENT]).lost(1n).lost(2n).lost(3n).data();
  // A stand-in for zstd: bytes are turned over, and come out two records later.
  const builder = new PerfDataBuilder([EVENT]);
  for (let at = 0; at < inner.length; at += 20) {
    const part = inner.slice(at, at + 20).map((byte) => byte ^ 0xff);
    if (at === 20) builder.finishedRound();
    if (at > 60) {
      const padded = builder.bytes().u64(part.length).raw(part).pad(8).done();
      builder.record(83, 0, padded);
    } else builder.record(81, 0, part);
  }
  const data = await openPerfData(new BytesSource(builder.build()), {
    decompressor: () => ({
      push: (piece) => [
        piece.slice(0, 3).map((byte) => byte ^ 0xff),
        piece.slice(3).map((byte) => byte ^ 0xff),
      ],
    }),
  });
  assertEquals(await drain(data), [68, 2, 2, 2]);
  assertEquals(data.records.error, undefined);
});

Deno.test("RecordStream says so where compressed records cannot be opened", async () => {
  const builder = new PerfDataBuilder([EVENT]).lost(1n)
    .record(81, 0, new Uint8Array(8));
  const plain = await openPerfData(new BytesSource(builder.build()));
  assertEquals(await drain(plain), [2]);
  assertEquals(plain.records.error?.code, "unsupported");
  const failing = await openPerfData(new BytesSource(builder.build()), {
    decompressor: () => ({
      push: () => {
        throw new Error("no such block");
      },
    }),
  });
  assertEquals(await drain(failing), [2]);
  assertEquals(failing.records.error?.field, "compressed record");
});

Deno.test("EventTable tells several events apart by the identifier of each record", async () => {
  const sampleType = BIT.identifier | BIT.tid | BIT.time | BIT.cpu;
  const events: EventFields[] = [
    { sampleType, flags: [18], ids: [100n, 101n] },
    { sampleType: sampleType | BIT.period, flags: [18], ids: [0x1_0000_0000n] },
  ];
  const builder = new PerfDataBuilder(events)
    .sample({ id: 101n, pid: 1, tid: 1, cpu: 3 })
    .sample({ id: 0x1_0000_0000n, pid: 2, tid: 2, period: 9n }, 1)
    .sample({ id: 55n, pid: 3, tid: 3 });
  const { records, events: table } = await openPerfData(
    new BytesSource(builder.build()),
  );
  const found: number[][] = [];
  do {
    while (records.next()) {
      const { chunk: { view }, offset, size } = records;
      const { index, decoder } = table.ofSample(view, offset, size)!;
      assert(decoder.decode(view, offset, size));
      found.push([index, decoder.pid, decoder.period, decoder.cpu]);
    }
  } while (await records.fill());
  assertEquals(found, [[0, 1, 1, 3], [1, 2, 9, 0], [0, 3, 1, 0]]);
});

Deno.test("SampleDecoder.decode() passes over counters and raw data", async () => {
  for (const readFormat of [0, 4, 7, 8, 15, 31]) {
    const event: EventFields = {
      sampleType: BIT.tid | BIT.read | BIT.chain | BIT.raw | BIT.stack,
      readFormat,
    };
    const builder = new PerfDataBuilder([event]).sample({
      chain: [5n],
      raw: new Uint8Array(13),
      stack: new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]),
    });
    const data = await openPerfData(new BytesSource(builder.build()));
    const { view, offset, size } = await find(data, RecordType.SAMPLE);
    const { decoder } = data.events.events[0]!;
    assert(decoder.decode(view, offset, size), `${readFormat}`);
    assertEquals(view.getUint8(decoder.stackOffset), 1);
    assertEquals(view.getUint8(decoder.chainOffset), 5);
  }
});

Deno.test("openPerfData() refuses what is no capture", async () => {
  const good = smallCapture(true).build();
  const cases: [change: (bytes: Uint8Array) => Uint8Array, code: string][] = [
    [() => new Uint8Array(0), "bad-magic"],
    [() => new TextEncoder().encode("PERFFILE________________"), "unsupported"],
    [(bytes) => bytes.subarray(0, 60), "truncated"],
    [(bytes) => bytes.fill(0xff, 24, 32), "out-of-bounds"],
    [(bytes) => bytes.fill(0x7f, 25, 28), "truncated"],
    [(bytes) => bytes.fill(0, 16, 24), "bad-value"],
    [(bytes) => bytes.fill(0, 8, 16), "bad-value"],
  ];
  for (const [change, code] of cases) {
    const bytes = change(good.slice());
    const error = await assertRejects(
      () => openPerfData(new BytesSource(bytes)),
      FormatError,
    );
    assertEquals((error as FormatError).code, code);
  }
});

Deno.test("openPerfData() keeps what a capture with broken features has", async () => {
  const builder = smallCapture(true);
  builder.feature(12, builder.bytes().u32(0xffff_ffff).u32(144).done());
  const data = await openPerfData(new BytesSource(builder.build()));
  assertEquals(data.features.hostName, "box");
  assertEquals(data.warnings.map(({ field }) => field), ["event count"]);
  assertEquals((await drain(data)).length, 5);
});
