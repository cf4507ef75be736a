/**
 * Whole commands timed from outside, in turn with others.
 *
 * @module
 */

/** What one run of a command took. */
export interface Run {
  /** Wall time. */
  milliseconds: number;
  /** Largest resident set; NaN without GNU time. */
  peakMib: number;
  /** What the command wrote. */
  stdout: Uint8Array;
}

/** Whether there is such a command here. */
export async function has(tool: string): Promise<boolean> {
  const args = ["-c", `command -v ${tool}`];
  return (await new Deno.Command("bash", { args, stdout: "null" }).output())
    .success;
}

/** Runs a command with its output in a file of `work`. */
export async function time(command: string[], work: string): Promise<Run> {
  const timer = await has("/usr/bin/time")
    ? ["/usr/bin/time", "-f", "%M", "-o", ".peak"]
    : [];
  const quoted = [...timer, ...command].map((word) =>
    `'${word.replaceAll("'", "'\\''")}'`
  );
  const start = performance.now();
  await new Deno.Command("bash", {
    args: ["-c", `exec ${quoted.join(" ")} >.out`],
    cwd: work,
    stderr: "null",
    env: { DEBUGINFOD_URLS: "" },
  }).output();
  const milliseconds = performance.now() - start;
  const peak = timer.length === 0 ? NaN : Number(
    (await Deno.readTextFile(`${work}/.peak`)).trim().split("\n").at(-1),
  );
  const stdout = await Deno.readFile(`${work}/.out`);
  return { milliseconds, peakMib: peak / 1024, stdout };
}

/** The middle one of several values. */
export function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
