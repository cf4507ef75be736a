import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  type CfiMachine,
  COLUMN_COUNT,
  FormatError,
  openEhFrame,
  type RegisterRules,
  RowFlag,
  RuleKind,
} from "../../../formats/eh_frame/mod.ts";
import {
  buildFunction,
  type CieParts,
  fixed,
  sleb,
  uleb,
} from "../../builders/eh_frame.ts";

const KIND_NAMES = ["-", "same", "undef", "c", "v", "r", "exp", "vexp"];

/** All rows of a function at 0x1000 as text: `start-end cfa column:rule …`, the columns that have rules. */
function rowsOf(
  instructions: number[],
  cie: CieParts = {},
  machine: CfiMachine = "x86-64",
): string[] {
  const table = openEhFrame(buildFunction(instructions, cie), 0, {
    littleEndian: true,
    machine,
  });
  const [fde] = [...table.functions()];
  assertEquals(table.errors, []);
  return Array.from(table.rows(fde!), describe);
}

function describe(rules: RegisterRules): string {
  const range = `${rules.startPc.toString(16)}-${rules.endPc.toString(16)}`;
  const cfa = rules.cfaRegister >= 0
    ? `${rules.cfaRegister}+${rules.cfaOffset}`
    : `exp(${rules.cfaExpressionSize})`;
  let text = `${range} ${cfa}`;
  for (let column = 0; column < COLUMN_COUNT; column++) {
    const kind = rules.kinds[column]!;
    if (kind === RuleKind.UNSPECIFIED) continue;
    const value = kind >= RuleKind.EXPRESSION
      ? `(${rules.expressionSizes[column]})`
      : kind >= RuleKind.OFFSET
      ? rules.values[column]
      : "";
    text += ` ${column}:${KIND_NAMES[kind]}${value}`;
  }
  if (rules.flags & RowFlag.RA_SIGNED) text += " signed";
  return text;
}

/** The row behind the instructions, without its range and the RA of every x86-64 row. */
function ruleAfter(instructions: number[], machine?: CfiMachine): string {
  const rows = rowsOf(instructions, {}, machine);
  assertEquals(rows.length, 1);
  return rows[0]!.replace("1000-1100 ", "").replace(" 16:c-8", "");
}

Deno.test("CfaProgram makes one row of a function without instructions", () => {
  assertEquals(rowsOf([0, 0, 0]), ["1000-1100 7+8 16:c-8"]);
});

Deno.test("CfaProgram advances by every form of advance_loc, scaled", () => {
  const step = (n: number) => [0x0e, ...uleb(n)];
  const instructions = [
    ...[0x41, ...step(1)],
    ...[0x02, 3, ...step(2)],
    ...[0x03, 4, 0, ...step(3)],
    ...[0x04, 5, 0, 0, 0, ...step(4)],
    ...[0x1d, ...fixed(6, 8), ...step(5)],
    ...[0x01, ...fixed(0x1080, 8), ...step(6)],
  ];
  assertEquals(rowsOf(instructions, { codeAlignment: 2 }), [
    "1000-1002 7+8 16:c-8",
    "1002-1008 7+1 16:c-8",
    "1008-1010 7+2 16:c-8",
    "1010-101a 7+3 16:c-8",
    "101a-1026 7+4 16:c-8",
    "1026-1080 7+5 16:c-8",
    "1080-1100 7+6 16:c-8",
  ]);
});

Deno.test("CfaProgram leaves out empty rows and what lies behind the function", () => {
  assertEquals(
    rowsOf([0x40, 0x0e, 16, 0x02, 0x10, 0x0e, 24, 0x03, 0xf0, 0, 0x0e, 32]),
    ["1000-1010 7+16 16:c-8", "1010-1100 7+24 16:c-8"],
  );
  assertEquals(rowsOf([0x03, 0xff, 0xff, 0x0e, 32]), ["1000-1100 7+8 16:c-8"]);
});

Deno.test("CfaProgram executes every rule instruction", () => {
  assertEquals(ruleAfter([0x83, 2]), "7+8 3:c-16");
  assertEquals(ruleAfter([0x05, 3, 4]), "7+8 3:c-32");
  assertEquals(ruleAfter([0x11, 3, ...sleb(-2)]), "7+8 3:c16");
  assertEquals(ruleAfter([0x2f, 3, 2]), "7+8 3:c16");
  assertEquals(ruleAfter([0x14, 3, 2]), "7+8 3:v-16");
  assertEquals(ruleAfter([0x15, 3, ...sleb(-3)]), "7+8 3:v24");
  assertEquals(ruleAfter([0x07, 3]), "7+8 3:undef");
  assertEquals(ruleAfter([0x08, 3]), "7+8 3:same");
  assertEquals(ruleAfter([0x09, 3, 12]), "7+8 3:r12");
  assertEquals(ruleAfter([0x10, 3, 2, 0x76, 0]), "7+8 3:exp(2)");
  assertEquals(ruleAfter([0x16, 3, 3, 0x77, 0, 6]), "7+8 3:vexp(3)");
  assertEquals(ruleAfter([0x0c, 6, ...uleb(300)]), "6+300");
  assertEquals(ruleAfter([0x12, 6, ...sleb(-2)]), "6+16");
  assertEquals(ruleAfter([0x0d, 6]), "6+8");
  assertEquals(ruleAfter([0x0e, 24]), "7+24");
  assertEquals(ruleAfter([0x13, ...sleb(-4)]), "7+32");
  assertEquals(ruleAfter([0x0f, 3, 0x76, 0x78, 6]), "exp(3)");
  assertEquals(ruleAfter([0x0f, 1, 0x96, 0x0c, 6, 16]), "6+16");
  assertEquals(ruleAfter([0x2e, ...uleb(1000)]), "7+8");
});

