/**
 * One conformance case: build, dump, ask the oracles, ask framewalk.
 *
 * @module
 */
import { type Case, type Oracle, SHELL } from "./case.ts";
import { compareCore, type JsonBacktrace, type Tally } from "./compare.ts";
import {
  type Listing,
  parseEuStack,
  parseGdb,
  parsePrinted,
} from "./listing.ts";
import { type Outcome, type Place, runHere } from "./place.ts";

/** Thrown when a case cannot be tried here, with the name of what is missing. */
export class SkipError extends Error {}

/** What all cases share. */
export interface Progress {
  /** This folder. */
  readonly here: string;
  /** Where inputs and answers are kept. */
  readonly work: string;
  /** Whether to make them anew. */
  readonly fresh: boolean;
  /** The command under test. */
  readonly framewalk: readonly string[];
}

/** Runs a case and adds to `tally`; returns the number of its cores. */
export async function runCase(
  one: Case,
  place: Place,
  progress: Progress,
  tally: Tally,
): Promise<number> {
  const directory = `${progress.work}/${place.name}-${one.name}`;
  await makeInputs(one, place, progress, directory);
  const cores = [...Deno.readDirSync(directory)].map((entry) => entry.name)
    .filter((name) => /^core(\..+)?$/.test(name)).sort();
  if (cores.length === 0) throw new Error("no core was dumped");
  for (const core of cores) {
    const oracles = await askOracles(one, place, directory, core);
    const ours = await askFramewalk(one, place, progress, directory, core, []);
    const sframe = await askFramewalk(one, place, progress, directory, core, [
      "--tables",
      "sframe",
    ]);
    compareCore(one, cores.length === 1 ? one.name : `${one.name} ${core}`, {
      ours,
      sframe,
      oracles,
    }, tally);
  }
  return cores.length;
}

async function readOr(path: string, fallback: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch {
    return fallback;
  }
}

/** Everything the input depends on, as one text. */
async function recipe(one: Case, progress: Progress): Promise<string> {
  const parts = [SHELL, one.script, one.program];
  for (const source of one.sources) {
    parts.push(await Deno.readTextFile(sourcePath(progress, source)));
  }
  return parts.join("\n");
}

function sourcePath(progress: Progress, source: string): string {
  return `${progress.here}${source.includes("/") ? "" : "programs/"}${source}`;
}

async function makeInputs(
  one: Case,
  place: Place,
  progress: Progress,
  directory: string,
): Promise<void> {
  const made = await recipe(one, progress);
  if (!progress.fresh && await readOr(`${directory}/.recipe`, "") === made) {
    return;
  }
  await Deno.remove(directory, { recursive: true }).catch(() => {});
  await Deno.mkdir(`${directory}/.sysroot`, { recursive: true });
  // Cores made inside a root name files under /mnt; seen from here that is this directory.
  await Deno.symlink("..", `${directory}/.sysroot/mnt`);
  for (const source of [...one.sources, "../programs/gdb_frames.py"]) {
    await Deno.copyFile(
      sourcePath(progress, source),
      `${directory}/${source.split("/").at(-1)}`,
    );
  }
  await checkTools(one, place, directory);
  const outcome = await place.run(directory, SHELL + "set -e\n" + one.script);
  if (outcome.code !== 0) {
    throw new Error(`cannot build or dump: ${lastLines(outcome)}`);
  }
  await Deno.writeTextFile(`${directory}/.recipe`, made);
}

async function checkTools(
  one: Case,
  place: Place,
  directory: string,
): Promise<void> {
  const tools = ["gcc", ...(one.tools ?? [])];
  if (one.debugger === "gdb-multiarch") tools.shift();
  if (!one.without?.gdb) tools.push(one.debugger ?? "gdb");
  const outcome = await place.run(
    directory,
    tools.map((tool) =>
      `command -v ${tool} >/dev/null || { echo ${tool}; exit; }`
    ).join("\n") +
      (one.kernelCores
        ? `\n[[ $(cat /proc/sys/kernel/core_pattern) == core ]] || echo "core_pattern=core"`
        : ""),
  );
  if (outcome.code !== 0 && outcome.out === "") {
    throw new SkipError(`cannot enter ${place.name}: ${lastLines(outcome)}`);
  }
  if (outcome.out !== "") {
    throw new SkipError(`${outcome.out.trim()} is absent in ${place.name}`);
  }
}

