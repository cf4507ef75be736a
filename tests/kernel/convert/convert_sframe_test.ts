import { assertEquals } from "@std/assert";
import {
  buildSFrame,
  decodeSFrame,
  type SFrameSpec,
} from "../../../formats/sframe/mod.ts";
import { convertElf, convertSFrame } from "../../../kernel/convert/mod.ts";
import { openFixture } from "./fixtures.ts";

const ADDRESS = 0x8000;

function convert(
  functions: SFrameSpec["functions"],
  from: 2 | 3,
  to: 1 | 2 | 3,
  abi = 3,
) {
  const spec = { version: from, abi, sectionAddress: ADDRESS, functions };
  return convertSFrame(decodeSFrame(buildSFrame(spec), ADDRESS), ADDRESS, {
    version: to,
  });
}

const PLAIN = {
  startAddress: 0x1000,
  size: 16,
  rows: [{ startOffset: 0, cfa: { base: "sp" as const, offset: 8 } }],
};

for (
  const name of ["amd64-v3", "aarch64-v3", "s390x-v3", "plt-v2", "plt-ibt-v3"]
) {
  Deno.test(`convertSFrame() to the version that it is gives the bytes of ${name}`, async () => {
    const { sframe } = await openFixture(name);
    const { address } = sframe;
    const input = decodeSFrame(sframe.bytes, address);
    const { version } = input.header;
    const { section, dropped } = convertSFrame(input, address, { version });
    assertEquals(dropped, []);
    assertEquals(buildSFrame(section), Uint8Array.from(sframe.bytes));
  });
}

for (const [name, to] of [["aarch64-v3", 1], ["aarch64-v3", 2]] as const) {
  Deno.test(`convertSFrame() from ${name} to V${to} gives what .eh_frame gives`, async () => {
    const { elf, sframe } = await openFixture(name);
    const input = decodeSFrame(sframe.bytes, sframe.address);
    const options = { version: to };
    const { section } = convertSFrame(input, sframe.address, options);
    const direct = await convertElf(elf, options);
    assertEquals(
      buildSFrame(section),
      buildSFrame(direct.section),
    );
  });
}

Deno.test("convertSFrame() tells what older versions cannot say", () => {
  const reasons = (functions: SFrameSpec["functions"]) =>
    convert(functions, 3, 2).dropped.map(({ reason }) => reason);
  assertEquals(
    reasons([{ ...PLAIN, rows: [{ startOffset: 0, ra: "undefined" }] }]),
    ["RA is undefined"],
  );
  assertEquals(
    reasons([{
      ...PLAIN,
      rows: [{ startOffset: 0, cfa: { base: 10, offset: 0 } }],
    }]),
    ["V2 has no words for its registers"],
  );
  assertEquals(reasons([{ ...PLAIN, rows: [], signal: true }]), [
    "it has no rows",
  ]);
});

Deno.test("convertSFrame() makes a flexible function plain where its rules allow", () => {
  const { section } = convert([{ ...PLAIN, flex: true }], 3, 2);
  assertEquals(section.functions.map(({ flex }) => flex), [false]);
  assertEquals(buildSFrame(section)[2], 2);
});

Deno.test("convertSFrame() turns a register in a word of s390x V2 into a flexible function of V3, and back", () => {
  const functions = [{
    ...PLAIN,
    rows: [{
      startOffset: 0,
      cfa: { base: "sp" as const, offset: 160 },
      fp: { base: 16, offset: 0, deref: false },
    }],
  }];
  const up = convert(functions, 2, 3, 4);
  assertEquals(up.section.functions[0]!.flex, true);
  const down = convert(up.section.functions, 3, 2, 4);
  assertEquals(down.dropped, []);
  assertEquals(
    down.section.functions[0]!.rows[0]!.fp,
    functions[0]!.rows[0]!.fp,
  );
});

Deno.test("convertSFrame() leaves out broken functions and keeps the others", () => {
  const bytes = buildSFrame({
    version: 3,
    abi: 3,
    sectionAddress: ADDRESS,
    functions: [PLAIN, { ...PLAIN, startAddress: 0x2000 }],
  });
  bytes[28 + 12] = 0xff; // where the first function's rows are
  const { section, dropped } = convertSFrame(
    decodeSFrame(bytes, ADDRESS),
    ADDRESS,
  );
  assertEquals(section.functions.map(({ startAddress }) => startAddress), [
    0x2000,
  ]);
  assertEquals(dropped.length, 1);
});