Deno.test("CfaProgram restores the rules of the CIE", () => {
  assertEquals(ruleAfter([0x83, 2, 0xc3]), "7+8");
  assertEquals(ruleAfter([0x83, 2, 0x06, 3]), "7+8");
  assertEquals(rowsOf([0x07, 16, 0x41, 0xc0 + 16]), [
    "1000-1001 7+8 16:undef",
    "1001-1100 7+8 16:c-8",
  ]);
});

Deno.test("CfaProgram nests remembered states", () => {
  const instructions = [
    ...[0x0a, 0x0e, 16, 0x83, 2, 0x0a, 0x0f, 1, 0x96, 0x09, 12, 13],
    ...[0x41, 0x0b, 0x41, 0x0b, 0x41, 0x0e, 40],
  ];
  assertEquals(rowsOf(instructions), [
    "1000-1001 exp(1) 3:c-16 12:r13 16:c-8",
    "1001-1002 7+16 3:c-16 16:c-8",
    "1002-1003 7+8 16:c-8",
    "1003-1100 7+40 16:c-8",
  ]);
});

Deno.test("CfaProgram keeps the state of signed return addresses on AArch64", () => {
  const cie = { initial: [0x0c, 31, 0], returnColumn: 30 };
  assertEquals(
    rowsOf([0x41, 0x2d, 0x41, 0x0a, 0x2c, 0x41, 0x0b], cie, "aarch64"),
    [
      "1000-1001 31+0",
      "1001-1002 31+0 signed",
      "1002-1003 31+0",
      "1003-1100 31+0 signed",
    ],
  );
  assertEquals(
    rowsOf([0x2b, 1, 0, 0x41, 0x2b, 0, 0x7c, 0x41, 0x2b, 2, 4], cie, "aarch64"),
    ["1000-1001 31+0 signed", "1001-1002 31+0", "1002-1100 31+0 signed"],
  );
});

Deno.test("CfaProgram reads columns that it does not keep", () => {
  assertEquals(
    ruleAfter([0x05, ...uleb(5000), 1, 0x07, ...uleb(128), 0x07, 127]),
    "7+8 127:undef",
  );
});

/** What is wrong with a function's instructions. */
function errorOf(
  instructions: number[],
  machine: CfiMachine = "x86-64",
): FormatError {
  return assertThrows(() => rowsOf(instructions, {}, machine), FormatError);
}

Deno.test("CfaProgram refuses instructions that make no sense", () => {
  const unknown = errorOf([0x0e, 16, 0x3c]);
  assertEquals([unknown.code, unknown.field, unknown.value], [
    "unsupported",
    "instruction",
    0x3c,
  ]);
  assertEquals(unknown.offset, buildFunction([]).length + 2);
  assertEquals(errorOf([0x2d]).code, "unsupported");
  assertEquals(errorOf([0x2c], "s390x").code, "unsupported");
  assertEquals(errorOf([0x0b]).field, "restore_state");
  assertEquals(errorOf([0x44, 0x01, ...fixed(0x1002, 8)]).field, "address");
  assertEquals(errorOf([0x0c, ...uleb(128), 0]).field, "CFA");
  assertEquals(errorOf([0x0f, 0, 0x0e, 8]).field, "CFA");
});

Deno.test("CfaProgram refuses a CIE that moves the location", () => {
  const error = assertThrows(
    () => rowsOf([], { initial: [0x0c, 7, 8, 0x41] }),
    FormatError,
  );
  assertEquals(error.field, "initial_instructions");
});

Deno.test("CfaProgram limits remembered states", () => {
  assertEquals(rowsOf(new Array(64).fill(0x0a)).length, 1);
  assertEquals(errorOf(new Array(65).fill(0x0a)).code, "limit");
});

Deno.test("CfaProgram refuses operands cut off at any byte", () => {
  const operands = [
    [0x01, ...fixed(0x1010, 8)],
    [0x04, 1, 0, 0, 0],
    [0x05, 3, 0x81, 1],
    [0x0c, 0x81, 0, 0x81, 0],
    [0x10, 3, 2, 0x76, 0],
    [0x0f, 3, 0x76, 0, 6],
    [0x0f, ...uleb(1e12)],
  ];
  for (const bytes of operands) {
    for (let size = 1; size < bytes.length; size++) {
      assertEquals(errorOf(bytes.slice(0, size)).code, "truncated");
    }
  }
  assertEquals(errorOf([0x0f, ...uleb(1e12), 0]).field, "expression");
});

Deno.test("functions() yields every part of an FDE", () => {
  const table = openEhFrame(buildFunction([0x41, 0x0e, 16]), 0, {
    littleEndian: true,
    machine: "x86-64",
  });
  const [fde] = [...table.functions()];
  assertEquals([fde!.startPc, fde!.endPc], [0x1000, 0x1100]);
  assert(Number.isNaN(fde!.lsdaAddress));
  const reader = table.instructions(fde!);
  const seen: [number, number][] = [];
  while (reader.next()) seen.push([reader.opcode, reader.value]);
  assertEquals(seen, [[0x40, 1], [0x0e, 16]]);
  const initial = table.initialInstructions(fde!);
  assert(initial.next());
  assertEquals([initial.opcode, initial.register, initial.value], [0x0c, 7, 8]);
  assert(initial.next());
  assertEquals([initial.opcode, initial.register, initial.value], [
    0x80,
    16,
    -8,
  ]);
  assert(!initial.next());
});
