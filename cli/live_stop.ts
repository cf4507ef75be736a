/**
 * Stopping every thread of a process, and letting them go.
 *
 * Threads are seized, not attached to: no signal is sent, and when this program ends in whatever way, the kernel lets
 * them run on as if nothing had been.
 *
 * @module
 */
import { parseTaskStatus, type TaskStatus } from "../formats/proc/mod.ts";
import { ERRNO, type LiveSystem } from "./live_system.ts";

/** Why a thread could not be stopped. */
export type RefusalReason =
  /** Someone else traces it. */
  | "traced"
  /** It is in uninterruptible sleep. */
  | "blocked"
  /** It did not stop in time. */
  | "late"
  /** The system does not let this user trace it. */
  | "forbidden"
  /** It has ended, and waits for the others of its process. */
  | "ended";

/** A thread that was not stopped. */
export interface Refusal {
  /** Thread id. */
  readonly tid: number;
  /** Why not. */
  readonly reason: RefusalReason;
  /** Who traces it; 0 if that is not why. */
  readonly tracerPid: number;
}

const SIGNAL_STOP = 0x7f;
/** A new thread of a process that makes threads as fast as it can is found in one of so many rounds. */
const MAX_ROUNDS = 64;
/** Then it is asked why a thread does not stop. */
const PATIENCE_MS = 10;
/** Until then a thread that could run may wait for a processor. */
const DEADLINE_MS = 2000;
const FIRST_PAUSE = 10;
const LONGEST_PAUSE = 500;

/** The threads of a process while they are stopped. */
export class StoppedThreads {
  /** Ids of those that are stopped, in the order of the system's list. */
  readonly tids: number[] = [];
  /** Those that are not. */
  readonly refusals: Refusal[] = [];
  /** When the first was asked to stop; NaN if none was. */
  startTime: number = NaN;
  private readonly system: LiveSystem;
  private readonly pid: number;
  /** Every thread that was seen. */
  private readonly known: Set<number> = new Set();
  /** Signals that were about to be delivered to a stopped thread: handed over when it is let go. */
  private readonly signals: Map<number, number> = new Map();

  /** For the threads of `pid`; nothing happens yet. */
  constructor(system: LiveSystem, pid: number) {
    this.system = system;
    this.pid = pid;
  }

  /**
   * Stops all threads, or the one `only`: lists them until the list has none that is new.
   *
   * @returns `undefined`, or in a few words why the process has no threads.
   */
  stop(only?: number): string | undefined {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const listed = only === undefined ? this.list() : [only];
      if (typeof listed === "string") return round === 0 ? listed : undefined;
      const fresh = listed.filter((tid) => !this.known.has(tid));
      if (fresh.length === 0) return undefined;
      this.stopThreads(fresh);
      if (only !== undefined) return undefined;
    }
    return undefined;
  }

  /** Lets all go. Safe to call again. */
  release(): void {
    for (const tid of this.tids.splice(0)) {
      this.system.detach(tid, this.signals.get(tid) ?? 0);
    }
  }

  private list(): number[] | string {
    const names = this.system.names(`/proc/${this.pid}/task`);
    return typeof names === "string" ? names : names.map(Number);
  }

  private stopThreads(fresh: readonly number[]): void {
    const { system } = this;
    const seized = fresh.filter((tid) => {
      this.known.add(tid);
      const result = system.seize(tid);
      if (result < 0) this.refuse(tid, -result);
      return result >= 0;
    });
    if (seized.length === 0) return;
    // The stop begins here: what could be done before is done.
    if (Number.isNaN(this.startTime)) this.startTime = system.now();
    for (const tid of seized) system.interrupt(tid);
    this.waitFor(seized);
  }

  private refuse(tid: number, errno: number): void {
    if (errno === ERRNO.SRCH) return; // it ended before it could be seized
    const status = this.statusOf(tid);
    if (status === undefined) return;
    const { state, tracerPid } = status;
    const reason = tracerPid !== 0
      ? "traced"
      : /[ZX]/.test(state)
      ? "ended"
      : "forbidden";
    this.refusals.push({ tid, reason, tracerPid });
  }

  private statusOf(tid: number): TaskStatus | undefined {
    const file = this.system.readText(`/proc/${this.pid}/task/${tid}/status`);
    return typeof file === "string" ? undefined : parseTaskStatus(file.text);
  }

  /** Waits until each has stopped, ended, or turned out not to stop. */
  private waitFor(seized: readonly number[]): void {
    const { system } = this;
    let pending = seized;
    let lastProgress = system.now();
    let pause = FIRST_PAUSE;
    while (pending.length > 0) {
      const left = pending.filter((tid) => !this.hasAnswered(tid));
      const now = system.now();
      if (left.length < pending.length) {
        lastProgress = now;
        pause = FIRST_PAUSE;
      } else if (now - lastProgress > DEADLINE_MS) {
        return this.giveUp(left, "late");
      }
      pending = now - lastProgress > PATIENCE_MS
        ? this.withoutBlocked(left)
        : left;
      if (pending.length === 0) return;
      system.pause(pause);
      pause = Math.min(2 * pause, LONGEST_PAUSE);
    }
  }

  /** Whether the thread has stopped, or is no more. */
  private hasAnswered(tid: number): boolean {
    const { tid: found, status } = this.system.wait(tid);
    if (found === 0 || found === -ERRNO.INTR) return false;
    if (found < 0 || (status & 0xff) !== SIGNAL_STOP) return true; // ended
    this.tids.push(tid);
    // Without an event in the upper half it is a signal on its way.
    if (status >> 16 === 0) this.signals.set(tid, (status >> 8) & 0xff);
    return true;
  }

  private withoutBlocked(pending: readonly number[]): number[] {
    return pending.filter((tid) => {
      const state = this.statusOf(tid)?.state;
      if (state === "D") this.giveUp([tid], "blocked");
      return state !== undefined && state !== "D";
    });
  }

  private giveUp(tids: readonly number[], reason: RefusalReason): void {
    for (const tid of tids) this.refusals.push({ tid, reason, tracerPid: 0 });
  }
}
