import { assert, assertEquals } from "@std/assert";
import { BytesSource, viewOf } from "../../../formats/base/byte_source.ts";
import { type ElfFile, openElf, PT } from "../../../formats/elf/mod.ts";
import { readVdso, type Vdso } from "../../../kernel/vdso/mod.ts";

const DATA = new URL("../../data/vdso/", import.meta.url);
const MACHINES = ["x86_64", "aarch64", "s390x"];

async function openImage(
  machine: string,
  change: (view: DataView, elf: ElfFile) => void | Promise<void> = () => {},
): Promise<Vdso> {
  const bytes = await Deno.readFile(new URL(`${machine}.so`, DATA));
  const elf = await openElf(new BytesSource(bytes.slice()));
  await change(viewOf(bytes), elf);
  return await readVdso(await openElf(new BytesSource(bytes)));
}

/** Lines of `readelf -W --dyn-syms`, without the first symbol. */
async function readelfSymbols(machine: string): Promise<string[]> {
  const text = await Deno.readTextFile(new URL(`${machine}.so.readelf`, DATA));
  return text.split("\n").filter((line) => /^ +[1-9]\d*: /.test(line))
    .map((line) => {
      const [, value, size, type, binding, , section, name] = line.trim()
        .split(/ +/);
      return [
        parseInt(value!, 16),
        size,
        type,
        binding,
        section === "UND",
        name,
      ]
        .join(" ");
    });
}

Deno.test("readVdso() names symbols and versions as readelf does", async () => {
  const types = ["NOTYPE", "OBJECT", "FUNC"];
  for (const machine of MACHINES) {
    const { symbols } = await openImage(machine);
    const own = symbols.map((symbol) =>
      [
        symbol.address,
        symbol.size,
        types[symbol.type],
        symbol.isWeak ? "WEAK" : "GLOBAL",
        !symbol.isDefined,
        symbol.isVersion ? symbol.name : `${symbol.name}@@${symbol.version}`,
      ].join(" ")
    );
    assertEquals(own, await readelfSymbols(machine), machine);
  }
});

Deno.test("readVdso() finds images that keep to all constraints", async () => {
  for (const machine of MACHINES) {
    const { breaches, errors, soname, buildId } = await openImage(machine);
    assertEquals([breaches, errors, soname], [[], [], "linux-vdso.so.1"]);
    assertEquals(buildId?.length, 40);
  }
});

Deno.test("readVdso() decodes fixups from the start of their table", async () => {
  const { fixups, symbols } = await openImage("x86_64");
  const peek = symbols.find(({ name }) => name === "__vdso_peek")!.address;
  assertEquals(fixups!.entries, [
    { instruction: peek, fixup: peek + 4, problem: "" },
  ]);
  assertEquals((await openImage("aarch64")).fixups, undefined);
});

Deno.test("readVdso() tells of each function how much of it has rows, and where rows are missing", async () => {
  const x86 = (await openImage("x86_64")).coverage!;
  const full = x86.functions.filter(({ ehFrame, size }) => ehFrame === size);
  assertEquals(full.map(({ names }) => names), [
    ["__vdso_peek"],
    ["__vdso_time", "time"],
    ["__vdso_getcpu", "getcpu"],
  ]);
  assertEquals(x86.holes.map(({ size, where }) => [size, where]), [
    [3, "__vdso_bare"],
  ]);
  assertEquals(x86.ehFrame! + x86.padding + 3, x86.textSize);
  const arm = (await openImage("aarch64")).coverage!;
  assertEquals([arm.ehFrame, arm.sframe], [undefined, undefined]);
  const missing = arm.holes.reduce((sum, { size }) => sum + size, 0);
  assertEquals(missing + arm.padding, arm.textSize);
});

Deno.test("readVdso() finds the signal trampoline and knows it by its instructions", async () => {
  assertEquals((await openImage("x86_64")).trampolines, []);
  for (const machine of ["aarch64", "s390x"]) {
    const [found] = (await openImage(machine)).trampolines;
    assertEquals(found!.name, "__kernel_rt_sigreturn");
    assertEquals([found!.isKnown, found!.hasRows], [true, false]);
  }
  const changed = await openImage("s390x", async (view, elf) => {
    const { symbols } = await readVdso(elf);
    const at = symbols.find(({ name }) => name === "__kernel_rt_sigreturn")!;
    view.setUint8(elf.findOffset(at.address) + 1, 0x77); // svc 119
  });
  assertEquals(changed.trampolines[0]!.isKnown, false);
});

const PHDR = { TYPE: 0, FLAGS: 4, MEMORY_SIZE: 40 };

/** Where program header `type` of an x86-64 image is. */
function programHeader({ header, segments }: ElfFile, type: number): number {
  return header.programHeaderOffset +
    segments.findType(type) * header.programHeaderSize;
}

async function rulesAfter(
  change: (view: DataView, elf: ElfFile) => void | Promise<void>,
): Promise<string[]> {
  const { breaches } = await openImage("x86_64", change);
  return breaches.map(({ rule }) => rule);
}

