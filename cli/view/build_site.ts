/**
 * `deno task site`: the page as files that any server of static files can offer, in `build/site/`.
 *
 * @module
 */
import { readOwnFile } from "./listen.ts";
import {
  demanglerUrl,
  packageModule,
  PACKAGES,
  packageUrl,
} from "./page_modules.ts";
import { STATIC_FILES } from "./server.ts";

const ROOT = new URL("../../", import.meta.url);
const OUTPUT = new URL("build/site/", ROOT);

/** Builds the page. */
export async function buildSite(): Promise<void> {
  // Names of pieces change with their content: old ones would stay.
  await Deno.remove(OUTPUT, { recursive: true }).catch(() => {});
  await Deno.mkdir(OUTPUT, { recursive: true });
  const map = new URL("build/site_imports.json", ROOT);
  await Deno.writeTextFile(map, JSON.stringify({ imports: await importsOf() }));
  await bundle(map);
  for (const name of ["index.html", ...Object.keys(STATIC_FILES)]) {
    await Deno.copyFile(
      new URL(`cli/site/${name}`, ROOT),
      new URL(name, OUTPUT),
    );
  }
  await Deno.copyFile(demanglerUrl(), new URL("demangler.wasm", OUTPUT));
}

/** The packages as the page takes them. */
async function importsOf(): Promise<Record<string, string>> {
  const imports: Record<string, string> = {};
  for (const [name, one] of Object.entries(PACKAGES)) {
    imports[name] = one.own !== undefined
      ? new URL(one.own, ROOT).href
      : one.isCommonJs === true
      ? await writeModule(name)
      : packageUrl(one).href;
  }
  return imports;
}

/** Writes a package that is no module of its own as one. @returns Where it is. */
async function writeModule(name: string): Promise<string> {
  const url = new URL(`build/${name}.js`, ROOT);
  const text = await packageModule(name, readOwnFile);
  await Deno.writeTextFile(url, text!);
  return url.href;
}

/** Runs Deno's bundler: what only some files take comes in pieces of its own, loaded when they are. */
async function bundle(map: URL): Promise<void> {
  const entries = ["page", "worker"].map((name) => `cli/site/${name}.ts`);
  const { success } = await new Deno.Command("deno", {
    args: [
      "bundle",
      "--platform=browser",
      "--minify",
      "--code-splitting",
      "--no-lock",
      `--import-map=${map.pathname}`,
      `--outdir=${OUTPUT.pathname}`,
      ...entries,
    ],
    cwd: ROOT,
  }).spawn().status;
  if (!success) throw new Error("The page could not be bundled");
}

if (import.meta.main) await buildSite();