function lastLines(outcome: Outcome): string {
  return (outcome.err || outcome.out).trim().split("\n").slice(-3).join("; ");
}

/** Asks each oracle once and keeps its answer beside the core. */
async function askOracles(
  one: Case,
  place: Place,
  directory: string,
  core: string,
): Promise<Map<Oracle | "printed", Listing[]>> {
  const answers = new Map<Oracle | "printed", Listing[]>();
  if (!one.without?.gdb) {
    const command =
      `export DEBUGINFOD_URLS=; ${one.debugger ?? "gdb"} -nx -batch ` +
      (one.libraries === undefined
        ? ""
        : `-ex 'set sysroot ${one.libraries}' `) +
      `-x gdb_frames.py ${one.program} ${core} 2>.gdb.${core}.log`;
    const listings = parseGdb(
      await answer(place, directory, `.gdb.${core}`, command),
    );
    if (listings.length === 0) {
      throw new Error(
        `gdb lists nothing for ${core} (see ${directory}/.gdb.${core}.log)`,
      );
    }
    answers.set("gdb", listings);
  }
  if (
    !one.without?.["eu-stack"] && place.name !== "host" ||
    await hasEuStack(one, place, directory)
  ) {
    const command =
      `export DEBUGINFOD_URLS=; eu-stack -n 0 --core=${core} --executable=${one.program} ` +
      (one.libraries === undefined ? "" : `--sysroot=${one.libraries} `) +
      `2>.eu.${core}.log`;
    answers.set(
      "eu-stack",
      parseEuStack(await answer(place, directory, `.eu.${core}`, command)),
    );
  }
  if (one.prints) {
    answers.set(
      "printed",
      printedListings(
        await Deno.readTextFile(`${directory}/printed.txt`),
        answers,
      ),
    );
  }
  return answers;
}

async function hasEuStack(
  one: Case,
  place: Place,
  directory: string,
): Promise<boolean> {
  if (one.without?.["eu-stack"] || place.name !== "host") return false;
  return (await place.run(directory, "command -v eu-stack")).code === 0;
}

async function answer(
  place: Place,
  directory: string,
  name: string,
  command: string,
): Promise<string> {
  const kept = await readOr(`${directory}/${name}`, "");
  if (kept !== "") return kept;
  const { out } = await place.run(directory, command);
  await Deno.writeTextFile(`${directory}/${name}`, out);
  return out;
}

/** The printed callers below the innermost pc, which no program can print: any oracle knows it from the registers. */
function printedListings(
  text: string,
  answers: ReadonlyMap<Oracle | "printed", Listing[]>,
): Listing[] {
  const innermost = answers.get("gdb") ?? answers.get("eu-stack") ?? [];
  const listings: Listing[] = [];
  for (const [tid, callers] of parsePrinted(text)) {
    const first = innermost.find((listing) => listing.tid === tid)?.frames[0];
    if (first === undefined) continue;
    listings.push({
      tid,
      frames: [first, ...callers.map((one) => one.address)],
      names: [...callers.map((one) => one.name), null],
    });
  }
  return listings;
}

async function askFramewalk(
  one: Case,
  place: Place,
  progress: Progress,
  directory: string,
  core: string,
  options: readonly string[],
): Promise<JsonBacktrace> {
  const program = one.program.startsWith("/")
    ? `${place.root ?? ""}${one.program}`
    : `${directory}/${one.program}`;
  const sysroots = place.root === undefined
    ? []
    : [`${directory}/.sysroot`, `${place.root}${one.libraries ?? ""}`];
  const outcome = await runHere([
    ...progress.framewalk,
    "bt",
    `${directory}/${core}`,
    program,
    "--json",
    ...sysroots.flatMap((sysroot) => ["--sysroot", sysroot]),
    ...options,
  ]);
  try {
    return JSON.parse(outcome.out) as JsonBacktrace;
  } catch {
    throw new Error(
      `framewalk exits ${outcome.code} on ${core}: ${lastLines(outcome)}`,
    );
  }
}
