/**
 * Processes that are started to be looked at.
 *
 * @module
 */
import type { Place } from "../place.ts";

const POLL_MS = 100;
const STEADY_POLLS = 5;
const DEADLINE_MS = 20_000;

/** Builds and starts `command` in `directory` of a place. @returns Its process id. */
export async function start(
  place: Place,
  directory: string,
  build: string | undefined,
  command: string,
): Promise<number> {
  const script = `set -e
${build ?? ""}
setsid ${command} </dev/null >output.txt 2>&1 &
echo $!
`;
  const { code, out, err } = await place.run(directory, script);
  const pid = Number(out.trim());
  if (code === 0 && pid > 0) return pid;
  throw new Error(`cannot start ${command}: ${err.trim().slice(-300)}`);
}

/** Ends a process that {@linkcode start} started. */
export function end(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch {
    // it has ended
  }
}

/** Waits until no thread of a process does anything any more. */
export async function waitForRest(pid: number): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  let before = "";
  let steady = 0;
  while (steady < STEADY_POLLS) {
    if (Date.now() > deadline) throw new Error(`${pid} does not come to rest`);
    await pause(POLL_MS);
    const now = activity(pid);
    steady = now === before && !/ R /.test(now) ? steady + 1 : 0;
    before = now;
  }
}

/** Waits. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** State and time of each thread. */
function activity(pid: number): string {
  const lines: string[] = [];
  for (const { name } of Deno.readDirSync(`/proc/${pid}/task`)) {
    const stat = Deno.readTextFileSync(`/proc/${pid}/task/${name}/stat`);
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    lines.push(`${name} ${fields[0]} ${fields[11]} ${fields[12]}`);
  }
  return lines.join("\n");
}

/** The letters of the states of a process's threads, each once. */
export function states(pid: number): string {
  const letters = activity(pid).split("\n").map((line) => line.split(" ")[1]);
  return [...new Set(letters)].sort().join("");
}
