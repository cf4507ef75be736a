/**
 * The import law: arrows point from `cli` to `kernel` to `formats/<x>` to `formats/base`, and only `cli` knows that
 * there is an operating system.
 */
import { assert, assertEquals } from "@std/assert";

const ROOT = new URL("../", import.meta.url);
const ROOMS = ["formats/", "kernel/", "cli/"];
/** Formats that may build on another one, and on which. */
const FORMAT_ON_FORMAT: Record<string, string> = {
  "formats/core_dump": "formats/elf",
  "formats/ktrace": "formats/exterr",
  "formats/perf_data": "formats/elf",
  "formats/sidecar": "formats/sframe",
};
/** Packages that each room may use. */
const PACKAGES: Record<string, readonly string[]> = {
  "formats": ["binary-parser"],
  "kernel": [],
  "cli": [
    "@std/cli/parse-args",
    "fzstd",
    "gecko-profiler-demangle",
    "gecko-profiler-demangle/index_bg.js",
    "node:module",
    "node:stream",
    "node:zlib",
    "pprof-format",
    "xz-decompress",
    "zod",
  ],
};
/** What only the command line may name. `process` is a word of the kernel's too: only members of Node's are meant. */
const WORLD =
  /(?<!\.)\b(Deno|console|performance|Date|localStorage|fetch|crypto)\b\s*\.|(?<!\.)\bprocess\.(argv|cwd|env|hrtime|memoryUsage|nextTick|on|platform|std\w+|versions?)\b|\bfrom "node:|\bMath\.random\b|\bnew Date\b/;

interface SourceFile {
  path: string;
  text: string;
  /** Specifiers of all imports and re-exports, static and dynamic. */
  imports: string[];
}

function readSources(folder: string): SourceFile[] {
  const files: SourceFile[] = [];
  for (const entry of Deno.readDirSync(new URL(folder, ROOT))) {
    const path = folder + entry.name;
    if (entry.isDirectory) files.push(...readSources(`${path}/`));
    else if (path.endsWith(".ts")) files.push(readSource(path));
  }
  return files;
}

