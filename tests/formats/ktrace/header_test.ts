import { assertEquals, assertThrows } from "@std/assert";
import {
  decodeHeader,
  encodeHeader,
  FormatError,
  headerSize,
  KTR,
  nanosecondsOf,
  threadOf,
} from "../../../formats/ktrace/mod.ts";
import { fromHex } from "../../builders/exterr.ts";
import { MACHINES, traceRecord } from "../../builders/ktrace.ts";

const LP64 = { littleEndian: true, wordSize: 8 } as const;
/** The documented header: SYSRET of `ls`, process 812, thread 100321 on processor 2. */
const SYSRET = fromHex(`
  10000000 0240 0100 2c030000 6c73 000000000000 000000000000 000000000000
  005d306800000000 15cd5b0700000000 e187010000000000 02000000 00000000`);

Deno.test("decodeHeader() reads the documented bytes", () => {
  assertEquals(SYSRET.length, 64);
  const header = decodeHeader(SYSRET, 0, LP64);
  assertEquals(header.payloadSize, 16);
  assertEquals(header.type, KTR.SYSRET);
  assertEquals([header.isVersioned, header.version], [true, 1]);
  assertEquals(header.isAfterLoss, false);
  assertEquals(header.pid, 812);
  assertEquals(header.comm.subarray(0, 3), new TextEncoder().encode("ls\0"));
  assertEquals([header.seconds, header.fraction], [1748000000, 123456789]);
  assertEquals([header.tid, header.cpu], [100321, 2]);
  assertEquals(encodeHeader(header, LP64), SYSRET);
});

Deno.test("decodeHeader() knows both versions on all machines by their sizes", () => {
  const sizes = { "8true": 64, "8false": 56, "4true": 48, "4false": 44 };
  for (const machine of MACHINES) {
    const { wordSize, versioned } = machine;
    const bytes = traceRecord(14, new Uint8Array(0), {}, machine);
    const size = headerSize(versioned, machine);
    assertEquals(size, sizes[`${wordSize}${versioned}`]);
    assertEquals(bytes.length, size);
    const header = decodeHeader(bytes, 0, machine);
    assertEquals(header.isVersioned, versioned);
    assertEquals(header.pid, 812);
    assertEquals([header.seconds, header.fraction], [1748000000, 123456]);
    assertEquals(header.tid, 100321);
    assertEquals(header.cpu, versioned ? 2 : 0);
    assertEquals(encodeHeader(header, machine), bytes);
  }
});

Deno.test("encodeHeader() gives back padding and what stands behind a name", () => {
  for (const machine of MACHINES) {
    const size = headerSize(machine.versioned, machine);
    const bytes = new Uint8Array(size).map((_, i) => (i * 37 + 5) & 0x7f);
    const view = new DataView(bytes.buffer);
    view.setUint16(
      4,
      machine.versioned ? 0xc012 : 0x8012,
      machine.littleEndian,
    );
    for (let at = 32; at + 8 <= 56 && machine.wordSize === 8; at += 8) {
      // Exact up to 2⁵³.
      view.setBigInt64(at, -123456789012345n, machine.littleEndian);
    }
    const header = decodeHeader(bytes, 0, machine);
    assertEquals([header.isAfterLoss, header.type], [true, KTR.EXTERR]);
    assertEquals(encodeHeader(header, machine), bytes);
  }
});

Deno.test("decodeHeader() refuses negative lengths and what is cut off, at its place in the file", () => {
  const negative = traceRecord(2, new Uint8Array(16), { length: -1 });
  const error = assertThrows(
    () => decodeHeader(negative, 0, LP64, 0x500),
    FormatError,
  );
  assertEquals(
    [error.code, error.field, error.offset, error.value],
    ["bad-value", "ktr_len", 0x500, -1],
  );
  for (const size of [0, 7, 8, 63]) {
    const cut = assertThrows(
      () => decodeHeader(SYSRET.subarray(0, size), 0, LP64),
      FormatError,
    );
    assertEquals(cut.code, "truncated");
  }
});

Deno.test("nanosecondsOf() takes microseconds of old headers, threadOf() no addresses", () => {
  const header = decodeHeader(SYSRET, 0, LP64);
  assertEquals(nanosecondsOf(header), 123456789);
  assertEquals(
    nanosecondsOf({ ...header, isVersioned: false, fraction: 123456 }),
    123456000,
  );
  assertEquals(threadOf(header), 100321);
  assertEquals(threadOf({ ...header, tid: -0x7ff0_0000_0000 }), 0);
  assertEquals(threadOf({ ...header, tid: 0 }), 0);
});
