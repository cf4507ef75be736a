import { assertEquals, assertRejects } from "@std/assert";
import type { TruncatedError } from "../../../formats/base/error.ts";
import {
  detectKtrace,
  encodeKtraceRecord,
  FormatError,
  KTR,
  type KtraceOptions,
  KtraceParser,
  type KtraceRecord,
  readKtrace,
} from "../../../formats/ktrace/mod.ts";
import {
  AMD64,
  concat,
  MACHINES,
  samplePayloads,
  sampleTrace,
  traceRecord,
} from "../../builders/ktrace.ts";

function* cut(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    yield bytes.slice(at, at + size);
  }
}

async function read(
  bytes: Uint8Array,
  size = bytes.length,
  options: KtraceOptions = {},
): Promise<KtraceRecord[]> {
  // Without a layout, readKtrace() gathers the pieces first.
  const layout = detectKtrace(bytes, true);
  const given = layout === undefined ? options : { ...options, layout };
  return await Array.fromAsync(readKtrace(cut(bytes, size), given));
}

/** Records up to the error, and the error. */
async function readDamaged(
  bytes: Uint8Array,
  size = bytes.length,
  options: KtraceOptions = {},
): Promise<[KtraceRecord[], FormatError]> {
  const records: KtraceRecord[] = [];
  const error = await assertRejects(async () => {
    const all = readKtrace(cut(bytes, size), { layout: AMD64, ...options });
    for await (const record of all) records.push(record);
  }, FormatError);
  return [records, error];
}

Deno.test("readKtrace() yields every record, whatever the pieces", async () => {
  for (const machine of MACHINES) {
    const bytes = sampleTrace(machine);
    const whole = await read(bytes);
    assertEquals(
      whole.map(({ type }) => type),
      samplePayloads(machine).map(([type]) => type),
    );
    assertEquals(whole[0]!.offset, 0);
    assertEquals(
      whole.map(({ payload }) => payload),
      samplePayloads(machine).map(([, payload]) => payload),
    );
    for (const size of [1, 7, 63, 64, 65, 200, 4096]) {
      assertEquals(await read(bytes, size), whole, `${size}`);
    }
  }
});

Deno.test("readKtrace() finds out the machine from the first pieces", async () => {
  for (const machine of MACHINES) {
    const bytes = sampleTrace(machine);
    const many = concat(new Array(40).fill(bytes));
    for (const [trace, size] of [[bytes, 10], [many, 5000]] as const) {
      const found = await Array.fromAsync(readKtrace(cut(trace, size)));
      assertEquals(found, await read(trace));
    }
  }
});

Deno.test("readKtrace() gives each record a name of its own, whatever the pieces", async () => {
  const names = ["first", "second", "third"];
  const bytes = concat(
    names.map((comm) => traceRecord(2, new Uint8Array(16), { comm })),
  );
  for (const size of [1, 50, bytes.length]) {
    const records = await read(bytes, size);
    assertEquals(
      records.map(({ comm }) =>
        new TextDecoder().decode(comm).replaceAll("\0", "")
      ),
      names,
    );
  }
});

Deno.test("encodeKtraceRecord() makes the trace anew, byte by byte", async () => {
  for (const machine of MACHINES) {
    const bytes = sampleTrace(machine);
    const records = await read(bytes);
    assertEquals(
      concat(records.map((record) => encodeKtraceRecord(record, machine))),
      bytes,
    );
  }
});

Deno.test("readKtrace() mixes header versions, as a file that two kernels wrote", async () => {
  const bytes = concat([
    traceRecord(2, new Uint8Array(16), { fraction: 999999 }, {
      ...AMD64,
      versioned: false,
    }),
    traceRecord(2, new Uint8Array(16), { fraction: 999999999 }),
  ]);
  const records = await read(bytes);
  assertEquals(records.map(({ isVersioned }) => isVersioned), [false, true]);
  assertEquals(records[1]!.offset, 56 + 16);
});

Deno.test("readKtrace() tells before which record others were lost", async () => {
  const bytes = concat([
    traceRecord(2, new Uint8Array(16)),
    traceRecord(2, new Uint8Array(16), { drop: true }),
  ]);
  const records = await read(bytes);
  assertEquals(records.map(({ isAfterLoss }) => isAfterLoss), [false, true]);
  assertEquals(records[1]!.type, KTR.SYSRET);
});

Deno.test("readKtrace() yields the good part of a trace that is cut off, then says where", async () => {
  const good = sampleTrace();
  const last = traceRecord(4, new Uint8Array(100));
  for (let size = 1; size < last.length; size++) {
    const bytes = concat([good, last.subarray(0, size)]);
    for (const piece of [bytes.length, 50]) {
      const [records, error] = await readDamaged(bytes, piece);
      assertEquals(records.length, 21);
      assertEquals([error.code, error.offset], ["truncated", good.length]);
      assertEquals(error.value, `${size}`);
    }
  }
});

