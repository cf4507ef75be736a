import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { main } from "../../cli/main.ts";
import { BytesSource, openElf, PT } from "../../formats/elf/mod.ts";
import { FakeIo, type FakeWorld } from "./fake_io.ts";

const PROGRAM = new URL(
  "../data/cores/v3-x86_64-threads/program",
  import.meta.url,
);

async function run(args: string, world: FakeWorld) {
  const io = new FakeIo(world);
  const code = await main(args.split(" "), io);
  return { code, io };
}

/** The program as if it had no section: its name and its segment are made to be something else. */
async function readProgram(): Promise<Uint8Array> {
  const bytes = await Deno.readFile(PROGRAM);
  const view = new DataView(bytes.buffer);
  const { header, segments } = await openElf(new BytesSource(bytes));
  const segment = segments.types.indexOf(PT.GNU_SFRAME);
  view.setUint32(header.programHeaderOffset + 56 * segment, PT.NULL, true);
  const name = new TextEncoder().encode("\0.sframe\0");
  const at = bytes.findIndex((_, i) =>
    name.every((byte, j) => bytes[i + j] === byte)
  );
  bytes[at + 1] = 0x78;
  return bytes;
}

Deno.test("embed writes a file that --strip turns back, with the permissions of the first", async () => {
  const app = await readProgram();
  const embedded = await run("embed app -o new", { files: { app } });
  assertEquals([embedded.code, embedded.io.out], [0, ""]);
  assertEquals(embedded.io.modes.new, "app");
  const file = embedded.io.saved.new!;
  const section = await (await openElf(new BytesSource(file)))
    .findSection(".sframe");
  assertEquals(
    section?.index,
    (await (await openElf(new BytesSource(file))).sections()).length - 1,
  );
  const verified = await run("verify new", { files: { new: file } });
  assertEquals(verified.code, 0, verified.io.out);
  const back = await run("embed --strip new -o old", { files: { new: file } });
  assertEquals(back.code, 0);
  assertEquals(back.io.saved.old, new Uint8Array(app));
  const twice = await run("embed new -o newer", { files: { new: file } });
  assertEquals([twice.code, twice.io.saved], [1, {}]);
});

Deno.test("embed --section moves a section that was made for another place", async () => {
  const app = await readProgram();
  const made = await run("embed app -o new", { files: { app } });
  const direct = made.io.saved.new!;
  assert(direct.length > app.length);
  const files = { app, other: direct };
  const again = await run("embed app --section other -o new", { files });
  assertEquals(again.io.saved.new, direct);
  const bare = await run("convert --address 0x1000 app -o bare", { files });
  const world = { files: { app, bare: bare.io.saved.bare! } };
  const moved = await run(
    "embed app --section bare --address 0x1000 -o new",
    world,
  );
  assertEquals(moved.io.saved.new, direct);
});

Deno.test("embed refuses what makes no sense", async () => {
  const files = { text: new TextEncoder().encode("#!/bin/sh\n") };
  for (
    const [args, code, message] of [
      ["embed", 2, "embed needs a binary"],
      ["embed app", 2, "embed needs -o OUT"],
      ["embed app -o x --strip --section y", 2, "--strip takes out"],
      ["embed app -o x --section y --plt ld", 2, "--plt is for converting"],
      ["embed app -o x --address 5", 2, "--address is the address of"],
      ["embed app -o x --section y --address 5z", 2, "is no address"],
      ["embed app -o x", 1, "app: not found"],
      ["embed text -o x", 1, "text: Cannot read ELF"],
      ["embed --strip text -o x", 1, "text: Cannot read ELF"],
    ] as const
  ) {
    const { code: found, io } = await run(args, { files });
    assertEquals(found, code, args);
    assertStringIncludes(io.err, message);
    assertEquals(io.saved, {});
  }
  const app = await readProgram();
  const { code, io } = await run("embed app -o x", {
    files: { app },
    refuseToSave: "permission denied",
  });
  assertEquals([code, io.err], [1, "framewalk: x: permission denied\n"]);
});
