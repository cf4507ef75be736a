/**
 * One conformance case: its inputs, the oracles' answers, framewalk's.
 *
 * @module
 */
import type { Case, Oracle } from "./case.ts";
import { compareCore, type JsonBacktrace, type Tally } from "./compare.ts";
import {
  type Listing,
  parseEuStack,
  parseGdb,
  parsePrinted,
} from "./listing.ts";
import {
  lastLines,
  makeInputs,
  type Places,
  type Progress,
  readOr,
} from "./inputs.ts";
import { type Place, runHere } from "./place.ts";

/** Runs a case and adds to `tally`; returns the number of its cores. */
export async function runCase(
  one: Case,
  places: Places,
  progress: Progress,
  tally: Tally,
): Promise<number> {
  const place = places.run;
  const directory = `${progress.work}/${
    place.root === undefined ? "host-" : ""
  }${one.name}`;
  await makeInputs(one, places, progress, directory);
  const cores: string[] = [];
  for await (const { name } of Deno.readDir(directory)) {
    if (/^core(\..+)?$/.test(name)) cores.push(name);
  }
  cores.sort();
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
    const text = await Deno.readTextFile(`${directory}/printed.txt`);
    answers.set("printed", printedListings(text));
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

/** The innermost pc is empty: no program can print where it will crash. */
function printedListings(text: string): Listing[] {
  return [...parsePrinted(text)].map(([tid, callers]) => ({
    tid,
    frames: ["", ...callers.map((one) => one.address)],
    names: [...callers.map((one) => one.name), null],
  }));
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
    // Where a library's debug information is there, inlined functions would be frames of their own.
    "--no-lines",
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
