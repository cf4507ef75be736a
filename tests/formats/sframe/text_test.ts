import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  describeSFrame,
  FormatError,
  type SFrameCompat,
  writeSFrameText,
} from "../../../formats/sframe/mod.ts";
import { ABI, buildSFrame as build } from "../../builders/sframe.ts";
import { readGoldens } from "./golden.ts";

const FOLDER = new URL("../../golden/sframe_text/", import.meta.url);
const SECTIONS = new Map(readGoldens().map((golden) => [golden.name, golden]));
const TEXTS = [...Deno.readDirSync(FOLDER)].map(({ name }) =>
  /^(v\d_\w+)\.(2\.4\d)\.txt$/.exec(name)
).filter((match) => match !== null);

function functionLines(text: string): string[] {
  return text.split("\n").slice(text.split("\n").indexOf("  Function Index :"));
}

Deno.test("describeSFrame() prints what readelf of each release prints, byte for byte", () => {
  assert(TEXTS.length === 11);
  for (const [file, name, release] of TEXTS) {
    const { bytes, address } = SECTIONS.get(name!)!;
    const expected = Deno.readTextFileSync(new URL(file, FOLDER));
    const compat = release as SFrameCompat;
    assertEquals(describeSFrame(bytes, address, { compat }), expected, file);
  }
});

Deno.test("describeSFrame() prints every version in the newest layout by default", () => {
  const { bytes, address } = SECTIONS.get("v1_amd64")!;
  const text = describeSFrame(bytes, address);
  assert(text.includes("    CFA fixed RA offset: -8\n"));
  assert(
    text.includes(
      "\n    000000000000107c  sp+8      u         f            \n",
    ),
  );
});

Deno.test("describeSFrame() prints wrong starts of unflagged objects only as binutils does", () => {
  const bytes = build({
    version: 2,
    address: 0,
    flags: 0,
    functions: [{ start: 0, size: 4, rows: [{ start: 1, words: [8] }] }],
  });
  new DataView(bytes.buffer).setInt32(28, -28, true); // as the relocation leaves it
  const rows = (compat?: SFrameCompat) =>
    functionLines(describeSFrame(bytes, 0, compat && { compat })).slice(2, 5);
  assertEquals(rows(), [
    "    func idx [0]: pc = 0x0, size = 4 bytes",
    "    STARTPC         CFA       FP        RA           ",
    "    0000000000000001  sp+8      u         f            ",
  ]);
  for (const compat of ["2.45", "2.47"] as const) {
    assertEquals(rows(compat), [
      "    func idx [0]: pc = 0xffffffffffffffe4, size = 4 bytes",
      "    STARTPC         CFA       FP        RA           ",
      "    ffffffffffffffe5  sp+8      u         f            ",
    ]);
  }
});

Deno.test("describeSFrame() refuses what the release cannot read", () => {
  const one = build({ version: 1, address: 0, functions: [] });
  const two = build({ version: 2, address: 0, flags: 5, functions: [] });
  const three = build({ version: 3, address: 0, functions: [] });
  const refused: [Uint8Array, SFrameCompat][] = [
    [two, "2.40"],
    [three, "2.40"],
    [two, "2.44"],
    [three, "2.44"],
    [three, "2.45"],
    [one, "2.47"],
  ];
  for (const [bytes, compat] of refused) {
    const error = assertThrows(
      () => describeSFrame(bytes, 0, { compat }),
      FormatError,
    );
    assertEquals(error.code, "unsupported");
  }
  assert(
    describeSFrame(one, 0, { compat: "2.44" }).endsWith(
      "\n No further information can be displayed.  SFrame version not supported\n",
    ),
  );
});

Deno.test("describeSFrame() prints flags as the releases do", () => {
  const flags = (flags: number, compat?: SFrameCompat) => {
    const bytes = build({ version: 2, address: 0, flags, functions: [] });
    const text = describeSFrame(bytes, 0, compat && { compat });
    return /Flags: ([^]*?)\n {4}\w/.exec(text)![1];
  };
  assertEquals(flags(0), "NONE");
  assertEquals(flags(3, "2.44"), "SFRAME_F_FRAME_POINTER");
  assertEquals(
    flags(7),
    "SFRAME_F_FDE_SORTED,\n           SFRAME_F_FRAME_POINTER,\n           SFRAME_F_FDE_FUNC_START_PCREL",
  );
});

Deno.test("describeSFrame() lets long cells run into the next, with and without its cache", () => {
  const rows = [[0x39, 8], [0x39, 8, 0, 0x33, -8], [-5, 2147483647, 0, -5, 8]];
  const bytes = build({
    version: 3,
    address: 0x10000,
    functions: [{
      start: 0x1000,
      size: 16,
      type: 1,
      rows: [...rows, ...rows].map((words, start) => ({
        start,
        words,
        base: "fp" as const,
        wordSize: words.includes(-5) ? 4 as const : 1 as const,
      })),
    }],
  });
  const tails = functionLines(describeSFrame(bytes, 0x10000)).slice(4, 10).map(
    (line) => line.slice(22),
  );
  const expected = [
    "sp+8      u         f            ",
    "sp+8      (fp-8)    U            ",
    "(r536870911+2147483647)(r536870911+8)U            ",
  ];
  assertEquals(tails, [...expected, ...expected]);
});

