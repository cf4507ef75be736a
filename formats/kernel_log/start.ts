/**
 * Lines with which reports begin.
 *
 * @module
 */
import { startsWith } from "./line_prefix.ts";

/** What kind of report it is. */
export type ReportKind =
  /** The address sanitizer. */
  | "kasan"
  /** The sampling detector of memory errors. */
  | "kfence"
  /** Undefined behaviour. */
  | "ubsan"
  /** Data races. */
  | "kcsan"
  /** Memory that was never written. */
  | "kmsan"
  /** The lock checker. */
  | "lockdep"
  /** WARN and its kin. */
  | "warning"
  /** Whatever the kernel calls a bug and survives. */
  | "bug"
  /** A fault in the kernel, BUG() among them. */
  | "oops"
  /** The end of the kernel. */
  | "panic"
  /** A task that does not get on. */
  | "hung-task"
  /** A processor that runs one task for too long. */
  | "soft-lockup"
  /** A processor that takes no interrupts for too long. */
  | "hard-lockup"
  /** A grace period that does not end. */
  | "rcu-stall"
  /** Memory that nothing points at any more. */
  | "leak";

/** All kinds. */
export const REPORT_KINDS: readonly ReportKind[] = [
  "kasan",
  "kfence",
  "ubsan",
  "kcsan",
  "kmsan",
  "lockdep",
  "warning",
  "bug",
  "oops",
  "panic",
  "hung-task",
  "soft-lockup",
  "hard-lockup",
  "rcu-stall",
  "leak",
];

/** Beginnings of lines. A line that matches is looked at closely; all others are passed over. */
const BEGINNINGS = [
  "------------[ cut here ]",
  "8<--- cut here ---",
  "kasan: GPF could be caused",
  "BUG",
  "UBSAN: ",
  "WARNING: ",
  "[ INFO: ",
  "[ BUG: ",
  "INFO: ",
  "rcu: INFO: ",
  "watchdog: ",
  "NMI watchdog: ",
  "kernel BUG at ",
  "Kernel BUG",
  "kernel tried to execute ",
  "Kernel panic - not syncing",
  "Oops",
  "Internal error: ",
  "Unable to handle ",
  "Unhandled fault",
  "PANIC: ",
  "traps: PANIC",
  "general protection fault",
  "segment-related general protection fault",
  "divide error: ",
  "divide_error: ",
  "invalid opcode: ",
  "stack segment: ",
  "stack guard page: ",
  "double fault: ",
  "int3: ",
  "alignment check: ",
  "kernel stack overflow ",
  "monitor event: ",
  "illegal operation: ",
  "specification exception: ",
  "protection exception: ",
  "addressing exception: ",
  "unchecked MSR access error",
  "unreferenced object 0x",
];

/** The beginnings by their first byte. */
const BY_FIRST: readonly (readonly Uint8Array[])[] = Array.from(
  { length: 256 },
  (_, byte) =>
    BEGINNINGS.map((text) => new TextEncoder().encode(text))
      .filter((bytes) => bytes[0] === byte),
);
const EQUALS = 0x3d;
/** Least length of a bar of equals signs around a report. */
const MIN_BAR_SIZE = 50;

/** Spaces in front of a report that was pasted somewhere. */
const MAX_INDENT = 8;

/** Whether a report may begin with the text at `[start, end)`, indented or not. Allocates nothing. */
export function mayStart(
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  let offset = start;
  while (bytes[offset] === 0x20 && offset < start + MAX_INDENT) offset++;
  if (offset >= end) return false;
  const first = bytes[offset]!;
  if (first === EQUALS) {
    return end - offset >= MIN_BAR_SIZE &&
      bytes[offset + MIN_BAR_SIZE - 1] === EQUALS;
  }
  const patterns = BY_FIRST[first]!;
  for (let i = 0; i < patterns.length; i++) {
    if (startsWith(bytes, offset, patterns[i]!)) return true;
  }
  return false;
}

