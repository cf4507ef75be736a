/**
 * Lines that name an error: what they say beside the name.
 *
 * @module
 */
import { parseLocation } from "./frame.ts";
import type { KernelAccess, KernelReport } from "./report.ts";

/** Reads the line that named the report. */
export function takeHeadline(report: KernelReport, text: string): void {
  report.headline = text;
  switch (report.kind) {
    case "kasan":
      return takeKasan(report, text);
    case "kfence":
    case "kmsan":
    case "kcsan":
      return takeTyped(report, text);
    case "ubsan":
      return takeUbsan(report, text);
    case "warning":
      return takeWarning(report, text);
    case "hung-task":
    case "soft-lockup":
    case "hard-lockup":
      return takeStuck(report, text);
    case "panic":
      report.panic = panicText(text);
      return;
    default:
      return takeFault(report, text);
  }
}

/** What a kernel says when it gives up. */
export function panicText(text: string): string {
  return text.replace(/^Kernel panic - not syncing:? ?/, "").trim();
}

/** The access of a report, made where there is none. */
export function accessOf(report: KernelReport): KernelAccess {
  return report.access ??= {
    operation: undefined,
    size: undefined,
    address: undefined,
  };
}

/** `BUG: KASAN: TYPE in PLACE`; until 4.6 the words of the type are apart and the address follows. */
function takeKasan(report: KernelReport, text: string): void {
  const match =
    /^BUG: KAS[Aa][Nn]: (.*?)(?: \(.*?\))?(?: (?:in|on address) (.*?))?(?: at addr ([0-9a-f]+))?$/
      .exec(text);
  if (match === null) return;
  report.type = /^(?:double-free or invalid-free|[\w-]+)$/.test(match[1]!)
    ? match[1]
    : match[1]!.replaceAll(" ", "-");
  if (match[2] !== undefined) report.location = parseLocation(match[2]);
  if (match[3] !== undefined) accessOf(report).address = `0x${match[3]}`;
}

/** `BUG: KFENCE: TYPE in PLACE`, and races: `data-race in A / B`. */
function takeTyped(report: KernelReport, text: string): void {
  const match = /^BUG: K\w+: (.*?)(?: in (.*))?$/.exec(text);
  if (match === null) return;
  report.type = match[1];
  if (match[2] !== undefined) {
    report.location = parseLocation(match[2].split(" / ")[0]!);
  }
  const operation = /\b(read|write)$/.exec(match[1]!)?.[1];
  if (operation !== undefined) {
    accessOf(report).operation = operation as "read" | "write";
  }
}

/** `UBSAN: TYPE in FILE:LINE:COLUMN`. */
function takeUbsan(report: KernelReport, text: string): void {
  const match = /^UBSAN: (.*?) in (.*?:\d+(?::\d+)?)$/.exec(text);
  report.type = match?.[1]?.replace(
    /^Undefined behaviour$/,
    "undefined-behaviour",
  );
  report.source = match?.[2];
}

/**
 * `WARNING: CPU: C PID: P at FILE:LINE PLACE`; newer `WARNING: [text] FILE:LINE at PLACE, CPU#C: COMM/PID`; old
 * `WARNING: at FILE:LINE PLACE()`.
 */
function takeWarning(report: KernelReport, text: string): void {
  const old =
    /^WARNING: (?:CPU: (\d+) PID: (\d+) )?at (\S+?:\d+)(?: (.*?)(?:\(\))?)?$/
      .exec(text);
  if (old !== null) {
    if (old[1] !== undefined) report.cpu = Number(old[1]);
    if (old[2] !== undefined) report.pid = Number(old[2]);
    report.source = old[3];
    if (old[4] !== undefined) report.location = parseLocation(old[4]);
    return;
  }
  const recent =
    /^WARNING: (?:(.*) )?(\S+?:\d+) at (.*?), CPU#(\d+): (.*)\/(\d+)$/.exec(
      text,
    );
  if (recent === null) {
    const place =
      /^(?:WARNING: .*|unchecked MSR access .*) (?:in|at rIP: 0x[0-9a-f]+) \(?(.*?)\)?$/
        .exec(text);
    if (place !== null) report.location = parseLocation(place[1]!);
    return;
  }
  if (recent[1] !== undefined) report.messages.push(recent[1]);
  report.source = recent[2];
  report.location = parseLocation(recent[3]!);
  report.cpu = Number(recent[4]);
  report.task = recent[5];
  report.pid = Number(recent[6]);
}

function takeStuck(report: KernelReport, text: string): void {
  const hung = /INFO: task (.*):(\d+) .*?(?:(\d+) seconds|$)/.exec(text);
  const locked = /CPU#(\d+) stuck for (\d+)s! \[(.*):(\d+)\]/.exec(text);
  const hard = /LOCKUP on cpu (\d+)/.exec(text);
  if (hung !== null) {
    report.task = hung[1];
    report.pid = Number(hung[2]);
    if (hung[3] !== undefined) report.durationSeconds = Number(hung[3]);
  } else if (locked !== null) {
    report.cpu = Number(locked[1]);
    report.durationSeconds = Number(locked[2]);
    report.task = locked[3];
    report.pid = Number(locked[4]);
  } else if (hard !== null) report.cpu = Number(hard[1]);
}

/** Faults and everything else: where, and which address. */
function takeFault(report: KernelReport, text: string): void {
  const source = /^kernel BUG at (\S+?:\d+)!?$/i.exec(text)?.[1] ??
    /^BUG: .* at (\S+?\.[chS]:\d+)$/.exec(text)?.[1];
  if (source !== undefined) report.source = source;
  const address =
    /(?:address:? |at |reference at |virtual address )(?:0x)?([0-9a-f]{8,16})(?:,|:|$|\s)/
      .exec(text)?.[1];
  if (address !== undefined) accessOf(report).address = `0x${address}`;
  const atomic = /^BUG: scheduling while atomic: (.*)\/(\d+)\/0x/.exec(text);
  if (atomic !== null) {
    report.task = atomic[1];
    report.pid = Number(atomic[2]);
  }
  takeOopsNumber(report, text);
}

/** `...: 0002 [#1]`. */
export function takeOopsNumber(report: KernelReport, text: string): void {
  const number = /\[#(\d+)\]/.exec(text)?.[1];
  if (number !== undefined) report.oopsNumber ??= Number(number);
}
