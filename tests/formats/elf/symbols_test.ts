import { assertEquals } from "@std/assert";
import {
  decodeSymbols,
  type ElfSection,
  EM,
  type SymbolOptions,
  type SymbolTable,
} from "../../../formats/elf/mod.ts";
import { buildSymbols, FORMS, type SymbolSpec } from "../../builders/elf.ts";

function code(index: number, address: number, size: number): ElfSection {
  return {
    index,
    name: `.text${index}`,
    type: 1,
    flags: 6,
    address,
    offset: 0,
    size,
    link: 0,
    info: 0,
    alignment: 1,
    entrySize: 0,
  };
}

const NONE: ElfSection = { ...code(0, 0, 0), type: 0, flags: 0 };
const DATA: ElfSection = { ...code(2, 0x3000, 0x100), flags: 3 };
const SECTIONS = [NONE, code(1, 0x1000, 0x100), DATA, code(3, 0x1100, 0x100)];

function table(
  specs: SymbolSpec[],
  options: SymbolOptions = { sections: SECTIONS },
): SymbolTable {
  const { symbols, strings } = buildSymbols(FORMS[0]!, specs);
  return decodeSymbols(symbols, strings, true, options);
}

function nameAt(symbols: SymbolTable, address: number): string | undefined {
  const index = symbols.find(address);
  return index < 0 ? undefined : symbols.name(index);
}

Deno.test("SymbolTable gives every field in both classes and orders", () => {
  for (const form of FORMS) {
    const { symbols, strings } = buildSymbols(form, [
      { name: "first", value: 0x1010, size: 0x20 },
      { name: "zweite_größe", value: 0x1030, type: 10, binding: 2, section: 3 },
    ]);
    const { elfClass, littleEndian } = form;
    const list = decodeSymbols(symbols, strings, littleEndian, { elfClass });
    assertEquals(list.count, 3);
    assertEquals([0, 1, 2].map((i) => list.name(i)), [
      "",
      "first",
      "zweite_größe",
    ]);
    assertEquals([1, 2].map((i) => list.start(i)), [0x1010, 0x1030]);
    assertEquals([1, 2].map((i) => list.size(i)), [0x20, 0]);
    assertEquals([1, 2].map((i) => list.type(i)), [2, 10]);
    assertEquals([1, 2].map((i) => list.binding(i)), [1, 2]);
    assertEquals([1, 2].map((i) => list.sectionIndex(i)), [1, 3]);
    for (const i of [-1, 3, NaN]) {
      assertEquals([list.name(i), list.start(i), list.type(i)], ["", NaN, -1]);
    }
    const cut = symbols.subarray(0, symbols.length - 1);
    assertEquals(decodeSymbols(cut, strings, littleEndian, form).count, 2);
  }
});

Deno.test("SymbolTable.find() ends a symbol with its size", () => {
  const list = table([
    { name: "a", value: 0x1010, size: 0x10 },
    { name: "b", value: 0x1020, size: 0x10 },
    { name: "c", value: 0x1040, size: 1 },
  ]);
  const edges = [0x100f, 0x1010, 0x101f, 0x1020, 0x102f, 0x1030, 0x1040];
  assertEquals(edges.map((at) => nameAt(list, at)), [
    undefined,
    "a",
    "a",
    "b",
    "b",
    undefined,
    "c",
  ]);
  for (const at of [0x1041, -1, 0, 0x1000, 0x5000, NaN, Infinity]) {
    assertEquals(list.find(at), -1);
  }
});

Deno.test("SymbolTable.find() lets a symbol without size reach to the next one and no further than its section", () => {
  const list = table([
    { name: "label", value: 0x1010, type: 0, binding: 0 },
    { name: "next", value: 0x1080, size: 8 },
    { name: "_start", value: 0x10f0, type: 0 },
    { name: "etext", value: 0x1100, type: 0 },
  ]);
  const edges = [0x1010, 0x107f, 0x1080, 0x1088, 0x10f0, 0x10ff, 0x1100];
  assertEquals(edges.map((at) => nameAt(list, at)), [
    "label",
    "label",
    "next",
    undefined,
    "_start",
    "_start",
    undefined,
  ]);
});

Deno.test("SymbolTable.find() prefers a symbol with a size over labels in it", () => {
  const list = table([
    { name: "outer", value: 0x1010, size: 0x20 },
    { name: "inner", value: 0x1014, size: 4 },
    { name: "label", value: 0x1020, type: 0, binding: 0 },
  ]);
  const edges = [0x1010, 0x1014, 0x1017, 0x1018, 0x101f];
  assertEquals(edges.map((at) => nameAt(list, at)), [
    "outer",
    "inner",
    "inner",
    "outer",
    "outer",
  ]);
  // Only the function right before is asked whether it reaches over the label: as gdb does.
  assertEquals(nameAt(list, 0x1021), "outer");
  assertEquals(nameAt(list, 0x1030), "label");
});

Deno.test("SymbolTable.find() takes the alias whose name is last", () => {
  const names = ["_IO_puts", "puts", "__puts", "aputs"];
  for (let turn = 0; turn < names.length; turn++) {
    const list = table(
      [...names.slice(turn), ...names.slice(0, turn)].map((name, i) => ({
        name,
        value: 0x1010,
        size: 8,
        binding: 1 + (i % 2),
      })),
    );
    assertEquals(nameAt(list, 0x1012), "puts");
  }
});

