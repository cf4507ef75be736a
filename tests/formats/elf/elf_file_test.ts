import { assertEquals, assertRejects } from "@std/assert";
import { BytesSource } from "../../../formats/base/byte_source.ts";
import {
  type ElfFile,
  ET,
  FormatError,
  openElf,
  PT,
  SHF,
  SHT,
} from "../../../formats/elf/mod.ts";
import {
  buildElf,
  buildNote,
  type ElfForm,
  type ElfSpec,
  FORMS,
  Writer,
} from "../../builders/elf.ts";

const ID = Uint8Array.from({ length: 20 }, (_, i) => i * 13);
const ID_TEXT = "000d1a2734414e5b6875828f9ca9b6c3d0ddeaf7";

function sample(form: ElfForm): ElfSpec {
  return {
    ...form,
    segments: [
      {
        type: PT.LOAD,
        flags: 5,
        address: 0x401180,
        section: ".text",
        align: 0x1000,
      },
      { type: PT.NOTE, section: ".note.gnu.build-id" },
    ],
    sections: [
      {
        name: ".text",
        type: SHT.PROGBITS,
        flags: 6,
        address: 0x401180,
        bytes: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
        align: 16,
        entrySize: 2,
        link: 3,
        info: 4,
      },
      {
        name: ".note.gnu.build-id",
        type: SHT.NOTE,
        flags: 2,
        bytes: buildNote(form, "GNU", 3, ID),
      },
      { name: ".bss", type: SHT.NOBITS, flags: 3, size: 0x10000 },
    ],
  };
}

function open(spec: ElfSpec): Promise<ElfFile> {
  return openElf(new BytesSource(buildElf(spec)));
}

async function failure(promise: Promise<unknown>): Promise<FormatError> {
  return await assertRejects(() => promise, FormatError) as FormatError;
}

Deno.test("openElf() gives segments and build id in one read", async () => {
  for (const form of FORMS) {
    const bytes = buildElf(sample(form));
    const reads: [number, number][] = [];
    const elf = await openElf({
      size: bytes.length,
      read: (offset, length) => {
        reads.push([offset, length]);
        return Promise.resolve(bytes.subarray(offset, offset + length));
      },
    });
    assertEquals(await elf.buildId(), ID_TEXT);
    assertEquals([...elf.segments.types], [PT.LOAD, PT.NOTE]);
    assertEquals(elf.warnings, []);
    assertEquals(elf.loadAddress, 0x401000);
    assertEquals(reads, [[0, bytes.length]]);
  }
});

Deno.test("openElf() reads program headers behind the first 4 KiB", async () => {
  const spec = sample(FORMS[0]!);
  const bytes = buildElf(spec);
  const file = new Uint8Array(0x3000);
  file.set(bytes);
  file.set(bytes.subarray(64, 64 + 2 * 56), 0x2fc0 - 56);
  new DataView(file.buffer).setUint32(32, 0x2fc0 - 56, true);
  const elf = await openElf(new BytesSource(file));
  assertEquals([...elf.segments.types], [PT.LOAD, PT.NOTE]);
  assertEquals(elf.warnings, []);
});

Deno.test("ElfFile.sections() gives every field, and nothing where there is no table", async () => {
  for (const form of FORMS) {
    const elf = await open(sample(form));
    const sections = await elf.sections();
    assertEquals(sections.map((section) => section.name), [
      "",
      ".text",
      ".note.gnu.build-id",
      ".bss",
      ".shstrtab",
    ]);
    const text = (await elf.findSection(".text"))!;
    assertEquals({ ...text, offset: 0 }, {
      index: 1,
      name: ".text",
      type: SHT.PROGBITS,
      flags: SHF.ALLOC | SHF.EXECINSTR,
      address: 0x401180,
      offset: 0,
      size: 8,
      link: 3,
      info: 4,
      alignment: 16,
      entrySize: 2,
    });
    assertEquals([...await elf.readSection(text)], [1, 2, 3, 4, 5, 6, 7, 8]);
    const bss = (await elf.findSection(".bss"))!;
    assertEquals((await elf.readSection(bss)).length, 0);
    assertEquals(await elf.findSection(".text2"), undefined);
    assertEquals(await (await open(form)).sections(), []);
  }
});

