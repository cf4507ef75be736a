import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { HELP, MAIN_HELP } from "../../cli/help.ts";
import { main } from "../../cli/main.ts";
import { VERSION } from "../../cli/version.ts";
import config from "../../deno.json" with { type: "json" };
import { FakeIo, type FakeWorld } from "./fake_io.ts";

async function run(args: string, world: FakeWorld = {}) {
  const io = new FakeIo(world);
  const code = await main(args === "" ? [] : args.split(" "), io);
  return { code, out: io.out, err: io.err, opened: io.opened };
}

Deno.test("main() prints the version that deno.json states", async () => {
  assertEquals(VERSION, config.version);
  const expected = {
    code: 0,
    out: `framewalk ${VERSION}\n`,
    err: "",
    opened: [],
  };
  assertEquals(await run("--version"), expected);
  assertEquals(await run("-V"), expected);
});

Deno.test("main() prints help where it is asked for", async () => {
  for (const args of ["--help", "-h", "help"]) {
    assertEquals((await run(args)).out, MAIN_HELP);
  }
  for (const args of ["help bt", "bt --help", "bt core -h"]) {
    const { code, out } = await run(args);
    assertEquals([code, out], [0, HELP.bt!]);
  }
});

Deno.test("main() prints help to standard error if nothing is asked for", async () => {
  assertEquals(await run(""), { code: 2, out: "", err: MAIN_HELP, opened: [] });
});

Deno.test("main() refuses unknown commands, options and topics with exit code 2", async () => {
  for (
    const [args, message] of [
      ["bts", 'unknown command "bts": did you mean bt? (see framewalk --help)'],
      [
        "hepl",
        'unknown command "hepl": did you mean help? (see framewalk --help)',
      ],
      [
        "--vers",
        'unknown option "--vers": did you mean --version? (see framewalk --help)',
      ],
      ["constructor", 'unknown command "constructor" (see framewalk --help)'],
      ["help toString", 'no help for "toString"'],
      ["bt", "bt needs a core file (see framewalk help bt)"],
    ] as const
  ) {
    const { code, out, err } = await run(args);
    assertEquals([code, out, err], [2, "", `framewalk: ${message}\n`]);
  }
});

Deno.test("main() ends with 1 and one line for input that cannot be read", async () => {
  const files = {
    "/dev/null": "not a regular file but a device",
    "empty": new Uint8Array(0),
    "text": new TextEncoder().encode("#!/bin/sh\necho hello\n"),
  };
  const missing = await run("bt core", { files });
  assertEquals([missing.code, missing.out], [1, ""]);
  assertEquals(missing.err, "framewalk: core: not found\n");
  const device = await run("bt /dev/null", { files });
  assertEquals(
    [device.code, device.err],
    [1, "framewalk: /dev/null: not a regular file but a device\n"],
  );
  for (const name of ["empty", "text"]) {
    const { code, out, err } = await run(`bt ${name}`, { files });
    assertEquals([code, out], [1, ""]);
    assert(err.startsWith(`framewalk: ${name}: Cannot read `), err);
    assertEquals(err.trimEnd().split("\n").length, 1);
  }
});

Deno.test("main() writes errors of --json as an object to standard output", async () => {
  const text = new TextEncoder().encode("no core at all");
  const bad = await run("bt --json text", { files: { text } });
  assertEquals([bad.code, bad.err], [1, ""]);
  const { error } = JSON.parse(bad.out);
  assertEquals(Object.keys(error), [
    "code",
    "format",
    "field",
    "offset",
    "value",
    "message",
  ]);
  assertEquals(error.offset, 0);
  const missing = JSON.parse((await run("bt --json nope")).out);
  assertEquals(missing.error.code, "no-input");
  assertStringIncludes(missing.error.message, "nope: not found");
});

Deno.test("MAIN_HELP and HELP keep to 80 columns and name every option", () => {
  for (const text of [MAIN_HELP, ...Object.values(HELP)]) {
    for (const line of text.split("\n")) assert(line.length <= 80, line);
  }
  for (
    const option of ("exe sysroot memory thread max-frames tables registers " +
      "no-symbols no-demangle no-lines json color help")
      .split(" ")
  ) {
    assertStringIncludes(HELP.bt!, `--${option}`);
  }
});