/** Makes a tag of the dynamic section another one. */
function retag(from: number, to: number, value?: bigint) {
  return (view: DataView, { segments }: ElfFile) => {
    const index = segments.findType(PT.DYNAMIC);
    const start = segments.offsets[index]!;
    for (let at = start; at < start + segments.fileSizes[index]!; at += 16) {
      if (view.getBigUint64(at, true) !== BigInt(from)) continue;
      view.setBigUint64(at, BigInt(to), true);
      if (value !== undefined) view.setBigUint64(at + 8, value, true);
      return;
    }
    assert(false, `no tag ${from}`);
  };
}

Deno.test("readVdso() names the constraint that segments break", async () => {
  const set = (type: number, offset: number, value: number) =>
    rulesAfter((view, elf) =>
      view.setUint32(programHeader(elf, type) + offset, value, true)
    );
  assertEquals(await set(PT.LOAD, PHDR.FLAGS, 7), ["writable"]);
  assertEquals((await set(PT.LOAD, PHDR.FLAGS, 4))[0], "load");
  assertEquals(await set(PT.LOAD, PHDR.MEMORY_SIZE, 0x2000), ["load"]);
  assertEquals(await set(PT.NOTE, PHDR.TYPE, PT.TLS), ["tls"]);
  assertEquals(await set(PT.NOTE, PHDR.TYPE, PT.INTERP), ["kind"]);
  assertEquals(await set(PT.NOTE, PHDR.TYPE, PT.LOAD), ["load"]);
  const program = await rulesAfter((view) => view.setUint16(16, 2, true));
  assertEquals(program, ["kind"]);
  const small = new URL("../../data/elf/symbols_i386", import.meta.url);
  const elf = await openElf(new BytesSource(await Deno.readFile(small)));
  const texts = (await readVdso(elf)).breaches.map(({ text }) => text);
  assert(texts.includes("it is not a 64-bit file"), texts.join());
});

Deno.test("readVdso() names the constraint that the dynamic section breaks", async () => {
  const HASH = 4;
  const GNU_HASH = 0x6fff_fef5;
  const SONAME = 14;
  assertEquals(await rulesAfter(retag(HASH, 8, 24n)), ["relocations"]);
  assertEquals(await rulesAfter(retag(HASH, 35, 8n)), ["relocations"]);
  assertEquals(await rulesAfter(retag(HASH, 22)), ["relocations"]);
  assertEquals(await rulesAfter(retag(HASH, 8, 0n)), []);
  assertEquals(await rulesAfter(retag(HASH, 1)), ["needed"]);
  for (const sizeOfRel of [18, 2]) {
    assertEquals(await rulesAfter(retag(HASH, sizeOfRel, 8n)), ["relocations"]);
  }
  for (const init of [12, 13, 25]) {
    const found = await rulesAfter(retag(HASH, init, 0x400n));
    assertEquals(found, ["initializers"], `${init}`);
  }
  assertEquals(await rulesAfter(retag(SONAME, 29)), ["soname"]);
  const hashes = await rulesAfter(async (view, elf) => {
    await retag(HASH, 29)(view, elf);
    await retag(GNU_HASH, 29)(view, elf);
  });
  assertEquals(hashes, ["hash"]);
});

Deno.test("readVdso() names the constraint that symbols and fixups break", async () => {
  const symbol = (offset: number, value: number, size: 1 | 2 | 8) =>
    rulesAfter(async (view, elf) => {
      const table = (await elf.findSection(".dynsym"))!.offset + 24 + offset;
      if (size === 1) view.setUint8(table, value);
      else if (size === 2) view.setUint16(table, value, true);
      else view.setBigUint64(table, BigInt(value), true);
    });
  assertEquals(await symbol(6, 0, 2), ["undefined-symbol"]);
  assertEquals(await symbol(8, 0x9000, 8), ["symbol"]);
  assertEquals(await symbol(4, 0x16, 1), ["tls"]);
  const version = await rulesAfter(async (view, elf) => {
    const versions = (await elf.findSection(".gnu.version"))!;
    view.setUint16(versions.offset + 2, 1, true);
  });
  assertEquals(version, ["symbol"]);
  const fixup = await rulesAfter(async (view, elf) => {
    const table = (await elf.findSection("__ex_table"))!;
    view.setInt32(table.offset + 4, 0x9000, true);
  });
  assertEquals(fixup, ["fixup"]);
});

Deno.test("readVdso() tells what it can of an image whose section table is gone", async () => {
  const vdso = await openImage("x86_64", (view) => {
    view.setBigUint64(40, 0n, true); // e_shoff
    view.setUint16(60, 0, true); // e_shnum
  });
  assertEquals(vdso.symbols.length, 7);
  assertEquals(vdso.symbols[0]!.version, "LINUX_2.6");
  assertEquals(vdso.breaches, []);
});
