/**
 * Fuzz target of the reader of debug information. An input is a file of sections:
 *
 * | field | size |
 * | --- | --- |
 * | flags: bit 0 little-endian | 1 |
 * | number of sections | 1 |
 * | for each: its name's number in `NAMES`, its size | 1, 3 |
 * | the sections one after another | … |
 *
 * Split units and supplementary files are looked for in the same file.
 *
 * @module
 */
import { BytesSource } from "../../formats/base/byte_source.ts";
import { type DwarfSections, openDwarf } from "../../formats/dwarf/mod.ts";
import { fixtureSections } from "../formats/dwarf/fixture.ts";
import type { FuzzTarget } from "./target.ts";

const NAMES = [
  ".debug_info",
  ".debug_abbrev",
  ".debug_line",
  ".debug_aranges",
  ".debug_str",
  ".debug_line_str",
  ".debug_str_offsets",
  ".debug_addr",
  ".debug_ranges",
  ".debug_rnglists",
  ".debug_info.dwo",
  ".debug_abbrev.dwo",
  ".debug_str.dwo",
  ".debug_str_offsets.dwo",
  ".debug_rnglists.dwo",
  ".debug_cu_index",
] as const;
/** The fixtures' code. */
const START = 0x401000;
const END = 0x401200;
const STEP = 7;
/** The fixture that mutations of its split units start from has them in one file of their own. */
const FIXTURES: readonly [fixture: string, beside: string][] = [
  ["gcc12-v5", ""],
  ["gcc12-v4", ""],
  ["gcc12-64", ""],
  ["gcc12-dwz", ""],
  ["gcc12-split5", "lines.dwo"],
  ["gcc12-split4-dwp", "program.dwp"],
  ["clang14-v5", ""],
  ["s390x-v5", ""],
];

let work = 0;

/** Opens the sections of an input and asks for many addresses. */
export const target: FuzzTarget = {
  name: "dwarf",
  seeds,
  run,
  work: () => work,
  workPerByte: 256,
};

async function run(input: Uint8Array): Promise<void> {
  work = 0;
  const sections = split(input);
  const dwarf = openDwarf(sections, {
    openSupplementary: () => sections,
    openPackage: () => sections,
    openSplit: () => sections,
  });
  for (let address = START; address < END; address += STEP) {
    for (const frame of await dwarf.locate(address)) {
      const { line, column, name, file } = frame;
      const isRight = line >= 0 && column >= 0 && name !== "" && file !== "";
      if (!isRight) throw new Error(`wrong frame: ${JSON.stringify(frame)}`);
    }
  }
}

function split(input: Uint8Array): DwarfSections {
  const found = new Map<string, Uint8Array>();
  const count = Math.min(input[1] ?? 0, NAMES.length);
  let at = 2 + count * 4;
  for (let i = 0; i < count; i++) {
    const [name = 0, high = 0, middle = 0, low = 0] = input.subarray(2 + i * 4);
    const size = high << 16 | middle << 8 | low;
    found.set(NAMES[name % NAMES.length]!, input.subarray(at, at + size));
    at += size;
  }
  return {
    littleEndian: ((input[0] ?? 0) & 1) !== 0,
    find: (name) => {
      const bytes = found.get(name);
      if (bytes === undefined) return undefined;
      const source = new BytesSource(bytes);
      return {
        size: source.size,
        read(offset, length) {
          const part = source.read(offset, length);
          work += part.length;
          return part;
        },
      };
    },
  };
}

async function seeds(): Promise<Uint8Array[]> {
  const all: Uint8Array[] = [];
  for (const [fixture, beside] of FIXTURES) {
    const files = [await fixtureSections(fixture, "program")];
    if (beside !== "") files.push(await fixtureSections(fixture, beside));
    all.push(await join(files.map((file) => file!)));
  }
  return all;
}

async function join(files: readonly DwarfSections[]): Promise<Uint8Array> {
  const head = [files[0]!.littleEndian ? 1 : 0, 0];
  const bodies: number[] = [];
  for (const [number, name] of NAMES.entries()) {
    for (const file of files) {
      const source = await file.find(name);
      if (source === undefined) continue;
      const { size } = source;
      head.push(number, size >> 16, size >> 8 & 0xff, size & 0xff);
      head[1]!++;
      for (const byte of await source.read(0, size)) bodies.push(byte);
    }
  }
  return Uint8Array.from([...head, ...bodies]);
}
