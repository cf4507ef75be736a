import { assert, assertEquals } from "@std/assert";
import {
  type CfiMachine,
  type CfiTable,
  COLUMN_COUNT,
  openDebugFrame,
  openEhFrame,
  RegisterRules,
  RuleKind,
} from "../../../formats/eh_frame/mod.ts";

/** A section of a program of ours and what readelf says of it. */
interface Golden {
  tool: string;
  version: string;
  command: string;
  machine: CfiMachine;
  littleEndian: boolean;
  kind: "eh_frame" | "debug_frame";
  section: { address: number; hex: string };
  header?: { address: number; hex: string };
  text: string[];
}

interface GoldenFunction {
  offset: number;
  cie: number;
  start: number;
  end: number;
  columns: number[];
  rows: { pc: number; rules: string[] }[];
}

const DATA = new URL("../../data/eh_frame/", import.meta.url);
const X86_NAMES =
  "rax rdx rcx rbx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip xmm0"
    .split(" ");
const NAMES: Record<CfiMachine, string[]> = {
  "x86-64": X86_NAMES,
  "aarch64": [...Array.from({ length: 31 }, (_, i) => `x${i}`), "sp"],
  "s390x": [
    ...Array.from({ length: 16 }, (_, i) => `r${i}`),
    ..."f0 f2 f4 f6 f1 f3 f5 f7".split(" "),
  ],
};

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** The FDEs of readelf's text; rows of CIEs stand in for those of FDEs without instructions. */
function parseText({ text, machine }: Golden): GoldenFunction[] {
  const functions: GoldenFunction[] = [];
  const cies = new Map<number, { columns: number[]; rules: string[] }>();
  let returnColumn = 0;
  let cieOffset = -1;
  let current: GoldenFunction | undefined;
  let columns: number[] = [];
  for (const line of text) {
    const cie = /^([0-9a-f]+) \S+ \S+ CIE .*ra=(\d+)/.exec(line);
    const fde =
      /^([0-9a-f]+) \S+ \S+ FDE cie=([0-9a-f]+) pc=([0-9a-f]+)\.\.([0-9a-f]+)/
        .exec(line);
    const row = /^([0-9a-f]{16}) (.*)$/.exec(line);
    if (cie !== null) {
      cieOffset = parseInt(cie[1]!, 16);
      returnColumn = Number(cie[2]);
      cies.set(cieOffset, { columns: [], rules: [] });
      current = undefined;
    } else if (fde !== null) {
      current = {
        offset: parseInt(fde[1]!, 16),
        cie: parseInt(fde[2]!, 16),
        start: parseInt(fde[3]!, 16),
        end: parseInt(fde[4]!, 16),
        columns: [],
        rows: [],
      };
      functions.push(current);
    } else if (line.startsWith("   LOC")) {
      columns = line.trim().split(/\s+/).slice(2).map((name) =>
        name === "ra" ? returnColumn : NAMES[machine].indexOf(name)
      );
      assert(!columns.includes(-1), line);
      if (current !== undefined) current.columns = columns;
    } else if (row !== null) {
      const rules = row[2]!.trim().replace(/\S+ \((\S+)\)/g, "$1").split(/\s+/);
      if (current === undefined) cies.set(cieOffset, { columns, rules });
      else current.rows.push({ pc: parseInt(row[1]!, 16), rules });
    } else throw new Error(`What is this line of readelf: ${line}`);
  }
  for (const f of functions) {
    const initial = cies.get(f.cie)!;
    if (f.rows.length > 0) continue;
    f.columns = initial.columns;
    f.rows = [{ pc: f.start, rules: initial.rules }];
  }
  return functions;
}

function open(golden: Golden): CfiTable {
  const { machine, littleEndian, section, header } = golden;
  const bytes = fromHex(section.hex);
  const options = {
    machine,
    littleEndian,
    ...(header === undefined ? {} : {
      header: { bytes: fromHex(header.hex), address: header.address },
    }),
  };
  return golden.kind === "eh_frame"
    ? openEhFrame(bytes, section.address, options)
    : openDebugFrame(bytes, options);
}

