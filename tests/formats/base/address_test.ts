import { assertEquals, assertThrows } from "@std/assert";
import {
  formatAddress,
  formatHex,
  readAddress,
  readInt64,
  readSafeUint64,
  writeInt64,
} from "../../../formats/base/address.ts";
import { FormatError } from "../../../formats/base/error.ts";

/** The 64 bits as a number and as text; every one is exact as a Number. */
const EXACT: readonly [bits: bigint, value: number, text: string][] = [
  [0n, 0, "0x0"],
  [1n, 1, "0x1"],
  [0xffff_ffffn, 0xffff_ffff, "0xffffffff"],
  [0x1_0000_0000n, 0x1_0000_0000, "0x100000000"],
  [0x7fff_ffff_ffffn, 0x7fff_ffff_ffff, "0x7fffffffffff"],
  [0xffff_8000_0000_0000n, -0x8000_0000_0000, "0xffff800000000000"],
  [0xffff_ffff_ff60_0000n, -0xa0_0000, "0xffffffffff600000"],
  [0xffff_ffff_ffff_ffffn, -1, "0xffffffffffffffff"],
  [0x1f_ffff_ffff_ffffn, Number.MAX_SAFE_INTEGER, "0x1fffffffffffff"],
  [0xffe0_0000_0000_0001n, Number.MIN_SAFE_INTEGER, "0xffe0000000000001"],
];

function viewWith(bits: bigint, littleEndian: boolean): DataView {
  const view = new DataView(new ArrayBuffer(24));
  view.setBigUint64(8, bits, littleEndian);
  return view;
}

for (const littleEndian of [true, false]) {
  const order = littleEndian ? "little" : "big";

  Deno.test(`readInt64() and writeInt64() agree with 64-bit integers in ${order}-endian`, () => {
    for (const [bits, value] of EXACT) {
      assertEquals(
        readInt64(viewWith(bits, littleEndian), 8, littleEndian),
        value,
      );
      assertEquals(
        readAddress(viewWith(bits, littleEndian), 8, littleEndian),
        value,
      );
      const view = new DataView(new ArrayBuffer(24));
      writeInt64(view, 8, value, littleEndian);
      assertEquals(view.getBigUint64(8, littleEndian), bits);
      assertEquals(view.getBigUint64(0), 0n);
      assertEquals(view.getBigUint64(16), 0n);
    }
  });

  Deno.test(`readSafeUint64() takes sizes below 2^53 only, in ${order}-endian`, () => {
    const read = (bits: bigint) =>
      readSafeUint64(
        viewWith(bits, littleEndian),
        8,
        littleEndian,
        "ELF",
        "sh_size",
      );
    assertEquals(read(0xffff_ffffn), 0xffff_ffff);
    assertEquals(read(2n ** 53n - 1n), Number.MAX_SAFE_INTEGER);
    const error = assertThrows(() => read(2n ** 53n), FormatError);
    assertEquals(error.code, "out-of-bounds");
    assertEquals(error.field, "sh_size");
    assertEquals(error.offset, 8);
    assertEquals(error.value, 2n ** 53n);
    assertThrows(() => read(2n ** 64n - 1n), FormatError);
  });
}

Deno.test("readInt64() rounds what is no safe integer, and so tells that it is none", () => {
  for (const bits of [2n ** 53n, 2n ** 62n + 1n, 2n ** 63n, 2n ** 63n + 12n]) {
    const value = readInt64(viewWith(bits, true), 8, true);
    assertEquals(value, Number(BigInt.asIntN(64, bits)));
    assertEquals(Number.isSafeInteger(value), false);
  }
});

Deno.test("formatAddress() prints negative addresses as the upper half of 64 bits", () => {
  for (const [, value, text] of EXACT) {
    assertEquals(formatAddress(value), text);
  }
  assertEquals(formatAddress(-0), "0x0");
  assertEquals(formatAddress(-0x1_0000_0000), "0xffffffff00000000");
});

Deno.test("formatHex() pads to the width, and cuts nothing", () => {
  assertEquals(formatHex(0x1234, 8), "00001234");
  assertEquals(formatHex(0x1_0000_0002, 16), "0000000100000002");
  assertEquals(formatHex(0x12345, 4), "12345");
});
