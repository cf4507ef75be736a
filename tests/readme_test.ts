import { assert, assertStringIncludes } from "@std/assert";
import { describe } from "./readme_example.ts";

const README = await Deno.readTextFile(
  new URL("../README.md", import.meta.url),
);

async function read(path: string): Promise<Uint8Array<ArrayBuffer>> {
  return await Deno.readFile(new URL(`data/cores/${path}`, import.meta.url));
}

Deno.test("the README's example of the module is the one that is tested", async () => {
  const example = await Deno.readTextFile(
    new URL("readme_example.ts", import.meta.url),
  );
  assertStringIncludes(README, `\`\`\`ts\n${example}\`\`\`\n`);
});

Deno.test("describe(), the README's example, names the frames of a core", async () => {
  const compressed = new Blob([await read("v3-x86_64-threads/core.gz")]);
  const stream = compressed.stream().pipeThrough(
    new DecompressionStream("gzip"),
  );
  const core = new File([await new Response(stream).blob()], "core");
  const program = new File(
    [await read("v3-x86_64-threads/program")],
    "program",
  );
  const lines = (await describe(core, program)).split("\n");
  assert(lines.length > 2);
  for (const line of lines) {
    assert(/^0x[0-9a-f]+ \w+\+\d+$/.test(line), line);
  }
});

Deno.test("the README names no option that help does not, and leaves none out", async () => {
  const { HELP } = await import("../cli/help.ts");
  const options = (text: string): Set<string> =>
    new Set(text.match(/--[a-z][a-z-]+/g));
  const section = README.slice(
    README.indexOf("## `framewalk bt"),
    README.indexOf("## The JSON"),
  );
  for (const option of options(HELP.bt!)) assertStringIncludes(section, option);
  for (const option of options(section)) assertStringIncludes(HELP.bt!, option);
});
