/**
 * Builds a case's program and dumps its cores, once.
 *
 * @module
 */
import { type Case, SHELL } from "./case.ts";
import type { Outcome, Place } from "./place.ts";

/** Thrown when a case cannot be tried here, with the name of what is missing. */
export class SkipError extends Error {}

/** Where a case is built, and where it runs and is looked at. */
export interface Places {
  /** For the build script. */
  readonly build: Place;
  /** For the dump script and the oracles. */
  readonly run: Place;
}

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

/** Makes the inputs of `one` in `directory`, unless they are there from the same recipe. */
export async function makeInputs(
  one: Case,
  places: Places,
  progress: Progress,
  directory: string,
): Promise<void> {
  const made = await recipe(one, progress);
  const kept = await readOr(`${directory}/.recipe`, "");
  if (!progress.fresh && kept === made) return;
  await Deno.remove(directory, { recursive: true }).catch(() => {});
  await Deno.mkdir(`${directory}/.sysroot`, { recursive: true });
  // Cores made inside a root name files under /mnt; seen from here that is this directory.
  await Deno.symlink("..", `${directory}/.sysroot/mnt`);
  for (const source of [...one.sources, "../programs/gdb_frames.py"]) {
    const name = source.split("/").at(-1);
    await Deno.copyFile(
      sourcePath(progress, source),
      `${directory}/${name}`,
    );
  }
  await checkTools(one, places.run, directory);
  await runScript(places.build, directory, one.build ?? "", "build");
  await runScript(places.run, directory, one.script, "build or dump");
  await Deno.writeTextFile(`${directory}/.recipe`, made);
}

/** The text of a file, or `fallback`. */
export async function readOr(path: string, fallback: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch {
    return fallback;
  }
}

/** The end of what a command said, as one line. */
export function lastLines(outcome: Outcome): string {
  return (outcome.err || outcome.out).trim().split("\n").slice(-3).join("; ");
}

async function runScript(
  place: Place,
  directory: string,
  script: string,
  what: string,
): Promise<void> {
  if (script === "") return;
  const outcome = await place.run(directory, SHELL + "set -e\n" + script);
  if (outcome.code !== 0) {
    throw new Error(`cannot ${what}: ${lastLines(outcome)}`);
  }
}

/** Everything the input depends on, as one text. */
async function recipe(one: Case, progress: Progress): Promise<string> {
  const parts = [SHELL, one.build ?? "", one.script, one.program];
  for (const source of [...one.sources, "../programs/gdb_frames.py"]) {
    parts.push(await Deno.readTextFile(sourcePath(progress, source)));
  }
  return parts.join("\n");
}

function sourcePath(progress: Progress, source: string): string {
  return `${progress.here}${source.includes("/") ? "" : "programs/"}${source}`;
}

async function checkTools(
  one: Case,
  place: Place,
  directory: string,
): Promise<void> {
  const tools = [...(one.tools ?? [])];
  if (one.build === undefined) tools.push("gcc");
  if (!one.without?.gdb) tools.push(one.debugger ?? "gdb");
  const checks = tools.map((tool) =>
    `command -v ${tool} >/dev/null || { echo ${tool}; exit; }`
  );
  if (one.kernelCores) {
    checks.push(
      `[[ $(cat /proc/sys/kernel/core_pattern) == core ]] || echo "core_pattern=core"`,
    );
  }
  const outcome = await place.run(directory, checks.join("\n"));
  if (outcome.code !== 0 && outcome.out === "") {
    throw new SkipError(`cannot enter ${place.name}: ${lastLines(outcome)}`);
  }
  if (outcome.out !== "") {
    throw new SkipError(`${outcome.out.trim()} is absent in ${place.name}`);
  }
}
