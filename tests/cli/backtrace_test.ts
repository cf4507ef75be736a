import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { main } from "../../cli/main.ts";
import { backtrace, BytesSource } from "../../mod.ts";
import { FakeIo, type FakeWorld } from "./fake_io.ts";

const CORES = new URL("../data/cores/", import.meta.url);
const PROGRAM = "/srv/photos/bin/thumbnailer";

function read(path: string): Uint8Array {
  return Deno.readFileSync(new URL(path, CORES));
}

const DEMO = {
  "demo.zst": read("demo/core.zst"),
  [`/image${PROGRAM}`]: read(`demo${PROGRAM}`),
  program: read(`demo${PROGRAM}`),
};
const SIGNAL = {
  core: read("v3-x86_64-signal/core.gz"),
  program: read("v3-x86_64-signal/program"),
};

async function run(args: string, world: FakeWorld) {
  const io = new FakeIo(world);
  const code = await main(args.split(" "), io);
  return { code, out: io.out, err: io.err, opened: io.opened };
}

async function decode(
  bytes: Uint8Array,
  format: "gzip",
): Promise<Uint8Array> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
  const decoded = stream.pipeThrough(new DecompressionStream(format));
  return new Uint8Array(await new Response(decoded).arrayBuffer());
}

Deno.test("bt prints the README's example", async () => {
  const io = { files: DEMO };
  const { code, out, err } = await run("bt --sysroot /image demo.zst", io);
  assertEquals([code, err], [0, ""]);
  const readme = await Deno.readTextFile(new URL("../../../README.md", CORES));
  assertStringIncludes(readme, out.slice(0, out.indexOf("\n\nThread 1750")));
  for (const line of out.split("\n")) assert(line.length <= 92, line);
});

Deno.test("bt finds the program by sysroot, operand and --exe alike", async () => {
  const outputs = [];
  for (
    const args of [
      "bt --sysroot /image/ demo.zst",
      "bt demo.zst program",
      "bt demo.zst --exe program",
    ]
  ) outputs.push((await run(args, { files: DEMO })).out);
  assertEquals(outputs[1], outputs[0]);
  assertEquals(outputs[2], outputs[0]);
});

Deno.test("bt goes on without the program, and warns", async () => {
  const { code, out, err } = await run("bt demo.zst", { files: DEMO });
  assertEquals(code, 0);
  assertStringIncludes(err, `warning: ${PROGRAM}: `);
  assertEquals(out.match(/^Thread /gm)?.length, 4);
});

Deno.test("bt --json prints what backtrace() gives", async () => {
  const world = { files: SIGNAL };
  const { code, out, err } = await run("bt --json core program", world);
  assertEquals([code, err], [0, ""]);
  const expected = await backtrace(await decode(SIGNAL.core, "gzip"), {
    executable: new BytesSource(SIGNAL.program),
    executablePath: "program",
  });
  assertEquals(JSON.parse(out), JSON.parse(JSON.stringify(expected)));
});

Deno.test("bt --json --registers adds registers to the thread that got the signal", async () => {
  const world = { files: SIGNAL };
  const { out } = await run("bt --json --registers core program", world);
  const [thread] = JSON.parse(out).threads;
  assertEquals(thread.registers.rip, thread.frames[0].pc);
});

Deno.test("bt --registers prints them behind the thread that got the signal", async () => {
  const world = { files: SIGNAL };
  const { out } = await run("bt --registers core program", world);
  const pc = /^#0 +0x([0-9a-f]{16})/m.exec(out)![1];
  assertStringIncludes(out, `rip      ${pc}`);
});

Deno.test("bt --thread prints one thread, and refuses others by name", async () => {
  const one = await run("bt --thread 1751 demo.zst program", { files: DEMO });
  assertEquals(one.out.match(/^Thread .*$/gm), ["Thread 1751"]);
  const none = await run("bt --thread 1 demo.zst program", { files: DEMO });
  assertEquals([none.code, none.out], [1, ""]);
  assertStringIncludes(none.err, "no thread 1 in this core: 1753, ");
});

Deno.test("bt --max-frames stops there and says so", async () => {
  const { out } = await run(
    "bt --max-frames 2 --thread 1753 demo.zst program",
    {
      files: DEMO,
    },
  );
  assertEquals(out.match(/^#\d+/gm), ["#0", "#1"]);
  assertStringIncludes(out, "stopped: as many frames as --max-frames allows");
});

Deno.test("bt --tables leaves out what it does not name", async () => {
  const json = async (tables: string) => {
    const args = `bt --json --tables ${tables} core program`;
    return JSON.parse((await run(args, { files: SIGNAL })).out);
  };
  const kinds = (result: { modules: { table: string | null }[] }) =>
    result.modules.map(({ table }) => table);
  assertEquals(kinds(await json("sframe")), ["sframe-v3"]);
  assertEquals(kinds(await json("fp")), [null]);
});

Deno.test("bt colours on terminals, unless the environment is against it", async () => {
  const colored = async (option: string, world: FakeWorld) => {
    const args = `bt${option} demo.zst program`;
    const { out } = await run(args, { files: DEMO, ...world });
    return out.includes("\x1b[");
  };
  assertEquals(await colored("", {}), false);
  assertEquals(await colored("", { columns: 100 }), true);
  assertEquals(
    await colored("", { columns: 100, env: { NO_COLOR: "1" } }),
    false,
  );
  assertEquals(
    await colored("", { columns: 100, env: { TERM: "dumb" } }),
    false,
  );
  assertEquals(await colored(" --color never", { columns: 100 }), false);
  assertEquals(await colored(" --color always", {}), true);
});

Deno.test("bt makes use of a terminal's width", async () => {
  const args = "bt --color never demo.zst program";
  const wide = await run(args, { files: DEMO, columns: 120 });
  assertStringIncludes(wide.out, "photos::Colour) const+0x9  thumbnailer\n");
});

Deno.test("bt ends quietly when the reader of its output goes away", async () => {
  const world = { files: DEMO, outputLimit: 1 };
  const { code, err } = await run("bt demo.zst program", world);
  assertEquals([code, err], [0, ""]);
});

Deno.test("bt says so if its output cannot be written", async () => {
  const world = { files: DEMO, outputFailure: "no space left on device" };
  const { code, err } = await run("bt demo.zst program", world);
  const message = "cannot write the output: no space left on device";
  assertEquals([code, err], [1, `framewalk: ${message}\n`]);
});

Deno.test("bt refuses a program that cannot be opened", async () => {
  const { code, out, err } = await run("bt demo.zst nope", { files: DEMO });
  assertEquals([code, out, err], [1, "", "framewalk: nope: not found\n"]);
});

Deno.test("bt opens nothing but what it was given and where modules may be", async () => {
  const { opened } = await run("bt demo.zst", { files: DEMO });
  for (const path of opened) {
    assert(
      path === "demo.zst" || path === PROGRAM ||
        path.startsWith("/usr/lib/debug/.build-id/"),
      path,
    );
  }
});
