/**
 * Random lookups in a seeded section of 50,000 functions with 7.6 rows each on average.
 *
 * `in place` opens a table anew before it has earned its index, `indexed` keeps one. The baseline decodes everything
 * to objects beforehand and searches those.
 *
 * @module
 */
import {
  decodeSFrame,
  Lookup,
  openSFrame,
  type SFrameFunction,
  type SFrameRow,
  UnwindRow,
} from "../../formats/sframe/mod.ts";
import { buildSFrame, type BuiltFunction } from "../builders/sframe.ts";

const ADDRESS = 0x80_0000;
const FUNCTION_COUNT = 50_000;
const LOOKUP_COUNT = 1 << 16;
/** Fewer lookups than a table of this size does before it builds its index. */
const IN_PLACE_COUNT = 1 << 12;

let state = 0x2545_f491;
function random(below: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % below;
}

function makeFunctions(): BuiltFunction[] {
  let start = 0x1000;
  return Array.from({ length: FUNCTION_COUNT }, () => {
    const count = 1 + random(14);
    const rows = Array.from({ length: count }, (_, i) => ({
      start: i * (1 + random(2) + 8),
      words: i % 3 === 0 ? [8 + 8 * i] : [8 + 8 * i, -16],
    })).toSorted((a, b) => a.start - b.start);
    const f = { start, size: count * 11 + 1, rows };
    start += f.size + random(16);
    return f;
  });
}

const functions = makeFunctions();
const bytes = buildSFrame({ version: 3, address: ADDRESS, functions });
const last = functions[FUNCTION_COUNT - 1]!;
const span = last.start + last.size - functions[0]!.start;
const pcs = Float64Array.from(
  { length: LOOKUP_COUNT },
  () => functions[0]!.start + random(span),
);
const row = new UnwindRow();
const decoded = decodeSFrame(bytes, ADDRESS).functions;
const indexed = openSFrame(bytes, ADDRESS);

function lookupAll(table: typeof indexed, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) {
    if (table.lookup(pcs[i]!, row) === Lookup.FOUND) sum += row.cfaOffset;
  }
  return sum;
}

function findFunction(pc: number): SFrameFunction | undefined {
  let low = 0;
  let high = decoded.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (decoded[middle]!.startAddress <= pc) low = middle + 1;
    else high = middle;
  }
  const f = decoded[low - 1];
  return f !== undefined && pc < f.startAddress + f.size ? f : undefined;
}

function findRow(pc: number): SFrameRow | undefined {
  const f = findFunction(pc);
  return f?.rows.findLast((row) => row.startOffset <= pc - f.startAddress);
}

function searchAll(count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += findRow(pcs[i]!)?.words[0] ?? 0;
  return sum;
}

if (lookupAll(indexed, LOOKUP_COUNT) !== searchAll(LOOKUP_COUNT)) {
  throw new Error("The ways to look up disagree");
}

Deno.bench({
  name: "65536 lookups: decode all, search objects",
  group: "sframe/lookup",
  baseline: true,
  fn() {
    decodeSFrame(bytes, ADDRESS);
    searchAll(LOOKUP_COUNT);
  },
});

Deno.bench({
  name: "65536 lookups: search objects decoded before",
  group: "sframe/lookup",
  fn() {
    searchAll(LOOKUP_COUNT);
  },
});

Deno.bench({
  name: "65536 lookups: in place",
  group: "sframe/lookup",
  fn() {
    for (let done = 0; done < LOOKUP_COUNT; done += IN_PLACE_COUNT) {
      lookupAll(openSFrame(bytes, ADDRESS), IN_PLACE_COUNT);
    }
  },
});

Deno.bench({
  name: "65536 lookups: in place, behind the index",
  group: "sframe/lookup",
  fn() {
    lookupAll(indexed, LOOKUP_COUNT);
  },
});

Deno.bench({
  name: "open",
  group: "sframe/open",
  fn() {
    openSFrame(bytes, ADDRESS);
  },
});
