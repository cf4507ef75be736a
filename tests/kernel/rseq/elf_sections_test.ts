import { assert, assertEquals } from "@std/assert";
import { BytesSource, viewOf } from "../../../formats/base/byte_source.ts";
import { type ElfFile, openElf } from "../../../formats/elf/mod.ts";
import { readElfRseq } from "../../../kernel/rseq/mod.ts";
import { buildElf, Writer } from "../../builders/elf.ts";
import { openFixtureElf } from "./fixture.ts";

const SIGNATURES: Record<string, number> = {
  x86_64: 0x5305_3053,
  aarch64: 0xd428_bc00,
  s390x: 0xb2ff_0fff,
};

Deno.test("readElfRseq() reads the section of each machine, before and after linking, and finds it good", async () => {
  for (const [machine, signature] of Object.entries(SIGNATURES)) {
    for (const kind of ["o", "so"]) {
      const name = `${machine}.${kind}`;
      const found = await readElfRseq(await openFixtureElf(name));
      assertEquals(found.errors, [], name);
      assertEquals(found.strays, [], name);
      assertEquals([found.pointerCount, found.exitCount], [1, 1], name);
      assertEquals(found.isLinked, kind === "so");
      const [section] = found.sections;
      assertEquals(found.sections.length, 1, name);
      assertEquals(section!.findings, [], name);
      assertEquals(section!.signature, signature, name);
      assertEquals(section!.start.symbol, "add", name);
      assertEquals(section!.start.section, ".text", name);
      assertEquals(section!.abort.section, "__rseq_failure", name);
      assertEquals(section!.place.section, "__rseq_cs", name);
      assertEquals(section!.exits.map(({ symbol }) => symbol), ["add"], name);
    }
  }
});

Deno.test("readElfRseq() applies packed relative relocations", async () => {
  const found = await readElfRseq(await openFixtureElf("x86_64_relr.so"));
  assertEquals(found.sections[0]!.findings, []);
  assertEquals(found.sections[0]!.start.symbol, "add");
  assertEquals(found.strays, []);
});

Deno.test("readElfRseq() finds the same section in an object and in what it was linked to", async () => {
  const object = await readElfRseq(await openFixtureElf("aarch64.o"));
  const linked = await readElfRseq(await openFixtureElf("aarch64.so"));
  const shape = ({ sections: [one] }: typeof object) => [
    one!.descriptor.postCommitOffset,
    one!.start.symbolOffset,
    one!.exits[0]!.symbolOffset,
  ];
  assertEquals(shape(object), shape(linked));
});

interface Change {
  section: string;
  offset: number;
  value: bigint;
}

/** The findings after words of sections were set. */
async function findingsAfter(...changes: Change[]): Promise<string[]> {
  const elf = await openFixtureElf("x86_64_relr.so", async (bytes, elf) => {
    for (const change of changes) await set(bytes, elf, change);
  });
  const { sections, strays } = await readElfRseq(elf);
  return [
    ...sections.flatMap(({ findings }) => findings),
    ...strays.map(({ finding }) => finding),
  ].map(({ rule, severity }) => `${severity} ${rule}`);
}

async function set(
  bytes: Uint8Array,
  elf: ElfFile,
  { section, offset, value }: Change,
): Promise<void> {
  const found = await elf.findSection(section);
  assert(found !== undefined, section);
  const view = viewOf(bytes);
  view.setBigUint64(found.offset + offset, value, true);
  // What is not aligned is not packed: it has an entry, whose addend counts.
  const rela = (await elf.findSection(".rela.dyn"))!;
  for (let at = rela.offset; at < rela.offset + rela.size; at += 24) {
    if (view.getBigUint64(at, true) !== BigInt(found.address + offset)) {
      continue;
    }
    view.setBigUint64(at + 16, value, true);
  }
}

const cs = (offset: number, value: bigint): Change => ({
  section: "__rseq_cs",
  offset,
  value,
});

Deno.test("readElfRseq() names what is wrong with a section, and who minds", async () => {
  const good = await readElfRseq(await openFixtureElf("x86_64_relr.so"));
  const { descriptor, place } = good.sections[0]!;
  const { startIp, abortIp } = descriptor;
  assertEquals(await findingsAfter(cs(0, 1n)), ["strict version"]);
  assertEquals(await findingsAfter(cs(0, 1n << 32n)), ["strict section-flags"]);
  assertEquals(await findingsAfter(cs(16, 0n)), ["advice empty-section"]);
  assertEquals(await findingsAfter(cs(24, abortIp + 1n)), ["error signature"]);
  assertEquals(await findingsAfter(cs(24, startIp + 4n)), [
    "strict abort-inside-section",
    "error signature",
  ]);
  assertEquals(await findingsAfter(cs(24, place.address)), [
    "error signature",
    "error abort-outside-code",
  ]);
  assertEquals(await findingsAfter(cs(24, 0n)), [
    "error signature-unreadable",
    "error abort-outside-code",
  ]);
  // The first section behind .text is not part of it.
  assertEquals(await findingsAfter(cs(16, 0x400n)), [
    "strict abort-inside-section",
    "error section-outside-code",
    "advice exit-inside-section",
  ]);
});

