import { assertEquals, assertThrows } from "@std/assert";
import {
  decodeKexterr,
  describeKexterr,
  encodeKexterr,
  encodeRecord,
  FormatError,
  type Kexterr,
  userRecord,
} from "../../../formats/exterr/mod.ts";
import { buildRecord, fromHex } from "../../builders/exterr.ts";

const BYTES = fromHex(`
  2d000000 efbeadde 00204082ffffffff
  0300000000000000 ffffffffffffffff
  01000000 36010000`);
const RECORD: Kexterr = {
  error: 45,
  padding: 0xdeadbeef,
  messageAddress: 0xffffffff82402000n,
  p1: 3n,
  p2: 0xffffffffffffffffn,
  category: 1,
  sourceLine: 310,
};

Deno.test("decodeKexterr() and encodeKexterr() agree byte by byte", () => {
  assertEquals(decodeKexterr(BYTES, 0, true), RECORD);
  assertEquals(encodeKexterr(RECORD, true), BYTES);
  const big = encodeKexterr(RECORD, false);
  assertEquals(big.subarray(0, 4), fromHex("0000002d"));
  assertEquals(decodeKexterr(big, 0, false), RECORD);
  assertEquals(
    decodeKexterr(encodeKexterr({ ...RECORD, error: -1 }, true), 0, true).error,
    -1,
  );
});

Deno.test("decodeKexterr() refuses fewer than 40 bytes", () => {
  const error = assertThrows(
    () => decodeKexterr(BYTES, 1, true),
    FormatError,
  );
  assertEquals([error.code, error.format, error.offset], [
    "truncated",
    "kexterr",
    1,
  ]);
});

Deno.test("userRecord() is what the kernel copies out, without a version", () => {
  const parts = { error: 45, cat: 1, line: 310, p1: 3n, p2: 2n ** 64n - 1n };
  assertEquals(
    encodeRecord(userRecord(RECORD, "m".repeat(200)), true),
    buildRecord({ ...parts, ver: 0, msg: "m".repeat(127) }),
  );
  // A kernel without messages.
  assertEquals(
    encodeRecord(userRecord(RECORD, undefined, 0x10010002), true),
    buildRecord({ ...parts, ver: 0x10010002 }),
  );
});

Deno.test("describeKexterr() has the shape of the kernel debugger's line", () => {
  assertEquals(
    describeKexterr(RECORD, undefined),
    "errno 45 cat 1 msg <none> p1 0x3 p2 0xffffffffffffffff line 310",
  );
  assertEquals(
    describeKexterr({ ...RECORD, p2: 0n }, "text"),
    "errno 45 cat 1 msg text p1 0x3 p2 0x0 line 310",
  );
});
