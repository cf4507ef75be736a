import { assertEquals, assertStringIncludes } from "@std/assert";
import { HELP } from "../../cli/help.ts";
import { buildSFrame } from "../builders/sframe.ts";
import { FILES, run } from "./sframe_files.ts";

const RAW = buildSFrame({
  version: 3,
  address: 0x2000,
  functions: [
    { start: 0x1000, size: 4, rows: [{ start: 0, words: [8] }] },
    { start: 0x1010, size: 4, rows: [{ start: 0, words: [] }] },
    { start: 0x1020, size: 4, rows: [], signal: true },
    { start: 0x1030, size: 4, rows: [{ start: 0, words: [8], info: 0x63 }] },
    {
      start: 0x1040,
      size: 0x40,
      mask: true,
      repSize: 16,
      rows: [{ start: 0, words: [8] }, { start: 11, words: [16] }],
    },
  ],
});

async function raw(...addresses: string[]): Promise<string> {
  const args = ["lookup", "--raw", "--address=0x2000", "s", ...addresses];
  const { code, out, err } = await run(args, { files: { s: RAW } });
  assertEquals([code, err], [0, ""]);
  return out;
}

Deno.test("lookup tells a row in words, by name and by address", async () => {
  const { code, out } = await run(["lookup", "amd64_v3.so", "f1+0x14"]);
  assertEquals(code, 0);
  assertEquals(
    out.replace(/0x[0-9a-f]+/, "PC").replace(/row .*/, "row"),
    [
      "PC in f1+0x14, by sframe-v3",
      "  row",
      "  CFA  the word at FP - 8",
      "  SP   CFA",
      "  RA   the word at CFA - 8",
      "  FP   the word at FP",
      "",
    ].join("\n"),
  );
  const [pc] = out.split(" ");
  assertEquals((await run(["lookup", "amd64_v3.so", pc!])).out, out);
});

Deno.test("lookup finds each function that has the address in an object", async () => {
  const { out } = await run(["lookup", "aarch64_v3.o", "0x4"]);
  assertStringIncludes(out, ", by sframe-v3\n");
  const s390x = await run(["lookup", "s390x_v3.o", "0"]);
  assertStringIncludes(
    s390x.out,
    "  SP   CFA - 160\n  RA   still in its register\n",
  );
  const none = await run(["lookup", "aarch64_v3.o", "0xffff"]);
  assertEquals(none.out, "0xffff: no table covers it\n");
});

Deno.test("lookup tells ends of stacks, signal frames, bad rows and repetitions", async () => {
  assertEquals(
    await raw("0x1010"),
    "0x1010, by sframe-v3\n  row  0x1010 to 0x1014\n  RA   undefined: this frame has no caller\n",
  );
  assertStringIncludes(await raw("0x1020"), "note a signal trampoline");
  assertStringIncludes(await raw("0x1030"), "make no sense");
  assertStringIncludes(
    await raw("0x105c"),
    "row  0x105b to 0x1060\n  CFA  SP + 16",
  );
  assertEquals(await raw("0x1004"), "0x1004: no table covers it\n");
});

Deno.test("lookup falls back to .eh_frame", async () => {
  const so = FILES["amd64_v3.so"]!.slice();
  const name = new TextEncoder().encode(".sframe\0");
  const at = so.findIndex((_, i) =>
    name.every((byte, k) => so[i + k] === byte)
  );
  so[at + 1] = 0x78; // the section is called .xframe
  const view = new DataView(so.buffer);
  const headers = Number(view.getBigUint64(40, true));
  for (let i = 0; i < view.getUint16(60, true); i++) {
    const type = headers + i * 64 + 4;
    if (view.getUint32(type, true) === 0x6ffffff4) {
      view.setUint32(type, 1, true);
    }
  }
  const files = { so };
  const { code, out } = await run(["lookup", "so", "f1", "f2"], { files });
  assertEquals(code, 0);
  assertStringIncludes(out, "in f1, by eh_frame\n");
  assertStringIncludes(out, "  CFA  SP + 8\n");
});

Deno.test("lookup --json gives the rules by name", async () => {
  const { code, out } = await run(
    ["lookup", "--json", "amd64_v3.so", "f1", "0xffff0"],
  );
  assertEquals(code, 0);
  const [found, missing] = JSON.parse(out).rows;
  assertEquals(
    [found.name, found.offset, found.table, found.fp, found.sp.base],
    ["f1", 0, "sframe-v3", "same", "cfa"],
  );
  assertEquals(found.cfa, { base: "sp", offset: 8, deref: false });
  assertEquals([missing.address, missing.table, missing.cfa], [
    "0xffff0",
    null,
    null,
  ]);
});

Deno.test("lookup tells what it cannot do, with exit code 1 or 2", async () => {
  const files = { text: new TextEncoder().encode("hello"), raw: RAW };
  const cases: [string[], number, string][] = [
    [["amd64_v3.so"], 2, "lookup needs a file and an address"],
    [["amd64_v3.so", "0xzz"], 2, "is no address"],
    [["--address=4", "amd64_v3.so", "1"], 2, "--address is for --raw"],
    [["amd64_v3.so", "nobody"], 1, "amd64_v3.so: no function called nobody"],
    [["none", "1"], 1, "none: not found"],
    [["text", "1"], 1, "text: Cannot read ELF"],
    [["--raw", "text", "1"], 1, "Cannot read SFrame"],
  ];
  for (const [args, expected, message] of cases) {
    const { code, err } = await run(["lookup", ...args], { files });
    assertEquals(code, expected, message);
    assertStringIncludes(err, message);
  }
  assertEquals((await run(["lookup", "-h"])).out, HELP.lookup!);
});
