import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { main } from "../../cli/main.ts";
import { FakeIo, type FakeWorld } from "./fake_io.ts";

const CORES = new URL("../data/cores/", import.meta.url);

async function run(args: string, world: FakeWorld) {
  const io = new FakeIo(world);
  const code = await main(args.split(" "), io);
  return { code, out: io.out, err: io.err };
}

async function readWorld(): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {
    "lib/readme": new TextEncoder().encode("no binary\n"),
  };
  for (
    const name of ["v1-x86_64-threads", "v3-x86_64-threads", "v3-s390x-threads"]
  ) {
    files[`lib/${name}`] = await Deno.readFile(
      new URL(`${name}/program`, CORES),
    );
  }
  return files;
}

Deno.test("stat tells of each binary below a directory what its tables cover", async () => {
  const files = await readWorld();
  const { code, out, err } = await run("stat --json --sidecars lib", { files });
  assertEquals([code, err], [0, ""]);
  const report = JSON.parse(out);
  assertEquals(report.skipped, 1);
  assertEquals(report.files.map(({ path }: { path: string }) => path), [
    "lib/v1-x86_64-threads",
    "lib/v3-s390x-threads",
    "lib/v3-x86_64-threads",
  ]);
  for (const { textSize, ehFrame, sframe, sidecars, gaps } of report.files) {
    const table = sframe ?? ehFrame;
    assert(table.covered > 0 && table.covered <= textSize);
    const missing = gaps.reduce(
      (sum: number, { size }: { size: number }) => sum + size,
      0,
    );
    assertEquals(table.covered + missing, textSize);
    assert(sidecars.compact > 0 && sidecars.zstd > 0);
  }
  const { totals } = report;
  assertEquals(totals.files, 3);
  assertEquals(
    totals.textSize,
    report.files.reduce(
      (sum: number, f: { textSize: number }) => sum + f.textSize,
      0,
    ),
  );
});

Deno.test("stat prints a table with totals, sorted as asked", async () => {
  const files = await readWorld();
  const { code, out } = await run("stat --sort text --gaps lib", { files });
  assertEquals(code, 0);
  const sizes = out.split("\n").filter((line) => line.includes(" lib/"))
    .map((line) => Number(line.trim().split(/ +/)[0]));
  assertEquals(sizes.length, 3);
  assertEquals(sizes, [...sizes].sort((a, b) => b - a));
  assertStringIncludes(out, "3 binaries, 1 file skipped, 0 errors");
});

Deno.test("stat tells of bad files, goes on and ends with 1", async () => {
  const files = await readWorld();
  files["lib/bad"] = files["lib/v3-x86_64-threads"]!.slice(0, 2000);
  const { code, out, err } = await run("stat lib", { files });
  assertEquals(code, 1);
  assert(err.startsWith("framewalk: lib/bad: Cannot read ELF"), err);
  assertStringIncludes(out, "3 binaries, 1 file skipped, 1 error");
  const named = await run("stat lib/readme nowhere", { files });
  assertEquals(named.code, 1);
  assertStringIncludes(named.err, "framewalk: nowhere: not found\n");
});

Deno.test("stat shows progress on a terminal only, and removes it", async () => {
  const files = await readWorld();
  const { err } = await run("stat lib", {
    files,
    errorTerminal: true,
    clockStep: 200,
  });
  assertStringIncludes(err, "\r\x1b[K1 files, 0 binaries: lib/readme");
  assert(err.endsWith("\r\x1b[K"), err);
});

Deno.test("stat refuses what makes no sense", async () => {
  for (
    const [args, message] of [
      ["stat", "stat needs a file or a directory"],
      ["stat lib --sort size", "--sort size is none of"],
      ["stat lib --sort zstd", "needs --sidecars"],
    ] as const
  ) {
    const { code, err } = await run(args, {});
    assertEquals(code, 2);
    assertStringIncludes(err, message);
  }
});
