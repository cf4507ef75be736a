import { assertEquals } from "@std/assert";
import {
  type CfiTable,
  Lookup,
  openEhFrame,
  UnwindRow,
} from "../../../formats/eh_frame/mod.ts";
import { CieCache } from "../../../formats/eh_frame/cie.ts";
import { EhFrameHeader } from "../../../formats/eh_frame/header.ts";
import { PlainFde } from "../../../formats/eh_frame/plain_fde.ts";
import { CfiSection } from "../../../formats/eh_frame/section.ts";
import { buildHeader, CfiBuilder, fixed } from "../../builders/eh_frame.ts";

const X86 = { littleEndian: true, machine: "x86-64" } as const;
const ADDRESS = 0x2000;
const HEADER_ADDRESS = 0x8000;

/** Start and size of a function. */
type Range = readonly [start: number, size: number];

/** The section with these functions in this order, and what a linker would put into the header for them. */
function build(ranges: readonly Range[]) {
  const builder = new CfiBuilder();
  const cie = builder.cie();
  const entries = ranges.map(([start, size]): [number, number] => [
    start,
    ADDRESS + builder.fde({ cie, start, size }),
  ]);
  return { builder, cie, entries: entries.sort((a, b) => a[0] - b[0]) };
}

function open(
  builder: CfiBuilder,
  entries: readonly (readonly [number, number])[] | undefined,
  isWide = false,
): CfiTable {
  if (entries === undefined) return openEhFrame(builder.bytes, ADDRESS, X86);
  const bytes = buildHeader(HEADER_ADDRESS, ADDRESS, entries, { isWide });
  return openEhFrame(builder.bytes, ADDRESS, {
    ...X86,
    header: { bytes, address: HEADER_ADDRESS },
  });
}

function isComplete(
  builder: CfiBuilder,
  entries: readonly (readonly [number, number])[],
): boolean {
  const section = new CfiSection(builder.bytes, ADDRESS, true, X86);
  const header = new EhFrameHeader({
    bytes: buildHeader(HEADER_ADDRESS, ADDRESS, entries),
    address: HEADER_ADDRESS,
  }, section);
  return header.isComplete(new PlainFde(section, new CieCache(section)));
}

const row = new UnwindRow();

/** Start of the function that `pc` lies in; −1 if it is none. */
function startAt(table: CfiTable, pc: number): number {
  return table.lookup(pc, row) === Lookup.FOUND ? row.startPc : -1;
}

/** Checks both edges of each function and the addresses around them. */
function check(table: CfiTable, ranges: readonly Range[]): void {
  const covering = (pc: number) =>
    ranges.findLast(([start, size]) => pc >= start && pc < start + size)?.[0] ??
      -1;
  for (const [start, size] of ranges) {
    for (const pc of [start - 1, start, start + size - 1, start + size]) {
      assertEquals(startAt(table, pc), covering(pc), pc.toString(16));
    }
  }
}

/** Functions close together and far apart, some with gaps behind. */
function manyRanges(count: number): Range[] {
  let start = 0x1_0000;
  return Array.from({ length: count }, (_, i): Range => {
    const range: Range = [start, 1 + i * 7 % 40];
    start += range[1] + (i % 5 === 0 ? 3 : 0) + (i % 100 === 99 ? 0x4_0000 : 0);
    return range;
  });
}

Deno.test("lookup() searches .eh_frame_hdr of any size", () => {
  for (const count of [1, 2, 63, 64, 65, 128, 129, 1000]) {
    const ranges = manyRanges(count);
    const { builder, entries } = build(ranges);
    for (const isWide of [false, true]) {
      const table = open(builder, entries, isWide);
      check(table, ranges);
      for (const pc of [-Infinity, -(2 ** 40), 0, 2 ** 40, Infinity, NaN]) {
        assertEquals(startAt(table, pc), -1);
      }
      assertEquals(table.errors, []);
    }
  }
});

Deno.test("lookup() searches .eh_frame_hdr with functions up to 2 GiB away on either side", () => {
  const far = Array.from({ length: 200 }, (_, i): Range => [
    HEADER_ADDRESS + (i - 100) * 0x147_0000,
    16,
  ]);
  const { builder, entries } = build(far);
  check(open(builder, entries), far);
});

