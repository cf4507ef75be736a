import { assertEquals } from "@std/assert";
import { AT, FORM, LNE, LNS, TAG } from "../../../formats/dwarf/constants.ts";
import { openDwarf } from "../../../formats/dwarf/mod.ts";
import {
  DwarfBuilder,
  lineProgram,
  type Shape,
  special,
  text,
} from "../../builders/dwarf.ts";
import { sleb, uleb } from "../../builders/eh_frame.ts";

/** Version 5: directories `/src` and `inc`; files `a.c` in the first and `b.h` in the second. */
const TABLES_5 = [
  ...[1, 1, FORM.STRING, 2, ...text("/src"), ...text("inc")],
  ...[2, 1, FORM.STRING, 2, FORM.UDATA, 3],
  ...[...text("a.c"), 0, ...text("a.c"), 0, ...text("b.h"), 1],
];
/** Before: the same; the first directory is not in the table, files count from 1. */
const TABLES_4 = [
  ...text("inc"),
  0,
  ...text("a.c"),
  0,
  0,
  0,
  ...text("b.h"),
  1,
  0,
  0,
  0,
];

const END = [0, 1, LNE.END_SEQUENCE];

function open(
  program: (b: DwarfBuilder) => number[],
  shape?: Partial<Shape>,
  tables?: (b: DwarfBuilder) => number[],
) {
  const b = new DwarfBuilder(shape);
  const given = tables?.(b) ?? (b.shape.version >= 5 ? TABLES_5 : TABLES_4);
  const start = [
    0,
    1 + b.shape.addressSize,
    LNE.SET_ADDRESS,
    ...b.address(0x1000),
  ];
  const bytes = lineProgram(b, given, [...start, ...program(b)]);
  b.append(".debug_line", [1, 2, 3]);
  const offset = b.append(".debug_line", bytes);
  b.unit({
    tag: TAG.COMPILE_UNIT,
    attributes: [
      { at: AT.LOW_PC, form: FORM.ADDR, bytes: b.address(0x1000) },
      { at: AT.HIGH_PC, form: FORM.DATA2, bytes: b.number(0x200, 2) },
      {
        at: AT.STMT_LIST,
        form: b.shape.version >= 4 ? FORM.SEC_OFFSET : FORM.DATA4,
        bytes: b.offset(offset),
      },
      { at: AT.COMP_DIR, form: FORM.STRING, bytes: text("/src") },
    ],
  });
  return openDwarf(b.sections());
}

/** `file:line:column` at offsets from 0x1000. */
async function told(dwarf: ReturnType<typeof open>, ...offsets: number[]) {
  const all: string[] = [];
  for (const offset of offsets) {
    const [frame] = await dwarf.locate(0x1000 + offset);
    all.push(
      frame === undefined ? "-" : `${frame.file}:${frame.line}:${frame.column}`,
    );
  }
  return all.join(" ");
}

Deno.test("locate() runs every opcode of line programs, in every version, size and byte order", async () => {
  const shapes: Partial<Shape>[] = [
    {},
    { littleEndian: false, offsetSize: 8 },
    { version: 4 },
    { version: 3, offsetSize: 8 },
    { version: 2, addressSize: 4, littleEndian: false },
  ];
  for (const shape of shapes) {
    const dwarf = open((b) => [
      ...[LNS.SET_COLUMN, 3, LNS.COPY],
      special(4, 2),
      ...[
        LNS.ADVANCE_PC,
        ...uleb(0x10),
        LNS.ADVANCE_LINE,
        ...sleb(200),
        LNS.COPY,
      ],
      ...[
        LNS.SET_FILE,
        2,
        LNS.CONST_ADD_PC,
        LNS.ADVANCE_LINE,
        ...sleb(-100),
        LNS.COPY,
      ],
      ...[
        LNS.FIXED_ADVANCE_PC,
        ...b.number(0x20, 2),
        LNS.SET_BASIC_BLOCK,
        LNS.SET_PROLOGUE_END,
      ],
      ...[LNS.SET_EPILOGUE_BEGIN, LNS.SET_ISA, 1, special(0, 1)],
      ...[0, 3, 0x80, 1, 2], // an extended opcode that nobody knows
      ...[LNS.FIXED_ADVANCE_PC, ...b.number(0x20, 2), ...END],
    ], shape);
    // The constant advance is that of opcode 255: 17 addresses.
    assertEquals(
      await told(
        dwarf,
        0,
        3,
        4,
        0x13,
        0x14,
        0x24,
        0x25,
        0x44,
        0x45,
        0x64,
        0x65,
      ),
      "a.c:1:3 a.c:1:3 a.c:3:3 a.c:3:3 a.c:203:3 a.c:203:3 inc/b.h:103:3 inc/b.h:103:3 inc/b.h:104:3 inc/b.h:104:3 -",
      JSON.stringify(shape),
    );
    assertEquals(dwarf.warnings, []);
  }
});

