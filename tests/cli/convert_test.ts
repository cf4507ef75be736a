import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { main } from "../../cli/main.ts";
import { decodeSFrame } from "../../formats/sframe/mod.ts";
import { openFixture, readFixture } from "../kernel/convert/fixtures.ts";
import { FakeIo } from "./fake_io.ts";

async function run(args: string[], names: string[] = ["amd64-v3"]) {
  const files = Object.fromEntries(
    names.map((name) => [name, readFixture(name)]),
  );
  const io = new FakeIo({ files });
  const code = await main(["convert", ...args], io);
  return { code, io };
}

Deno.test("convert writes the section that ld wrote, for the address of the file's own", async () => {
  const { code, io } = await run(["amd64-v3", "-o", "out"]);
  const { sframe } = await openFixture("amd64-v3");
  assertEquals(code, 0);
  assertEquals(io.saved.out, Uint8Array.from(sframe.bytes));
  assertStringIncludes(io.err, "out: SFrame V3 from .eh_frame: 8 functions, ");
  assertEquals(io.out, "");
});

Deno.test("convert writes other versions, by the rules of other releases, for another address", async () => {
  const args = ["--sframe-version=1", "--gas", "2.44", "--address", "0x500000"];
  const { io } = await run([...args, "amd64-v3", "-o", "out"]);
  const { header, functions } = decodeSFrame(io.saved.out!, 0x500000);
  assertEquals(header.version, 1);
  assertEquals(functions.length, 7);
  assertStringIncludes(io.err, "left out: ");
  assertStringIncludes(io.err, "for address 0x500000");
});

Deno.test("convert --from sframe converts the section that is there", async () => {
  const { code, io } = await run([
    ...["--from", "sframe", "--sframe-version", "2"],
    ...["aarch64-v3", "-o", "out"],
  ], ["aarch64-v3"]);
  assertEquals(code, 0);
  assertEquals(io.saved.out![2], 2);
  assertStringIncludes(io.err, "from .sframe");
});

Deno.test("convert takes a section by itself", async () => {
  const { sframe } = await openFixture("aarch64-v3");
  const io = new FakeIo({ files: { section: Uint8Array.from(sframe.bytes) } });
  const args = ["convert", "--sframe-version", "3", "section", "-o", "out"];
  assertEquals(await main(args, io), 0);
  assertEquals(io.saved.out, Uint8Array.from(sframe.bytes));
});

Deno.test("convert --strict writes nothing if a function is left out, and exits with 3", async () => {
  const { code, io } = await run(
    ["--strict", "rows-v3", "-o", "out"],
    ["rows-v3"],
  );
  assertEquals(code, 3);
  assertEquals(Object.keys(io.saved), []);
  assertStringIncludes(io.err, "SP is undefined");
  assertStringIncludes(io.err, "nothing written");
});

Deno.test("convert --json reports every function left out, with the reason", async () => {
  const { code, io } = await run(
    ["--json", "rows-v3", "-o", "out"],
    ["rows-v3"],
  );
  assertEquals(code, 0);
  const report = JSON.parse(io.out);
  assertEquals(report.from, "eh_frame");
  assertEquals(report.version, 3);
  assertEquals(report.size, io.saved.out!.length);
  const reasons = report.dropped.map((one: { reason: string }) => one.reason);
  assert(reasons.includes("FP is undefined"));
  const listed = report.dropped.filter((one: { listed: boolean }) =>
    one.listed
  );
  assertEquals(listed.length, 1);
  assertEquals(io.err, "");
});

Deno.test("convert -o - writes to standard output, and the report to standard error", async () => {
  const { code, io } = await run(["amd64-v3", "-o", "-"]);
  assertEquals(code, 0);
  const { sframe } = await openFixture("amd64-v3");
  assertEquals(io.writes, [sframe.bytes.length]);
  assertStringIncludes(io.err, "-: SFrame V3");
});

Deno.test("convert says what is wrong with its input, and exits with 1", async () => {
  const files = {
    text: new TextEncoder().encode("not an ELF file at all"),
    cut: readFixture("amd64-v3").subarray(0, 600),
  };
  for (const [file, message] of [["text", "magic"], ["cut", "cut: "]]) {
    const io = new FakeIo({ files });
    assertEquals(await main(["convert", file!, "-o", "out"], io), 1);
    assertStringIncludes(io.err, message!);
    const json = new FakeIo({ files });
    assertEquals(await main(["convert", "--json", file!, "-o", "o"], json), 1);
    assertEquals(typeof JSON.parse(json.out).error.message, "string");
  }
  const { code, io } = await run(["nothing", "-o", "out"]);
  assertEquals([code, io.err], [1, "framewalk: nothing: not found\n"]);
});

Deno.test("convert refuses arguments that make no sense", async () => {
  for (
    const [args, message] of [
      [[], "convert needs a file"],
      [["a"], "convert needs -o OUT"],
      [["a", "b", "-o", "c"], 'convert takes one file, not also "b"'],
      [["a", "-o", "c", "--gas", "2.41"], "--gas 2.41 is none of 2.40"],
      [["a", "-o", "c", "--sframe-version", "4"], "is none of 1, 2, 3"],
      [["a", "-o", "c", "--address", "here"], "--address here is no address"],
      [["a", "-o", "-", "--json"], "both write to standard output"],
    ] as const
  ) {
    const { code, io } = await run([...args]);
    assertEquals(code, 2);
    assertStringIncludes(io.err, message);
  }
});
