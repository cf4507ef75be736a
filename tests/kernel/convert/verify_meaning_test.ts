import { assertEquals } from "@std/assert";
import { openEhFrame } from "../../../formats/eh_frame/mod.ts";
import { openSymbols } from "../../../formats/elf/mod.ts";
import { buildSFrame, type SFrameSpec } from "../../../formats/sframe/mod.ts";
import { convertElf, verifyMeaning } from "../../../kernel/convert/mod.ts";
import { buildFunction } from "../../builders/eh_frame.ts";
import { openFixture } from "./fixtures.ts";

const ADDRESS = 0x8000;

/** What is found of one function at 0x1000 of 0x100 bytes. */
function verify(
  instructions: number[],
  f: Partial<SFrameSpec["functions"][number]>,
) {
  const table = openEhFrame(buildFunction(instructions), 0x2000, {
    littleEndian: true,
    machine: "x86-64",
  });
  const bytes = buildSFrame({
    version: 3,
    abi: 3,
    sectionAddress: ADDRESS,
    functions: [{
      startAddress: 0x1000,
      size: 0x100,
      rows: [{ startOffset: 0, cfa: { base: "sp", offset: 8 } }],
      ...f,
    }],
  });
  return verifyMeaning(bytes, ADDRESS, table);
}

async function findingsOf(name: string) {
  const { elf, tables, sframe } = await openFixture(name);
  const { findings } = verifyMeaning(
    sframe.bytes,
    sframe.address,
    tables.ehFrame!,
  );
  const symbols = await openSymbols(elf, ".symtab");
  return findings.map(({ address, functionAddress, what, sframe, ehFrame }) => {
    const index = symbols?.find(functionAddress) ?? -1;
    const place = index < 0 ? "?" : symbols!.name(index);
    return `${place}+${
      address - functionAddress
    }: ${what} ${sframe}, not ${ehFrame}`;
  });
}

Deno.test("verifyMeaning() finds nothing where both tables say the same", () => {
  const report = verify([0x41, 0x0e, 16, 0x86, 2], {
    rows: [
      { startOffset: 0, cfa: { base: "sp", offset: 8 } },
      {
        startOffset: 1,
        cfa: { base: "sp", offset: 16 },
        fp: { base: "cfa", offset: -16, deref: true },
      },
    ],
  });
  assertEquals(report.findings, []);
  assertEquals([report.functionCount, report.rangeCount], [1, 2]);
});

Deno.test("verifyMeaning() looks where either table has a new row", () => {
  const { findings, rangeCount } = verify([0x50, 0x0e, 16, 0x50, 0x0e, 8], {
    rows: [
      { startOffset: 0, cfa: { base: "sp", offset: 8 } },
      { startOffset: 0x18, cfa: { base: "fp", offset: 16 } },
    ],
  });
  assertEquals(rangeCount, 4);
  assertEquals(
    findings.map((
      one,
    ) => [one.address, one.endAddress, one.sframe, one.ehFrame]),
    [
      [0x1010, 0x1018, "SP+8", "SP+16"],
      [0x1018, 0x1020, "FP+16", "SP+16"],
      [0x1020, 0x1100, "FP+16", "SP+8"],
    ],
  );
});

Deno.test("verifyMeaning() tells RA, FP and the end of the stack apart", () => {
  const ra = verify([], {
    rows: [{
      startOffset: 0,
      cfa: { base: "sp", offset: 8 },
      ra: { base: 2, offset: 0, deref: false },
      fp: { base: 12, offset: 8, deref: true },
    }],
  });
  assertEquals(
    ra.findings.map((one) => [one.what, one.sframe, one.ehFrame]),
    [["ra", "r2", "[CFA-8]"], ["fp", "[r12+8]", "unchanged"]],
  );
  const end = verify([], { rows: [{ startOffset: 0, ra: "undefined" }] });
  assertEquals(end.findings.map(({ what }) => what), ["outermost"]);
  const signal = verify([], { signal: true });
  assertEquals(signal.findings.map(({ what }) => what), ["signal-frame"]);
});

