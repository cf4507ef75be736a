/**
 * Fuzz target of the ELF reader.
 *
 * @module
 */
import type { ByteSource } from "../../formats/base/byte_source.ts";
import { FormatError } from "../../formats/base/error.ts";
import {
  crc32,
  decodeNotes,
  type ElfFile,
  openDebugData,
  openElf,
  openSymbols,
  PT,
  type SymbolTable,
} from "../../formats/elf/mod.ts";
import {
  buildElf,
  buildNote,
  buildSymbols,
  type ElfForm,
  FORMS,
  Writer,
} from "../builders/elf.ts";
import type { FuzzTarget } from "./target.ts";

let work = 0;

/** Counts the bytes that are read, and a little for each read. */
function countingSource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read(offset, length) {
      const part = bytes.subarray(offset, offset + length);
      work += 64 + part.length;
      return part;
    },
  };
}

/** Passes over data errors: one bad part must not keep the others from being drained. */
async function attempt(action: () => Promise<unknown>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
  }
}

function drainSymbols(table: SymbolTable): void {
  for (let i = 0; i < table.count; i++) {
    const start = table.start(i);
    for (const at of [start - 1, start, start + table.size(i)]) {
      const found = table.find(at);
      const isRight = found === -1 || (found > 0 && found < table.count &&
        table.start(found) <= at);
      if (!isRight) throw new Error(`find(${at}) gave ${found}`);
    }
    work += 8;
    if (i < 64) table.findByName(table.name(i));
  }
}

async function drain(elf: ElfFile): Promise<void> {
  const { segments, header } = elf;
  for (let i = 0; i < segments.count; i++) {
    if (segments.types[i] === PT.NOTE) {
      const bytes = await elf.readSegment(i);
      const { notes } = decodeNotes(
        bytes,
        header.littleEndian,
        segments.alignments[i],
      );
      work += notes.length;
      for (const note of notes) {
        if (note.descOffset + note.descSize > bytes.length && note.descSize) {
          throw new Error("a descriptor reaches out of its bytes");
        }
      }
    }
    await elf.readAddress(segments.addresses[i]!, 16);
  }
  await attempt(async () => {
    for (const section of await elf.sections()) {
      await attempt(async () => crc32(await elf.readSection(section)));
    }
  });
  await elf.buildId();
  await attempt(() => elf.debugLink());
  await attempt(() => openDebugData(elf));
  for (const which of [".symtab", ".dynsym"] as const) {
    await attempt(async () => {
      const table = await openSymbols(elf, which);
      if (table !== undefined) drainSymbols(table);
    });
  }
}

function seed(form: ElfForm, withSections: boolean): Uint8Array {
  const { symbols, strings } = buildSymbols(form, [
    { name: "alpha", value: 0x1000, size: 8 },
    { name: "beta", value: 0x1008, type: 0, binding: 0 },
    { name: "gamma", value: 0x1010, size: 8, binding: 2 },
  ]);
  const hash = new Writer(form).u32(1).u32(1).u32(0).u32(6).u32(1)
    .u32(2).u32(2).u32(3).bytes();
  const tables = new Writer(form).raw(symbols).raw(strings).align(8);
  const hashAddress = 0x8000 + tables.size;
  tables.raw(hash);
  const dynamic = new Writer(form).word(6).word(0x8000)
    .word(5).word(0x8000 + symbols.length).word(10).word(strings.length)
    .word(0x6ffffef5).word(hashAddress).word(0).word(0).bytes();
  const note = buildNote(form, "GNU", 3, [1, 2, 3, 4, 5, 6, 7, 8]);
  const link = new Writer(form).text("a.debug").align(4).u32(7).bytes();
  const compressed = new Writer(form).u32(1).word(16).word(1).bytes();
  const segments = [
    { type: PT.LOAD, flags: 5, address: 0x1000, bytes: new Uint8Array(64) },
    { type: PT.LOAD, address: 0x8000, bytes: tables.bytes() },
    { type: PT.DYNAMIC, bytes: dynamic },
    { type: PT.NOTE, bytes: note },
  ];
  if (!withSections) return buildElf({ ...form, segments });
  return buildElf({
    ...form,
    segments,
    sections: [
      {
        name: ".text",
        type: 1,
        flags: 6,
        address: 0x1000,
        bytes: new Uint8Array(64),
      },
      { name: ".symtab", type: 2, bytes: symbols, link: 3 },
      { name: ".strtab", type: 3, bytes: strings },
      { name: ".note", type: 7, bytes: note },
      { name: ".gnu_debuglink", type: 1, bytes: link },
      { name: ".debug_info", type: 1, flags: 0x800, bytes: compressed },
      { name: ".gnu_debugdata", type: 1, bytes: link },
    ],
  });
}

/** Opens a file and reads everything in it. */
export const target: FuzzTarget = {
  name: "elf",
  seeds: () => FORMS.flatMap((form) => [seed(form, true), seed(form, false)]),
  async run(input) {
    work = 0;
    const elf = await openElf(countingSource(input), {
      decompress: (_kind, bytes, size) => bytes.subarray(0, size),
    });
    await drain(elf);
  },
  work: () => work,
  workPerByte: 256,
};
