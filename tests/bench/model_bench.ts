/**
 * Registered code in the modelled kernel: the same 10,000 functions as one range with one section, and as 10,000 ranges
 * with a section each.
 */
import { Lookup, UnwindRow } from "../../formats/base/unwind_row.ts";
import { NO_TEXT } from "../../kernel/mod.ts";
import { Kernel, walkThread } from "../../kernel/model/mod.ts";
import { codeTablesOf } from "../../kernel/model/walk_thread.ts";
import { leafFunction } from "../builders/code_process.ts";
import { wordBytes } from "../builders/rows.ts";
import { buildSFrame } from "../builders/sframe.ts";

const TEXT = 0x40_0000;
const SECTIONS = 0x4000_0000;
const STACK = 0x7000_0000;
const INFO = 0x6000_0000;
const FUNCTION_SIZE = 64;
const FUNCTION_COUNT = 10_000;
const LOOKUP_COUNT = 100_000;
const FRAME_COUNT = 500;
const SECTION_STRIDE = 128;

interface Registration {
  section: number;
  size: number;
  start: number;
  textSize: number;
}

/** A process with all text, sections and a stack mapped, and nothing registered. */
function makeProcess(
  sectionBytes: Uint8Array,
): { kernel: Kernel; tid: number } {
  const kernel = new Kernel({ memoryLimit: 1 << 30 });
  const { tid } = kernel.spawn("bench");
  const size = FUNCTION_COUNT * FUNCTION_SIZE;
  kernel.call(tid, "mmap", TEXT, size, 5, 0x30);
  kernel.call(tid, "mmap", SECTIONS, sectionBytes.length, 3, 0x30);
  kernel.call(tid, "mmap", STACK, FRAME_COUNT * 16 + 4096, 3, 0x30);
  kernel.call(tid, "mmap", INFO, 4096, 3, 0x30);
  const thread = kernel.threads.get(tid)!;
  const { memory } = kernel.spaceOf(thread);
  memory.copyOut(SECTIONS, sectionBytes);
  const words: number[] = [];
  for (let i = 0; i < FRAME_COUNT; i++) words.push(0, pcs[i]!);
  memory.copyOut(STACK, wordBytes(words));
  thread.registers[kernel.machine.pc] = pcs[FRAME_COUNT]!;
  thread.registers[kernel.machine.sp] = STACK;
  return { kernel, tid };
}

/** Functions from `first` on, each with CFA = SP + 16 from its fifth byte. */
function functions(first: number, count: number) {
  return Array.from(
    { length: count },
    (_, i) => leafFunction(TEXT + (first + i) * FUNCTION_SIZE, FUNCTION_SIZE),
  );
}

function register(
  { kernel, tid }: { kernel: Kernel; tid: number },
  list: readonly Registration[],
): void {
  const { memory } = kernel.spaceOf(kernel.threads.get(tid)!);
  for (const { section, size, start, textSize } of list) {
    memory.copyOut(INFO, wordBytes([section, size, start, textSize]));
    const result = kernel.call(tid, "codectl", 1, INFO, 32, 0);
    if (result !== 0) throw new Error(`${result}`);
  }
}

let seed = 1;
function random(limit: number): number {
  seed = (seed * 1103515245 + 12345) % 2 ** 31;
  return Math.floor(seed / 2 ** 31 * limit);
}

const pcs = Float64Array.from(
  { length: LOOKUP_COUNT },
  () => TEXT + random(FUNCTION_COUNT) * FUNCTION_SIZE + 4 + random(60),
);

function oneRange() {
  const bytes = buildSFrame({
    version: 3,
    address: SECTIONS,
    functions: functions(0, FUNCTION_COUNT),
  });
  const list = [{
    section: SECTIONS,
    size: bytes.length,
    start: TEXT,
    textSize: FUNCTION_COUNT * FUNCTION_SIZE,
  }];
  return { process: makeProcess(bytes), list };
}

/** In an order that no list would like, unless it is told to be ascending. */
function manyRanges(count = FUNCTION_COUNT) {
  const bytes = new Uint8Array(count * SECTION_STRIDE);
  const list: Registration[] = [];
  for (let i = 0; i < count; i++) {
    const section = SECTIONS + i * SECTION_STRIDE;
    const own = buildSFrame({
      version: 3,
      address: section,
      functions: functions(i, 1),
    });
    bytes.set(own, i * SECTION_STRIDE);
    list.push({
      section,
      size: own.length,
      start: TEXT + i * FUNCTION_SIZE,
      textSize: FUNCTION_SIZE,
    });
  }
  for (let i = list.length - 1; i > 0; i--) {
    const other = random(i + 1);
    [list[i], list[other]] = [list[other]!, list[i]!];
  }
  return { process: makeProcess(bytes), list };
}

