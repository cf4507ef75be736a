/**
 * `framewalk pstack`: the stacks of a running process.
 *
 * @module
 */
import { FrameBuffer, openProcess, type Session } from "../kernel/mod.ts";
import { makeCandidates } from "./candidates.ts";
import { InputError, type Io } from "./io.ts";
import { makeLiveCandidates } from "./live_files.ts";
import {
  lookWhileStopped,
  type Snapshot,
  takeSnapshot,
} from "./live_process.ts";
import { releaseStragglers } from "./live_stop.ts";
import type { LiveSystem } from "./live_system.ts";
import { describeRefusals, findTarget, type Target } from "./live_target.ts";
import { printStacks } from "./print_stacks.ts";
import { parsePstackOptions, type PstackOptions } from "./pstack_options.ts";
import { reportError } from "./report.ts";

/** A thread that stops late stands still for so long at most. */
const STRAGGLER_POLL_MS = 5;

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
    const stragglers: number[] = [];
    let isWhole = await lookOnce(system, options, stragglers, io);
    while (options.watch !== undefined) {
      rest(system, options.watch, stragglers);
      isWhole = await lookOnce(system, options, stragglers, io) && isWhole;
    }
    return isWhole ? 0 : 1;
  } catch (error) {
    return reportError(error, undefined, options.json, io);
  }
}

async function openLinux(): Promise<LiveSystem> {
  return (await import("./live_linux.ts")).openLinux();
}

/** Waits for the next look, and lets threads go that stop only now. */
function rest(system: LiveSystem, seconds: number, stragglers: number[]): void {
  const end = system.now() + seconds * 1000;
  for (let left = seconds * 1000; left > 0; left = end - system.now()) {
    releaseStragglers(system, stragglers);
    system.pause(1000 * Math.min(left, STRAGGLER_POLL_MS));
  }
}

/**
 * One look at the process.
 *
 * @param stragglers Threads that are still to be let go; takes those of this look.
 * @returns Whether all threads that have not ended are there.
 */
async function lookOnce(
  system: LiveSystem,
  options: PstackOptions,
  stragglers: number[],
  io: Io,
): Promise<boolean> {
  const target = selectThread(system, findTarget(system, options.pid), options);
  const look = await takeLook(system, target, options, io);
  const { snapshot, session } = look;
  stragglers.push(...snapshot.stragglers);
  releaseStragglers(system, stragglers);
  const warnings = describeRefusals(system, target, snapshot.refusals);
  if (target.tid !== undefined && options.tid === undefined) {
    warnings.unshift(
      `${target.tid} is a thread of process ${target.pid}: only it is shown`,
    );
  }
  const threads = [...session.core.threads.keys()];
  await printStacks(session, threads, warnings, options, io);
  if (options.verbose) {
    const text = `stopped for ${
      look.stoppedMs.map(formatMs).join(", then ")
    }\n`;
    io.stderr.write(new TextEncoder().encode(text));
  }
  return snapshot.refusals.every(({ reason }) => reason === "ended");
}

interface Look {
  snapshot: Snapshot;
  session: Session;
  /** How long the process stood still, each time. */
  stoppedMs: number[];
}

/**
 * Copies and walks; if a walk went where nothing was copied, walks again while the process stands still, which keeps
 * all that is read.
 */
async function takeLook(
  system: LiveSystem,
  target: Target,
  options: PstackOptions,
  io: Io,
): Promise<Look> {
  const snapshot = takeSnapshot(system, target);
  const session = await openLive(system, target, snapshot, options, io);
  await walkAll(session);
  const stoppedMs = [snapshot.stoppedMs];
  if (!snapshot.memory.isStale) return { snapshot, session, stoppedMs };
  let second = session;
  const again = await lookWhileStopped(system, target, async (still) => {
    second = await openLive(system, target, still, options, io);
    await walkAll(second);
  });
  stoppedMs.push(again.stoppedMs);
  again.stragglers.push(...snapshot.stragglers);
  return { snapshot: again, session: second, stoppedMs };
}

async function walkAll(session: Session): Promise<void> {
  const frames = new FrameBuffer();
  for (let i = 0; i < session.core.threads.length; i++) {
    await session.walkThread(i, frames);
  }
}

async function openLive(
  system: LiveSystem,
  { liveTid }: Target,
  { core, maps }: Pick<Snapshot, "core" | "maps">,
  options: PstackOptions,
  io: Io,
): Promise<Session> {
  const { sysroot, sidecars, tables, maxFrames } = options;
  const paths = sidecars.length === 0
    ? undefined
    : (await import("../formats/sidecar/mod.ts")).sidecarPaths;
  const roots = [...sysroot, `/proc/${liveTid}/root`];
  return await openProcess(core, {
    candidates: makeLiveCandidates(
      io,
      system,
      liveTid,
      maps,
      makeCandidates(io, roots, sidecars, paths),
    ),
    tables,
    maxFrames,
    decompress: async (kind, bytes, size) => {
      const { decompress } = await import("./decompress.ts");
      return await decompress(kind, bytes, size);
    },
  });
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
