/**
 * `/proc/PID/status` and `/proc/PID/stat`: what a task is and what it does.
 *
 * @module
 */

/** What of a task decides whether and how it can be looked at. */
export interface TaskStatus {
  /** `Name`: the command, at most 15 bytes. */
  readonly name: string;
  /** `State`: R running, S sleeping, D uninterruptible, T stopped, t traced, Z zombie, X dead, I idle; `?` if unknown. */
  readonly state: string;
  /** `Tgid`: the process that the task belongs to; NaN if it is not told. */
  readonly processId: number;
  /** `TracerPid`: who traces it; 0 if nobody does. */
  readonly tracerPid: number;
  /** The real user id, first of `Uid`; NaN if it is not told. */
  readonly userId: number;
  /** `Threads`: how many its process has, those included that have ended and wait for the first; NaN if not told. */
  readonly threadCount: number;
}

/**
 * Parses the text of `/proc/PID/status`, lines of a name, a colon and a value. What is missing keeps the value that
 * means so.
 *
 * Source: fs/proc/array.c, `proc_pid_status`.
 */
export function parseTaskStatus(text: string): TaskStatus {
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}:\\t(.*)$`, "m").exec(text)?.[1];
  return {
    name: unescapeName(field("Name") ?? ""),
    state: field("State")?.[0] ?? "?",
    processId: parseInt(field("Tgid") ?? ""),
    tracerPid: parseInt(field("TracerPid") ?? "0"),
    userId: parseInt(field("Uid") ?? ""),
    threadCount: parseInt(field("Threads") ?? ""),
  };
}

/** The kernel writes a newline as `\n` and a backslash as `\\`. */
function unescapeName(text: string): string {
  return text.replace(
    /\\(n|\\)/g,
    (_, letter: string) => letter === "n" ? "\n" : "\\",
  );
}

/** What `/proc/PID/stat` says of a task in a few bytes. */
export interface TaskStat {
  /** As {@linkcode TaskStatus.state}. */
  readonly state: string;
  /** Whether it is a thread of the kernel, by `PF_KTHREAD` in `flags`. */
  readonly isKernelThread: boolean;
}

const PF_KTHREAD = 0x0020_0000;

/**
 * Parses the text of `/proc/PID/stat`: fields between spaces; the second is the command in brackets, which may hold
 * brackets and spaces itself.
 *
 * Source: fs/proc/array.c, `do_task_stat`; include/linux/sched.h.
 */
export function parseTaskStat(text: string): TaskStat {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ", 7);
  return {
    state: fields[0] || "?",
    isKernelThread: (Number(fields[6]) & PF_KTHREAD) !== 0,
  };
}
