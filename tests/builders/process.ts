/**
 * A small program and cores of it, written down as literals: three functions with `.eh_frame` rows, a build ID and
 * names, and a thread in the innermost of them.
 *
 * @module
 */
import { buildCore, type CoreSpec } from "./core.ts";
import { CfiBuilder } from "./eh_frame.ts";
import {
  buildElf,
  buildNote,
  buildSymbols,
  type ElfForm,
  type SectionSpec,
  type SegmentSpec,
  type SymbolSpec,
} from "./elf.ts";
import { wordBytes } from "./rows.ts";

const FORM: ElfForm = { elfClass: 64, littleEndian: true };

/** Address at which the program is linked; it is mapped there too. */
export const IMAGE = 0x400000;
/** Where the thread's stack starts. */
export const STACK = 0x7ffc_0000_0000;
/** Build ID of the program, if none is given. */
export const BUILD_ID = "0123456789abcdef";
/** Frames of the thread. */
export const FRAMES: readonly string[] = ["0x400804", "0x400818", "0x400848"];
/** Names of those frames. */
export const NAMES: readonly string[] = ["leaf", "middle", "start"];

const SYMBOLS: readonly SymbolSpec[] = [
  { name: "leaf", value: IMAGE + 0x800, size: 0x10 },
  { name: "middle", value: IMAGE + 0x810, size: 0x30 },
  { name: "start", value: IMAGE + 0x840, size: 0x10 },
];

/** What differs between programs. */
export interface ProgramSpec {
  /** Hexadecimal; none if empty. */
  buildId?: string;
  machine?: number;
  /** Symbols of `.symtab`; none if empty. */
  symbols?: readonly SymbolSpec[];
  /** Symbols of `.dynsym`; none if absent. */
  dynamicSymbols?: readonly SymbolSpec[];
  /** Leaves `.eh_frame` out. */
  withoutRows?: boolean;
  /** Further sections. */
  sections?: SectionSpec[];
  /** Further segments. */
  segments?: SegmentSpec[];
}

/** Builds the program: less than a page, mapped whole. */
export function buildProgram(spec: ProgramSpec = {}): Uint8Array<ArrayBuffer> {
  const { buildId = BUILD_ID, symbols = SYMBOLS, dynamicSymbols } = spec;
  const text = { address: IMAGE + 0x800, size: 0x100 };
  const sections: SectionSpec[] = [
    { name: ".text", type: 1, flags: 6, ...text },
  ];
  if (buildId !== "") {
    const id = buildId.match(/../g)!.map((byte) => parseInt(byte, 16));
    const bytes = buildNote(FORM, "GNU", 3, id);
    sections.push({ name: ".note.gnu.build-id", type: 7, flags: 2, bytes });
  }
  if (spec.withoutRows !== true) {
    const bytes = buildRows();
    sections.push({ name: ".eh_frame", type: 1, address: 0x9000, bytes });
  }
  addSymbols(sections, ".symtab", 2, symbols);
  addSymbols(sections, ".dynsym", 11, dynamicSymbols ?? []);
  sections.push(...spec.sections ?? []);
  const note = buildId === ""
    ? []
    : [{ type: 4, section: ".note.gnu.build-id" }];
  return buildElf({
    ...FORM,
    type: 2,
    machine: spec.machine ?? 62,
    entry: IMAGE + 0x840,
    segments: [
      { type: 1, flags: 5, offset: 0, address: IMAGE, fileSize: 0x1000 },
      ...note,
      ...spec.segments ?? [],
    ],
    sections,
  });
}

function buildRows(): Uint8Array {
  const builder = new CfiBuilder();
  const cie = builder.cie();
  const add = (start: number, size: number, instructions: number[]) =>
    builder.fde({ cie, start: IMAGE + start, size, instructions });
  add(0x800, 0x10, []); // CFA = rsp + 8
  add(0x810, 0x30, [0x0e, 24]); // CFA = rsp + 24
  add(0x840, 0x10, [0x07, 16]); // return address undefined
  builder.terminator();
  return builder.bytes;
}

function addSymbols(
  sections: SectionSpec[],
  name: string,
  type: number,
  specs: readonly SymbolSpec[],
): void {
  if (specs.length === 0) return;
  const { symbols, strings } = buildSymbols(FORM, specs);
  const link = sections.length + 2; // section 0 and the table itself come before
  sections.push(
    { name, type, bytes: symbols, link, info: 1, entrySize: 24 },
    { name: `${name}.strings`, type: 3, bytes: strings },
  );
}

/** A core of `program`, which the core itself does not hold unless `dumped` gives its first page. */
export function processCore(
  changes?: Partial<CoreSpec>,
  dumped?: Uint8Array,
): Uint8Array {
  return buildCore({ ...processSpec(dumped), ...changes });
}

/** What {@linkcode processCore} builds. */
export function processSpec(dumped?: Uint8Array): CoreSpec {
  const words = [IMAGE + 0x818, 0, 0, IMAGE + 0x848, 0, 0];
  return {
    machine: "x86-64",
    threads: [{
      tid: 77,
      signal: 11,
      registers: { rip: BigInt(IMAGE + 0x804), rsp: BigInt(STACK) },
    }],
    process: { pid: 77, name: "program", args: "program" },
    siginfo: { number: 11, code: 1, union: 0x18n },
    auxv: [[9n, BigInt(IMAGE + 0x840)]],
    segments: [
      {
        address: BigInt(IMAGE),
        memorySize: 0x1000,
        flags: 5,
        ...(dumped === undefined ? {} : { data: dumped.subarray(0, 0x1000) }),
      },
      { address: BigInt(STACK), data: wordBytes(words), flags: 6 },
    ],
    files: [{
      start: BigInt(IMAGE),
      end: BigInt(IMAGE + 0x1000),
      pageOffset: 0n,
      path: "/bin/program",
    }],
  };
}
