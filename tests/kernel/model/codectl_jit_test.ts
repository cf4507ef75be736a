import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Errno, walkThread } from "../../../kernel/model/mod.ts";
import {
  type CodeProcess,
  codeProcess,
  SECTION,
  STACK,
  TEXT,
  TEXT_SIZE,
  wordOf,
} from "../../builders/code_process.ts";
import { wordBytes } from "../../builders/rows.ts";

interface Entry {
  offset: number;
  size?: number;
  cfa?: number;
  ra?: number;
  fp?: number;
  info?: number;
}

interface Table {
  reserved?: number;
  used?: number;
  next?: number;
  entries: Entry[];
}

/** CFA based on SP. */
const SP = 1;

/** Bytes of a table, little-endian. */
function tableBytes({ entries, next = 0, ...rest }: Table): Uint8Array {
  const bytes = new Uint8Array(24 + entries.length * 24);
  const view = new DataView(bytes.buffer);
  const { reserved = entries.length * 24, used = entries.length * 24 } = rest;
  view.setBigInt64(0, BigInt(reserved), true);
  view.setBigInt64(8, BigInt(used), true);
  view.setBigInt64(16, BigInt(next), true);
  entries.forEach((entry, i) => {
    const { offset, size = 64, cfa = 16, ra = -8, fp = 0, info = SP } = entry;
    [size, offset].forEach((value, k) =>
      view.setUint32(24 + 24 * i + 4 * k, value, true)
    );
    [cfa, ra, fp].forEach((value, k) =>
      view.setInt32(32 + 24 * i + 4 * k, value, true)
    );
    view.setUint8(44 + 24 * i, info);
  });
  return bytes;
}

/** A process with the tables at multiples of 4 KiB from SECTION on, the first of them registered. */
function prepare(
  tables: readonly Table[],
  options = {},
): CodeProcess & { result: number } {
  const process = codeProcess(options);
  tables.forEach((table, i) =>
    process.write(SECTION + 0x1000 * i, tableBytes(table))
  );
  const result = process.codectl(5, [TEXT, TEXT_SIZE, SECTION]);
  process.write(STACK, wordBytes([1, TEXT + 100, 2, TEXT + 140, 3, 5, 0]));
  process.stop(TEXT + 2, STACK);
  return { ...process, result };
}

/** Program counters from the start of the text, and what gave each row. */
function walk({ kernel, tid }: CodeProcess): [number, string | null][] {
  const trace = walkThread(kernel, tid);
  assert(!(trace instanceof Promise));
  return trace.frames.map(({ pc, table }) => [pc - TEXT, table]);
}

const THREE = [{ offset: 0 }, { offset: 64 }, { offset: 128 }];
const WALKED: [number, string | null][] = [
  [2, "jit"],
  [100, "jit"],
  [140, "jit"],
  [5 - TEXT, null],
];

Deno.test("option 5 registers a chain of tables that walks read", () => {
  const process = prepare([{ entries: THREE }]);
  assertEquals(process.result, 0);
  assertEquals(walk(process), WALKED);
  const chain = prepare([
    { entries: [{ offset: 0 }], next: SECTION + 0x1000 },
    { entries: [], reserved: 480, next: SECTION + 0x2000 },
    { entries: [{ offset: 64 }, { offset: 128 }] },
  ]);
  assertEquals(walk(chain), WALKED);
});

Deno.test("an entry says where CFA, RA and FP are", () => {
  const process = prepare([{
    entries: [
      { offset: 0, cfa: 8, fp: 8 },
      { offset: 64, cfa: 16, info: 0 },
      { offset: 128, info: 2 },
    ],
  }]);
  process.write(STACK, wordBytes([TEXT + 64, 0, STACK + 24, 0, TEXT + 130]));
  assertEquals(walk(process), [[2, "jit"], [64, "jit"], [130, null]]);
  const { kernel, tid } = process;
  const { stop, frames } = walkThread(kernel, tid) as {
    stop: string;
    frames: { cfa: number }[];
  };
  assertEquals([stop, frames[1]!.cfa], ["end-of-stack", STACK + 40]);
});