function printRule(rules: RegisterRules, column: number, names: string[]) {
  const value = rules.values[column]!;
  const signed = `${value < 0 ? "" : "+"}${value}`;
  switch (rules.kinds[column]) {
    case RuleKind.SAME:
      return "s";
    case RuleKind.OFFSET:
      return `c${signed}`;
    case RuleKind.VAL_OFFSET:
      return `v${signed}`;
    case RuleKind.REGISTER:
      return names[value];
    case RuleKind.EXPRESSION:
      return "exp";
    case RuleKind.VAL_EXPRESSION:
      return "vexp";
    default:
      return "u"; // readelf prints undefined and unspecified alike
  }
}

function printRow(
  rules: RegisterRules,
  columns: number[],
  names: string[],
): string[] {
  // Without any rule for the CFA readelf prints register 0.
  const cfa = rules.cfaRegister >= 0
    ? `${names[rules.cfaRegister]}${
      rules.cfaOffset < 0 ? "" : "+"
    }${rules.cfaOffset}`
    : rules.cfaExpressionOffset >= 0
    ? "exp"
    : `${names[0]}+0`;
  for (let column = 0; column < COLUMN_COUNT; column++) {
    const hasRule = rules.kinds[column]! >= RuleKind.OFFSET;
    assert(!hasRule || columns.includes(column), `column ${column}`);
  }
  return [cfa, ...columns.map((column) => printRule(rules, column, names)!)];
}

const goldens = [...Deno.readDirSync(DATA)]
  .filter(({ name }) => name.endsWith(".json"))
  .map(({ name }) => ({
    name: name.slice(0, -5),
    golden: JSON.parse(
      Deno.readTextFileSync(new URL(name, DATA)),
    ) as Golden,
  }));

Deno.test("goldens cover both sections and all machines", () => {
  const kinds = goldens.map(({ golden }) =>
    `${golden.kind} ${golden.machine} ${golden.littleEndian}`
  );
  assertEquals([...new Set(kinds)].sort(), [
    "debug_frame aarch64 false",
    "debug_frame x86-64 true",
    "eh_frame aarch64 true",
    "eh_frame s390x false",
    "eh_frame x86-64 true",
  ]);
});

for (const { name, golden } of goldens) {
  const names = NAMES[golden.machine];
  const expected = parseText(golden);

  Deno.test(`rows() gives the rows that readelf prints of ${name}`, () => {
    const table = open(golden);
    const got = [...table.functions()].map((fde) => ({
      offset: fde.offset,
      cie: fde.cie.offset,
      start: fde.startPc,
      end: fde.endPc,
      rows: Array.from(table.rows(fde), (rules) => ({
        pc: rules.startPc,
        rules: printRow(
          rules,
          expected.find(({ offset }) => offset === fde.offset)!.columns,
          names,
        ),
      })),
    }));
    assertEquals(table.errors, []);
    const want = expected.map(({ columns: _, ...f }) => ({
      ...f,
      // Rows behind the end and functions without bytes hold for no pc.
      rows: f.rows.filter(({ pc }) => pc < f.end),
    }));
    assertEquals(got, want);
  });

  Deno.test(`lookupFull() finds each pc of ${name} in the row that readelf prints`, () => {
    const table = open(golden);
    const rules = new RegisterRules();
    for (const { start, end, rows, columns } of expected) {
      for (const [i, row] of rows.entries()) {
        const rowEnd = rows[i + 1]?.pc ?? end;
        for (const pc of new Set([row.pc, row.pc + 1, rowEnd - 1])) {
          if (pc < row.pc || pc >= rowEnd) continue;
          assertEquals(table.lookupFull(pc, rules), 0);
          assertEquals(printRow(rules, columns, names), row.rules);
        }
      }
      assert(table.findFde(start - 1)?.startPc !== start);
    }
    assertEquals(table.errors, []);
  });
}
