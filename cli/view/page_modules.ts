/**
 * The page's modules: framewalk's own TypeScript with its types blanked out, and the packages that it uses.
 *
 * Each file is served by itself when the browser asks for it, so that nothing has to be built and no other program has
 * to be run. Taking the types out of all that the page needs takes some 40 ms.
 *
 * @module
 */
import { stripTypeScriptTypes } from "node:module";

/** Folder of the whole tree. */
const ROOT = new URL("../../", import.meta.url);
/** Rooms, folders and names have no dots in them: nothing leads out of the tree. */
const SOURCE_PATH = /^(?:formats|kernel|cli)(?:\/[a-z0-9_]+)+\.ts$/;
/** Where a module names another: behind `from`, `import` or `import(`, in quotes. */
const SPECIFIER = /(\bfrom\s*|\bimport\s*\(?\s*)"([^"\n]+)"/g;

/** How a page gets a package: a file of the package as it is, or one of ours in its place. */
export interface PagePackage {
  /** Our module, by its path in the tree. */
  readonly own?: string;
  /** The package, whose main file is meant. */
  readonly file?: string;
  /** Another file in the same folder. */
  readonly beside?: string;
  /** Whether the file is written for CommonJS. */
  readonly isCommonJs?: boolean;
}

const DEMANGLER = "gecko-profiler-demangle";

/** Never called: Deno tells where a package is only if something might import it. */
export const IMPORTED: readonly (() => Promise<unknown>)[] = [
  () => import("fzstd"),
  () => import("xz-decompress"),
  () => import("gecko-profiler-demangle"),
];

/** The packages by specifier. */
export const PACKAGES: Readonly<Record<string, PagePackage>> = {
  // Decoding without it is as good where the page's policy forbids to compile functions out of text.
  "binary-parser": { own: "cli/site/packages/no_parser.ts" },
  "fzstd": { file: "fzstd" },
  "xz-decompress": { file: "xz-decompress", isCommonJs: true },
  // Browsers do not import WebAssembly as a module.
  "gecko-profiler-demangle": { own: "cli/site/packages/demangler.ts" },
  "gecko-profiler-demangle/index_bg.js": {
    file: DEMANGLER,
    beside: "index_bg.js",
  },
};

/** Reads a file of the program itself: of the tree, or of a package. */
export type ReadOwnFile = (url: URL) => Promise<Uint8Array>;

/**
 * A module of the tree as JavaScript.
 *
 * @param path From the root of the tree: `kernel/mod.ts`.
 * @returns Undefined for what is no such path.
 */
export async function sourceModule(
  path: string,
  read: ReadOwnFile,
): Promise<string | undefined> {
  if (!SOURCE_PATH.test(path)) return undefined;
  const text = new TextDecoder().decode(await read(new URL(path, ROOT)));
  const depth = path.split("/").length;
  return rewriteSpecifiers(stripTypes(text), "../".repeat(depth));
}

/** A file of a package as an ES module. @returns Undefined for what the page does not use. */
export async function packageModule(
  name: string,
  read: ReadOwnFile,
): Promise<string | undefined> {
  const known = Object.hasOwn(PACKAGES, name) ? PACKAGES[name] : undefined;
  if (known?.file === undefined) return undefined;
  const text = new TextDecoder().decode(await read(packageUrl(known)));
  return known.isCommonJs === true ? wrapCommonJs(text) : text;
}

/** Where a package's file is. */
export function packageUrl({ file, beside }: PagePackage): URL {
  const main = new URL(import.meta.resolve(file!));
  return beside === undefined ? main : new URL(beside, main);
}

/** Where the demangler's WebAssembly is. */
export function demanglerUrl(): URL {
  return packageUrl({ file: DEMANGLER, beside: "index_bg.wasm" });
}

/** What such a file requires of Node a browser has under the same names among its globals. */
function wrapCommonJs(text: string): string {
  return `const module = { exports: {} };
((module, exports, require) => {
${text}
})(module, module.exports, () => globalThis);
export default module.exports;
`;
}

/** Blanks the types out: line and column of everything else stay as they are. */
function stripTypes(text: string): string {
  return stripTypeScriptTypes(text);
}

/**
 * Makes addresses of the names of packages: import maps do not count in workers.
 *
 * @param up Leads from the module to the page.
 */
export function rewriteSpecifiers(text: string, up: string): string {
  return text.replaceAll(SPECIFIER, (all, before: string, found: string) => {
    if (found.startsWith(".")) return all;
    // What is published names packages with their versions.
    const name = found.replace(/^npm:\/?(@?[^@]+)@[^/]*/, "$1");
    const known = Object.hasOwn(PACKAGES, name) ? PACKAGES[name]! : {};
    const path = known.own === undefined
      ? `pkg/${encodeURIComponent(name)}`
      : `src/${known.own}`;
    return `${before}"${up}${path}"`;
  });
}