Deno.test("readElfRseq() holds the arrays for debuggers against the sections", async () => {
  const pointer = (value: bigint): Change => ({
    section: "__rseq_cs_ptr_array",
    offset: 0,
    value,
  });
  const exit = (offset: number, value: bigint): Change => ({
    section: "__rseq_exit_point_array",
    offset,
    value,
  });
  const good = await readElfRseq(await openFixtureElf("x86_64_relr.so"));
  const { startIp } = good.sections[0]!.descriptor;
  assertEquals(await findingsAfter(pointer(0x10n)), [
    "advice not-in-pointer-array",
    "advice pointer-to-no-descriptor",
  ]);
  assertEquals(await findingsAfter(exit(0, startIp + 1n)), [
    "advice exit-of-no-section",
  ]);
  assertEquals(await findingsAfter(exit(8, startIp)), [
    "advice exit-inside-section",
  ]);
  assertEquals(await findingsAfter(exit(8, 0x7000_0000n)), [
    "advice exit-outside-code",
  ]);
});

Deno.test("readElfRseq() knows instructions' alignment by machine", async () => {
  const elf = await openFixtureElf("aarch64.so", async (bytes, elf) => {
    const { descriptor } = (await readElfRseq(elf)).sections[0]!;
    await set(bytes, elf, cs(24, descriptor.abortIp + 2n));
  });
  const { sections } = await readElfRseq(elf);
  assertEquals(sections[0]!.findings.map(({ rule, text }) => [rule, text]), [
    [
      "signature",
      `the signature in front of abort_ip is another one: ${
        hex(sections[0]!.signature!)
      }`,
    ],
    ["misaligned-code", "an instruction cannot be at that address: abort_ip"],
  ]);
});

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

Deno.test("readElfRseq() counts relocations that it cannot apply", async () => {
  const elf = await openFixtureElf("x86_64.so", async (bytes, elf) => {
    const rela = (await elf.findSection(".rela.dyn"))!;
    viewOf(bytes).setUint32(rela.offset + 8, 6, true); // R_X86_64_GLOB_DAT
  });
  const found = await readElfRseq(elf);
  assertEquals(found.skippedRelocations, 1);
});

Deno.test("readElfRseq() takes another signature when it is told", async () => {
  const found = await readElfRseq(await openFixtureElf("x86_64.so"), 0x1234);
  assertEquals(found.sections[0]!.findings.map(({ rule }) => rule), [
    "signature",
  ]);
});

Deno.test("readElfRseq() keeps the whole entries of a section that is cut off", async () => {
  const elf = await openFixtureElf("x86_64_relr.so", async (bytes, elf) => {
    const { header } = elf;
    const index = (await elf.findSection("__rseq_exit_point_array"))!.index;
    const at = header.sectionHeaderOffset + index * header.sectionHeaderSize;
    viewOf(bytes).setBigUint64(at + 32, 12n, true); // sh_size
  });
  const found = await readElfRseq(elf);
  assertEquals(found.sections.length, 1);
  assertEquals(found.exitCount, 0);
  assertEquals(found.errors.map(({ code }) => code), ["truncated"]);
});

Deno.test("readElfRseq() finds nothing in a file without sections of that name", async () => {
  const elf = await openFixtureElf("x86_64.so", async (bytes, elf) => {
    const names = (await elf.findSection(".shstrtab"))!;
    const text = new TextDecoder("latin1").decode(
      bytes.subarray(names.offset, names.offset + names.size),
    );
    const renamed = text.replaceAll("__rseq_", "__none_");
    bytes.set(new TextEncoder().encode(renamed), names.offset);
  });
  const found = await readElfRseq(elf);
  assertEquals(found.sections, []);
  assertEquals([found.pointerCount, found.exitCount], [undefined, undefined]);
});

/** A linked big-endian file for s390x of `count` sections of 8 bytes each, in `__rseq_table`. */
function buildTable(count: number): Uint8Array<ArrayBuffer> {
  const form = { elfClass: 64 as const, littleEndian: false };
  const code = new Writer(form);
  const table = new Writer(form);
  for (let i = 0; i < count; i++) {
    const start = 0x1000 + 16 * i;
    code.u32(1).u32(2).u32(0xb2ff_0fff).u32(3);
    table.u32(0).u32(0).word(start).word(8).word(start + 12);
  }
  return buildElf({
    ...form,
    type: 2,
    machine: 22,
    sections: [
      {
        name: ".text",
        type: 1,
        flags: 6,
        address: 0x1000,
        bytes: code.bytes(),
      },
      {
        name: "__rseq_table",
        type: 1,
        flags: 3,
        address: 0x8000,
        bytes: table.bytes(),
      },
    ],
  });
}

Deno.test("readElfRseq() reads the table of very old code, and asks for no arrays beside it", async () => {
  const elf = await openElf(new BytesSource(buildTable(3)));
  const found = await readElfRseq(elf);
  assertEquals(found.sections.map(({ place }) => place.address), [
    0x8000n,
    0x8020n,
    0x8040n,
  ]);
  assertEquals(found.sections.flatMap(({ findings }) => findings), []);
  assertEquals(found.pointerCount, undefined);
  assertEquals(found.sections[2]!.signature, 0xb2ff_0fff);
});

Deno.test("readElfRseq() reads no more than the file is long, whatever its sections say", async () => {
  const bytes = buildTable(3);
  const { header } = await openElf(new BytesSource(bytes.slice()));
  // .text becomes another section of that name, and so large that both are more than the file.
  const at = header.sectionHeaderOffset + header.sectionHeaderSize;
  const view = viewOf(bytes);
  view.setUint32(at, view.getUint32(at + header.sectionHeaderSize));
  view.setBigUint64(at + 24, 0n);
  view.setBigUint64(at + 32, BigInt(bytes.length - 32));
  const found = await readElfRseq(await openElf(new BytesSource(bytes)));
  assertEquals(found.errors.map(({ code }) => code).includes("limit"), true);
});