Deno.test("lookup() searches for what is no address by its number", () => {
  const ranges: Range[] = [[HEADER_ADDRESS - 32, 16], [
    HEADER_ADDRESS - 16,
    16,
  ]];
  const { builder, entries } = build(ranges);
  const table = open(builder, entries);
  assertEquals(startAt(table, HEADER_ADDRESS - 16.5), HEADER_ADDRESS - 32);
  assertEquals(startAt(table, HEADER_ADDRESS - 0.5), HEADER_ADDRESS - 16);
});

Deno.test("lookup() finds what an unsorted .eh_frame_hdr hides", () => {
  const ranges = manyRanges(300);
  const { builder, entries } = build(ranges);
  check(open(builder, entries.toReversed()), ranges);
  const swapped = entries.slice();
  [swapped[64], swapped[192]] = [swapped[192]!, swapped[64]!];
  check(open(builder, swapped), ranges);
  [swapped[64], swapped[100]] = [swapped[100]!, swapped[64]!];
  check(open(builder, swapped), ranges);
});

Deno.test("isComplete() holds only if each FDE is named once, rightly", () => {
  const { builder, entries, cie } = build(manyRanges(10));
  assertEquals(isComplete(builder, entries), true);
  assertEquals(isComplete(builder, []), false);
  assertEquals(isComplete(builder, entries.slice(1)), false);
  assertEquals(isComplete(builder, entries.slice(0, -1)), false);
  const replaced = (index: number, entry: [number, number]) =>
    entries.with(index, entry);
  const [start, address] = entries[5]!;
  const wrong = [
    replaced(5, [start + 1, address]),
    replaced(5, [start, address + 1]),
    replaced(5, [start, entries[4]![1]]),
    replaced(5, entries[4]!),
    replaced(5, [start, ADDRESS + cie]),
    replaced(5, [start, 0x7000_0000]),
    replaced(5, [start, -0x7000_0000]),
    entries.toReversed(),
  ];
  for (const each of wrong) assertEquals(isComplete(builder, each), false);
  builder.terminator();
  assertEquals(isComplete(builder, entries), true);
  builder.raw(fixed(12, 4));
  assertEquals(isComplete(builder, entries), false);
});

Deno.test("isComplete() does not hold if a function is empty or starts twice", () => {
  const empty = build([[0x1000, 0x100], [0x1050, 0]]);
  assertEquals(isComplete(empty.builder, empty.entries), false);
  assertEquals(startAt(open(empty.builder, empty.entries), 0x1060), 0x1000);
  const twice = build([[0x1000, 0x100], [0x1000, 0x10]]);
  assertEquals(isComplete(twice.builder, twice.entries), false);
  assertEquals(startAt(open(twice.builder, twice.entries), 0x1060), 0x1000);
});

Deno.test("lookup() reports what is bad in functions that a header does not name", () => {
  const ranges = manyRanges(3);
  const { builder, entries, cie } = build(ranges);
  builder.fde({ cie: cie + 1, start: 0x9_0000, size: 0x10 });
  const table = open(builder, entries);
  check(table, ranges);
  assertEquals(table.errors.map(({ field }) => field), ["CIE_pointer"]);
});

Deno.test("lookup() makes the same index of any order, whatever the distances", () => {
  const near = manyRanges(500);
  const far = [...near, [2 ** 50, 8] as const, [-(2 ** 50), 8] as const];
  for (const ranges of [near, far]) {
    const order = ranges.map((range, i) => ({ range, key: i * 7919 % 503 }))
      .sort((a, b) => a.key - b.key).map(({ range }) => range);
    check(open(build(order).builder, undefined), ranges);
    check(open(build(ranges).builder, undefined), ranges);
  }
});

Deno.test("lookup() takes the largest of functions with the same start", () => {
  for (const sizes of [[1, 8, 4], [8, 4, 1], [1, 4, 8], [4, 8, 8]]) {
    for (const far of [0, 2 ** 52]) {
      const ranges = sizes.map((size): Range => [0x1000, size]);
      ranges.push([0x800, 0x10], [far, 1]);
      const table = open(build(ranges).builder, undefined);
      assertEquals(startAt(table, 0x1007), 0x1000);
      assertEquals(startAt(table, 0x1008), -1);
      assertEquals(startAt(table, 0x80f), 0x800);
    }
  }
});
