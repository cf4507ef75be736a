/**
 * Lines above stack traces.
 *
 * @module
 */
import type { KernelStack, StackKind } from "./report.ts";

/** Beginnings of titles and what the stacks under them show. The first match counts. */
const TITLES: readonly (readonly [RegExp, StackKind])[] = [
  [/^(?:Call [Tt]race|Stack trace|[Bb]acktrace|stack backtrace)\b/, "call"],
  [/^Allocated by task \d+/, "allocated"],
  [/^Freed by task \d+/, "freed"],
  [/^(?:kfence-#.* )?allocated by task \d+/, "allocated"],
  [/^(?:rcu )?free(?:d|ing) by task \d+/, "freed"],
  [/^(?:INFO: )?Allocated in /, "allocated"],
  [/^(?:INFO: )?Freed in /, "freed"],
  [
    /^(?:Last|Second to last) (?:potentially related work creation|call_rcu)/,
    "related",
  ],
  [/^Uninit was (?:created|stored)/, "origin"],
  [/^Local variable .* created at/, "origin"],
  [
    /^(?:race at unknown origin, with )?(?:read|write|read-write|assert no (?:accesses|writes))(?: \(.*\))? to 0x[0-9a-f]+ of \d+ bytes by (?:task \d+|interrupt) on cpu \d+/,
    "access",
  ],
  [/^page last (?:allocated|free)/, "other"],
  [/^-> #\d+ /, "other"],
  [/^Last Breaking-Event-Address/, "other"],
];

/** The stack that a line announces, still empty; `undefined` if it announces none. */
export function parseStackTitle(text: string): KernelStack | undefined {
  const line = text.trim();
  for (const [pattern, kind] of TITLES) {
    if (pattern.test(line)) return makeStack(kind, line);
  }
  return undefined;
}

/** A stack under the title `line`, from which process, processor and time are taken. */
export function makeStack(kind: StackKind, line: string): KernelStack {
  const pid = /\b(?:task|pid) (\d+)|\bpid=(\d+)/.exec(line);
  const cpu = /\bon cpu (\d+)|\bcpu=(\d+)/.exec(line);
  const time = /\bat (\d+)\.(\d{6})s/.exec(line);
  return {
    kind,
    title: line.replace(/:$/, ""),
    pid: pid === null ? undefined : Number(pid[1] ?? pid[2]),
    cpu: cpu === null ? undefined : Number(cpu[1] ?? cpu[2]),
    timeUs: time === null ? undefined : Number(time[1]) * 1e6 + Number(time[2]),
    frames: [],
  };
}
