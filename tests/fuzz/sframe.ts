import {
  buildSFrame,
  compareSFrame,
  decodeSFrame,
  encodeSFrame,
  FormatError,
  isSFrame,
  Lookup,
  openSFrameSections,
  type SFrameCompat,
  type SFrameSection,
  type SFrameSpec,
  type SFrameTable,
  specOfSection,
  UnwindRow,
  verifySFrame,
  writeSFrameText,
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

const RELEASES: readonly (SFrameCompat | undefined)[] = [
  undefined,
  "2.40",
  "2.44",
  "2.45",
  "2.47",
];

/** Encoding writes what was decoded where it was: every byte is that of the input, or one that belongs to nothing. */
function encode(input: Uint8Array, section: SFrameSection): void {
  const encoded = encodeSFrame(section);
  // Addresses beyond 2^53 are rounded when they are read.
  if (section.functions.some((f) => !Number.isSafeInteger(f.startField))) {
    return;
  }
  for (let i = 0; i < encoded.length; i++) {
    if (encoded[i] !== 0 && encoded[i] !== input[section.offset + i]) {
      throw new Error(`byte ${i} was encoded as ${encoded[i]}`);
    }
  }
}

/** What can be built from a section's rules has the same rules. */
function build(section: SFrameSection): void {
  const spec = specOfSection(section, ADDRESS);
  const { abi } = spec;
  let built: Uint8Array;
  try {
    built = buildSFrame(spec);
  } catch (error) {
    if (error instanceof RangeError) return;
    throw error;
  }
  const again = specOfSection(
    decodeSFrame(built, spec.sectionAddress),
    spec.sectionAddress,
  );
  const named = ({ functions }: SFrameSpec) =>
    functions.map((f) => ({ spec: f }));
  const { changes } = compareSFrame(named(spec), named(again), abi, "address");
  if (changes.length > 0) {
    throw new Error(`built otherwise: ${JSON.stringify(changes[0])}`);
  }
}

function print(input: Uint8Array, offset: number, size: number): void {
  for (const compat of RELEASES) {
    try {
      let length = 0;
      writeSFrameText(input, ADDRESS, (text) => length += text.length, {
        offset,
        ...(compat === undefined ? {} : { compat }),
      });
      if (length > 100_000 + size * 1000) throw new Error("text without end");
    } catch (error) {
      if (compat === undefined || !(error instanceof FormatError)) throw error;
    }
  }
}

/** Sections one after another: all rows decoded, written anew, printed, checked and
 * looked up at their edges. */
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
      encode(input, section);
      build(section);
      print(input, offset, section.size);
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
    verifySFrame(input, ADDRESS, { kernel: true, text: [0, 0x8000] });
    if (error !== undefined) throw error;
  },
  work: (): number => work,
  workPerByte: 4,
};