function readSource(path: string): SourceFile {
  const text = withoutComments(readText(path));
  const imports = [
    ...text.matchAll(
      /\b(?:import|export)\b[^;"'`]*?\bfrom\s*"([^"]+)"/g,
    ),
    ...text.matchAll(/\bimport\s*\(?\s*"([^"]+)"/g),
  ].map((match) => match[1]!);
  return { path, text, imports };
}

function readText(path: string): string {
  return Deno.readTextFileSync(new URL(path, ROOT));
}

/** Comments hold examples, which may import as they please. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[^]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "$1");
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

function roomOf(path: string): string {
  return path.slice(0, path.indexOf("/"));
}

function rankOf(folder: string): number {
  if (folder === "formats/base") return 0;
  const rank = ["formats", "kernel", "cli"].indexOf(folder.split("/")[0]!);
  assert(rank >= 0, `unknown room: ${folder}`);
  return rank + 1;
}

/** What is wrong with the import of `target` in `path`, if anything. */
function findBreach(path: string, target: string): string | undefined {
  const from = folderOf(path);
  const to = folderOf(target);
  if (from === to) return undefined;
  if (to === "formats/base") return undefined;
  // What `formats/base` is to the formats, the walk is to the kernel; the commands are one room.
  if (to === "kernel/walk" && roomOf(path) === "kernel") return undefined;
  if (roomOf(path) === "cli" && roomOf(target) === "cli") return undefined;
  if (rankOf(to) > rankOf(from)) return "points upward";
  if (to.startsWith(`${from}/`)) return undefined;
  // `reader.ts` is the part of a format that a walk needs: what starts fast may not load all of `mod.ts`.
  const isEntry = target.endsWith("/mod.ts") || target.endsWith("/reader.ts");
  if (!isEntry) return "takes more than mod.ts";
  if (rankOf(from) <= 1 && FORMAT_ON_FORMAT[from] !== to) {
    return "goes from format to format";
  }
  return undefined;
}

const sources = ROOMS.flatMap(readSources);

Deno.test("imports point from cli to kernel to formats to formats/base, at mod.ts", () => {
  const breaches: string[] = [];
  for (const { path, imports } of sources) {
    for (const specifier of imports.filter((name) => name.startsWith("."))) {
      const url = new URL(specifier, new URL(path, ROOT)).href;
      const target = url.slice(ROOT.href.length);
      const breach = findBreach(path, target);
      if (breach !== undefined) {
        breaches.push(`${path}: ${specifier} ${breach}`);
      }
    }
  }
  assertEquals(breaches, []);
});

Deno.test("packages are used only where they belong", () => {
  const strangers: string[] = [];
  for (const { path, imports } of sources) {
    for (const specifier of imports.filter((name) => !name.startsWith("."))) {
      if (!PACKAGES[roomOf(path)]!.includes(specifier)) {
        strangers.push(`${path}: ${specifier}`);
      }
    }
  }
  assertEquals(strangers, []);
});

Deno.test("formats and kernel name nothing of the operating system, the clock or chance", () => {
  const strangers = sources
    .filter(({ path, text }) => roomOf(path) !== "cli" && WORLD.test(text))
    .map(({ path, text }) => `${path}: ${WORLD.exec(text)![0]}`);
  assertEquals(strangers, []);
});

// One other character makes the engine keep the whole file in two bytes a character, and take longer to compile it.
Deno.test("formats and kernel are written in ASCII", () => {
  const strangers = sources
    .filter(({ path }) => roomOf(path) !== "cli")
    // deno-lint-ignore no-control-regex
    .filter(({ path }) => /[^\x00-\x7f]/.test(readText(path)))
    .map(({ path }) => path);
  assertEquals(strangers, []);
});

Deno.test("modules keep no changing state of their own", () => {
  const states = sources
    .filter(({ text }) => /^(export )?(let|var) /m.test(text))
    .map(({ path }) => path);
  assertEquals(states, []);
});

Deno.test("mod.ts only re-exports", () => {
  const roots = [readSource("mod.ts")].concat(
    sources.filter(({ path }) => path.endsWith("/mod.ts")),
  );
  for (const { path, text } of roots) {
    const rest = text
      .replace(/export\s+(type\s+)?(\*|\{[^}]*\})\s*from\s*"[^"]+";/g, "")
      .trim();
    assertEquals(rest, "", path);
  }
});

Deno.test("findBreach() finds what the law forbids", () => {
  const breach = findBreach;
  assertEquals(breach("kernel/walk/a.ts", "cli/io.ts"), "points upward");
  assertEquals(breach("formats/elf/a.ts", "kernel/mod.ts"), "points upward");
  assertEquals(
    breach("formats/base/a.ts", "formats/elf/mod.ts"),
    "points upward",
  );
  assertEquals(
    breach("kernel/walk/a.ts", "formats/elf/header.ts"),
    "takes more than mod.ts",
  );
  assertEquals(
    breach("formats/sframe/a.ts", "formats/elf/mod.ts"),
    "goes from format to format",
  );
  assertEquals(
    breach("formats/core_dump/a.ts", "formats/elf/mod.ts"),
    undefined,
  );
  assertEquals(breach("kernel/mod.ts", "kernel/walk/walk.ts"), undefined);
  assertEquals(breach("formats/elf/a.ts", "formats/base/error.ts"), undefined);
});

Deno.test("readSource() sees static, multi-line, type, re-exporting and dynamic imports", () => {
  const { imports } = readSource("cli/process_files.ts");
  for (const specifier of ["../kernel/reader.ts", "./candidates.ts"]) {
    assert(imports.includes(specifier), specifier);
  }
  const parts = readSource("kernel/walk/module_parts.ts");
  assert(parts.imports.includes("./lines.ts"));
  assert(
    readSource("mod.ts").imports.includes("./kernel/mod.ts"),
  );
});
