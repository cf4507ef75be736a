import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { HELP } from "../../cli/help.ts";
import { buildSFrame } from "../builders/sframe.ts";
import { FILES, run } from "./sframe_files.ts";

const TEXTS = Object.keys(FILES).map((name) =>
  /^(.+\.(?:o|so|a))\.(2\.4\d)\.txt$/.exec(name)
).filter((match) => match !== null);

function text(name: string): string {
  return new TextDecoder().decode(FILES[name]!);
}

const SECTION = buildSFrame({
  version: 3,
  address: 0x2000,
  functions: [{ start: 0x1000, size: 4, rows: [{ start: 0, words: [8] }] }],
});

Deno.test("dump --compat prints what readelf prints of objects, shared objects and archives", async () => {
  assert(TEXTS.length >= 10);
  for (const [name, path, release] of TEXTS) {
    const { code, out, err } = await run(["dump", "--compat", release!, path!]);
    assertEquals(out, text(name), name);
    assertEquals([code, err], [0, ""], name);
  }
});

Deno.test("dump --compat puts a line before each of several files, as readelf does", async () => {
  const { out } = await run([
    "dump",
    "--compat=2.47",
    "s390x_v3.o",
    "aarch64_v3.o",
  ]);
  const expected = ["s390x_v3.o", "aarch64_v3.o"]
    .map((name) => `\nFile: ${name}\n${text(`${name}.2.47.txt`)}`).join("");
  assertEquals(out, expected);
});

Deno.test("dump names the functions of objects and of linked files", async () => {
  for (const path of ["amd64_v3.o", "amd64_v3.so"]) {
    const { code, out } = await run(["dump", path]);
    assertEquals(code, 0);
    assert(/pc = 0x[0-9a-f]+ <f1>, size = 27 bytes, attr = "F"/.test(out), out);
  }
  const { out } = await run(["dump", "--no-symbols", "amd64_v3.o"]);
  assert(!out.includes("<f1>"));
});

Deno.test("dump gives objects of every version the starts that their relocations say", async () => {
  for (const path of ["aarch64_v1.o", "aarch64_v2.o", "aarch64_v3.o"]) {
    const { out } = await run(["dump", "--no-symbols", path]);
    const starts = [...out.matchAll(/pc = (0x[0-9a-f]+),/g)].map(([_, pc]) =>
      pc
    );
    assertEquals([starts[0], starts.at(-1)], ["0x0", "0x28"], path);
  }
});

Deno.test("dump --function shows one function, by name or by an address in it", async () => {
  const count = (out: string) => out.match(/func idx/g)?.length;
  const byName = await run(["dump", "--function", "f2", "amd64_v3.so"]);
  assertEquals([byName.code, count(byName.out)], [0, 1]);
  const [, pc] = /pc = (0x[0-9a-f]+) <f2>/.exec(byName.out)!;
  const inside = `0x${(Number(pc) + 1).toString(16)}`;
  const byAddress = await run(["dump", "--function", inside, "amd64_v3.so"]);
  assertEquals(byAddress.out, byName.out);
  const nothing = await run(["dump", "--function", "nope", "amd64_v3.so"]);
  assertEquals([nothing.code, nothing.err], [
    1,
    "framewalk: no function called nope\n",
  ]);
  const outside = await run(["dump", "--function=0xffff0000", "amd64_v3.so"]);
  assertEquals([outside.code, outside.err], [
    1,
    "framewalk: no function at 0xffff0000\n",
  ]);
});

Deno.test("dump --raw takes the bytes of a section, from standard input too", async () => {
  const world = { stdin: [SECTION.subarray(0, 9), SECTION.subarray(9)] };
  const { code, out } = await run(
    ["dump", "--raw", "--address", "0x2000", "-"],
    world,
  );
  assertEquals(code, 0);
  assertStringIncludes(out, "func idx [0]: pc = 0x1000, size = 4 bytes");
  const object = await run(["dump", "-"], { stdin: [FILES["amd64_v3.o"]!] });
  assertEquals(object.out, (await run(["dump", "amd64_v3.o"])).out);
});

Deno.test("dump prints sections that follow each other; with --compat the first, as readelf", async () => {
  const files = {
    two: Uint8Array.from([...SECTION, 0, 0, 0, 0, ...SECTION, 9]),
  };
  const count = async (...args: string[]) => {
    const { out } = await run(["dump", "--raw", ...args, "two"], { files });
    return out.match(/Contents of/g)!.length;
  };
  assertEquals([await count(), await count("--compat=2.47")], [2, 1]);
  const { out } = await run(["dump", "--json", "--raw", "two"], { files });
  const offsets = JSON.parse(out).sections.map((s: { offset: number }) =>
    s.offset
  );
  assertEquals(offsets, [0, 56]);
});

