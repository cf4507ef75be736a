/**
 * Stopping every thread of a process, and letting them go.
 *
 * Threads are seized, not attached to: no signal is sent, and when this program ends in whatever way, the kernel lets
 * them run on as if nothing had been.
 *
 * @module
 */
import {
  parseTaskStat,
  parseTaskStatus,
  type TaskStatus,
} from "../formats/proc/mod.ts";
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
/** So long a thread may be in uninterruptible sleep, as it is for a moment whenever it waits for a disk. */
const PATIENCE_MS = 50;
/** Until then a thread that could run may wait for a processor. */
const DEADLINE_MS = 2000;
const FIRST_PAUSE = 10;
const LONGEST_PAUSE = 500;

/**
 * Lets those go that have stopped too late, and takes them out of `tids`: a thread that is seized can be let go only
 * when it stands. Those that are left then go on when this program ends.
 */
export function releaseStragglers(system: LiveSystem, tids: number[]): void {
  for (const tid of tids.splice(0)) {
    const { tid: found, status } = system.wait(tid);
    if (found > 0 && isStop(status)) system.detach(tid, signalOf(status));
    else if (found === 0) tids.push(tid);
  }
}

function isStop(status: number): boolean {
  return (status & 0xff) === SIGNAL_STOP;
}

/** The signal that was about to be delivered; 0 for a stop that has an event in the upper half. */
function signalOf(status: number): number {
  return status >> 16 === 0 ? (status >> 8) & 0xff : 0;
}

/** The threads of a process while they are stopped. */
export class StoppedThreads {
  /** Ids of those that are stopped, in the order of the system's list. */
  readonly tids: number[] = [];
  /** Those that are not. */
  readonly refusals: Refusal[] = [];
  /** Those that were seized and did not stop: {@linkcode releaseStragglers} lets them go. */
  readonly stragglers: number[] = [];
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
      if (only === undefined && round > 0 && this.isComplete()) {
        return undefined;
      }
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

  /** Whether all threads that there are have been seen: a number is read sooner than a list. */
  private isComplete(): boolean {
    const file = this.system.readText(`/proc/${this.pid}/status`);
    if (typeof file === "string") return false;
    const { threadCount } = parseTaskStatus(file.text);
    return this.known.size === this.tids.length &&
      this.tids.length === threadCount;
  }

  private list(): number[] | string {
    const names = this.system.names(`/proc/${this.pid}/task`);
    return typeof names === "string" ? names : names.map(Number);
  }

  private stopThreads(fresh: readonly number[]): void {
    const { system } = this;
    for (const tid of fresh) this.known.add(tid);
    // Once seized, a thread can be let go only when it has stopped: better not to begin with one that will not.
    const isBegin = Number.isNaN(this.startTime);
    const seized = (isBegin ? this.wakeful(fresh) : fresh).filter((tid) => {
      const result = system.seize(tid);
      if (result < 0) this.refuse(tid, -result);
      return result >= 0;
    });
    if (seized.length === 0) return;
    // The stop begins here: what could be done before is done.
    if (isBegin) this.startTime = system.now();
    for (const tid of seized) system.interrupt(tid);
    this.waitFor(seized);
  }

  /** Those that are not in uninterruptible sleep, or not for long. */
  private wakeful(tids: readonly number[]): readonly number[] {
    const { system } = this;
    const deadline = system.now() + PATIENCE_MS;
    let blocked = tids.filter((tid) => this.isBlocked(tid));
    while (blocked.length > 0 && system.now() < deadline) {
      system.pause(LONGEST_PAUSE);
      blocked = blocked.filter((tid) => this.isBlocked(tid));
    }
    this.giveUp(blocked, "blocked");
    return blocked.length === 0
      ? tids
      : tids.filter((tid) => !blocked.includes(tid));
  }

  private isBlocked(tid: number): boolean {
    const file = this.system.readText(`/proc/${this.pid}/task/${tid}/stat`);
    return typeof file !== "string" && parseTaskStat(file.text).state === "D";
  }

  private refuse(tid: number, errno: number): void {
    if (errno === ERRNO.SRCH) return; // it ended before it could be seized
    const status = this.statusOf(tid);
    if (status === undefined) return;
    const { state, tracerPid } = status;
    const reason = tracerPid === this.system.ownPid
      ? "blocked" // a straggler of the last look
      : tracerPid !== 0
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
        this.stragglers.push(...left);
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
    if (found < 0 || !isStop(status)) return true; // ended
    this.tids.push(tid);
    this.signals.set(tid, signalOf(status));
    return true;
  }

  private withoutBlocked(pending: readonly number[]): readonly number[] {
    const blocked = pending.filter((tid) => this.isBlocked(tid));
    this.stragglers.push(...blocked);
    this.giveUp(blocked, "blocked");
    return blocked.length === 0
      ? pending
      : pending.filter((tid) => !blocked.includes(tid));
  }

  private giveUp(tids: readonly number[], reason: RefusalReason): void {
    for (const tid of tids) this.refusals.push({ tid, reason, tracerPid: 0 });
  }
}
