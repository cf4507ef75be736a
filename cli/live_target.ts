/**
 * What a process id stands for, and why it cannot be looked at, in words.
 *
 * @module
 */
import {
  parseTaskStat,
  parseTaskStatus,
  type TaskStatus,
} from "../formats/proc/mod.ts";
import { InputError } from "./io.ts";
import type { Refusal } from "./live_stop.ts";
import type { LiveSystem } from "./live_system.ts";

/** A process to be looked at. */
export interface Target {
  /** Process id. */
  readonly pid: number;
  /** A thread of it that has not ended: its files below `/proc` and its memory are the process's. */
  readonly liveTid: number;
  /** The one thread, if the id that was given is that of a thread. */
  readonly tid: number | undefined;
  /** Its name. */
  readonly name: string;
  /** The user it belongs to. */
  readonly userId: number;
  /** Whether the threads' rseq areas are wanted too. */
  readonly wantsRseq: boolean;
}

/**
 * Finds out what `id` is.
 *
 * @throws {InputError} If it is nothing that can be looked at; the message says why.
 */
export function findTarget(system: LiveSystem, id: number): Target {
  const file = system.readText(`/proc/${id}/status`);
  if (typeof file === "string") throw new InputError(describeMissing(id, file));
  const status = parseTaskStatus(file.text);
  const pid = Number.isNaN(status.processId) ? id : status.processId;
  if (pid === system.ownPid) {
    throw new InputError(
      `${id} is framewalk itself, which cannot stop to look`,
    );
  }
  const stat = system.readText(`/proc/${id}/stat`);
  if (typeof stat !== "string" && parseTaskStat(stat.text).isKernelThread) {
    throw new InputError(
      `${id} (${status.name}) is a thread of the kernel: it has no stack of its own outside`,
    );
  }
  const liveTid = isOver(status) ? findLive(system, pid) : pid;
  if (liveTid === undefined) {
    throw new InputError(
      `process ${id} (${status.name}) has ended: a zombie, which only waits for its parent to take note`,
    );
  }
  const { name, userId } = status;
  return {
    pid,
    liveTid,
    tid: pid === id ? undefined : id,
    name,
    userId,
    wantsRseq: false,
  };
}

/** Why the threads of a process that were refused are not there, in a line each. */
export function describeRefusals(
  system: LiveSystem,
  target: Target,
  refusals: readonly Refusal[],
): string[] {
  return refusals.map((refusal) =>
    `thread ${refusal.tid}: ${describeRefusal(system, target, refusal)}`
  );
}

/** Why a thread could not be stopped. */
export function describeRefusal(
  system: LiveSystem,
  target: Target,
  { reason, tracerPid }: Refusal,
): string {
  switch (reason) {
    case "traced":
      return `traced by process ${tracerPid}${
        nameOf(system, tracerPid)
      } already`;
    case "blocked":
      return "in uninterruptible sleep: it cannot be stopped before that is over";
    case "late":
      return "did not stop in time";
    case "ended":
      return "has ended, while others of its process go on";
    case "forbidden":
      return describeForbidden(system, target);
  }
}

function describeMissing(id: number, reason: string): string {
  return reason === "not found"
    ? `no process ${id}`
    : `process ${id}: ${reason}`;
}

function isOver({ state }: TaskStatus): boolean {
  return state === "Z" || state === "X";
}

/** A thread that goes on, of a process whose first thread has ended. */
function findLive(system: LiveSystem, pid: number): number | undefined {
  const names = system.names(`/proc/${pid}/task`);
  if (typeof names === "string") return undefined;
  return names.map(Number).find((tid) => {
    const file = system.readText(`/proc/${pid}/task/${tid}/status`);
    return typeof file !== "string" && !isOver(parseTaskStatus(file.text));
  });
}

function nameOf(system: LiveSystem, pid: number): string {
  const file = system.readText(`/proc/${pid}/comm`);
  return typeof file === "string" ? "" : ` (${file.text.trimEnd()})`;
}

/** Why a process may not be looked at: the system only says no, so what it goes by is looked at here. */
export function describeForbidden(system: LiveSystem, target: Target): string {
  const own = system.readText("/proc/self/status");
  const user = typeof own === "string" ? NaN : parseTaskStatus(own.text).userId;
  if (user !== 0 && user !== target.userId) {
    return `belongs to user ${target.userId}: only that user and root may look at it`;
  }
  const yama = system.readText("/proc/sys/kernel/yama/ptrace_scope");
  const scope = typeof yama === "string" ? 0 : Number(yama.text);
  if (scope >= 3) {
    return `not permitted: kernel.yama.ptrace_scope is ${scope}, nobody may look until the next boot`;
  }
  if (user !== 0 && scope >= 1) {
    return `not permitted: kernel.yama.ptrace_scope is ${scope}: run as root, or set it to 0 with sysctl`;
  }
  return "not permitted: the process shields itself (prctl, setuid), or this container lacks SYS_PTRACE";
}
