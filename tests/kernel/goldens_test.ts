/**
 * Every core of `tests/data/cores` against what gdb said, and the program itself where gdb cannot know
 * (`tests/golden/cores`; each golden names its tools and commands).
 */
import { assert, assertEquals } from "@std/assert";
import { backtrace, BytesSource } from "../../mod.ts";
import { decompress } from "../../cli/decompress.ts";

const DATA = new URL("../data/cores/", import.meta.url);
const GOLDEN = new URL("../golden/cores/", import.meta.url);

interface Golden {
  name: string;
  coreSha256: string;
  programSha256: string;
  threads: {
    tid: number;
    frames: string[];
    symbols: (string | null)[];
    oracle: string;
  }[];
}

async function gunzip(path: URL): Promise<Uint8Array<ArrayBuffer>> {
  const file = new Blob([await Deno.readFile(path)]);
  const plain = file.stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(plain).arrayBuffer());
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return Array.from(
    new Uint8Array(digest),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join("");
}

async function load(name: string) {
  const golden: Golden = JSON.parse(
    await Deno.readTextFile(new URL(`${name}.json`, GOLDEN)),
  );
  const core = await gunzip(new URL(`${name}/core.gz`, DATA));
  const program = await Deno.readFile(new URL(`${name}/program`, DATA));
  return { golden, core, program };
}

const names = Array.from(Deno.readDirSync(GOLDEN), (entry) => entry.name)
  .filter((name) => name.endsWith(".json") && name !== "demo.json") // the demo is the command line's
  .map((name) => name.slice(0, -5))
  .sort();

for (const name of names) {
  Deno.test(`backtrace() prints the frames of ${name} as the debuggers do`, async () => {
    const { golden, core, program } = await load(name);
    assertEquals(await sha256(core), golden.coreSha256);
    assertEquals(await sha256(program), golden.programSha256);
    const { threads } = await backtrace(core, {
      executable: new BytesSource(program),
      decompress,
    });
    assertEquals(threads.length, golden.threads.length);
    for (const expected of golden.threads) {
      const thread = threads.find(({ tid }) => tid === expected.tid);
      assert(thread !== undefined, `thread ${expected.tid} is missing`);
      // The goldens hold the frames that are on the stack.
      const frames = thread.frames.filter(({ inlined }) => !inlined);
      assertEquals(
        frames.map(({ pc }) => pc),
        expected.frames,
        `thread ${expected.tid} (${thread.stop})`,
      );
      assertEquals(
        frames.map(({ symbol }) => symbol),
        expected.symbols,
      );
    }
  });
}
