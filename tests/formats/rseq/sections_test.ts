import { assertEquals, assertThrows } from "@std/assert";
import {
  CLONE_RSEQ_KTLS,
  decodeKtlsLayout,
  decodeRseqConfiguration,
  decodeRseqCsArray,
  decodeRseqExitPoints,
  decodeRseqPointers,
  encodeKtlsLayout,
  encodeRseqConfiguration,
  encodeRseqCsArray,
  encodeRseqExitPoints,
  encodeRseqPointers,
  FormatError,
  RSEQ_CONFIGURATION_SIZE,
} from "../../../formats/rseq/mod.ts";

const ORDERS = [true, false];

function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 91 + 130) & 255);
}

Deno.test("the arrays of ELF files come back as the same bytes", () => {
  for (const order of ORDERS) {
    const bytes = pattern(96);
    const sections = decodeRseqCsArray(bytes, order);
    assertEquals([sections.entries.length, sections.error], [3, undefined]);
    assertEquals(encodeRseqCsArray(sections.entries, order), bytes);
    const pointers = decodeRseqPointers(bytes, order);
    assertEquals([pointers.entries.length, pointers.error], [12, undefined]);
    assertEquals(encodeRseqPointers(pointers.entries, order), bytes);
    const exits = decodeRseqExitPoints(bytes, order);
    assertEquals([exits.entries.length, exits.error], [6, undefined]);
    assertEquals(encodeRseqExitPoints(exits.entries, order), bytes);
  }
});

Deno.test("decodeRseqExitPoints() tells the section from the way out", () => {
  const bytes = Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 3, 4);
  const { entries } = decodeRseqExitPoints(bytes, false);
  assertEquals(entries, [{ startIp: 0x102n, exitIp: 0x304n }]);
});

Deno.test("an array that ends within an entry keeps the whole ones", () => {
  for (const decode of [decodeRseqCsArray, decodeRseqExitPoints]) {
    const { entries, error } = decode(pattern(70), true);
    assertEquals(entries.length, decode === decodeRseqCsArray ? 2 : 4);
    assertEquals([error?.code, error?.offset], ["truncated", 64]);
  }
  const { entries, error } = decodeRseqPointers(pattern(9), true);
  assertEquals([entries.length, error?.offset], [1, 8]);
  assertEquals(decodeRseqCsArray(new Uint8Array(0), true).error, undefined);
});

Deno.test("decodeRseqConfiguration() reads what ptrace copies", () => {
  // As an x86-64 kernel filled it: area, length 32, the usual signature.
  const bytes = Uint8Array.from(
    [0x60, 0xe0, 0xae, 0x94, 0x58, 0x7f, 0, 0]
      .concat([32, 0, 0, 0], [0x53, 0x30, 0x05, 0x53], new Array(8).fill(0)),
  );
  const found = decodeRseqConfiguration(bytes, 0, true);
  assertEquals(found, {
    abiPointer: 0x7f58_94ae_e060n,
    abiSize: 32,
    signature: 0x5305_3053,
    flags: 0,
    pad: 0,
  });
  for (const order of ORDERS) {
    const odd = pattern(RSEQ_CONFIGURATION_SIZE);
    const value = decodeRseqConfiguration(odd, 0, order);
    assertEquals(encodeRseqConfiguration(value, order), odd);
  }
  const error = assertThrows(
    () => decodeRseqConfiguration(bytes, 1, true),
    FormatError,
  );
  assertEquals(error.code, "truncated");
});

Deno.test("decodeKtlsLayout() reads an offset below the thread pointer", () => {
  const layout = { size: 20, alignment: 32, offset: -160n };
  for (const order of ORDERS) {
    const bytes = encodeKtlsLayout(layout, order);
    assertEquals(bytes.length, 16);
    assertEquals(decodeKtlsLayout(bytes, 0, order), layout);
    const odd = pattern(16);
    assertEquals(encodeKtlsLayout(decodeKtlsLayout(odd, 0, order), order), odd);
  }
  const bytes = encodeKtlsLayout(layout, false);
  assertEquals(bytes[3], 20);
  assertEquals(bytes[7], 32);
  assertThrows(() => decodeKtlsLayout(bytes, 1, true), FormatError);
  assertEquals(CLONE_RSEQ_KTLS, 2 ** 34);
});