Deno.test("openElf() takes PN_XNUM and the section counts from section header 0", async () => {
  for (const form of FORMS) {
    const elf = await open({
      ...sample(form),
      header: { e_phnum: 0xffff, e_shnum: 0, e_shstrndx: 0xffff },
      first: { info: 2, size: 5, link: 4 },
    });
    assertEquals(elf.segments.count, 2);
    assertEquals(elf.warnings, []);
    assertEquals((await elf.sections()).length, 5);
    assertEquals((await elf.findSection(".bss"))?.size, 0x10000);
  }
});

Deno.test("openElf() keeps the whole program headers of a file cut at any byte", async () => {
  for (const form of FORMS) {
    const bytes = buildElf(sample(form));
    const wide = form.elfClass === 64;
    const [start, stride] = wide ? [64, 56] : [52, 32];
    for (let length = start; length < bytes.length; length++) {
      const elf = await openElf(new BytesSource(bytes.subarray(0, length)));
      const whole = Math.min(2, Math.floor((length - start) / stride));
      assertEquals(elf.segments.count, whole);
      assertEquals(
        elf.warnings.map((warning) => warning.code),
        whole < 2 ? ["truncated"] : [],
      );
      assertEquals((await failure(elf.sections())).code, "truncated");
      const id = await elf.buildId();
      assertEquals(id === undefined || id === ID_TEXT, true);
    }
  }
});

Deno.test("openElf() survives lying counts, offsets and sizes of the program headers", async () => {
  const lies: NonNullable<ElfSpec["header"]>[] = [
    { e_phnum: 0xfffe },
    { e_phnum: 0xffff },
    { e_phoff: 0x7fffffff },
    { e_phoff: -8 },
    { e_phentsize: 0 },
  ];
  for (const header of lies) {
    const { segments: _, ...spec } = sample(FORMS[0]!);
    const elf = await open({ ...spec, header: { e_phnum: 2, ...header } });
    assertEquals(elf.warnings.length, 1);
    assertEquals(elf.segments.count < 20, true);
    assertEquals((await elf.sections()).length, 5);
    assertEquals(await elf.buildId(), ID_TEXT);
  }
});

Deno.test("ElfFile.sections() names the field of a broken section table", async () => {
  const cases: [NonNullable<ElfSpec["header"]>, string, string][] = [
    [{ e_shnum: 0xfeff }, "truncated", "section headers"],
    [{ e_shoff: -1 }, "truncated", "section headers"],
    [{ e_shoff: 0x7fff_ffff }, "truncated", "section headers"],
    [{ e_shentsize: 63 }, "bad-value", "e_shentsize"],
    [{ e_shstrndx: 5 }, "bad-value", "e_shstrndx"],
  ];
  for (const [header, code, field] of cases) {
    const elf = await open({ ...sample(FORMS[0]!), header });
    const error = await failure(elf.sections());
    assertEquals([error.code, error.field], [code, field]);
  }
});

Deno.test("ElfFile.readSection() refuses a section that the file does not hold", async () => {
  const spec = sample(FORMS[0]!);
  spec.sections!.push({ name: ".big", type: SHT.PROGBITS, size: 0x1000000 });
  const elf = await open(spec);
  const error = await failure(
    elf.readSection((await elf.findSection(".big"))!),
  );
  assertEquals([error.code, error.field], ["truncated", "section .big"]);
});

Deno.test("ElfFile.readAddress() stays inside the file part of one segment", async () => {
  const spec = sample(FORMS[1]!);
  spec.segments![0]!.memorySize = 0x1000;
  const elf = await open(spec);
  const read = async (address: number, size: number) => {
    const bytes = await elf.readAddress(address, size);
    return bytes === undefined ? undefined : [...bytes];
  };
  assertEquals(await read(0x401182, 3), [3, 4, 5]);
  assertEquals(await read(0x401180, 8), [1, 2, 3, 4, 5, 6, 7, 8]);
  assertEquals(await read(0x401180, 9), undefined);
  assertEquals(await read(0x401188, 1), undefined);
  assertEquals(await read(0x40117f, 2), undefined);
  assertEquals([...await elf.readSegment(0)].length, 8);
  await assertRejects(() => elf.readSegment(2), RangeError);
});

