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
  };
}

/** The kernel writes a newline as `\n` and a backslash as `\\`. */
function unescapeName(text: string): string {
  return text.replace(
    /\\(n|\\)/g,
    (_, letter: string) => letter === "n" ? "\n" : "\\",
  );
}

const PF_KTHREAD = 0x0020_0000;

/**
 * Whether the text of `/proc/PID/stat` is that of a thread of the kernel: by its `flags`, the seventh field behind the
 * command, which stands in brackets and may hold brackets and spaces itself.
 *
 * Source: fs/proc/array.c, `do_task_stat`; include/linux/sched.h.
 */
export function isKernelThread(text: string): boolean {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[6]) & PF_KTHREAD) !== 0;
}
