import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { main } from "../../../cli/main.ts";
import { parseViewOptions } from "../../../cli/view_options.ts";
import { FakeIo } from "../fake_io.ts";

async function run(args: string, files: Record<string, Uint8Array> = {}) {
  const io = new FakeIo({ files });
  const code = await main(args.split(" "), io);
  return { code, out: io.out, err: io.err };
}

Deno.test("view says what it needs where listening is not permitted", async () => {
  const { code, out, err } = await run("view core", {
    core: new Uint8Array(9),
  });
  assertEquals([code, out], [1, ""]);
  assertStringIncludes(err, "--allow-net=127.0.0.1");
});

Deno.test("view opens its files before it promises anything", async () => {
  const { code, out, err } = await run("view nope");
  assertEquals([code, out, err], [1, "", "framewalk: nope: not found\n"]);
  const other = await run("view core nope", { core: new Uint8Array(9) });
  assertEquals(other.err, "framewalk: nope: not found\n");
});

Deno.test("view --help shows how", async () => {
  const { code, out } = await run("view --help");
  assertEquals(code, 0);
  for (const option of ["exe", "sysroot", "sidecars", "port", "help"]) {
    assertStringIncludes(out, `--${option}`);
  }
  assertMatch(out, /framewalk view core/);
});

Deno.test("view refuses arguments that make no sense", async () => {
  const wrong = [
    "view a b c",
    "view -",
    "view --port x",
    "view --port 65536",
    "view --port=",
    "view --open",
    "view --exe p a b",
  ];
  for (const args of wrong) {
    const { code, err } = await run(args);
    assertEquals(code, 2, args);
    assertMatch(err, /^framewalk: .+\n$/);
  }
});

Deno.test("parseViewOptions() reads options, all of which may be left out", async () => {
  const none = await parseViewOptions([]);
  assertEquals(none?.file, undefined);
  assertEquals(none?.port, 0);
  const all = await parseViewOptions(
    "--port 8080 --sysroot a --sysroot b --sidecars s core exe".split(" "),
  );
  assertEquals(all?.port, 8080);
  assertEquals(all?.sysroot, ["a", "b"]);
  assertEquals(all?.sidecars, ["s"]);
  assertEquals([all?.file, all?.executable], ["core", "exe"]);
});