Deno.test("describeSFrame() tells rows of equal bytes apart by the kind of their function", () => {
  const rows = [{ start: 0, words: [0x39, 8], base: "fp" as const }];
  const bytes = build({
    version: 3,
    address: 0x10000,
    functions: [
      { start: 0x1000, size: 4, type: 1, rows },
      { start: 0x1010, size: 4, rows },
    ],
  });
  const text = describeSFrame(bytes, 0x10000);
  assert(text.includes("sp+8      u         f"));
  assert(text.includes("fp+57     c+8       f"));
});

Deno.test("describeSFrame() prints addresses on both sides of 4 GiB and below zero", () => {
  for (
    const [start, pc, row] of [
      [0xffff_ffff, "0xffffffff", "0000000100000001"],
      [0x1_0000_0000, "0x100000000", "0000000100000002"],
      [-16, "0xfffffffffffffff0", "fffffffffffffff2"],
    ] as const
  ) {
    const bytes = build({
      version: 3,
      address: 0x1000,
      functions: [{ start, size: 16, rows: [{ start: 2, words: [8] }] }],
    });
    const text = describeSFrame(bytes, 0x1000);
    assert(text.includes(`pc = ${pc}, size`), text);
    assert(text.includes(`\n    ${row}  sp+8`), text);
  }
});

Deno.test("describeSFrame() names functions, and shows those that are asked for", () => {
  const { bytes, address } = SECTIONS.get("v3_amd64")!;
  const text = describeSFrame(bytes, address, {
    sectionName: ".sframe.x",
    nameOf: (start, offset) => `f_${start.toString(16)}_${offset}`,
    filter: (start, size) => start <= 0x1055 && 0x1055 < start + size,
  });
  assert(text.startsWith("Contents of the SFrame section .sframe.x:\n"));
  assertEquals(
    functionLines(text)[2],
    "    func idx [3]: pc = 0x1050 <f_1050_76>, size = 45 bytes",
  );
  assertEquals(functionLines(text).length, 8);
});

Deno.test("writeSFrameText() prints the rows before a bad one, and says what is bad", () => {
  const bytes = build({
    version: 2,
    address: 0,
    functions: [
      {
        start: 0,
        size: 8,
        rows: [{ start: 0, words: [8] }, { start: 1, words: [], info: 0x61 }],
      },
      { start: 8, size: 8, rows: [], info: 5 },
      { start: 16, size: 8, rows: [], freOffset: 1000 },
      { start: 24, size: 8, rows: [] },
    ],
  });
  let text = "";
  const { errors, shownCount, size } = writeSFrameText(bytes, 0, (piece) => {
    text += new TextDecoder().decode(piece);
  });
  assertEquals([shownCount, size], [4, bytes.length]);
  assertEquals(errors.map(({ code, field }) => [code, field]), [
    ["bad-value", "row"],
    ["bad-value", "func_info"],
    ["out-of-bounds", "func_start_fre_off"],
  ]);
  for (const { message } of errors) assert(text.includes(`    ${message}\n`));
  const compat = describeSFrame(bytes, 0, { compat: "2.47" });
  assert(!compat.includes("expected"));
});

Deno.test("writeSFrameText() hands over text that is longer than its buffer", () => {
  const rows = Array.from({ length: 60_000 }, (_, i) => ({
    start: i,
    words: [i % 300],
    wordSize: 2 as const,
  }));
  const bytes = build({
    version: 2,
    address: 0,
    abi: ABI.AMD64,
    functions: [{ start: 0x100, size: 65_000, startSize: 2, rows }],
  });
  const pieces: number[] = [];
  let lines = 0;
  writeSFrameText(bytes, 0, (piece) => {
    pieces.push(piece.length);
    for (const byte of piece) if (byte === 10) lines++;
  });
  assert(pieces.length > 5);
  assertEquals(lines, 11 + 3 + 60_000);
});

Deno.test("describeSFrame() prints rows without words, and fixed offsets of FP, as the releases do", () => {
  const tail = (version: 1 | 2 | 3, compat: SFrameCompat, words: number[]) => {
    const bytes = build({
      version,
      address: 0,
      flags: version === 3 ? 5 : 1,
      fixedFp: -16,
      functions: [{ start: 0, size: 4, rows: [{ start: 0, words }] }],
    });
    const text = describeSFrame(bytes, 0, { compat });
    return functionLines(text)[4]!.slice(22).trimEnd().split(/ +/).join(" ");
  };
  assertEquals(tail(1, "2.40", []), "sp+-1 u u");
  assertEquals(tail(1, "2.40", [8, -8]), "sp+8 u u");
  assertEquals(tail(2, "2.44", []), "sp+-1 c-16 f");
  assertEquals(tail(2, "2.44", [8, -8]), "sp+8 c-16 f");
  assertEquals(tail(2, "2.47", []), "RA undefined");
  assertEquals(tail(3, "2.47", []), "RA undefined");
});

Deno.test("writeSFrameText() does not print shared rows without end", () => {
  const rows = Array.from(
    { length: 100 },
    (_, start) => ({ start, words: [] }),
  );
  const functions = Array.from({ length: 100 }, (_, i) => ({
    start: i * 256,
    size: 255,
    rows: i === 0 ? rows : [],
    rowCount: 100,
    freOffset: 0,
  }));
  const bytes = build({ version: 2, address: 0, functions });
  let size = 0;
  const { errors } = writeSFrameText(bytes, 0, (text) => size += text.length);
  assertEquals(errors.length, 96);
  assertEquals(errors[0]!.code, "limit");
  assert(size < 60_000);
});