Deno.test("what is added or replaced is seen by the next walk", () => {
  const process = prepare([
    { entries: [], next: SECTION + 0x1000 },
    { entries: THREE, used: 24 },
    { entries: THREE },
  ]);
  assertEquals(walk(process), [[2, "jit"], [100, null]]);
  process.write(SECTION + 0x1008, wordOf(48));
  assertEquals(walk(process), [[2, "jit"], [100, "jit"], [140, null]]);
  process.write(SECTION + 16, wordOf(SECTION + 0x2000));
  assertEquals(walk(process), WALKED);
  process.write(SECTION + 16, wordOf(0));
  assertEquals(walk(process), [[2, null]]);
});

Deno.test("gaps between entries and tables are no errors", () => {
  const process = prepare([
    { entries: [{ offset: 0, size: 1 }], next: SECTION + 0x1000 },
    { entries: [{ offset: 128 }] },
  ]);
  assertEquals(walk(process), [[2, null]]);
  process.stop(TEXT, STACK);
  assertEquals(walk(process).length, 2);
  assertEquals(process.kernel.reports.count, 0);
});

Deno.test("tables that make no sense are marked, reported and never tried again", () => {
  const far = { offset: 0x3000 };
  const next = SECTION + 0x1000;
  const bad: [string, Table[]][] = [
    ["no end", [{ entries: [], next: SECTION }]],
    ["no end", [{ entries: [{ offset: 0, size: 1 }], next }, {
      entries: [],
      next,
    }]],
    ["a table cannot be read", [{ entries: [], next: 0x1000 }]],
    ["entries cannot be read", [{
      entries: [],
      reserved: 2 ** 40,
      used: 2400000,
    }]],
    ["used_len", [{ entries: THREE, used: 23 }]],
    ["used_len", [{ entries: THREE, used: -24 }]],
    ["used_len", [{ entries: THREE, reserved: 48 }]],
    ["not sorted", [{ entries: [{ offset: 0 }, far, { offset: 64 }] }]],
    ["do not ascend", [{ entries: [{ offset: 0, size: 1 }], next }, {
      entries: [{ offset: 0 }],
    }]],
    ["beyond the text", [{ entries: [{ offset: 0, size: TEXT_SIZE + 1 }] }]],
    ["info 5", [{ entries: [{ offset: 0, info: 5 }] }]],
  ];
  for (const [text, tables] of bad) {
    const process = prepare(tables);
    assertEquals(process.result, 0, text);
    if (text === "not sorted") process.stop(TEXT + 0x3001, STACK);
    assertEquals(walk(process).length, 1, text);
    const { reports } = process.kernel.reports.reader(1).poll();
    assertEquals(reports.length, 1, text);
    assertEquals(reports[0]!.title, "bad JIT table at 0x500000");
    assertStringIncludes(reports[0]!.text, text);
    process.write(SECTION, tableBytes({ entries: THREE }));
    process.stop(TEXT + 2, STACK);
    assertEquals(walk(process), [[2, null]]);
  }
});

Deno.test("option 5 needs a head that can be read; strict validation follows the chain", () => {
  const process = codeProcess();
  const site = (words: number[]) => [
    process.codectl(5, words),
    process.kernel.globals.failure?.line,
  ];
  assertEquals(site([TEXT, TEXT_SIZE, 0]), [-Errno.EINVAL, 60]);
  assertEquals(site([TEXT, TEXT_SIZE, 0x100]), [-Errno.EFAULT, 61]);
  assertEquals(site([TEXT, 0, SECTION]), [-Errno.EINVAL, 11]);
  assertEquals(site([STACK, 8, SECTION]), [-Errno.EINVAL, 13]);
  const loop = [{ entries: [], next: SECTION }];
  const strict = { codeValidation: "strict" };
  assertEquals(prepare(loop, strict).result, -Errno.EFAULT);
  assertEquals(prepare([{ entries: THREE }], strict).result, 0);
});
