/**
 * Lookups in a seeded `.eh_frame` of 20,000 functions as compilers write them, one in each function: cold, where each is
 * the first in its function, and warm. The baseline evaluates the rules of all registers for each pc.
 *
 * @module
 */
import {
  type CfiTable,
  Lookup,
  openEhFrame,
  RegisterRules,
  UnwindRow,
} from "../../formats/eh_frame/mod.ts";
import { buildHeader, CfiBuilder, fixed, uleb } from "../builders/eh_frame.ts";

const ADDRESS = 0x80_0000;
const HEADER_ADDRESS = 0x70_0000;
const FUNCTION_COUNT = 20_000;

let state = 0x2545_f491;
function random(below: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % below;
}

/** Pushes, room for locals, the way out, and now and then a second one. */
function makeInstructions(): number[] {
  const saved = [15, 14, 13, 12, 6, 3].slice(random(7));
  const localSize = random(3) === 0 ? 0 : 8 * (1 + random(40));
  const entrySize = 8 + 8 * saved.length;
  const pops = saved.flatMap((_, i) => [0x42, 0x0e, entrySize - 8 * (i + 1)]);
  const wayOut = [
    ...(localSize > 0 ? [0x44, 0x0e, entrySize] : []),
    ...pops,
  ];
  return [
    ...saved.flatMap((
      register,
      i,
    ) => [0x42, 0x0e, 16 + 8 * i, 0x80 | register, 2 + i]),
    ...(localSize > 0 ? [0x44, 0x0e, ...uleb(entrySize + localSize)] : []),
    ...[0x02, 30 + random(60), 0x0a],
    ...wayOut,
    ...[0x41, 0x0b],
    ...(random(3) === 0 ? [0x60, 0x0a, ...wayOut, 0x41, 0x0b] : []),
  ];
}

const builder = new CfiBuilder();
const cie = builder.cie({ augmentation: "zR", augmentationData: [0x1b] });
const entries: [start: number, fdeAddress: number][] = [];
const pcs = new Float64Array(FUNCTION_COUNT);
let start = 0x1000;
for (let i = 0; i < FUNCTION_COUNT; i++) {
  const size = 160 + random(200);
  pcs[i] = start + random(size);
  const field = ADDRESS + builder.size + 8;
  const fde = builder.fde({
    cie,
    start: fixed(start - field, 4),
    size: fixed(size, 4),
    augmentationData: [],
    instructions: makeInstructions(),
  });
  entries.push([start, ADDRESS + fde]);
  start += size + random(16);
}
pcs.sort(() => random(3) - 1);
const bytes = builder.bytes;
const header = {
  bytes: buildHeader(HEADER_ADDRESS, ADDRESS, entries),
  address: HEADER_ADDRESS,
};
const row = new UnwindRow();
const rules = new RegisterRules();

function open(hasHeader: boolean): CfiTable {
  const options = { littleEndian: true, machine: "x86-64" } as const;
  return openEhFrame(bytes, ADDRESS, {
    ...options,
    ...(hasHeader ? { header } : {}),
  });
}

function lookupAll(table: CfiTable): number {
  let sum = 0;
  for (let i = 0; i < pcs.length; i++) {
    if (table.lookup(pcs[i]!, row) === Lookup.FOUND) sum += row.cfaOffset;
  }
  return sum;
}

function lookupAllFull(table: CfiTable): number {
  let sum = 0;
  for (let i = 0; i < pcs.length; i++) {
    if (table.lookupFull(pcs[i]!, rules) === Lookup.FOUND) {
      sum += rules.cfaOffset;
    }
  }
  return sum;
}

const warm = open(true);
if (lookupAll(warm) !== lookupAllFull(warm)) {
  throw new Error("The ways to look up disagree");
}

Deno.bench({
  name: "20000 lookups: rules of all registers",
  group: "eh_frame/lookup",
  baseline: true,
  fn() {
    lookupAllFull(warm);
  },
});

Deno.bench({
  name: "20000 lookups: each in a new function",
  group: "eh_frame/lookup",
  fn() {
    lookupAll(open(true));
  },
});

Deno.bench({
  name: "20000 lookups: each in a new function, without a header",
  group: "eh_frame/lookup",
  fn() {
    lookupAll(open(false));
  },
});

Deno.bench({
  name: "20000 lookups: in functions that are known",
  group: "eh_frame/lookup",
  fn() {
    lookupAll(warm);
  },
});

Deno.bench({
  name: "the first pc that the header does not have",
  group: "eh_frame/miss",
  fn() {
    open(true).lookup(0, row);
  },
});

Deno.bench({
  name: "the first pc without a header",
  group: "eh_frame/miss",
  baseline: true,
  fn() {
    open(false).lookup(0, row);
  },
});
