import { assertEquals, assertGreater } from "@std/assert";
import { formatHex } from "../../../formats/base/address.ts";
import { BytesSource } from "../../../formats/base/byte_source.ts";
import {
  decodeNotes,
  type ElfFile,
  openElf,
  openSymbols,
  SHT,
} from "../../../formats/elf/mod.ts";
import golden from "../../golden/elf/symbols.json" with { type: "json" };

const FILES: [
  string,
  { readelf: string[]; symbols: Record<string, string> },
][] = Object.entries(golden.files);

async function openFile(name: string): Promise<ElfFile> {
  const url = new URL(`../../data/elf/${name}`, import.meta.url);
  return await openElf(new BytesSource(await Deno.readFile(url)));
}

/** What readelf prints, in one line each: H header, P segments, S sections, ID, N notes. */
async function describe(elf: ElfFile): Promise<string[]> {
  const { header, segments } = elf;
  const lines = [[
    "H",
    header.elfClass,
    header.littleEndian ? "little" : "big",
    formatHex(header.entry),
    header.programHeaderOffset,
    header.sectionHeaderOffset,
    formatHex(header.flags),
    header.programHeaderSize,
    header.programHeaderCount,
    header.sectionHeaderSize,
    header.sectionHeaderCount,
    header.sectionNamesIndex,
  ]];
  for (let i = 0; i < segments.count; i++) {
    const flags = segments.flags[i]!;
    const letters = (flags & 4 ? "R" : "") + (flags & 2 ? "W" : "") +
      (flags & 1 ? "E" : "");
    lines.push([
      "P",
      formatHex(segments.offsets[i]!),
      formatHex(segments.addresses[i]!),
      formatHex(segments.fileSizes[i]!),
      formatHex(segments.memorySizes[i]!),
      letters,
      formatHex(segments.alignments[i]!),
    ]);
  }
  const notes: (string | number)[][] = [];
  for (const section of await elf.sections()) {
    lines.push([
      "S",
      section.index,
      section.name || "-",
      formatHex(section.address),
      formatHex(section.offset),
      formatHex(section.size),
      formatHex(section.entrySize),
      section.link,
      section.info,
      section.alignment,
    ]);
    if (section.type !== SHT.NOTE) continue;
    const bytes = await elf.readSection(section);
    const { alignment } = section;
    const list = decodeNotes(bytes, header.littleEndian, alignment).notes;
    for (const note of list) {
      notes.push(["N", note.name, formatHex(note.descSize)]);
    }
  }
  lines.push(["ID", await elf.buildId() ?? "-"], ...notes);
  return lines.map((line) => line.join(" "));
}

Deno.test("openElf() shows headers, segments, sections and notes as readelf prints them", async () => {
  assertEquals(FILES.length, 4);
  for (const [name, { readelf }] of FILES) {
    assertEquals(await describe(await openFile(name)), readelf);
  }
});

Deno.test("SymbolTable.find() names each address of code as gdb does", async () => {
  for (const [name, { symbols }] of FILES) {
    const table = (await openSymbols(await openFile(name), ".symtab"))!;
    const found = Object.keys(symbols).map((text) => {
      const address = Number(text);
      const index = table.find(address);
      const distance = address - table.start(index);
      if (index < 0) return [text, ""];
      const suffix = distance === 0 ? "" : `+${distance}`;
      return [text, table.name(index) + suffix];
    });
    assertGreater(found.length, 50);
    assertEquals(Object.fromEntries(found), symbols);
  }
});
