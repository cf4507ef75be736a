// deno-lint-ignore-file no-console -- a command
/**
 * The agreement run: builds programs with real toolchains that write `.sframe`, converts their `.eh_frame`, and compares
 * the two, function by function and byte by byte.
 *
 *     deno run -A tests/conformance/convert.ts [--roots DIR] [--work DIR] [--functions N] [BUILD…]
 *
 * `--roots DIR` (or FRAMEWALK_ROOTS) names a directory of Debian roots `v1`, `v2`, `v3` and `cross`, as for run.ts;
 * entering them needs root. `--functions N` is the size of a generated library (default 5,000). A BUILD is a name or its
 * beginning. Exits 1 when a difference has no explanation.
 */
import { parseArgs } from "@std/cli/parse-args";
import {
  type Agreement,
  compareFile,
  emptyAgreement,
} from "./convert/agree.ts";
import { type Build, BUILDS, buildScript } from "./convert/builds.ts";
import { generateSources } from "./convert/generate.ts";
import { rootPlace } from "./place.ts";

const here = new URL(".", import.meta.url);
const SOURCES = ["jumps.c", "many.c", "mix.c", "mix.cc", "signals.c"].map(
  (name) => `programs/${name}`,
);
const DEFAULT_FUNCTIONS = "5000";
const MAX_SHOWN = 6;

async function prepare(work: string, count: number): Promise<void> {
  await Deno.mkdir(work, { recursive: true });
  for (const source of [...SOURCES, "../data/convert/frames.c"]) {
    const name = source.slice(source.lastIndexOf("/") + 1);
    await Deno.copyFile(new URL(source, here), `${work}/${name}`);
  }
  for (const [name, text] of Object.entries(generateSources(count))) {
    await Deno.writeTextFile(`${work}/${name}`, text);
  }
}

/** Builds and compares; `undefined` with the reason printed if the build cannot be made. */
async function runBuild(
  build: Build,
  roots: string,
  work: string,
  count: number,
): Promise<Agreement | undefined> {
  const directory = `${work}/${build.name}`;
  await prepare(directory, count);
  const place = rootPlace(roots, build.root);
  const needs = [build.cc, ...(build.needs === undefined ? [] : [build.needs])];
  for (const tool of needs) {
    if ((await place.run(directory, `command -v ${tool}`)).code !== 0) {
      console.log(`${build.name}  skipped: no ${tool} in ${build.root}`);
      return undefined;
    }
  }
  const { code, err } = await place.run(
    directory,
    `set -e\n${buildScript(build)}`,
  );
  if (code !== 0) throw new Error(`${build.name} cannot be built: ${err}`);
  const sum = emptyAgreement();
  for await (const { name } of Deno.readDir(`${directory}/out`)) {
    const file = await Deno.readFile(`${directory}/out/${name}`);
    await compareFile(name, file, /^single-O/.test(name), sum);
  }
  return sum;
}

function report(build: Build, sum: Agreement): boolean {
  const { functions, equal, whole, reordered, explained, unexplained } = sum;
  const good = unexplained.length === 0;
  console.log(
    `${
      build.name.padEnd(18)
    } ${equal}/${functions} functions equal; sections: ${whole} whole, ${reordered} but for the ` +
      `order of rows  ${good ? "ok" : "DIFFERS"}`,
  );
  for (const [why, count] of explained) console.log(`    ${count}: ${why}`);
  for (const line of unexplained.slice(0, MAX_SHOWN)) {
    console.log(`    unexplained: ${line}`);
  }
  if (unexplained.length > MAX_SHOWN) {
    console.log(`    and ${unexplained.length - MAX_SHOWN} more`);
  }
  return good;
}

async function main(): Promise<number> {
  const options = parseArgs(Deno.args, {
    string: ["roots", "work", "functions"],
  });
  const given = options.roots;
  const roots = typeof given === "string" && given !== ""
    ? given
    : Deno.env.get("FRAMEWALK_ROOTS");
  if (roots === undefined) {
    console.log("conformance of conversion: needs --roots DIR");
    return 0;
  }
  const temporary = Deno.env.get("TMPDIR") ?? "/tmp";
  const work = options.work || `${temporary}/framewalk-convert`;
  const count = Number(options.functions || DEFAULT_FUNCTIONS);
  const wanted = options._.map(String);
  const builds = BUILDS.filter(({ name }) =>
    wanted.length === 0 || wanted.some((start) => name.startsWith(start))
  );
  let failed = 0;
  for (const build of builds) {
    const sum = await runBuild(build, roots, String(work), count);
    if (sum !== undefined && !report(build, sum)) failed++;
  }
  console.log(`conversion: ${builds.length - failed} agree, ${failed} do not`);
  return failed === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
