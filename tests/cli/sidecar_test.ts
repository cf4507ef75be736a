import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { main } from "../../cli/main.ts";
import { FakeIo, type FakeWorld } from "./fake_io.ts";

const CORES = new URL("../data/cores/", import.meta.url);

async function readCase(name: string): Promise<Record<string, Uint8Array>> {
  const folder = new URL(`${name}/`, CORES);
  return {
    core: await Deno.readFile(new URL("core.gz", folder)),
    program: await Deno.readFile(new URL("program", folder)),
  };
}

async function run(
  args: string,
  world: FakeWorld,
): Promise<FakeIo & { code: number }> {
  const io = new FakeIo(world);
  const code = await main(args.split(" "), io);
  return Object.assign(io, { code });
}

interface Json {
  threads: { frames: { pc: string; table?: string }[]; stop: string }[];
}

/** Frames by thread; and the tables that led to them. */
function summary(text: string): { frames: unknown; tables: Set<unknown> } {
  const { threads } = JSON.parse(text) as Json;
  return {
    frames: threads.map((
      { frames, stop },
    ) => [frames.map(({ pc }) => pc), stop]),
    tables: new Set(
      threads.flatMap(({ frames }) => frames.map((f) => f.table)),
    ),
  };
}

Deno.test("bt --sidecars walks by sidecars that convert --sidecars wrote", async () => {
  for (
    const name of [
      "v3-x86_64-threads",
      "v3-aarch64-threads",
      "v3-s390x-threads",
    ]
  ) {
    const files = await readCase(name);
    const plain = await run("bt --json core program", { files });
    const expected = summary(plain.out);
    for (
      const [format, ending] of [
        ["zstd", ".sframe.zst"],
        ["compact", ".sfc"],
        ["compact-zstd", ".sfc"],
      ] as const
    ) {
      const made = await run(
        `convert --rows correct --format ${format} --sidecars kept/ program`,
        { files },
      );
      assertEquals(made.code, 0, made.err);
      const [path] = Object.keys(made.saved);
      assert(/^kept\/[0-9a-f]{2}\/[0-9a-f]{38}\./.test(path!), path);
      assert(path!.endsWith(ending), path);
      const world = { files: { ...files, ...made.saved } };
      const walked = await run(
        "bt --json --tables sidecar --sidecars kept core program",
        world,
      );
      const found = summary(walked.out);
      assertEquals(found.frames, expected.frames, `${name} ${format}`);
      assert(found.tables.has("sidecar"), name);
      assert(!found.tables.has("eh_frame"), name);
    }
  }
});

Deno.test("bt --sidecars tells of a damaged sidecar, and goes on without it", async () => {
  const files = await readCase("v3-x86_64-threads");
  const made = await run("convert --sidecars kept program", { files });
  const [path] = Object.keys(made.saved);
  const bytes = made.saved[path!]!.slice();
  bytes[40]! ^= 1;
  const world = { files: { ...files, [path!]: bytes } };
  const walked = await run("bt --sidecars kept core program", world);
  assertStringIncludes(walked.err, "sidecar header checksum");
  const plain = await run("bt core program", { files });
  assertEquals(walked.out, plain.out);
});

Deno.test("convert refuses a sidecar of a section that belongs to no binary", async () => {
  const files = await readCase("v3-x86_64-threads");
  const made = await run("convert program -o section", { files });
  const world = { files: made.saved };
  const refused = await run("convert --format compact section -o out", world);
  assertEquals(refused.code, 1);
  assertStringIncludes(refused.err, "build ID");
  for (
    const args of [
      "convert program",
      "convert program -o a --sidecars b",
      "convert --format section --sidecars b program",
    ]
  ) {
    assertEquals((await run(args, { files })).code, 2, args);
  }
});