/** Length of a line that consists of equals signs; 0 if it does not, or if they are few. */
export function barSize(text: string): number {
  return text.length >= MIN_BAR_SIZE && /^=+$/.test(text) ? text.length : 0;
}

/** The line above a warning or an oops; 32-bit arm has scissors. */
export const CUT_HERE: RegExp = /^(?:-+\[ cut here \]-+|8<--- cut here ---)/;

/** Lines that begin like a report and are none. */
const NO_START =
  /^(?:INFO: (?:lockdep is turned off|NMI handler|Slab 0x|Object 0x|Allocated in|Freed in|rcu_\w+ kthread starved)|BUG:? ?$|BUGS?[a-z]|NMI watchdog: (?:Enabled|disabled|Perf|Shutting)|Oopsed? )/;

/** Rules from the text of a line to the kind of report, in order. */
const RULES: readonly (readonly [RegExp, ReportKind])[] = [
  [/^BUG: KASAN: |^BUG: KASan: /, "kasan"],
  [/^BUG: KFENCE: /, "kfence"],
  [/^BUG: KCSAN: /, "kcsan"],
  [/^BUG: KMSAN: /, "kmsan"],
  [/^UBSAN: /, "ubsan"],
  [/^BUG: memory leak|^unreferenced object 0x/, "leak"],
  [
    /^(?:\[ )?(?:WARNING|INFO|BUG): (?:possible (?:circular|recursive|irq|unsafe|deadlock|lock)|inconsistent lock|suspicious RCU|bad unlock|held lock freed|lock held when|still has locks|nested lock|bad contention|HARDIRQ-safe|SOFTIRQ-safe|.*lock order|trying to register non-static|Nested lock|Invalid wait context)/,
    "lockdep",
  ],
  [/^BUG: (?:Invalid wait context)/, "lockdep"],
  [/^(?:\[ )?(?:WARNING|BUG): .*still has locks held/, "lockdep"],
  [/^(?:rcu: )?INFO: rcu\w* .*stall/, "rcu-stall"],
  [/^INFO: task .*blocked (?:for more than|in I\/O wait)/, "hung-task"],
  [
    /^INFO: task .* (?:is )?(?:can't die|stuck|tainted|not responding)/,
    "hung-task",
  ],
  [/^(?:NMI )?watchdog: BUG: soft lockup|^BUG: soft lockup/, "soft-lockup"],
  [
    /^(?:NMI )?watchdog: (?:CPU\d+: )?Watchdog detected hard LOCKUP/,
    "hard-lockup",
  ],
  [
    /^BUG: (?:unable to handle|kernel NULL pointer|Kernel NULL pointer|Unable to handle|stack guard page|TASK stack guard page|IRQ stack guard page)/,
    "oops",
  ],
  [/^kernel tried to execute (?:NX|exec)/, "oops"],
  [/^[Kk]ernel BUG(?: at| \[#)/, "oops"],
  [/^Kernel panic - not syncing/, "panic"],
  [/^(?:traps: )?PANIC: (?:double fault|DOUBLE FAULT)/, "oops"],
  [
    /^(?:Oops(?:: | \[#| - )|Internal error: |Unable to handle |Unhandled fault|general protection|segment-related general)/,
    "oops",
  ],
  [/^[a-z][\w ()-]*(?:, \w.*)?: [0-9a-f]{4}(?: ilc:\d)? ?\[#\d+\]/, "oops"],
  // The hint in front of the fault lacks its line feed on some kernels.
  [/^kasan: GPF could be caused.*general protection fault/, "oops"],
  [/^unchecked MSR access error/, "warning"],
  [/^WARNING: /, "warning"],
  [/^BUG[: ]|^\[ BUG: |^(?:NMI )?watchdog: BUG: /, "bug"],
];

/** The kind of report that a line begins; `undefined` if it begins none. */
export function classifyStart(text: string): ReportKind | undefined {
  if (NO_START.test(text)) return undefined;
  for (const [pattern, kind] of RULES) {
    if (pattern.test(text)) return kind;
  }
  return undefined;
}
