import { assertEquals, assertThrows } from "@std/assert";
import {
  decodeRseqArea,
  describeCpuId,
  encodeRseqArea,
  FormatError,
} from "../../../formats/rseq/mod.ts";
import { Writer } from "../../builders/elf.ts";

const ORDERS = [true, false];

/** 33 bytes as a kernel with all known fields writes them, then `more`. */
function areaBytes(littleEndian: boolean, more: number[] = []): Uint8Array {
  const form = { elfClass: 64 as const, littleEndian };
  return new Writer(form).u32(7).u32(0xffff_fffe).word(0x7fff_1234_5678)
    .u32(0x30).u32(2).u32(5).u8(1).u8(0).u16(0xbeef).u8(9).raw(more).bytes();
}

Deno.test("decodeRseqArea() yields the fields that the feature size has", () => {
  for (const littleEndian of ORDERS) {
    const bytes = areaBytes(littleEndian, [1, 2, 3]);
    const base = {
      cpuIdStart: 7,
      cpuId: -2,
      rseqCs: 0x7fff_1234_5678n,
      flags: 0x30,
    };
    const at = (size: number) => decodeRseqArea(bytes, 0, size, littleEndian);
    const nothing = new Uint8Array(0);
    assertEquals(at(20), {
      ...base,
      nodeId: undefined,
      mmCid: undefined,
      sliceControl: undefined,
      tail: nothing,
    });
    assertEquals(at(24).nodeId, 2);
    assertEquals(at(24).mmCid, undefined);
    assertEquals(at(27).tail, bytes.slice(24, 27));
    assertEquals(at(28).mmCid, 5);
    assertEquals(at(31).sliceControl, undefined);
    assertEquals(at(31).tail, bytes.slice(28, 31));
    assertEquals(at(33).sliceControl, {
      request: 1,
      granted: 0,
      reserved: 0xbeef,
    });
    assertEquals(at(33).tail, Uint8Array.of(9));
    assertEquals(at(36).tail, Uint8Array.of(9, 1, 2, 3));
  }
});

Deno.test("encodeRseqArea() gives back the same bytes at every feature size", () => {
  // Every byte differs from its neighbours, so none can be put elsewhere unnoticed.
  const bytes = Uint8Array.from(
    { length: 100 },
    (_, i) => (i * 37 + 200) & 255,
  );
  for (const littleEndian of ORDERS) {
    for (let size = 20; size <= 90; size++) {
      const area = decodeRseqArea(bytes, 3, size, littleEndian);
      assertEquals(
        encodeRseqArea(area, littleEndian),
        bytes.slice(3, 3 + size),
      );
    }
  }
});

Deno.test("decodeRseqArea() keeps its own tail", () => {
  const bytes = areaBytes(true, [1, 2]);
  const area = decodeRseqArea(bytes, 0, 35, true);
  bytes.fill(0);
  assertEquals(area.tail, Uint8Array.of(9, 1, 2));
});

Deno.test("decodeRseqArea() refuses sizes below 20 and areas that are cut off", () => {
  const bytes = areaBytes(true);
  for (const size of [19, 0, -1, NaN]) {
    const error = assertThrows(
      () => decodeRseqArea(bytes, 0, size, true),
      FormatError,
    );
    assertEquals([error.code, error.field], ["bad-value", "feature size"]);
  }
  for (const [offset, size] of [[0, 34], [14, 20], [40, 20], [-1, 20]]) {
    const error = assertThrows(
      () => decodeRseqArea(bytes, offset!, size!, true),
      FormatError,
    );
    assertEquals([error.code, error.offset], ["truncated", offset]);
  }
});

Deno.test("encodeRseqArea() refuses an area with a hole", () => {
  const area = decodeRseqArea(areaBytes(true), 0, 28, true);
  for (const field of ["nodeId", "mmCid"]) {
    const slice = { request: 0, granted: 0, reserved: 0 };
    const bad = { ...area, sliceControl: slice, [field]: undefined };
    assertThrows(() => encodeRseqArea(bad, true), RangeError);
  }
});

Deno.test("describeCpuId() tells CPUs from what is none", () => {
  assertEquals(
    [3, -1, -2, -7].map(describeCpuId),
    ["CPU 3", "not registered", "registration failed", "unknown state -7"],
  );
});