const one = oneRange();
register(one.process, one.list);
const many = manyRanges();
register(many.process, many.list);
const few = manyRanges(1000);

function lookUp({ kernel, tid }: { kernel: Kernel; tid: number }): void {
  const space = kernel.spaceOf(kernel.threads.get(tid)!);
  const tables = codeTablesOf(kernel, space);
  const { codeMap } = tables;
  const row = new UnwindRow();
  for (let i = 0; i < LOOKUP_COUNT; i++) {
    const range = codeMap.find(pcs[i]!);
    if (range === NO_TEXT) throw new Error("no text");
    const index = codeMap.owner(range);
    const module = codeMap.modules[index]!;
    if (module.tables === undefined) tables.open(index);
    if (module.tables![0]!.lookup(pcs[i]!, row) !== Lookup.FOUND) {
      throw new Error("no row");
    }
  }
}

function walk({ kernel, tid }: { kernel: Kernel; tid: number }): void {
  for (let i = 0; i < 20; i++) {
    const trace = walkThread(kernel, tid);
    if (trace instanceof Promise || trace.frames.length < FRAME_COUNT) {
      throw new Error("no trace");
    }
  }
}

/** As a list that is searched from its start. */
function lookUpNaively(): void {
  const ranges = [...many.list].sort((a, b) => a.start - b.start);
  for (let i = 0; i < LOOKUP_COUNT / 100; i++) {
    const pc = pcs[i]!;
    const found = ranges.find(({ start, textSize }) =>
      pc >= start && pc < start + textSize
    );
    if (found === undefined) throw new Error("no range");
  }
}

Deno.bench({
  name: "1,000 lookups in a list of 10,000 ranges, from its start",
  group: "model/lookup",
  fn: lookUpNaively,
});
Deno.bench({
  name: "100,000 lookups, 10,000 functions in one range",
  group: "model/lookup",
  baseline: true,
  fn: () => lookUp(one.process),
});
Deno.bench({
  name: "100,000 lookups, 10,000 functions in 10,000 ranges",
  group: "model/lookup",
  fn: () => lookUp(many.process),
});

/** One walk's lookups in that list, and nothing else. */
function walkNaively(): void {
  const ranges = [...many.list].sort((a, b) => a.start - b.start);
  for (let i = 0; i <= FRAME_COUNT; i++) {
    const pc = pcs[i]!;
    const found = ranges.findIndex(({ start, textSize }) =>
      pc >= start && pc < start + textSize
    );
    if (found < 0) throw new Error("no range");
  }
}

Deno.bench({
  name: "the lookups of one walk in a list that is searched from its start",
  group: "model/walk",
  fn: walkNaively,
});
Deno.bench({
  name: "20 walks of 500 frames, one range",
  group: "model/walk",
  baseline: true,
  fn: () => walk(one.process),
});
Deno.bench({
  name: "20 walks of 500 frames, 10,000 ranges",
  group: "model/walk",
  fn: () => walk(many.process),
});

function unregisterAll(
  { process, list }: {
    process: { kernel: Kernel; tid: number };
    list: readonly Registration[];
  },
): void {
  const { kernel, tid } = process;
  const last = list.length * FUNCTION_SIZE;
  // mapping over the text takes every registration with it
  kernel.call(tid, "mmap", TEXT, last, 5, 0x30);
}

Deno.bench({
  name: "register 1,000 ranges, ten times",
  group: "model/register",
  baseline: true,
  fn() {
    for (let i = 0; i < 10; i++) {
      register(few.process, few.list);
      unregisterAll(few);
    }
  },
});
const again = manyRanges();
Deno.bench({
  name: "register 10,000 ranges",
  group: "model/register",
  fn() {
    register(again.process, again.list);
    unregisterAll(again);
  },
});
Deno.bench({
  name: "insert 10,000 ranges into a list that is searched from its start",
  group: "model/register",
  fn() {
    const sorted: Registration[] = [];
    for (const range of again.list) {
      const above = sorted.findIndex(({ start }) => start > range.start);
      sorted.splice(above < 0 ? sorted.length : above, 0, range);
    }
  },
});