Deno.test("SymbolTable.find() takes the second alias where the last one is too short", () => {
  const list = table([
    { name: "b", value: 0x1010, size: 16 },
    { name: "c", value: 0x1010, size: 4 },
    { name: "a", value: 0x1010, size: 16 },
  ]);
  assertEquals([0x1013, 0x1014].map((at) => nameAt(list, at)), ["c", "b"]);
});

Deno.test("SymbolTable.find() passes over what is no code", () => {
  const value = 0x1010;
  const list = table([
    { name: "z_file", value, size: 8, type: 4, binding: 0 },
    { name: "z_section", value, size: 8, type: 3, binding: 0 },
    { name: "z_tls", value, size: 8, type: 6 },
    { name: "z_data", value: 0x3010, size: 8, type: 1, section: 2 },
    { name: "z_undefined", value, size: 8, section: 0 },
    { name: "z_absolute", value, size: 8, section: 0xfff1 },
    { name: "z_common", value, size: 8, section: 0xfff2 },
    { name: "z_nowhere", value, size: 8, section: 77 },
    { name: "", value, size: 8 },
    { name: ".Lz", value, size: 8, binding: 0 },
    { name: "code", value, size: 8 },
  ]);
  assertEquals(nameAt(list, value), "code");
  assertEquals(list.find(0x3010), -1);
});

Deno.test("SymbolTable.find() skips the mapping symbols of the machines that have them", () => {
  const find = (machine: number, name: string) =>
    nameAt(
      table([
        { name: "f", value: 0x1010, type: 0 },
        { name, value: 0x1014, type: 0, binding: 0 },
      ], { sections: SECTIONS, machine }),
      0x1014,
    );
  for (const name of ["$x", "$d", "$x.12"]) {
    assertEquals(find(EM.AARCH64, name), "f");
    assertEquals(find(EM.RISCV, name), "f");
    assertEquals(find(EM.X86_64, name), name);
  }
  assertEquals(find(EM.RISCV, "$xrv64gc"), "f");
  assertEquals(find(EM.AARCH64, "$xyz"), "$xyz");
  assertEquals(find(EM.ARM, "$t"), "f");
});

Deno.test("SymbolTable.find() reads section numbers beyond 65,279 from their own table", () => {
  const { symbols, strings } = buildSymbols(FORMS[0]!, [
    { name: "far", value: 0x1110, size: 8, section: 0xffff },
  ]);
  const sectionIndexes = new Uint8Array(8);
  sectionIndexes[4] = 3;
  const find = (options: SymbolOptions) =>
    decodeSymbols(symbols, strings, true, options).find(0x1110);
  assertEquals(find({ sections: SECTIONS, sectionIndexes }), 1);
  assertEquals(find({ sections: SECTIONS }), -1);
  const cut = sectionIndexes.subarray(0, 7);
  assertEquals(find({ sections: SECTIONS, sectionIndexes: cut }), -1);
});

Deno.test("SymbolTable.find() equals a linear search over many symbols", () => {
  // Sizes do not overlap, so that the definition is plain.
  const specs: SymbolSpec[] = [];
  const size = (i: number) => i * 7 % 5 + 1;
  for (let i = 0; i < 5000; i++) {
    const value = (i * 2711 % 5000) * 8;
    specs.push({ name: `f${i}`, value: 0x100000 + value, size: size(i) });
  }
  const sections = [NONE, code(1, 0x100000, 5000 * 8)];
  const list = table(specs, { sections });
  const byStart = new Map(specs.map((spec, i) => [spec.value, i + 1]));
  for (let at = 0x100000; at < 0x100000 + 5000 * 8; at += 3) {
    const index = byStart.get(at - at % 8)!;
    const covers = at % 8 < size(index - 1);
    assertEquals(list.find(at), covers ? index : -1);
  }
});

Deno.test("SymbolTable.find() stays fast where every symbol is at one address and has no size", () => {
  const count = 20_000;
  const specs = Array.from({ length: count }, (_, i) => ({
    name: `alias_${String(i).padStart(6, "0")}`,
    value: 0x1010,
    type: 0,
  }));
  const list = table(specs);
  for (let i = 0; i < count; i++) {
    assertEquals(list.find(0x1010 + (i & 63)), count);
  }
});

Deno.test("SymbolTable.findByName() takes any defined symbol, global before weak before local", () => {
  const list = table([
    { name: "x", value: 1, section: 0 },
    { name: "x", value: 2, type: 1, binding: 0, section: 2 },
    { name: "x", value: 3, type: 1, binding: 2, section: 2 },
    { name: "y", value: 4, type: 1, binding: 0, section: 2 },
    { name: "x", value: 5, type: 1, binding: 1, section: 2 },
    { name: "xx", value: 6 },
    { name: "w", value: 7, binding: 2 },
    { name: "w", value: 8, binding: 0 },
  ]);
  assertEquals(["x", "y", "xx", "w"].map((name) => list.findByName(name)), [
    5,
    4,
    6,
    7,
  ]);
  assertEquals(["z", "xxx", ""].map((name) => list.findByName(name)), [
    -1,
    -1,
    -1,
  ]);
});

Deno.test("SymbolTable survives names outside the string table", () => {
  const { symbols } = buildSymbols(FORMS[0]!, [
    { name: "lost", value: 0x1010, size: 8 },
  ]);
  const list = decodeSymbols(symbols, new Uint8Array(0), true, {
    sections: SECTIONS,
  });
  assertEquals([list.name(1), list.find(0x1010), list.findByName("lost")], [
    "",
    -1,
    -1,
  ]);
});
