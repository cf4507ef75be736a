import { assertEquals, assertStringIncludes } from "@std/assert";
import { main } from "../../cli/main.ts";
import { openFixture, readFixture } from "../kernel/convert/fixtures.ts";
import { FakeIo } from "./fake_io.ts";

async function run(args: string[], files: Record<string, Uint8Array>) {
  const io = new FakeIo({ files });
  return { code: await main(["verify", ...args], io), io };
}

const GOOD = "amd64-v3";
const files = Object.fromEntries(
  [GOOD, "plt-v3", "rows-v3", "aarch64-v2"].map((name) => [
    name,
    readFixture(name),
  ]),
);

Deno.test("verify finds nothing in a good file and says what it compared", async () => {
  const { code, io } = await run([GOOD], files);
  assertEquals(code, 0);
  assertEquals(
    io.out,
    "amd64-v3: 0 errors, 0 warnings; 0 disagreements with .eh_frame in 35 ranges of 8 functions\n",
  );
});

Deno.test("verify shows the rows that ld writes wrong, with both rules and the address", async () => {
  const { code, io } = await run(["plt-v3"], files);
  assertEquals(code, 3);
  assertStringIncludes(io.out, ": CFA SP+16, .eh_frame says SP+8\n");
});

Deno.test("verify shows gas's mistake with nested states, and a register that does not exist", async () => {
  const { code, io } = await run(["rows-v3"], files);
  assertEquals(code, 3);
  assertStringIncludes(
    io.out,
    "rem_nested at +5: CFA SP+24, .eh_frame says SP+16\n",
  );
  assertStringIncludes(io.out, "there is no register 536870911 [register]");
});

Deno.test("verify --kernel tells what the kernel refuses", async () => {
  const { code, io } = await run(["--kernel", "aarch64-v2"], files);
  assertEquals(code, 3);
  assertStringIncludes(io.out, " refused by the kernel");
});

Deno.test("verify --max and --quiet show less, and the last line counts all", async () => {
  const { io } = await run(["--max", "2", "-q", "rows-v3"], files);
  assertStringIncludes(io.out, "and 7 more of these");
  assertEquals(io.out.includes("warning: "), false);
  assertStringIncludes(io.out, "9 disagreements");
});

Deno.test("verify --json lists the findings of all files, also of the one that cannot be read", async () => {
  const { code, io } = await run(["--json", "plt-v3", "none", GOOD], files);
  assertEquals(code, 1);
  const [plt, none, good] = JSON.parse(io.out).files;
  const [finding] = plt.meaning[0].findings;
  assertEquals(
    [finding.rule, finding.sframe, finding.ehFrame, finding.count],
    ["cfa", "SP+16", "SP+8", 1],
  );
  assertEquals(none.error.code, "no-input");
  assertEquals(good.meaning[0].findings, []);
});

Deno.test("verify --section holds a section against another file's .eh_frame", async () => {
  const { sframe } = await openFixture(GOOD);
  const section = Uint8Array.from(sframe.bytes);
  section[section.length - 1]! ^= 0x40; // the last offset of the last row
  const { code, io } = await run(["--section", "s", GOOD], {
    ...files,
    s: section,
  });
  assertEquals(code, 3);
  assertStringIncludes(io.out, "disagreement: ");
});

Deno.test("verify looks at the structure alone of a section by itself", async () => {
  const { sframe } = await openFixture(GOOD);
  const bytes = Uint8Array.from(sframe.bytes);
  const good = await run(["--address", "0x4000", "s"], { s: bytes });
  assertEquals(good.code, 0);
  assertStringIncludes(good.io.out, "a section alone has no .eh_frame");
  bytes[20] = 1; // the table's offset
  assertEquals((await run(["s"], { s: bytes })).code, 3);
});

Deno.test("verify refuses arguments that make no sense", async () => {
  for (
    const [args, message] of [
      [[], "verify needs a file"],
      [["a", "--max", "0"], "--max 0 is no number above 0"],
      [["a", "--kernal"], "did you mean --kernel?"],
    ] as const
  ) {
    const { code, io } = await run([...args], {});
    assertEquals(code, 2);
    assertStringIncludes(io.err, message);
  }
});
