import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { BytesSource } from "../../../formats/base/byte_source.ts";
import {
  type Decompress,
  FormatError,
  openDebugData,
  openElf,
  SHF,
  SHT,
} from "../../../formats/elf/mod.ts";
import { buildElf, type ElfForm, FORMS, Writer } from "../../builders/elf.ts";

/** Stands for a decompressor: every byte of the stream gives two of its kind's length. */
const fake: Decompress = (kind, bytes) =>
  Uint8Array.from([...bytes, ...bytes].map((byte) => byte + kind.length));

function chunkHeader(form: ElfForm, type: number, size: number): Writer {
  const writer = new Writer(form).u32(type);
  if (form.elfClass === 64) writer.u32(0);
  return writer.word(size).word(1);
}

async function readOnly(
  form: ElfForm,
  bytes: Uint8Array,
  decompress?: Decompress,
  name = ".debug_info",
  flags: number = SHF.COMPRESSED,
): Promise<Uint8Array> {
  const file = buildElf({
    ...form,
    sections: [{ name, type: SHT.PROGBITS, flags, bytes }],
  });
  const options = decompress === undefined ? {} : { decompress };
  const elf = await openElf(new BytesSource(file), options);
  return await elf.readSection((await elf.findSection(name))!);
}

async function failure(promise: Promise<unknown>): Promise<FormatError> {
  return await assertRejects(() => promise, FormatError) as FormatError;
}

Deno.test("ElfFile.readSection() decompresses zlib and zstd in both classes and orders", async () => {
  for (const form of FORMS) {
    for (const [type, add] of [[1, 4], [2, 4]] as const) {
      const bytes = chunkHeader(form, type, 4).raw([10, 20]).bytes();
      assertEquals(
        [...await readOnly(form, bytes, fake)],
        [10 + add, 20 + add, 10 + add, 20 + add],
      );
    }
  }
});

Deno.test("ElfFile.readSection() tells the decompressor kind and size", async () => {
  const calls: unknown[] = [];
  const decompress: Decompress = (kind, bytes, size) => {
    calls.push([kind, [...bytes], size]);
    return Promise.resolve(new Uint8Array(size!));
  };
  const form = FORMS[0]!;
  await readOnly(
    form,
    chunkHeader(form, 1, 7).raw([1]).bytes(),
    decompress,
  );
  await readOnly(
    form,
    chunkHeader(form, 2, 8).raw([2]).bytes(),
    decompress,
  );
  assertEquals(calls, [["zlib", [1], 7], ["zstd", [2], 8]]);
});

Deno.test("ElfFile.readSection() decompresses .zdebug sections with a big-endian size", async () => {
  for (const form of FORMS) {
    const bytes = Uint8Array.of(
      ...[0x5a, 0x4c, 0x49, 0x42, 0, 0, 0, 0, 0, 0, 0, 4, 1, 2],
    );
    const read = (bytes: Uint8Array) =>
      readOnly(form, bytes, fake, ".zdebug_info", 0);
    assertEquals([...await read(bytes)], [5, 6, 5, 6]);
    const plain = Uint8Array.of(1, 2, 3);
    assertEquals([...await read(plain)], [1, 2, 3]);
  }
});

Deno.test("ElfFile.readSection() refuses what it cannot decompress", async () => {
  for (const form of FORMS) {
    const good = chunkHeader(form, 1, 4).raw([1, 2]).bytes();
    const size = form.elfClass === 64 ? 24 : 12;
    assertEquals((await failure(readOnly(form, good))).code, "unsupported");
    const other = chunkHeader(form, 3, 4).raw([1, 2]).bytes();
    const error = await failure(readOnly(form, other, fake));
    assertEquals([error.code, error.field, error.value], [
      "unsupported",
      "ch_type",
      3,
    ]);
    for (let length = 0; length < size; length++) {
      const cut = readOnly(form, good.subarray(0, length), fake);
      assertEquals((await failure(cut)).code, "truncated");
    }
  }
});

Deno.test("ElfFile.readSection() never asks for an absurd size", async () => {
  const never: Decompress = () => {
    throw new Error("called");
  };
  for (const form of FORMS) {
    const bytes = chunkHeader(form, 2, 0x7fffffff).raw(new Uint8Array(100));
    const error = await failure(readOnly(form, bytes.bytes(), never));
    assertEquals([error.code, error.field], ["limit", "ch_size"]);
  }
  const huge = chunkHeader(FORMS[0]!, 1, -1).raw([1]).bytes();
  const error = await failure(readOnly(FORMS[0]!, huge, never));
  assertEquals([error.code, error.field], ["out-of-bounds", "ch_size"]);
});

Deno.test("ElfFile.readSection() says when a stream is broken or of another size", async () => {
  const form = FORMS[0]!;
  const wrong = chunkHeader(form, 1, 5).raw([1, 2]).bytes();
  assertEquals((await failure(readOnly(form, wrong, fake))).code, "bad-value");
  const cause = new Error("Stream is broken");
  const error = await failure(readOnly(form, wrong, () => {
    throw cause;
  }));
  assertEquals([error.code, error.field], ["bad-value", "compressed data"]);
  assertStrictEquals(error.cause, cause);
});

Deno.test("openDebugData() opens the file inside .gnu_debugdata", async () => {
  const form = FORMS[0]!;
  const inner = buildElf({ ...form, entry: 0x1234 });
  const file = buildElf({
    ...form,
    sections: [{
      name: ".gnu_debugdata",
      type: SHT.PROGBITS,
      bytes: Uint8Array.of(1, 2),
    }],
  });
  const elf = await openElf(new BytesSource(file), {
    decompress: (kind, bytes, size) => {
      assertEquals([kind, [...bytes], size], ["xz", [1, 2], undefined]);
      return inner;
    },
  });
  assertEquals((await openDebugData(elf))?.header.entry, 0x1234);
  const none = await openElf(new BytesSource(inner));
  assertEquals(await openDebugData(none), undefined);
});