Deno.test("readKtrace() stops at a negative length", async () => {
  const good = sampleTrace();
  const bad = traceRecord(2, new Uint8Array(16), { length: -5 });
  for (const size of [1, 100, 1 << 20]) {
    const [records, error] = await readDamaged(concat([good, bad, good]), size);
    assertEquals(records.length, 21);
    assertEquals(
      [error.code, error.field, error.offset, error.value],
      ["bad-value", "ktr_len", good.length, -5],
    );
  }
});

Deno.test("readKtrace() keeps at most the size asked for of a payload and goes on behind it", async () => {
  const data = new Uint8Array(5000).map((_, i) => i & 0xff);
  const bytes = concat([
    traceRecord(4, data),
    traceRecord(2, new Uint8Array(16)),
  ]);
  for (const size of [1, 1000, bytes.length]) {
    const [genio, sysret] = await read(bytes, size, { maxPayloadSize: 100 });
    assertEquals(genio!.payload, data.subarray(0, 100));
    assertEquals(genio!.payloadSize, 5000);
    assertEquals(sysret!.offset, 64 + 5000);
    assertEquals(sysret!.payload.length, 16);
  }
  // A record of 2 GiB costs what is kept of it.
  const huge = traceRecord(4, new Uint8Array(200), { length: 0x7fffffff });
  const [records, error] = await readDamaged(huge, 64, { maxPayloadSize: 100 });
  assertEquals(records.map(({ payload }) => payload.length), [100]);
  assertEquals((error as TruncatedError).needed, 64 + 0x7fffffff);
});

Deno.test("readKtrace() passes over types that nobody asked for", async () => {
  const bytes = sampleTrace();
  for (const size of [1, 33, bytes.length]) {
    const records = await read(bytes, size, { types: [KTR.EXTERR, KTR.CSW] });
    assertEquals(records.map(({ type }) => type), [6, 6, 18]);
  }
  const cutOff = bytes.subarray(0, bytes.length - 3);
  const [records, error] = await readDamaged(cutOff, 100, { types: [1] });
  assertEquals([records.length, error.code], [1, "truncated"]);
});

Deno.test("readKtrace() refuses what is no trace, and takes an empty one", async () => {
  assertEquals(await read(new Uint8Array(0)), []);
  const others = [
    new Uint8Array(200),
    new TextEncoder().encode(
      "just some text, long enough for a header of a trace ".repeat(3),
    ),
    new Uint8Array(70000).fill(0xff),
    Uint8Array.of(1, 2, 3),
  ];
  for (const bytes of others) {
    const error = await assertRejects(() => read(bytes), FormatError);
    assertEquals(error.code, "bad-magic");
  }
});

Deno.test("detectKtrace() finds the machine of traces of one record and of many", () => {
  for (const machine of MACHINES) {
    const { littleEndian, wordSize } = machine;
    const expected = { littleEndian, wordSize };
    assertEquals(detectKtrace(sampleTrace(machine), true), expected);
    for (const [type, payload] of samplePayloads(machine)) {
      const one = traceRecord(type, payload, {}, machine);
      assertEquals(detectKtrace(one, true), expected, `${type}`);
    }
    // The head of a larger file, which ends in the middle of a record.
    const bytes = sampleTrace(machine);
    assertEquals(detectKtrace(bytes.subarray(0, 300), false), expected);
  }
});

Deno.test("detectKtrace() wants sensible headers", () => {
  const wrong = [
    traceRecord(0, new Uint8Array(16)),
    traceRecord(64, new Uint8Array(16)),
    traceRecord(2, new Uint8Array(16), { pid: -1 }),
    traceRecord(2, new Uint8Array(16), { pid: 20_000_000 }),
    traceRecord(2, new Uint8Array(16), { fraction: 1_000_000_000 }),
    traceRecord(2, new Uint8Array(16), { seconds: -1 }),
    traceRecord(2, new Uint8Array(16), { comm: "a\x01b" }),
    traceRecord(2, new Uint8Array(16), { comm: "twenty characters ab" }),
    traceRecord(2, new Uint8Array(16), { length: -1 }),
    traceRecord(2, new Uint8Array(16), { length: 17 }),
    traceRecord(2, new Uint8Array(16), { cpu: -1 }),
  ];
  for (const [index, bytes] of wrong.entries()) {
    assertEquals(detectKtrace(bytes, true), undefined, `${index}`);
  }
});

Deno.test("KtraceParser holds no more than a chunk and a record", () => {
  const parser = new KtraceParser(AMD64, { maxPayloadSize: 64 });
  const chunk = concat([
    traceRecord(4, new Uint8Array(4000)),
    traceRecord(18, new Uint8Array(200)),
  ]);
  let count = 0;
  for (let round = 0; round < 50; round++) {
    for (const piece of cut(chunk, 777)) {
      for (const { payload } of parser.push(piece)) {
        count++;
        assertEquals(payload.length, 64);
      }
    }
  }
  assertEquals([count, parser.end()], [100, undefined]);
});
