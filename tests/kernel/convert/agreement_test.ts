/** What the converter makes of a file's `.eh_frame` is what gas and ld put into its `.sframe`. */
import { assert, assertEquals } from "@std/assert";
import {
  buildSFrame,
  decodeSFrame,
  type SFrameFunction,
} from "../../../formats/sframe/mod.ts";
import {
  convertElf,
  type ConvertOptions,
} from "../../../kernel/convert/mod.ts";
import { openFixture } from "./fixtures.ts";

/** Files and the version of SFrame in them, of which every byte comes out. */
const WHOLE: readonly [name: string, version: 1 | 2 | 3][] = [
  ["amd64-v1", 1],
  ["amd64-v2", 2],
  ["amd64-v3", 3],
  ["aarch64-v1", 1],
  ["aarch64-v2", 2],
  ["aarch64-v3", 3],
  ["s390x-v3", 3],
  ["plt-v1", 1],
  ["plt-v2", 2],
  ["plt-v3", 3],
  ["plt-ibt-v2", 2],
  ["plt-ibt-v3", 3],
];

/** What tells functions apart beside their place in the section. */
function essence(f: SFrameFunction): unknown {
  const { startAddress, size, info, info2, repSize } = f;
  const rows = f.rows.map(({ startOffset, info, words }) => [
    startOffset,
    info,
    ...words,
  ]);
  return { startAddress, size, info, info2, repSize, rows };
}

async function convert(name: string, options: ConvertOptions) {
  const { elf, sframe } = await openFixture(name);
  const conversion = await convertElf(elf, options);
  const bytes = buildSFrame(conversion.section, options);
  const ours = decodeSFrame(bytes, sframe.address);
  const theirs = decodeSFrame(sframe.bytes, sframe.address);
  return { ...conversion, bytes, ours, theirs, sframe };
}

for (const [name, version] of WHOLE) {
  Deno.test(`convertElf() makes the section that the tools wrote into ${name}`, async () => {
    const { bytes, ours, theirs, sframe } = await convert(name, { version });
    assert(theirs.functions.length >= 3);
    assertEquals(ours.functions.map(essence), theirs.functions.map(essence));
    assertEquals(bytes, Uint8Array.from(sframe.bytes));
  });
}

/** Functions of rows.s of which old releases wrote rows that are wrong, as they passed over what they did not know. */
const PASSED_OVER = [
  "FP is undefined",
  "SP is undefined",
  "RA is undefined",
  "RA is undefined",
  "RA is undefined",
];

for (
  const [version, reasons] of [
    [1, [
      ...PASSED_OVER,
      "SP is CFA+8",
      "RA is saved at CFA-16",
      "RA is saved at CFA-16",
      "the CFA is based on register 10",
      "the CFA is based on register 40",
      "the CFA is based on register 10",
    ]],
    [2, [
      ...PASSED_OVER,
      "RA is in register 2",
      "RA is in register 2",
      "RA is in register 2",
      "SP is in register 8",
      "SP is CFA+8",
      "RA is saved at CFA-16",
      "RA is saved at CFA-16",
    ]],
  ] as const
) {
  Deno.test(`convertElf() agrees on odd instructions with V${version} but for what that gas passed over`, async () => {
    const { ours, theirs, dropped } = await convert(`rows-v${version}`, {
      version,
    });
    const starts = new Set(ours.functions.map((f) => f.startAddress));
    const missing = theirs.functions.filter((f) => !starts.has(f.startAddress));
    assertEquals(
      missing.map(({ startAddress }) =>
        dropped.find((one) => one.startAddress === startAddress)?.reason
      ),
      [...reasons],
    );
    const kept = theirs.functions.filter((f) => starts.has(f.startAddress));
    assertEquals(ours.functions.map(essence), kept.map(essence));
  });
}

Deno.test("convertElf() agrees on odd instructions with V3 but for a register that gas lost", async () => {
  const { ours, theirs, dropped } = await convert("rows-v3", { version: 3 });
  assertEquals(ours.functions.length, theirs.functions.length);
  const differing = theirs.functions.filter((f, i) =>
    JSON.stringify(essence(f)) !== JSON.stringify(essence(ours.functions[i]!))
  );
  // FP at SP + 8: gas 2.47 writes the mark of "no register", we the register.
  assertEquals(differing.map((f) => f.rows.at(-1)!.words), [[57, 8, 0, -5, 8]]);
  const i = theirs.functions.indexOf(differing[0]!);
  assertEquals(ours.functions[i]!.rows.at(-1)!.words, [57, 8, 0, 59, 8]);
  assertEquals(dropped.filter(({ isListed }) => isListed).length, 1);
});

Deno.test("convertElf() leaves out .plt.got in V1 as ld 2.40 does, and has it right if asked to", async () => {
  const { dropped } = await convert("plt-v1", { version: 1 });
  assertEquals(dropped.map(({ reason }) => reason), ["V1 has no .plt.got"]);
  const { ours } = await convert("plt-v1", { version: 1, plt: "correct" });
  const rows = ours.functions.map((
    { rows, pcType },
  ) => [pcType, rows[0]!.words]);
  assert(rows.some(([pcType, words]) => pcType === "inc" && words![0] === 8));
});
