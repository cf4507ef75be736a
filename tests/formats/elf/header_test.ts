import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  decodeElfHeader,
  FormatError,
  isElf,
} from "../../../formats/elf/mod.ts";
import { buildElf, FORMS } from "../../builders/elf.ts";

const DUMMY = { type: 1, address: 0x1000, bytes: Uint8Array.of(1, 2, 3, 4) };

Deno.test("decodeElfHeader() reads every field in both classes and orders", () => {
  for (const form of FORMS) {
    const bytes = buildElf({
      ...form,
      type: 2,
      machine: 22,
      osAbi: 9,
      entry: 0x401234,
      flags: 0x12345678,
      segments: [DUMMY, DUMMY],
      sections: [{ name: ".text", type: 1 }],
    });
    const wide = form.elfClass === 64;
    assertEquals(decodeElfHeader(bytes), {
      ...form,
      osAbi: 9,
      type: 2,
      machine: 22,
      entry: 0x401234,
      programHeaderOffset: wide ? 64 : 52,
      programHeaderSize: wide ? 56 : 32,
      programHeaderCount: 2,
      sectionHeaderOffset: bytes.length - 3 * (wide ? 64 : 40),
      sectionHeaderSize: wide ? 64 : 40,
      sectionHeaderCount: 3,
      sectionNamesIndex: 2,
      flags: 0x12345678,
    });
  }
});

Deno.test("decodeElfHeader() gives a kernel's entry as a negative address", () => {
  const entry = -0x7f000000; // 0xffffffff81000000
  const bytes = buildElf({ ...FORMS[0]!, entry });
  assertEquals(decodeElfHeader(bytes).entry, entry);
});

Deno.test("decodeElfHeader() names the field that is wrong", () => {
  const good = buildElf(FORMS[0]!);
  const cases: [number, number, string, string][] = [
    [0, 0x7e, "bad-magic", "EI_MAG0"],
    [4, 3, "bad-value", "EI_CLASS"],
    [4, 0, "bad-value", "EI_CLASS"],
    [5, 0, "bad-value", "EI_DATA"],
    [5, 3, "bad-value", "EI_DATA"],
  ];
  for (const [offset, value, code, field] of cases) {
    const bytes = good.slice();
    bytes[offset] = value;
    const error = assertThrows(() => decodeElfHeader(bytes), FormatError);
    assertEquals([error.code, error.field, error.offset], [
      code,
      field,
      offset,
    ]);
  }
});

Deno.test("decodeElfHeader() refuses a header cut at any byte as truncated", () => {
  for (const form of FORMS) {
    const bytes = buildElf(form);
    const size = form.elfClass === 64 ? 64 : 52;
    for (let length = 0; length < size; length++) {
      const error = assertThrows(
        () => decodeElfHeader(bytes.subarray(0, length)),
        FormatError,
      );
      assertEquals(error.code, "truncated");
    }
    assertEquals(decodeElfHeader(bytes.subarray(0, size)).type, 3);
  }
});

Deno.test("isElf() looks at the magic only", () => {
  assert(isElf(Uint8Array.of(0x7f, 0x45, 0x4c, 0x46)));
  assert(!isElf(Uint8Array.of(0x7f, 0x45, 0x4c)));
  assert(!isElf(Uint8Array.of(0x7f, 0x45, 0x4c, 0x47)));
});
