/**
 * Warm lookups of sidecars against the open section, on random program counters and on hot ones.
 *
 * What is held: at most 1.2 times the open section for seekable zstd, 2 times for the compact form.
 */
import {
  BytesSource,
  encodeSidecar,
  openSidecar,
  SIDECAR_FORMATS,
  UnwindRow,
  type UnwindTable,
} from "../../formats/sidecar/mod.ts";
import { decodeSFrame, openSFrame } from "../../formats/sframe/mod.ts";
import {
  compress,
  decompress,
  LARGE_ADDRESS,
  largeSection,
  META,
} from "../formats/sidecar/helper.ts";

const LOOKUP_COUNT = 100_000;
const HOT_COUNT = 64;

const section = largeSection(40_000);
const { functions } = decodeSFrame(section, LARGE_ADDRESS);

/** Seeded program counters within functions. */
function makePcs(count: number): Float64Array {
  let state = 1;
  const next = (limit: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * limit);
  };
  return Float64Array.from({ length: count }, () => {
    const { startAddress, size } = functions[next(functions.length)]!;
    return startAddress + next(size);
  });
}

const random = makePcs(LOOKUP_COUNT);
const few = makePcs(HOT_COUNT);
const hot = random.map((_, i) => few[i % HOT_COUNT]!);
const row = new UnwindRow();

function lookUpAll(table: UnwindTable, pcs: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < pcs.length; i++) {
    table.lookup(pcs[i]!, row);
    sum += row.cfaOffset;
  }
  return sum;
}

const tables: [name: string, table: UnwindTable][] = [
  ["open section", openSFrame(section, LARGE_ADDRESS)],
];
for (const format of SIDECAR_FORMATS) {
  const options = { format, compress };
  const bytes = await encodeSidecar(section, LARGE_ADDRESS, META, options);
  const table = await openSidecar(new BytesSource(bytes), { decompress });
  await table.fillAll();
  tables.push([format, table]);
}

for (const [kind, pcs] of [["random", random], ["hot", hot]] as const) {
  for (const [name, table] of tables) {
    Deno.bench({
      name: `${name}, ${LOOKUP_COUNT} ${kind} program counters`,
      group: `sidecar/lookup/${kind}`,
      baseline: name === "open section",
      fn: () => {
        lookUpAll(table, pcs);
      },
    });
  }
}
