import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  decodeRecord,
  detectRecordOrder,
  encodeRecord,
  FormatError,
  makeRecord,
  messageTemplate,
  VERSION,
} from "../../../formats/exterr/mod.ts";
import { buildRecord, fromHex, SAMPLE } from "../../builders/exterr.ts";

/** The documented bytes of {@linkcode SAMPLE}. */
const SAMPLE_HEAD = fromHex(`
  02000110 2d000000 01000000 36010000
  00000000 00000000 03000000 00000000
  01000000 00000000`);

Deno.test("decodeRecord() reads the documented bytes in both orders", () => {
  const little = buildRecord(SAMPLE);
  assertEquals(little.subarray(0, 40), SAMPLE_HEAD);
  for (const littleEndian of [true, false]) {
    const bytes = buildRecord(SAMPLE, littleEndian);
    const record = decodeRecord(bytes, 0, littleEndian);
    assertEquals(record.version, VERSION.CURRENT);
    assertEquals(record.error, 45);
    assertEquals(record.category, 1);
    assertEquals(record.sourceLine, 310);
    assertEquals([record.p1, record.p2], [3n, 1n]);
    assertEquals([record.flags, record.reserved0], [0, 0]);
    assertEquals(record.reserved1, [0n, 0n, 0n, 0n]);
    assertEquals(messageTemplate(record), "prot is not subset of max_prot");
    assertEquals(encodeRecord(record, littleEndian), bytes);
  }
});

Deno.test("encodeRecord() gives back every byte of a record, those without a meaning too", () => {
  for (const littleEndian of [true, false]) {
    const bytes = new Uint8Array(200).map((_, i) => (i * 151 + 7) & 0xff);
    bytes.set(buildRecord(SAMPLE, littleEndian).subarray(0, 4));
    const record = decodeRecord(bytes, 0, littleEndian);
    assertEquals(encodeRecord(record, littleEndian), bytes);
  }
});

Deno.test("decodeRecord() takes versions that it knows and the 0 of trace records, at any offset", () => {
  for (const ver of [0x10010001, 0x10010002, 0]) {
    const bytes = new Uint8Array(207);
    bytes.set(buildRecord({ ...SAMPLE, ver }), 7);
    assertEquals(decodeRecord(bytes, 7, true).version, ver);
  }
  const error = assertThrows(
    () => decodeRecord(buildRecord({ ver: 0x10010003 }), 0, true),
    FormatError,
  );
  assertEquals(
    [error.code, error.field, error.offset, error.value],
    ["unsupported", "ver", 0, 0x10010003],
  );
});

Deno.test("decodeRecord() refuses bytes that end early", () => {
  for (const [size, offset] of [[199, 0], [200, 1], [0, 0], [200, -1]]) {
    const error = assertThrows(
      () => decodeRecord(new Uint8Array(size!), offset!, true),
      FormatError,
    );
    assertEquals([error.code, error.offset], ["truncated", offset]);
  }
});

Deno.test("makeRecord() cuts messages to 127 bytes and a NUL, and leaves out what is not given", () => {
  const fits = makeRecord({ error: 22, message: "m".repeat(127) });
  assertEquals(messageTemplate(fits), "m".repeat(127));
  const cut = makeRecord({ error: 22, message: "m".repeat(200) });
  assertEquals(messageTemplate(cut), "m".repeat(127));
  assertEquals(encodeRecord(cut, true)[199], 0);
  // No character is cut in the middle.
  const wide = makeRecord({ error: 22, message: `${"m".repeat(126)}é` });
  assertEquals(messageTemplate(wide), "m".repeat(126));
  // A string of C ends at its first NUL.
  const ended = makeRecord({ error: 22, message: "a\0b" });
  assertEquals(encodeRecord(ended, true), buildRecord({ error: 22, msg: "a" }));
  const empty = encodeRecord(makeRecord({ error: 1 }), true);
  assertEquals(empty, buildRecord({ error: 1 }));
});

Deno.test("makeRecord() sign-extends negative parameters", () => {
  const { p1, p2 } = makeRecord({ error: 22, p1: -1, p2: -2n });
  assertEquals([p1, p2], [0xffffffffffffffffn, 0xfffffffffffffffen]);
});

Deno.test("encodeRecord() refuses fields that the record has no room for", () => {
  const record = makeRecord({ error: 1 });
  assertThrows(
    () => encodeRecord({ ...record, message: new Uint8Array(129) }, true),
    RangeError,
  );
  assertThrows(
    () => encodeRecord({ ...record, reserved1: [0n, 0n, 0n, 0n, 0n] }, true),
    RangeError,
  );
});

Deno.test("detectRecordOrder() tells the byte order by the version", () => {
  assertEquals(detectRecordOrder(buildRecord(SAMPLE)), true);
  assertEquals(detectRecordOrder(buildRecord(SAMPLE, false)), false);
  assertEquals(detectRecordOrder(buildRecord({ ver: 0x10010001 })), true);
  assertEquals(detectRecordOrder(new Uint8Array(200)), undefined);
  assert(detectRecordOrder(buildRecord(SAMPLE).subarray(0, 199)) === undefined);
});
