import { assertEquals, assertRejects } from "@std/assert";
import { BytesSource } from "../../../formats/base/byte_source.ts";
import {
  DT,
  EM,
  FormatError,
  openElf,
  openSymbols,
  PT,
  SHT,
  type SymbolTable,
} from "../../../formats/elf/mod.ts";
import {
  buildElf,
  buildSymbols,
  type ElfForm,
  type ElfSpec,
  FORMS,
  type SymbolSpec,
  Writer,
} from "../../builders/elf.ts";

const SYMBOLS: SymbolSpec[] = [
  { name: "imported", value: 0, section: 0 },
  { name: "alpha", value: 0x1010, size: 8 },
  { name: "beta", value: 0x1020, size: 8 },
  { name: "gamma", value: 0x1030, size: 8 },
];

const TEXT = {
  name: ".text",
  type: SHT.PROGBITS,
  flags: 6,
  address: 0x1000,
  bytes: new Uint8Array(0x100),
};

function withSections(form: ElfForm, type: number): ElfSpec {
  const { symbols, strings } = buildSymbols(form, SYMBOLS);
  return {
    ...form,
    sections: [TEXT, { name: ".symbols", type, bytes: symbols, link: 3 }, {
      name: ".strings",
      type: SHT.STRTAB,
      bytes: strings,
    }],
  };
}

/** A file as the dynamic linker sees it: one segment with code, another one with the dynamic tables. */
function withSegments(
  form: ElfForm,
  hash: { tag: number; bytes: Uint8Array },
  machine: number = EM.X86_64,
): ElfSpec {
  const { symbols, strings } = buildSymbols(form, SYMBOLS);
  const tables = new Writer(form);
  const base = 0x8000;
  const put = (bytes: Uint8Array) => {
    tables.align(8);
    const address = base + tables.size;
    tables.raw(bytes);
    return address;
  };
  const dynamic = new Writer(form).word(DT.SYMTAB).word(put(symbols))
    .word(DT.STRTAB).word(put(strings)).word(DT.STRSZ).word(strings.length)
    .word(hash.tag).word(put(hash.bytes)).word(0).word(0).bytes();
  return {
    ...form,
    machine,
    segments: [
      { type: PT.LOAD, flags: 5, address: 0x1000, bytes: TEXT.bytes },
      { type: PT.LOAD, flags: 4, address: base, bytes: tables.bytes() },
      { type: PT.DYNAMIC, bytes: dynamic },
    ],
  };
}

/** `DT_HASH` with one bucket; its chain count is the number of symbols. */
function sysvHash(form: ElfForm, wordSize: 4 | 8): Uint8Array {
  const writer = new Writer(form);
  for (const value of [1, 5, 1, 0, 2, 3, 4, 0]) writer.number(value, wordSize);
  return writer.bytes();
}

/** `DT_GNU_HASH` over symbols 2 to 4 in two buckets; the last chain is the second bucket's. */
function gnuHash(form: ElfForm): Uint8Array {
  return new Writer(form).u32(2).u32(2).u32(1).u32(6).word(-1)
    .u32(2).u32(3).u32(0x11).u32(0x20).u32(0x31).bytes();
}

async function open(
  spec: ElfSpec,
  which: ".symtab" | ".dynsym" = ".dynsym",
): Promise<SymbolTable | undefined> {
  return await openSymbols(
    await openElf(new BytesSource(buildElf(spec))),
    which,
  );
}

function names(table: SymbolTable | undefined): string[] | undefined {
  return table === undefined
    ? undefined
    : [0x1010, 0x1027, 0x1030, 0x1038].map((at) => table.name(table.find(at)));
}

const EXPECTED = ["alpha", "beta", "gamma", ""];

Deno.test("openSymbols() finds both tables by their section types", async () => {
  for (const form of FORMS) {
    const symtab = withSections(form, SHT.SYMTAB);
    assertEquals(names(await open(symtab, ".symtab")), EXPECTED);
    assertEquals(await open(symtab, ".dynsym"), undefined);
    const dynsym = withSections(form, SHT.DYNSYM);
    assertEquals(names(await open(dynsym, ".dynsym")), EXPECTED);
    assertEquals(await open(dynsym, ".symtab"), undefined);
  }
});

