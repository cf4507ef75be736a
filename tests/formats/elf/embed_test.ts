import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  BytesSource,
  embedSFrame,
  FormatError,
  openElf,
  PF,
  planEmbedding,
  PT,
  SHF,
  SHT,
  stripSFrame,
} from "../../../formats/elf/mod.ts";
import {
  buildElf,
  type ElfForm,
  type ElfSpec,
  FORMS,
} from "../../builders/elf.ts";

const SECTION = Uint8Array.from({ length: 75 }, (_, i) => i + 1);
const DATA = new URL("../../data/", import.meta.url);

function program(form: ElfForm, change: Partial<ElfSpec> = {}): Uint8Array {
  return buildElf({
    ...form,
    type: 3,
    machine: 62,
    entry: 0x1000,
    sections: [
      {
        name: ".text",
        type: 1,
        flags: 6,
        address: 0x1000,
        bytes: new Uint8Array(64),
      },
    ],
    segments: [
      {
        type: PT.PHDR,
        flags: 4,
        address: 0x40,
        offset: 0x40,
        fileSize: 112,
        memorySize: 112,
      },
      {
        type: PT.LOAD,
        flags: 5,
        address: 0,
        offset: 0,
        fileSize: 600,
        memorySize: 600,
        align: 0x1000,
      },
      {
        type: PT.LOAD,
        flags: 6,
        address: 0x2000,
        offset: 0,
        fileSize: 16,
        memorySize: 0x3456,
        align: 0x1000,
      },
    ],
    ...change,
  });
}

const WIDE_FORMS = FORMS.filter(({ elfClass }) => elfClass === 64);

Deno.test("embedSFrame() adds a last section, a last segment that is loaded, and PT_GNU_SFRAME", async () => {
  for (const form of WIDE_FORMS) {
    const bytes = program(form);
    const plan = await planEmbedding(bytes);
    const file = embedSFrame(plan, SECTION);
    const before = await openElf(new BytesSource(bytes));
    const elf = await openElf(new BytesSource(file));
    assertEquals(elf.warnings, []);
    const sections = await elf.sections();
    const added = sections.at(-1)!;
    assertEquals(
      [
        added.name,
        added.type,
        added.flags,
        added.address,
        added.offset,
        added.size,
      ],
      [".sframe", SHT.GNU_SFRAME, SHF.ALLOC, plan.address, plan.offset, 75],
    );
    assertEquals(await elf.readSection(added), SECTION);
    const { segments } = elf;
    const last = segments.count - 1;
    assertEquals(segments.count, before.segments.count + 2);
    assertEquals(segments.types[last - 1], PT.GNU_SFRAME);
    assertEquals(segments.types[last], PT.LOAD);
    assertEquals(segments.flags[last], PF.R);
    // The headers are in the new segment, and PT_PHDR says so.
    assertEquals(elf.header.programHeaderOffset, segments.offsets[last]);
    assertEquals(segments.offsets[0], segments.offsets[last]);
    assertEquals(segments.addresses[0], segments.addresses[last]);
    assertEquals(segments.memorySizes[0], 56 * segments.count);
    assertEquals(await elf.readAddress(plan.address, 75), SECTION);
    assert(segments.addresses[last]! >= 0x2000 + 0x3456);
    assertEquals(segments.addresses[last]! % 0x1000, 0);
    assertEquals(segments.offsets[last]! % 0x1000, 0);
  }
});

Deno.test("embedSFrame() changes no old byte but those of the ELF header, and no old section", async () => {
  for (const form of WIDE_FORMS) {
    const bytes = program(form);
    const file = embedSFrame(await planEmbedding(bytes), SECTION);
    assertEquals(file.slice(64, bytes.length), bytes.slice(64));
    const before = await (await openElf(new BytesSource(bytes))).sections();
    const after = await (await openElf(new BytesSource(file))).sections();
    for (const [i, section] of before.entries()) {
      if (section.name === ".shstrtab") continue;
      assertEquals({ ...after[i] }, { ...section } as never);
    }
    assertEquals(after.length, before.length + 1);
  }
});

Deno.test("stripSFrame() gives back the file byte for byte", async () => {
  const inputs = WIDE_FORMS.flatMap((form) => [
    program(form),
    program(form, { sections: [] }),
    program(form, { entry: 0, machine: 183 }),
  ]);
  for (
    const name of [
      "elf/symbols_x86_64",
      "elf/symbols_aarch64_be",
      "elf/symbols_s390x",
      "cores/demo/srv/photos/bin/thumbnailer",
    ]
  ) {
    inputs.push(await Deno.readFile(new URL(name, DATA)));
  }
  let count = 0;
  for (const bytes of inputs) {
    let file: Uint8Array;
    try {
      file = embedSFrame(await planEmbedding(bytes), SECTION);
    } catch (error) {
      assert(error instanceof FormatError);
      assertEquals(error.code, "unsupported", error.message);
      continue;
    }
    assertEquals(stripSFrame(file), new Uint8Array(bytes));
    count++;
  }
  assert(count >= 6, `${count}`);
});

Deno.test("stripSFrame() refuses a file that was changed since, or has no record", async () => {
  const bytes = program(WIDE_FORMS[0]!);
  const file = embedSFrame(await planEmbedding(bytes), SECTION);
  assertThrows(() => stripSFrame(bytes), FormatError);
  const longer = new Uint8Array(file.length + 1);
  longer.set(file);
  assertThrows(() => stripSFrame(longer), FormatError);
  for (const at of [70, bytes.length - 1]) {
    const changed = file.slice();
    changed[at]! ^= 1;
    assertThrows(() => stripSFrame(changed), FormatError);
  }
});

Deno.test("planEmbedding() begins a fresh page of the machine's largest size", async () => {
  for (
    const [machine, page] of [[62, 0x1000], [183, 0x10000], [
      22,
      0x1000,
    ]] as const
  ) {
    const plan = await planEmbedding(
      program(WIDE_FORMS[0]!, { machine, entry: 0 }),
    );
    assertEquals(plan.pageSize, page);
    assertEquals(plan.segmentOffset % page, 0);
    assertEquals(plan.segmentAddress % page, 0);
    assert(plan.segmentOffset >= plan.bytes.length + 104);
  }
});

Deno.test("planEmbedding() keeps the headers as far from their offset as the first segment, where zeros for it are few", async () => {
  const form = WIDE_FORMS[0]!;
  const kept = await planEmbedding(program(form));
  assertEquals(kept.segmentAddress, kept.segmentOffset);
  assertEquals(kept.anyKernel, true);
  const small = await planEmbedding(program(form), { maxHoleSize: 0 });
  assertEquals(small.anyKernel, false);
  assert(small.segmentOffset < kept.segmentOffset);
  assertEquals(small.segmentAddress, kept.segmentAddress);
  // A library is not started by the kernel.
  const library = await planEmbedding(program(form, { entry: 0 }), {
    maxHoleSize: 0,
  });
  assertEquals(library.anyKernel, true);
});

Deno.test("planEmbedding() refuses what has no place for a section", async () => {
  const form = WIDE_FORMS[0]!;
  const file = embedSFrame(await planEmbedding(program(form)), SECTION);
  for (
    const bytes of [
      file, // has one
      program(form, { type: 1 }),
      program(form, { type: 4 }),
      program(form, { segments: [] }),
      program({ elfClass: 32, littleEndian: true }),
      program(form, { header: { e_phnum: 5000 } }),
      program(form, { header: { e_shnum: 5000 } }),
      program(form).slice(0, 200),
      new Uint8Array(10),
    ]
  ) await assertRejects(() => planEmbedding(bytes), FormatError);
});
