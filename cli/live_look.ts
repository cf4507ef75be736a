/**
 * Looks at a live process: a session with all its threads as they were at one moment.
 *
 * @module
 */
import { PARTS } from "./parts.ts";
import {
  type FindCandidates,
  FrameBuffer,
  openProcess,
  type Session,
} from "../kernel/reader.ts";
import type { Io } from "./io.ts";
import { makeLiveCandidates } from "./live_files.ts";
import {
  lookWhileStopped,
  type Snapshot,
  type StillProcess,
  takeSnapshot,
} from "./live_process.ts";
import { type Refusal, releaseStragglers } from "./live_stop.ts";
import type { LiveSystem } from "./live_system.ts";
import type { Target } from "./live_target.ts";
import { decompressLater, findFiles } from "./process_files.ts";
import type { PstackOptions } from "./pstack_options.ts";

/** A thread that stops late stands still for so long at most. */
const STRAGGLER_POLL_MS = 5;

/** What a look yields. */
export interface LiveLook {
  /** The process; its stacks can be walked any time. */
  readonly session: Session;
  /** Threads that are missing. */
  readonly refusals: readonly Refusal[];
  /** How long the process stood still, milliseconds, each time. */
  readonly stoppedMs: readonly number[];
  /** As in {@linkcode Snapshot}. */
  readonly rseq: ReadonlyMap<number, Uint8Array>;
}

/** Looks at a process, once or several times. */
export class LiveLooker {
  private readonly system: LiveSystem;
  private readonly options: PstackOptions;
  private readonly io: Io;
  private readonly warn: (text: string) => void;
  /** Threads that are still to be let go. */
  private readonly stragglers: number[] = [];
  private files: FindCandidates | undefined = undefined;
  /** No server is asked for a file while a process stands still. */
  private mayAsk = true;

  /** `warn` takes what the user should know of files. */
  constructor(
    system: LiveSystem,
    options: PstackOptions,
    io: Io,
    warn: (text: string) => void,
  ) {
    this.system = system;
    this.options = options;
    this.io = io;
    this.warn = warn;
  }

  /**
   * Copies, lets go and walks. If a walk goes where nothing was copied, to a very deep stack or from one stack to
   * another, it is done again while the process stands still, and all that it reads is kept. The first walk has
   * opened the files by then, so that this takes some milliseconds too.
   *
   * @throws {InputError} If nothing of the process can be had.
   */
  async look(target: Target): Promise<LiveLook> {
    const { system } = this;
    const snapshot = takeSnapshot(system, target);
    let session = await this.open(target, snapshot);
    await walkAll(session);
    if (!snapshot.memory.isStale) {
      return this.finish(session, snapshot, [snapshot.stoppedMs]);
    }
    this.mayAsk = false;
    const again = await lookWhileStopped(system, target, async (still) => {
      session = await this.open(target, still);
      await walkAll(session);
    }).finally(() => this.mayAsk = true);
    this.stragglers.push(...snapshot.stragglers);
    const stoppedMs = [snapshot.stoppedMs, again.stoppedMs];
    return this.finish(session, again, stoppedMs);
  }

  /** Waits for the next look, and lets threads go that stop only now. */
  rest(seconds: number): void {
    const { system } = this;
    const end = system.now() + seconds * 1000;
    for (let left = seconds * 1000; left > 0; left = end - system.now()) {
      releaseStragglers(system, this.stragglers);
      system.pause(1000 * Math.min(left, STRAGGLER_POLL_MS));
    }
  }

  private finish(
    session: Session,
    { refusals, stragglers, rseq }: Snapshot,
    stoppedMs: readonly number[],
  ): LiveLook {
    this.stragglers.push(...stragglers);
    releaseStragglers(this.system, this.stragglers);
    return { session, refusals, stoppedMs, rseq };
  }

  private async open(
    { liveTid }: Target,
    { core, maps }: StillProcess,
  ): Promise<Session> {
    const { system, options, io } = this;
    const sysroot = [...options.sysroot, `/proc/${liveTid}/root`];
    this.files ??= await findFiles(
      { ...options, sysroot },
      io,
      this.warn,
      () => this.mayAsk,
    );
    return await openProcess(core, {
      candidates: makeLiveCandidates(io, system, liveTid, maps, this.files),
      tables: options.tables,
      maxFrames: options.maxFrames,
      decompress: decompressLater,
      parts: PARTS,
    });
  }
}

async function walkAll(session: Session): Promise<void> {
  const frames = new FrameBuffer();
  for (let i = 0; i < session.core.threads.length; i++) {
    await session.walkThread(i, frames);
  }
}
