import { assertEquals } from "@std/assert";
import { CodeMap, Module, NO_MODULE, NO_TEXT } from "../../../kernel/mod.ts";

function ownerAt(codeMap: CodeMap, address: number): string {
  const range = codeMap.find(address);
  if (range === NO_TEXT) return "none";
  const owner = codeMap.owner(range);
  return owner === NO_MODULE ? "run time" : codeMap.modules[owner]!.path;
}

function addModule(codeMap: CodeMap, path: string): number {
  return codeMap.addModule(new Module(path, 0, 0));
}

Deno.test("CodeMap.find() knows the edges of each range", () => {
  const codeMap = new CodeMap();
  const a = addModule(codeMap, "a");
  const b = addModule(codeMap, "b");
  codeMap.addText(0x2000, 0x3000, b);
  codeMap.addText(0x1000, 0x2000, a);
  codeMap.addText(0x5000, 0x6000, NO_MODULE);
  const owners = [
    0xfff,
    0x1000,
    0x1fff,
    0x2000,
    0x2fff,
    0x3000,
    0x5000,
    0x6000,
    NaN,
    -1,
  ];
  assertEquals(owners.map((address) => ownerAt(codeMap, address)), [
    "none",
    "a",
    "a",
    "b",
    "b",
    "none",
    "run time",
    "none",
    "none",
    "none",
  ]);
});

Deno.test("CodeMap.addText() fills only what is free", () => {
  const codeMap = new CodeMap();
  const a = addModule(codeMap, "a");
  codeMap.addText(0x2000, 0x3000, a);
  codeMap.addText(0x4000, 0x5000, a);
  codeMap.addText(0x1000, 0x6000, NO_MODULE);
  const owners = [0x1000, 0x2000, 0x3000, 0x4000, 0x5000, 0x5fff, 0x6000];
  assertEquals(owners.map((address) => ownerAt(codeMap, address)), [
    "run time",
    "a",
    "run time",
    "a",
    "run time",
    "run time",
    "none",
  ]);
});

Deno.test("CodeMap.find() agrees with a linear search over many ranges", () => {
  const codeMap = new CodeMap();
  const starts: number[] = [];
  for (let i = 0; i < 200; i++) starts.push(((i * 7919) % 200) * 0x100);
  for (const start of starts) {
    codeMap.addText(start, start + 0x80, addModule(codeMap, `${start}`));
  }
  for (let address = 0; address < 200 * 0x100; address += 0x20) {
    const start = starts.find((s) => address >= s && address < s + 0x80);
    assertEquals(
      ownerAt(codeMap, address),
      start === undefined ? "none" : `${start}`,
    );
  }
});

Deno.test("CodeMap.replaceText() and removeText() hold for the next lookup, also of the range found last", () => {
  const map = new CodeMap();
  const [a, b] = ["a", "b"].map((path) =>
    map.addModule(new Module(path, 0x1000, 0x4000))
  );
  map.addText(0x1000, 0x4000, a!);
  assertEquals(map.owner(map.find(0x2000)), a);
  map.replaceText(0x2000, 0x3000, b!);
  assertEquals(map.owner(map.find(0x2000)), b);
  assertEquals(map.owner(map.find(0x1fff)), a);
  assertEquals(map.owner(map.find(0x3000)), a);
  map.removeText(0x2800, 0x5000);
  assertEquals(map.find(0x3000), NO_TEXT);
  assertEquals(map.owner(map.find(0x27ff)), b);
});