Deno.test("openSymbols() finds .dynsym without sections by either hash table", async () => {
  for (const form of FORMS) {
    const sysv = { tag: DT.HASH, bytes: sysvHash(form, 4) };
    const gnu = { tag: DT.GNU_HASH, bytes: gnuHash(form) };
    for (const hash of [sysv, gnu]) {
      const table = await open(withSegments(form, hash));
      assertEquals(table?.count, 5);
      assertEquals(names(table), EXPECTED);
      assertEquals(await open(withSegments(form, hash), ".symtab"), undefined);
    }
  }
});

Deno.test("openSymbols() reads the 64-bit hash words of s390x", async () => {
  for (const form of FORMS) {
    const wordSize = form.elfClass === 64 ? 8 : 4;
    const hash = { tag: DT.HASH, bytes: sysvHash(form, wordSize) };
    const table = await open(withSegments(form, hash, EM.S390));
    assertEquals(names(table), EXPECTED);
  }
});

Deno.test("openSymbols() leaves constants in code segments out where nothing else tells them apart", async () => {
  const form = FORMS[0]!;
  const spec = withSegments(form, { tag: DT.HASH, bytes: sysvHash(form, 4) });
  const tables = spec.segments![1]!.bytes!;
  tables[3 * 24 + 4] = 0x11; // beta becomes an OBJECT
  assertEquals(names(await open(spec)), ["alpha", "", "gamma", ""]);
});

Deno.test("openSymbols() goes around a broken section table for .dynsym only", async () => {
  const form = FORMS[0]!;
  const spec = withSegments(form, { tag: DT.GNU_HASH, bytes: gnuHash(form) });
  const header = { e_shoff: 0x10000000, e_shnum: 3 };
  const elf = await openElf(new BytesSource(buildElf({ ...spec, header })));
  assertEquals(names(await openSymbols(elf, ".dynsym")), EXPECTED);
  assertEquals(elf.warnings.map((warning) => warning.code), ["truncated"]);
  await assertRejects(() => openSymbols(elf, ".symtab"), FormatError);
});

Deno.test("openSymbols() gives up on lying hash tables and missing tags", async () => {
  const form = FORMS[0]!;
  const lies: [number, Uint8Array][] = [
    [DT.HASH, new Writer(form).u32(1).u32(0xffffffff).bytes()],
    [DT.HASH, new Uint8Array(0)],
    [
      DT.GNU_HASH,
      new Writer(form).u32(0xffffffff).u32(2).u32(1).u32(6).bytes(),
    ],
    [DT.GNU_HASH, new Writer(form).u32(1).u32(1).u32(0).u32(6).u32(9).bytes()],
    // A chain without an end.
    [
      DT.GNU_HASH,
      new Writer(form).u32(1).u32(1).u32(0).u32(6).u32(1).u32(2).u32(2).bytes(),
    ],
    [DT.DEBUG, new Uint8Array(8)],
  ];
  for (const [tag, bytes] of lies) {
    assertEquals(await open(withSegments(form, { tag, bytes })), undefined);
  }
  // Nothing is hashed: only the symbols before the first hashed one are there.
  const empty = new Writer(form).u32(1).u32(5).u32(0).u32(6).u32(0).bytes();
  const none = await open(
    withSegments(form, { tag: DT.GNU_HASH, bytes: empty }),
  );
  assertEquals(none?.count, 5);
});

Deno.test("openSymbols() follows a chain over several parts", async () => {
  const form = FORMS[0]!;
  for (const length of [1023, 1024, 1025, 3000]) {
    const hash = new Writer(form).u32(1).u32(1).u32(0).u32(6).u32(1);
    for (let i = 1; i < length; i++) hash.u32(2);
    hash.u32(3);
    const spec = withSegments(form, {
      tag: DT.GNU_HASH,
      bytes: hash.bytes(),
    });
    // So many symbols are not there; with room for them the count shows.
    const room = new Uint8Array(24 * (length + 1));
    spec.segments![1]!.bytes = Uint8Array.from([
      ...spec.segments![1]!.bytes!,
      ...room,
    ]);
    assertEquals((await open(spec))?.count, length + 1);
  }
});