Deno.test("ElfFile.readSegment() is cut at the end of the file", async () => {
  const bytes = Uint8Array.of(9, 8, 7);
  const elf = await open({
    ...FORMS[0]!,
    segments: [
      { type: PT.LOAD, bytes, fileSize: 0x100000, address: 0 },
      { type: PT.LOAD, offset: 0x100000, fileSize: 1 },
    ],
  });
  assertEquals([...(await elf.readSegment(0)).subarray(0, 3)], [9, 8, 7]);
  assertEquals((await elf.readSegment(1)).length, 0);
});

Deno.test("ElfFile.buildId() falls back to sections and passes over other notes", async () => {
  for (const form of FORMS) {
    const { segments: _, ...spec } = sample(form);
    spec.sections!.unshift({
      name: ".note.other",
      type: SHT.NOTE,
      bytes: Uint8Array.from([
        ...buildNote(form, "Other", 3, [1]),
        ...buildNote(form, "GNU", 1, [2, 2, 2, 2]),
      ]),
    });
    assertEquals(await (await open(spec)).buildId(), ID_TEXT);
  }
  assertEquals(await (await open(FORMS[0]!)).buildId(), undefined);
});

Deno.test("ElfFile.buildId() pads by 4 in cores even if the segment says 8", async () => {
  const form = FORMS[0]!;
  const bytes = Uint8Array.from([
    ...buildNote(form, "CORE", 1, [1, 2, 3, 4]),
    ...buildNote(form, "GNU", 3, ID),
  ]);
  const segments = [{ type: PT.NOTE, bytes, align: 8 }];
  const elf = await open({ ...form, type: ET.CORE, segments });
  assertEquals(await elf.buildId(), ID_TEXT);
});

Deno.test("ElfFile.loadAddress is the lowest segment's page, negative for kernels", async () => {
  const load = (address: number, align: number) => ({
    type: PT.LOAD,
    address,
    align,
    fileSize: 1,
  });
  const cases: [ReturnType<typeof load>[], number][] = [
    [[], 0],
    [[load(0x5123, 0x1000), load(0x3456, 0x1000)], 0x3000],
    [[load(0x3456, 0)], 0x3456],
    [[load(0x12345, 0x10000)], 0x10000],
    [[load(-0x7efffff0, 0x1000)], -0x7f000000],
  ];
  for (const [segments, expected] of cases) {
    const elf = await open({ ...FORMS[0]!, segments });
    assertEquals(elf.loadAddress, expected);
  }
});

Deno.test("ElfFile.debugLink() reads name and checksum, and refuses a cut one", async () => {
  for (const form of FORMS) {
    for (const name of ["a", "ab", "abc", "abcd", "abcde.debug"]) {
      const bytes = new Writer(form).text(name).align(4).u32(0xfedcba98)
        .bytes();
      const section = { name: ".gnu_debuglink", type: SHT.PROGBITS, bytes };
      const elf = await open({ ...form, sections: [section] });
      assertEquals(await elf.debugLink(), { name, crc: 0xfedcba98 });
      for (let length = 0; length < bytes.length; length++) {
        const cut = { ...section, bytes: bytes.subarray(0, length) };
        const elf = await open({ ...form, sections: [cut] });
        assertEquals((await failure(elf.debugLink())).code, "truncated");
      }
    }
    assertEquals(await (await open(sample(form))).debugLink(), undefined);
  }
});

Deno.test("ElfFile.buildId() reads no more than the file where thousands of headers share their notes", async () => {
  const form = FORMS[0]!;
  const bytes = buildNote(form, "Other", 3, new Uint8Array(50_000));
  const shared = { type: PT.NOTE, offset: 64, fileSize: 1_000_000 };
  const file = buildElf({
    ...form,
    segments: [
      { type: PT.LOAD, bytes },
      ...Array.from({ length: 2000 }, () => shared),
    ],
  });
  let count = 0;
  const elf = await openElf({
    size: file.length,
    read(offset, length) {
      count += length;
      return file.subarray(offset, offset + length);
    },
  });
  assertEquals(await elf.buildId(), undefined);
  assertEquals(elf.segments.count, 2001);
  assertEquals(count < 4 * file.length, true);
});

Deno.test("ElfFile.sections() cuts names so that shared ones stay cheap", async () => {
  const name = "x".repeat(2000);
  const elf = await open({ ...FORMS[0]!, sections: [{ name, type: 1 }] });
  assertEquals((await elf.sections())[1]!.name, "x".repeat(1024));
});
