/**
 * One process, by three tools.
 *
 * @module
 */
import type { Oracle } from "../case.ts";
import { compareCore, type JsonBacktrace, type Tally } from "../compare.ts";
import { type Listing, parseEuStack, parseGdb } from "../listing.ts";
import { type Outcome, type Place, runHere } from "../place.ts";
import { end, pause, start, waitForRest } from "./process.ts";
import type { LiveProgram } from "./programs.ts";

/** Where and with what a program is tried. */
export interface LiveSetting {
  /** The folder of the conformance run. */
  readonly here: string;
  /** Where the process runs. */
  readonly place: Place;
  /** Its working directory. */
  readonly directory: string;
  /** The command under test. */
  readonly framewalk: readonly string[];
}

/** Starts the program and adds what the tools say of it to `tally`. @returns Whether it could be tried here. */
export async function compareProgram(
  program: LiveProgram,
  setting: LiveSetting,
  tally: Tally,
): Promise<boolean> {
  const { here, place, directory } = setting;
  await Deno.mkdir(directory, { recursive: true });
  for (const source of program.sources) {
    await Deno.copyFile(`${here}live/${source}`, `${directory}/${source}`);
  }
  await Deno.copyFile(
    `${here}../programs/gdb_frames.py`,
    `${directory}/gdb_frames.py`,
  );
  if (program.place === "host" && place.root !== undefined) return false;
  if (program.needs !== undefined) {
    const { code } = await place.run(directory, `command -v ${program.needs}`);
    if (code !== 0) return false;
  }
  const pid = await start(place, directory, program.build, program.command);
  try {
    if (program.isStopped) {
      await pause(500);
      Deno.kill(pid, "SIGSTOP");
    }
    await waitForRest(pid);
    const stacks = {
      ours: await askFramewalk(setting, pid, []),
      sframe: await askFramewalk(setting, pid, ["--tables", "sframe"]),
      oracles: await askOracles(program, setting, pid),
    };
    const label = program.name;
    compareCore(
      {
        name: label,
        root: "v3",
        sources: [],
        script: "",
        program: program.command,
        frames: program.frames,
        ...(program.explain === undefined ? {} : { explain: program.explain }),
      },
      label,
      stacks,
      tally,
    );
  } finally {
    end(pid);
  }
  return true;
}

async function askFramewalk(
  { framewalk }: LiveSetting,
  pid: number,
  options: readonly string[],
): Promise<JsonBacktrace> {
  const { code, out, err } = await runHere([
    ...framewalk,
    "pstack",
    "--json",
    "--no-lines",
    ...options,
    `${pid}`,
  ]);
  if (code !== 0) throw new Error(`framewalk exits ${code}: ${out}${err}`);
  return JSON.parse(out) as JsonBacktrace;
}

async function askOracles(
  program: LiveProgram,
  setting: LiveSetting,
  pid: number,
): Promise<Map<Oracle, Listing[]>> {
  const answers = new Map<Oracle, Listing[]>();
  if (!program.without?.gdb) {
    const command = `gdb -nx -batch -p ${pid} -x gdb_frames.py`;
    const { out, err } = await runBeside(setting, pid, command);
    answers.set("gdb", listed(parseGdb(out), err));
  }
  if (!program.without?.["eu-stack"]) {
    const command = `eu-stack -n 0 -p ${pid}`;
    const { out, err } = await runBeside(setting, pid, command);
    answers.set("eu-stack", listed(parseEuStack(out), err));
  }
  return answers;
}

function listed(listings: Listing[], err: string): Listing[] {
  if (listings.length > 0) return listings;
  throw new Error(`an oracle lists nothing: ${err.trim().slice(-300)}`);
}

/** Runs an oracle where it sees the files as the process does: in its mount namespace, root and directory. */
async function runBeside(
  { place, directory }: LiveSetting,
  pid: number,
  command: string,
): Promise<Outcome> {
  const script = `export DEBUGINFOD_URLS=; ${command}`;
  if (place.root === undefined) return await place.run(directory, script);
  const enter = ["nsenter", "-t", `${pid}`, "-m", "-r", "-w", "bash", "-c"];
  return await runHere([...enter, script]);
}
