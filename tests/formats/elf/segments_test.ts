import { assertEquals, assertThrows } from "@std/assert";
import {
  decodeElfHeader,
  decodeSegments,
  type ElfHeader,
  FormatError,
  PT,
} from "../../../formats/elf/mod.ts";
import { buildElf, FORMS } from "../../builders/elf.ts";

const SEGMENTS = [
  { type: PT.LOAD, flags: 5, address: 0x400000, offset: 0, fileSize: 0x80 },
  {
    type: PT.LOAD,
    flags: 6,
    address: 0x402000,
    offset: 0x2000,
    fileSize: 0x10,
    memorySize: 0x900,
    align: 0x1000,
  },
  { type: PT.GNU_SFRAME, address: 0x400100, offset: 0x100, fileSize: 64 },
];

function headerOf(bytes: Uint8Array, changes: Partial<ElfHeader>): ElfHeader {
  return { ...decodeElfHeader(bytes), ...changes };
}

Deno.test("decodeSegments() reads every field in both classes and orders", () => {
  for (const form of FORMS) {
    const bytes = buildElf({ ...form, segments: SEGMENTS });
    const header = decodeElfHeader(bytes);
    const segments = decodeSegments(
      bytes,
      header,
      3,
      header.programHeaderOffset,
    );
    assertEquals(segments.count, 3);
    assertEquals([...segments.types], [PT.LOAD, PT.LOAD, PT.GNU_SFRAME]);
    assertEquals([...segments.flags], [5, 6, 4]);
    assertEquals([...segments.offsets], [0, 0x2000, 0x100]);
    assertEquals([...segments.addresses], [0x400000, 0x402000, 0x400100]);
    assertEquals([...segments.fileSizes], [0x80, 0x10, 64]);
    assertEquals([...segments.memorySizes], [0x80, 0x900, 64]);
    assertEquals([...segments.alignments], [4, 0x1000, 4]);
  }
});

Deno.test("ElfSegments.findAddress() knows the edges of a segment in memory", () => {
  const bytes = buildElf({ ...FORMS[0]!, segments: SEGMENTS });
  const segments = decodeSegments(bytes, decodeElfHeader(bytes), 3, 64);
  assertEquals(
    [0x3fffff, 0x400000, 0x40007f, 0x400080, 0x4028ff, 0x402900].map((at) =>
      segments.findAddress(at)
    ),
    [-1, 0, 0, -1, 1, -1],
  );
  assertEquals(segments.isExecutable(0x400000), true);
  assertEquals(segments.isExecutable(0x402000), false);
  assertEquals(segments.isExecutable(0x500000), false);
  assertEquals(segments.findType(PT.LOAD, 1), 1);
  assertEquals(segments.findType(PT.NOTE), -1);
});

Deno.test("decodeSegments() follows a larger e_phentsize", () => {
  const bytes = buildElf({
    ...FORMS[0]!,
    segments: SEGMENTS,
    header: { e_phentsize: 64 },
  });
  const segments = decodeSegments(bytes, decodeElfHeader(bytes), 3, 64);
  assertEquals([...segments.addresses], [0x400000, 0x402000, 0x400100]);
});

Deno.test("decodeSegments() refuses small entries and lying counts", () => {
  const bytes = buildElf({ ...FORMS[0]!, segments: SEGMENTS });
  const small = headerOf(bytes, { programHeaderSize: 55 });
  const error = assertThrows(
    () => decodeSegments(bytes, small, 3, 64),
    FormatError,
  );
  assertEquals([error.code, error.field], ["bad-value", "e_phentsize"]);
  for (
    const [count, offset] of [[1e9, 64], [3, bytes.length - 167], [1, -1], [
      1,
      NaN,
    ]] as const
  ) {
    const error = assertThrows(
      () => decodeSegments(bytes, headerOf(bytes, {}), count, offset),
      FormatError,
    );
    assertEquals(error.code, "truncated");
  }
});
