/**
 * What the page loads must run in a browser: it may name nothing of Deno and of Node, in no file that it reaches.
 */
import { assert, assertEquals } from "@std/assert";
import { stripTypeScriptTypes } from "node:module";

const ROOT = new URL("../../../", import.meta.url);
/** Asked for by the command line only: pages decode gzip by themselves. */
const NEVER_LOADED = ["node:zlib"];

/** All modules that `entry` reaches, with their text as it is served. */
function reach(entry: string): Map<string, string> {
  const found = new Map<string, string>();
  const open = [entry];
  while (open.length > 0) {
    const path = open.pop()!;
    if (found.has(path)) continue;
    const source = Deno.readTextFileSync(new URL(path, ROOT));
    const text = stripTypeScriptTypes(source)
      .replace(/\/\*[^]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "$1");
    found.set(path, text);
    for (const specifier of specifiersOf(text)) {
      if (!specifier.startsWith(".")) continue;
      const url = new URL(specifier, new URL(path, ROOT));
      open.push(url.href.slice(ROOT.href.length));
    }
  }
  return found;
}

function specifiersOf(text: string): string[] {
  return [...text.matchAll(/\b(?:from|import)\s*\(?\s*"([^"]+)"/g)]
    .map((match) => match[1]!);
}

for (const entry of ["cli/site/page.ts", "cli/site/worker.ts"]) {
  Deno.test(`${entry} reaches nothing that a browser lacks`, () => {
    const modules = reach(entry);
    assert(modules.size > 20, `only ${modules.size} modules`);
    const wrong: string[] = [];
    for (const [path, text] of modules) {
      if (/(?<![\w.])Deno\s*\./.test(text)) wrong.push(`${path}: Deno`);
      for (const specifier of specifiersOf(text)) {
        const isFar = specifier.startsWith("node:") ||
          specifier.startsWith("@std/");
        if (isFar && !NEVER_LOADED.includes(specifier)) {
          wrong.push(`${path}: ${specifier}`);
        }
      }
    }
    assertEquals(wrong, []);
  });
}

Deno.test("the page's own half reads no file by itself", () => {
  const paths = [...reach("cli/site/page.ts").keys()];
  assertEquals(paths.filter((path) => path.startsWith("kernel/")), []);
});

Deno.test("nothing of the page makes HTML or code of text", () => {
  for (const entry of ["cli/site/page.ts", "cli/site/worker.ts"]) {
    for (const [path, text] of reach(entry)) {
      if (!path.startsWith("cli/site/")) continue;
      const found =
        /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function\b/
          .exec(text);
      assertEquals(found, null, path);
    }
  }
});
