/**
 * `framewalk pstack`: the stacks of a running process.
 *
 * @module
 */
import { InputError, type Io } from "./io.ts";
import { LiveLooker } from "./live_look.ts";
import type { LiveSystem } from "./live_system.ts";
import { describeRefusals, findTarget, type Target } from "./live_target.ts";
import { printStacks } from "./print_stacks.ts";
import { parsePstackOptions, type PstackOptions } from "./pstack_options.ts";
import { makeWarner, reportError } from "./report.ts";

/**
 * Runs `framewalk pstack`.
 *
 * @param openSystem Gives the system to look at; the real one unless a test plays it.
 * @returns The exit code: 0, or 1 if the process or a thread of it cannot be looked at.
 * @throws {UsageError} For arguments that make no sense.
 */
export async function runPstack(
  args: string[],
  io: Io,
  openSystem: () => Promise<LiveSystem> = openLinux,
): Promise<number> {
  const options = await parsePstackOptions(args);
  if (options === undefined) {
    const { HELP } = await import("./help.ts");
    io.stdout.write(new TextEncoder().encode(HELP.pstack!));
    return 0;
  }
  try {
    const system = await openSystem();
    const warnings: string[] = [];
    const warn = makeWarner(options.json, warnings, io);
    const looker = new LiveLooker(system, options, io, warn);
    let isWhole = await lookOnce(looker, system, options, warnings, io);
    while (options.watch !== undefined) {
      looker.rest(options.watch);
      warnings.length = 0;
      if (!options.json) io.stdout.write(new TextEncoder().encode("\n"));
      isWhole = await lookOnce(looker, system, options, warnings, io) &&
        isWhole;
    }
    return isWhole ? 0 : 1;
  } catch (error) {
    return reportError(error, undefined, options.json, io);
  }
}

async function openLinux(): Promise<LiveSystem> {
  return (await import("./live_linux.ts")).openLinux();
}

/**
 * One look at the process, printed.
 *
 * @param warnings For the JSON object; gets more while files are looked for.
 * @returns Whether all threads that have not ended are there.
 */
async function lookOnce(
  looker: LiveLooker,
  system: LiveSystem,
  options: PstackOptions,
  warnings: string[],
  io: Io,
): Promise<boolean> {
  const target = {
    ...selectThread(system, findTarget(system, options.pid), options),
    wantsRseq: options.rseq,
  };
  const { refusals, session, stoppedMs, rseq } = await looker.look(target);
  warnings.unshift(...describeRefusals(system, target, refusals));
  if (target.tid !== undefined && options.tid === undefined) {
    warnings.unshift(
      `${target.tid} is a thread of process ${target.pid}: only it is shown`,
    );
  }
  const threads = [...session.core.threads.keys()];
  const details = options.rseq
    ? await (await import("./live_rseq.ts")).rseqDetails(session, rseq)
    : undefined;
  await printStacks(session, threads, warnings, options, io, details);
  if (options.verbose) {
    const text = `stopped for ${stoppedMs.map(formatMs).join(", then ")}\n`;
    io.stderr.write(new TextEncoder().encode(text));
  }
  return refusals.every(({ reason }) => reason === "ended");
}

/** The target with the thread of `--tid`. */
function selectThread(
  system: LiveSystem,
  target: Target,
  { tid }: PstackOptions,
): Target {
  if (tid === undefined) return target;
  const tids = system.names(`/proc/${target.pid}/task`);
  if (typeof tids === "string" || !tids.includes(`${tid}`)) {
    const some = typeof tids === "string" ? [] : tids.slice(0, 8);
    throw new InputError(
      `no thread ${tid} in process ${target.pid}: ${some.join(", ")}`,
    );
  }
  return { ...target, tid };
}

function formatMs(ms: number): string {
  return `${ms.toFixed(ms < 10 ? 2 : 1)} ms`;
}