Deno.test("dump --json has one shape for all versions", async () => {
  const rows = async (path: string) => {
    const { code, out } = await run(["dump", "--json", path]);
    assertEquals(code, 0);
    const { sections, errors } = JSON.parse(out);
    assertEquals(errors, []);
    return sections[0];
  };
  const three = await rows("amd64_v3.o");
  assertEquals(
    [
      three.file,
      three.section,
      three.address,
      three.version,
      three.abi,
      three.flags,
    ],
    ["amd64_v3.o", ".sframe", "0x0", 3, "amd64", ["FDE_FUNC_START_PCREL"]],
  );
  const [f1] = three.functions;
  assertEquals([f1.name, f1.start, f1.size, f1.flex, f1.repeat], [
    "f1",
    "0x0",
    27,
    true,
    null,
  ]);
  assertEquals(f1.rows[0], {
    start: 0,
    cfa: { base: "sp", offset: 8, deref: false },
    ra: { base: "cfa", offset: -8, deref: true },
    fp: "same",
    raSigned: false,
  });
  assertEquals(f1.rows[3].cfa, { base: "fp", offset: -8, deref: true });
  assertEquals(f1.rows[1].cfa.base, "r10");
  const keys = Object.keys(f1);
  for (
    const path of ["amd64_v2.o", "aarch64_v1.o", "s390x_v3.o", "amd64_v3.a"]
  ) {
    const { functions } = await rows(path);
    for (const f of functions) assertEquals(Object.keys(f), keys);
  }
  const one = await run(["dump", "--json", "--function", "f2", "amd64_v3.o"]);
  assertEquals(JSON.parse(one.out).sections[0].functions.length, 1);
});

Deno.test("dump goes on behind files and members that are bad, and says which", async () => {
  const bad = SECTION.slice();
  bad[2] = 9;
  const files = {
    bad,
    empty: new Uint8Array(0),
    text: new TextEncoder().encode("hello"),
  };
  const args = ["none", "empty", "text", "amd64_v3.o"];
  const { code, out, err } = await run(["dump", ...args], { files });
  assertEquals(code, 1);
  assertEquals(
    err.split("\n").map((line) => line.split(":").slice(0, 2).join(":")),
    ["framewalk: none", "framewalk: empty", "framewalk: text", ""],
  );
  assertStringIncludes(out, "File: amd64_v3.o");
  const raw = await run(["dump", "--raw", "bad"], { files });
  assertEquals([raw.code, raw.out], [1, ""]);
  assertStringIncludes(raw.err, "framewalk: bad: Cannot read SFrame version");
  const json = await run(["dump", "--json", "--raw", "bad"], { files });
  assertEquals(json.code, 1);
  assertEquals(JSON.parse(json.out).errors[0].code, "unsupported");
});

Deno.test("dump says what release cannot read a file", async () => {
  const { code, err } = await run(["dump", "--compat", "2.44", "amd64_v3.o"]);
  assertEquals(code, 1);
  assertStringIncludes(err, "what binutils 2.44 reads: version 1 or 2, got 3");
});

Deno.test("dump refuses thin archives by what they are", async () => {
  const files = { "t.a": new TextEncoder().encode("!<thin>\n") };
  const { code, err } = await run(["dump", "t.a"], { files });
  assertEquals(code, 1);
  assertStringIncludes(err, "thin archive");
});

Deno.test("dump refuses arguments that make no sense", async () => {
  const cases: [string[], string][] = [
    [[], "dump needs a file"],
    [["-", "-"], "once only"],
    [["--compat", "2.46", "x"], "--compat 2.46 is none of"],
    [["--json", "--compat", "2.47", "x"], "take one"],
    [["--address", "1", "x"], "--address is for --raw"],
    [["--raw", "--address", "zero", "x"], "is no address"],
    [["--function", "0xgg", "x"], "is no address"],
    [["--function", "", "x"], "needs a value"],
  ];
  for (const [args, message] of cases) {
    const { code, err } = await run(["dump", ...args]);
    assertEquals(code, 2, message);
    assertStringIncludes(err, message);
  }
  assertEquals((await run(["dump", "--help"])).out, HELP.dump!);
});