Deno.test("verifyMeaning() counts what only SFrame covers, and functions without rows", () => {
  assertEquals(verify([], { startAddress: 0x10f0 }).uncoveredSize, 0xf0);
  assertEquals(verify([], { rows: [], signal: true }).skippedCount, 1);
});

Deno.test("verifyMeaning() shows a repeating row once, with its count", () => {
  const { findings } = verify([], {
    rows: [{ startOffset: 0, cfa: { base: "sp", offset: 16 } }],
    pcType: "mask",
    repSize: 16,
  });
  assertEquals(findings.map(({ count }) => count), [16]);
});

Deno.test("verifyMeaning() keeps no more findings than asked for", () => {
  const rows = [{ startOffset: 0, cfa: { base: "sp" as const, offset: 24 } }];
  const instructions = [0x41, 0x0e, 16, 0x41, 0x0e, 32];
  assertEquals(verify(instructions, { rows }).findings.length, 3);
  const table = openEhFrame(buildFunction(instructions), 0x2000, {
    littleEndian: true,
    machine: "x86-64",
  });
  const f = { startAddress: 0x1000, size: 0x100, rows };
  const bytes = buildSFrame({
    version: 3,
    abi: 3,
    sectionAddress: ADDRESS,
    functions: [f],
  });
  const report = verifyMeaning(bytes, ADDRESS, table, { maxFindings: 2 });
  assertEquals([report.findings.length, report.isCut], [2, true]);
});

for (const name of ["plt-v2", "plt-v3", "plt-ibt-v2", "plt-ibt-v3"]) {
  Deno.test(`verifyMeaning() finds the rows that ld wrote wrong for .plt.got in ${name}`, async () => {
    const found = await findingsOf(name);
    assertEquals(found.map((text) => text.replace(/^.*\+0: /, "")), [
      "cfa SP+16, not SP+8",
    ]);
  });
}

Deno.test("verifyMeaning() finds what gas 2.47 does wrong, nested states among it", async () => {
  assertEquals(await findingsOf("rows-v3"), [
    "same_ra+1: ra [CFA-8], not unchanged",
    "undef_ra_restore+2: outermost yes, not no",
    "undef_ra_off+2: outermost yes, not no",
    "reg_ra_restore+2: ra r2, not [CFA-8]",
    "cfareg_same+1: cfa FP+8, not FP+24",
    "rem_nested+5: cfa SP+24, not SP+16",
    "simple_def+1: ra [CFA-8], not unchanged",
    "simple_late+2: ra [CFA-8], not unchanged",
    "cold+1: fp [CFA-16], not unchanged",
  ]);
});

Deno.test("verifyMeaning() finds that gas 2.40 and 2.44 pass over undefined registers and other places of RA", async () => {
  for (const name of ["rows-v1", "rows-v2"]) {
    const found = await findingsOf(name);
    for (
      const expected of [
        "undef_fp+1: fp unchanged, not undefined",
        "undef_ra+1: outermost no, not yes",
        "off_ra16+1: ra [CFA-8], not [CFA-16]",
        "rem_nested+5: cfa SP+24, not SP+16",
        "rem_same_pc+3: cfa SP+8, not SP+24",
      ]
    ) {
      assertEquals(
        found.filter((text) => text === expected).length,
        1,
        expected,
      );
    }
  }
});

Deno.test("verifyMeaning() finds that ld 2.40 takes .plt.sec for .plt", async () => {
  const found = await findingsOf("plt-ibt-v1");
  assertEquals(found.includes("?+0: cfa SP+16, not SP+8"), true);
});

Deno.test("convertElf() with correct rows leaves nothing for verifyMeaning() to find", async () => {
  for (
    const name of [
      ...["amd64-v1", "amd64-v3", "aarch64-v2", "aarch64-v3", "s390x-v3"],
      ...["plt-v1", "plt-ibt-v3", "rows-v1", "rows-v3"],
    ]
  ) {
    const { elf, tables, sframe } = await openFixture(name);
    const { section } = await convertElf(elf, {
      rows: "correct",
      plt: "correct",
    });
    const { findings, functionCount } = verifyMeaning(
      buildSFrame(section),
      sframe.address,
      tables.ehFrame!,
    );
    assertEquals(functionCount > 2, true);
    assertEquals(findings, []);
  }
});
