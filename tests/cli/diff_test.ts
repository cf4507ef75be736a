import { assertEquals, assertStringIncludes } from "@std/assert";
import { HELP } from "../../cli/help.ts";
import { buildSFrame, type BuiltFunction } from "../builders/sframe.ts";
import { run } from "./sframe_files.ts";

function section(...functions: BuiltFunction[]): Uint8Array {
  return buildSFrame({ version: 3, address: 0x2000, functions });
}

const rows = [{ start: 0, words: [8] }, { start: 1, words: [16] }];
const files = {
  a: section(
    { start: 0x1000, size: 8, rows },
    { start: 0x1010, size: 8, rows },
    { start: 0x1020, size: 8, rows },
  ),
  b: section(
    { start: 0x1000, size: 8, rows },
    {
      start: 0x1010,
      size: 9,
      rows: [{ start: 0, words: [8] }, { start: 1, words: [24, -16] }],
    },
    { start: 0x1030, size: 8, rows },
  ),
  arm: buildSFrame({ version: 3, address: 0x2000, abi: 2, functions: [] }),
};

Deno.test("diff prints what was lost, added and changed, and ends with 3", async () => {
  // Raw sections start at address 0 here, so that addresses are 0x2000 lower.
  const { code, out, err } = await run(["diff", "--raw", "a", "b"], { files });
  assertEquals([code, err], [3, ""]);
  assertEquals(
    out.replaceAll("0xfffffffffffff", "…"),
    [
      "~ …010, 8 bytes, 2 rows  ->  …010, 9 bytes, 2 rows",
      "    ~ +0x1  CFA sp+16 RA [cfa-8] FP same  ->  CFA sp+24 RA [cfa-8] FP [cfa-16]",
      "- …020, 8 bytes, 2 rows",
      "+ …030, 8 bytes, 2 rows",
      "1 lost, 1 added, 1 changed, 1 equal",
      "",
    ].join("\n"),
  );
});

Deno.test("diff ends with 0 where nothing differs but versions and places", async () => {
  const same = await run(["diff", "amd64_v3.o", "amd64_v3.so"]);
  assertEquals([same.code, same.out], [
    0,
    "0 lost, 0 added, 0 changed, 11 equal\n",
  ]);
  const versions = await run(["diff", "aarch64_v1.o", "aarch64_v2.o"]);
  assertEquals(versions.code, 0);
});

Deno.test("diff matches by address if it is asked to, or a file has no names", async () => {
  const { code } = await run([
    "diff",
    "--by",
    "address",
    "amd64_v3.o",
    "amd64_v3.so",
  ]);
  assertEquals(code, 3);
});

Deno.test("diff --json gives the same", async () => {
  const { code, out } = await run(["diff", "--json", "--raw", "a", "b"], {
    files,
  });
  assertEquals(code, 3);
  const { equalCount, changes } = JSON.parse(out);
  assertEquals(equalCount, 1);
  assertEquals(
    changes.map((
      c: { kind: string; before: { size: number } | null },
    ) => [c.kind, c.before?.size ?? null]),
    [["changed", 8], ["lost", 8], ["added", null]],
  );
  assertEquals(changes[0].rows[0].after.fp, {
    base: "cfa",
    offset: -16,
    deref: true,
  });
});

Deno.test("diff refuses what it cannot compare", async () => {
  const cases: [string[], number, string][] = [
    [["a"], 2, "diff needs two files"],
    [["a", "b", "c"], 2, "diff needs two files"],
    [["-", "-"], 2, "once only"],
    [["--by", "size", "a", "b"], 2, "--by size is none of"],
    [["--raw", "a", "arm"], 1, "are for different machines"],
    [["amd64_v3.o", "none"], 1, "none: not found"],
    [["a", "b"], 1, "a: Cannot read ELF"],
  ];
  for (const [args, expected, message] of cases) {
    const { code, err } = await run(["diff", ...args], { files });
    assertEquals(code, expected, message);
    assertStringIncludes(err, message);
  }
  assertEquals((await run(["diff", "--help"])).out, HELP.diff!);
});

Deno.test("diff leaves bad functions out and says how many", async () => {
  const bad = section({
    start: 0,
    size: 4,
    rows: [{ start: 0, words: [8], info: 0x63 }],
  });
  const { code, err } = await run(["diff", "--raw", "bad", "bad"], {
    files: { bad },
  });
  assertEquals([code, err], [
    0,
    "warning: bad: 1 bad functions are left out (see framewalk dump)\n".repeat(
      2,
    ),
  ]);
});