Deno.test("locate() reads tables of files whose entries hold anything, in any form", async () => {
  const dwarf = open(
    () => [LNS.SET_FILE, 1, LNS.COPY, ...[LNS.ADVANCE_PC, 4], ...END],
    {},
    (b) => {
      const name = b.append(".debug_line_str", text("name.c"));
      const folder = b.append(".debug_str", text("/folder"));
      return [
        ...[1, 1, FORM.STRP, 2, ...b.offset(folder), ...b.offset(folder)],
        ...[
          4,
          5,
          FORM.DATA16,
          0x81,
          0x40,
          FORM.BLOCK,
          1,
          FORM.LINE_STRP,
          2,
          FORM.DATA2,
        ],
        2,
        ...[...new Array(16).fill(1), 2, 9, 9, ...b.offset(name), 0, 0],
        ...[...new Array(16).fill(1), 0, ...b.offset(name), 1, 0],
      ];
    },
  );
  assertEquals(await told(dwarf, 0), "/folder/name.c:1:0");
  const empty = open(
    () => [LNS.COPY, LNS.ADVANCE_PC, 4, ...END],
    {},
    () => [0, 0, 0, 0],
  );
  assertEquals(await told(empty, 0), "undefined:1:0");
});

Deno.test("locate() takes files that the program defines", async () => {
  const definition = [LNE.DEFINE_FILE, ...text("late.c"), 0, 0, 0];
  const dwarf = open(() => [
    ...[0, definition.length, ...definition],
    ...[LNS.SET_FILE, 3, LNS.COPY, LNS.ADVANCE_PC, 4, ...END],
  ], { version: 4 });
  assertEquals(await told(dwarf, 0), "late.c:1:0");
});

Deno.test("locate() takes the last statement at an address, and what gdb takes beyond", async () => {
  // As in gdb 13: see tests/golden/dwarf for real programs.
  const statements = open(() => [
    ...[special(0, 4), special(0, 5)], // lines 5 and 10, both statements
    ...[LNS.NEGATE_STMT, special(0, 5), special(4, 5)], // 15, none; then 20, none
    ...[LNS.ADVANCE_PC, 4, ...END],
  ]);
  assertEquals(await told(statements, 0, 3, 4), "a.c:10:0 a.c:10:0 a.c:20:0");
  const noLine = open(() => [
    ...[special(0, 4), LNS.ADVANCE_LINE, ...sleb(-5)],
    ...[special(4, 0), special(4, 8)],
    ...[LNS.ADVANCE_PC, 4, ...END],
  ]);
  assertEquals(await told(noLine, 0, 4, 8), "a.c:5:0 a.c:5:0 a.c:8:0");
  const divided = open(() => [
    ...[special(0, 4), LNS.NEGATE_STMT, special(0, 5)], // 5, a statement; 10, none
    ...[LNS.SET_COLUMN, 7, 0, 2, LNE.SET_DISCRIMINATOR, 1, special(4, 0)], // 10 again, in two
    ...[LNS.ADVANCE_PC, 4, ...END],
  ]);
  assertEquals(await told(divided, 0, 4), "a.c:5:0 a.c:5:0");
});

Deno.test("locate() searches sequences, leaves out those of discarded code, sorts those that go back", async () => {
  const set = (
    b: DwarfBuilder,
    address: number,
  ) => [0, 9, LNE.SET_ADDRESS, ...b.address(address)];
  const dwarf = open((b) => [
    ...[...set(b, 0x1100), special(0, 4), LNS.ADVANCE_PC, 8, ...END],
    ...[...set(b, 0), special(0, 4), LNS.ADVANCE_PC, ...uleb(0x4000), ...END],
    ...[...set(b, 0x1000), special(0, 1), ...set(b, 0x1008), special(0, 1)],
    ...[...set(b, 0x1004), special(0, 1), ...set(b, 0x1010), ...END],
  ]);
  assertEquals(
    await told(dwarf, 0, 4, 8, 0xf, 0x10, 0xff, 0x100, 0x107, 0x108),
    "a.c:2:0 a.c:4:0 a.c:3:0 a.c:3:0 - - a.c:5:0 a.c:5:0 -",
  );
});

Deno.test("locate() tells line programs that make no sense, and answers without them", async () => {
  const cut = open(() => [LNS.ADVANCE_PC, 0x80]);
  assertEquals(await told(cut, 0), "-");
  assertEquals(cut.warnings.map(({ code }) => code), ["truncated"]);
  const many = open(() => END, {}, () => [1, 1, FORM.STRING, 0xff, 0xff, 0x7f]);
  await many.locate(0x1000);
  assertEquals(many.warnings.map(({ code, field }) => [code, field]), [[
    "out-of-bounds",
    "entry count",
  ]]);
});
