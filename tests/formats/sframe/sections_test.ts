import { assertEquals } from "@std/assert";
import {
  decodeSFrame,
  Lookup,
  openSFrame,
  openSFrameSections,
  UnwindRow,
} from "../../../formats/sframe/mod.ts";
import { buildSFrame } from "../../builders/sframe.ts";

const ADDRESS = 0x20000;

function concat(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

/** A section as gas writes it and a linker relocates it, `offset` bytes behind ADDRESS. */
function part(
  version: 1 | 2 | 3,
  offset: number,
  start: number,
  flags: number,
): Uint8Array {
  return buildSFrame({
    version,
    address: ADDRESS + offset,
    flags,
    functions: [
      { start: start + 0x20, size: 16, rows: [{ start: 0, words: [24] }] },
      { start, size: 16, rows: [{ start: 0, words: [8] }] },
    ],
  });
}

Deno.test("openSFrameSections() opens concatenated sections with padding between and behind", () => {
  const first = part(3, 0, 0x1000, 4);
  const gap = new Uint8Array(5);
  const second = part(2, first.length + 5, 0x2000, 4);
  const { tables, error } = openSFrameSections(
    concat(first, gap, second, new Uint8Array(9)),
    ADDRESS,
  );
  assertEquals(error, undefined);
  assertEquals(tables.map(({ kind }) => kind), ["sframe-v3", "sframe-v2"]);
  const row = new UnwindRow();
  const offsets = [0x1000, 0x1020, 0x2000, 0x2020].map((pc) =>
    tables.map((table) =>
      table.lookup(pc, row) === Lookup.FOUND ? row.cfaOffset : 0
    )
  );
  assertEquals(offsets, [[8, 0], [24, 0], [0, 8], [0, 24]]);
});

Deno.test("openSFrameSections() gives the good ones before a bad one", () => {
  const first = part(3, 0, 0x1000, 4);
  const second = part(3, first.length, 0x2000, 4);
  second[4] = 9;
  const { tables, error } = openSFrameSections(
    concat(first, second, first),
    ADDRESS,
  );
  assertEquals(tables.length, 1);
  assertEquals([error?.field, error?.offset], ["abi_arch", first.length + 4]);
  assertEquals(
    openSFrameSections(new Uint8Array(0), 0).error?.code,
    "truncated",
  );
  assertEquals(
    openSFrameSections(concat(first, Uint8Array.of(0, 1)), 0).error?.code,
    "truncated",
  );
});

Deno.test("openSFrame() takes unmarked V1 and V2 sections as what gas wrote", () => {
  for (const version of [1, 2] as const) {
    const fdeSize = version === 1 ? 17 : 20;
    // Relocations made the fields relative to themselves although no flag says so.
    const bytes = part(version, 0, 0x1000, 0);
    const view = new DataView(bytes.buffer as ArrayBuffer);
    for (const at of [28, 28 + fdeSize]) {
      view.setInt32(at, view.getInt32(at, true) - at, true);
    }
    const row = new UnwindRow();
    assertEquals(openSFrame(bytes, ADDRESS).lookup(0x1020, row), Lookup.FOUND);
    assertEquals(row.cfaOffset, 24);
    const starts = (fieldRelative?: boolean) =>
      decodeSFrame(
        bytes,
        ADDRESS,
        fieldRelative === undefined ? {} : { fieldRelative },
      )
        .functions.map(({ startAddress }) => startAddress);
    assertEquals(starts(), [0x1020, 0x1000]);
    assertEquals(starts(true), [0x1020, 0x1000]);
    assertEquals(starts(false), [0x1020 - 28, 0x1000 - 28 - fdeSize]); // what readelf prints
  }
});

Deno.test("openSFrame() takes sorted sections without the flag as section-relative", () => {
  for (const version of [1, 2] as const) {
    const functions = [{
      start: 0x1000,
      size: 16,
      rows: [{ start: 0, words: [8] }],
    }];
    const bytes = buildSFrame({
      version,
      address: ADDRESS,
      flags: 1,
      functions,
    });
    assertEquals(
      openSFrame(bytes, ADDRESS).lookup(0x100f, new UnwindRow()),
      Lookup.FOUND,
    );
  }
});
