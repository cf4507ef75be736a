import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  decodeSFrame,
  FormatError,
  isSFrame,
  openSFrame,
} from "../../../formats/sframe/mod.ts";
import { ABI, buildSFrame } from "../../builders/sframe.ts";

const functions = [{
  start: 0x1000,
  size: 16,
  rows: [{ start: 0, words: [8] }],
}];
const good = () => buildSFrame({ version: 3, address: 0x2000, functions });

function errorOf(bytes: Uint8Array, offset = 0): FormatError {
  return assertThrows(() => openSFrame(bytes, 0x2000, { offset }), FormatError);
}

function patched(at: number, ...values: number[]): Uint8Array {
  const bytes = good();
  bytes.set(values, at);
  return bytes;
}

Deno.test("openSFrame() reads all header fields in both byte orders", () => {
  for (const abi of [ABI.AARCH64_BE, ABI.AARCH64_LE, ABI.S390X]) {
    const bytes = buildSFrame({
      version: 2,
      address: 0x2000,
      abi,
      fixedRa: -24,
      fixedFp: -16,
      auxSize: 3,
      functions,
    });
    const { header, size } = openSFrame(bytes, 0x2000);
    assertEquals(header, {
      version: 2,
      flags: 5,
      abi,
      littleEndian: abi === ABI.AARCH64_LE,
      fixedFpOffset: -16,
      fixedRaOffset: -24,
      auxHeaderSize: 3,
      fdeCount: 1,
      freCount: 1,
      freSize: 3,
      fdeOffset: 0,
      freOffset: 20,
    });
    assertEquals(size, 28 + 3 + 20 + 3);
  }
});

Deno.test("openSFrame() takes a section with bytes behind it", () => {
  const bytes = good();
  const longer = new Uint8Array(bytes.length + 50).fill(0xff);
  longer.set(bytes);
  assertEquals(openSFrame(longer, 0x2000).size, bytes.length);
});

Deno.test("openSFrame() names the field that is wrong", () => {
  const cases: [Uint8Array, string, string, number][] = [
    [new Uint8Array(0), "truncated", "preamble", 0],
    [good().subarray(0, 27), "truncated", "header", 0],
    [patched(0, 0xe2, 0xe2), "bad-magic", "magic", 0],
    [patched(2, 0), "unsupported", "version", 2],
    [patched(2, 4), "unsupported", "version", 2],
    [patched(3, 2), "bad-value", "flags", 3],
    [patched(4, 0), "unsupported", "abi_arch", 4],
    [patched(4, 5), "unsupported", "abi_arch", 4],
    [patched(8, 2), "out-of-bounds", "num_fdes", 8],
    [patched(8, 0xff, 0xff, 0xff, 0xff), "out-of-bounds", "num_fdes", 8],
    [patched(7, 1), "out-of-bounds", "fre_len", 16],
    [patched(16, 9), "out-of-bounds", "fre_len", 16],
    [patched(24, 17), "out-of-bounds", "fre_len", 16],
    [patched(20, 1), "out-of-bounds", "num_fdes", 8],
  ];
  for (const [bytes, code, field, offset] of cases) {
    const error = errorOf(bytes);
    assertEquals([error.code, error.field, error.offset], [
      code,
      field,
      offset,
    ]);
  }
});

Deno.test("openSFrame() knows which flags each version may have", () => {
  const valid = { 1: 0x3, 2: 0x7, 3: 0x5 };
  for (const version of [1, 2, 3] as const) {
    for (let bit = 1; bit < 0x100; bit <<= 1) {
      const bytes = buildSFrame({
        version,
        flags: bit,
        address: 0x2000,
        functions,
      });
      const expected = (valid[version] & bit) !== 0;
      assertEquals(isSFrame(bytes), expected);
      if (expected) openSFrame(bytes, 0x2000);
      else assertEquals(errorOf(bytes).field, "flags");
    }
  }
});

Deno.test("openSFrame() counts error offsets from the first byte given", () => {
  const bytes = new Uint8Array([...new Uint8Array(8), ...patched(3, 0x40)]);
  assertEquals(errorOf(bytes, 8).offset, 11);
  assertEquals(errorOf(bytes, 2 ** 40).code, "truncated");
  assertEquals(errorOf(bytes, -1).code, "truncated");
  assertEquals(errorOf(bytes, NaN).code, "truncated");
});

Deno.test("isSFrame() never throws", () => {
  assert(isSFrame(good()));
  for (let length = 0; length < 4; length++) {
    assert(!isSFrame(good().subarray(0, length)));
  }
  assert(!isSFrame(Uint8Array.of(0x7f, 0x45, 0x4c, 0x46)));
});

Deno.test("decodeSFrame() throws what openSFrame() throws", () => {
  const error = assertThrows(
    () => decodeSFrame(patched(3, 0x40), 0),
    FormatError,
  );
  assertEquals(error.message, errorOf(patched(3, 0x40)).message);
});
