import {
  decodeSFrame,
  isSFrame,
  Lookup,
  openSFrameSections,
  type SFrameTable,
  UnwindRow,
} from "../../formats/sframe/mod.ts";
import { readGoldens } from "../formats/sframe/golden.ts";
import type { FuzzTarget } from "./target.ts";

const ADDRESS = 0x4000;

/** Lookups of one table may cost the rows of one function each, so their number is bounded apart from the input. */
const MAX_FUNCTIONS = 64;

let work = 0;

function lookUp(table: SFrameTable, pc: number, row: UnwindRow): void {
  if (table.lookup(pc, row) !== Lookup.FOUND) return;
  if (!(row.startPc <= pc && pc < row.endPc)) {
    throw new Error(
      `the row found at ${pc} is for ${row.startPc} to ${row.endPc}`,
    );
  }
  if (!table.covers(pc)) throw new Error(`${pc} has a row and is not covered`);
}

/** Sections one after another: all rows decoded, then looked up at their edges. */
export const target: FuzzTarget = {
  name: "sframe",
  seeds(): Uint8Array[] {
    const sections = readGoldens().map(({ bytes }) => bytes);
    const joined = sections.flatMap((bytes) => [...bytes]);
    return [...sections, Uint8Array.from(joined)];
  },
  run(input: Uint8Array): void {
    work = 0;
    isSFrame(input);
    const row = new UnwindRow();
    let offset = 0;
    const { tables, error } = openSFrameSections(input, ADDRESS, {
      plt: "correct",
    });
    for (const table of tables) {
      while (input[offset] === 0) offset++;
      const section = decodeSFrame(input, ADDRESS, { offset });
      offset += table.size;
      for (const f of section.functions) work += 1 + f.rows.length;
      for (const f of section.functions.slice(0, MAX_FUNCTIONS)) {
        const edges = f.rows.slice(0, 64).map(({ startOffset }) =>
          f.startAddress + startOffset
        );
        for (
          const edge of [f.startAddress, f.startAddress + f.size, ...edges]
        ) {
          lookUp(table, edge - 1, row);
          lookUp(table, edge, row);
        }
      }
    }
    if (error !== undefined) throw error;
  },
  work: (): number => work,
  workPerByte: 4,
};
