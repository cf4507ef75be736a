import { assertEquals } from "@std/assert";
import {
  readGlibcRseqSize,
  RSEQ_FIELD_END,
  RSEQ_OFFSET,
  RSEQ_SIGNATURES,
  rseqLayout,
  rseqSignature,
} from "../../../formats/rseq/mod.ts";

function layout(size?: number, align?: number) {
  const auxv = new Map<number, number>();
  if (size !== undefined) auxv.set(27, size);
  if (align !== undefined) auxv.set(28, align);
  const { featureSize, allocationSize, alignment, isAnnounced } = rseqLayout(
    auxv,
  );
  return [featureSize, allocationSize, alignment, isAnnounced];
}

Deno.test("rseqLayout() reads the auxiliary vector", () => {
  assertEquals(layout(), [20, 32, 32, false]);
  assertEquals(layout(28, 32), [28, 32, 32, true]);
  assertEquals(layout(33, 64), [33, 33, 64, true]);
  assertEquals(layout(200, 256), [200, 200, 256, true]);
});

Deno.test("rseqLayout() takes values that make no sense for missing ones", () => {
  assertEquals(layout(19, 16), [20, 32, 32, false]);
  assertEquals(layout(-1, -64), [20, 32, 32, false]);
  assertEquals(layout(1e9, 48), [20, 32, 32, false]);
});

Deno.test("readGlibcRseqSize() knows the three meanings of __rseq_size", () => {
  const read = (size: number) => {
    const { isRegistered, featureSize } = readGlibcRseqSize(size);
    return [isRegistered, featureSize];
  };
  assertEquals(read(0), [false, 20]);
  assertEquals(read(20), [true, 20]);
  assertEquals(read(24), [true, 24]);
  assertEquals(read(28), [true, 28]);
  assertEquals(read(32), [true, 20]);
  assertEquals(read(33), [true, 33]);
  assertEquals(read(7), [true, 20]);
  assertEquals(readGlibcRseqSize(32).origin, "glibc 2.35 to 2.39");
  assertEquals(readGlibcRseqSize(33).origin, "glibc 2.41 and later");
});

Deno.test("rseqSignature() gives the number by machine and byte order", () => {
  assertEquals(rseqSignature(62, true), 0x5305_3053);
  assertEquals(rseqSignature(183, true), 0xd428_bc00);
  assertEquals(rseqSignature(183, false), 0x00bc_28d4);
  assertEquals(rseqSignature(22, false), 0xb2ff_0fff);
  assertEquals(rseqSignature(22, true), undefined);
  assertEquals(rseqSignature(40, true), 0xe7f5_def3);
  assertEquals(rseqSignature(8, true), undefined);
});

Deno.test("signatures of both byte orders are the same bytes where code has one order", () => {
  const bytes = (value: number, littleEndian: boolean) => {
    const view = new DataView(new ArrayBuffer(4));
    view.setUint32(0, value, littleEndian);
    return [...new Uint8Array(view.buffer)];
  };
  for (const { machine, little, big } of RSEQ_SIGNATURES) {
    const hasOneOrder = machine === "aarch64" || machine === "arm";
    if (!hasOneOrder) continue;
    assertEquals(bytes(little!, true), bytes(big!, false), machine);
  }
});

Deno.test("fields end where the next ones begin", () => {
  assertEquals(RSEQ_FIELD_END.CPU_ID_START, RSEQ_OFFSET.CPU_ID);
  assertEquals(RSEQ_FIELD_END.CPU_ID, RSEQ_OFFSET.RSEQ_CS);
  assertEquals(RSEQ_FIELD_END.RSEQ_CS, RSEQ_OFFSET.FLAGS);
  assertEquals(RSEQ_FIELD_END.FLAGS, RSEQ_OFFSET.NODE_ID);
  assertEquals(RSEQ_FIELD_END.NODE_ID, RSEQ_OFFSET.MM_CID);
  assertEquals(RSEQ_FIELD_END.MM_CID, RSEQ_OFFSET.SLICE_CTRL);
  assertEquals(RSEQ_FIELD_END.SLICE_CTRL, RSEQ_OFFSET.RESERVED);
});

Deno.test("rseqSignature() has the number that each machine's bytes read as", () => {
  const bytesOf = (machine: number, littleEndian: boolean) => {
    const view = new DataView(new ArrayBuffer(4));
    view.setUint32(0, rseqSignature(machine, littleEndian)!, littleEndian);
    return [...new Uint8Array(view.buffer)].map((byte) => byte.toString(16))
      .join(" ");
  };
  const [I386, X86_64, PPC, PPC64, S390] = [3, 62, 20, 21, 22] as const;
  const [ARM, AARCH64, RISCV] = [40, 183, 243] as const;
  for (const machine of [I386, X86_64]) {
    assertEquals(bytesOf(machine, true), "53 30 5 53");
  }
  // Instructions are little-endian on 64-bit ARM whatever the data is.
  assertEquals(bytesOf(AARCH64, true), "0 bc 28 d4");
  assertEquals(bytesOf(AARCH64, false), "0 bc 28 d4");
  assertEquals(bytesOf(ARM, true), "f3 de f5 e7");
  assertEquals(bytesOf(ARM, false), "f3 de f5 e7");
  assertEquals(bytesOf(S390, false), "b2 ff f ff");
  assertEquals(bytesOf(RISCV, true), "73 10 40 f1");
  for (const machine of [PPC, PPC64]) {
    assertEquals(bytesOf(machine, true), "b 0 e5 f");
    assertEquals(bytesOf(machine, false), "f e5 0 b");
  }
});
