/**
 * The lines that most reports have in common: processor, task, kernel, machine, modules.
 *
 * @module
 */
import type { KernelReport } from "./report.ts";

const CPU_LINE =
  /^CPU: (\d+) (?:UID: (\d+) )?PID: (\d+) Comm: (.*?) (?:Kdump: loaded )?(?:Not tainted|Tainted: ([A-Z](?:[A-Z ]*[A-Z])?)(?= )) *(\S*) ?(.*)$/;
const OLD_CPU_LINE =
  /^Pid: (\d+), comm: (.*?) (?:Not tainted|Tainted: ([A-Z](?:[A-Z ]*[A-Z])?)(?= )) *(\S*) ?(.*)$/;

/** Who a line says was running. */
export interface RunningTask {
  /** The processor; `undefined` if the line does not say. */
  cpu: number | undefined;
  /** The process id. */
  pid: number;
}

/** Reads the line with the task and the kernel. The first one is the report's own. @returns The task. */
export function takeTaskLine(
  report: KernelReport,
  text: string,
): RunningTask | undefined {
  let task: RunningTask;
  let name: string;
  let rest: (string | undefined)[];
  const match = CPU_LINE.exec(text);
  let uid: string | undefined;
  if (match !== null) {
    task = { cpu: Number(match[1]), pid: Number(match[3]) };
    name = match[4]!;
    uid = match[2];
    rest = match.slice(5);
  } else {
    const old = OLD_CPU_LINE.exec(text);
    if (old === null) return undefined;
    task = { cpu: undefined, pid: Number(old[1]) };
    name = old[2]!;
    rest = old.slice(3);
  }
  if (report.release !== undefined) return task;
  const [taint = "", release, build] = rest;
  report.taint = taint.replaceAll(" ", "");
  report.release = release;
  report.build = build!.trim() === "" ? undefined : build!.trim();
  report.cpu ??= task.cpu;
  // Reports on a stuck task name it in their headline: this line has the watcher.
  report.pid ??= task.pid;
  if (report.pid === task.pid) report.task ??= name;
  if (uid !== undefined) report.uid = Number(uid);
  return task;
}

/** Reads the other lines of the context. @returns Whether it is one of them. */
export function takeContextLine(report: KernelReport, text: string): boolean {
  const hardware = /^Hardware name: (.*?)(?: \(DT\))?$/.exec(text);
  if (hardware !== null) {
    report.hardware ??= hardware[1];
    return true;
  }
  const work = /^Workqueue: (.*)$/.exec(text);
  if (work !== null) {
    report.workqueue ??= work[1];
    return true;
  }
  if (text.startsWith("Modules linked in:")) {
    const names = text.slice(18).replace(/\[last unloaded:.*$/, "").trim();
    if (report.modules.length === 0 && names !== "") {
      report.modules = names.split(/\s+/);
    }
    return true;
  }
  // The report on a hung task has its kernel in a line of its own.
  const kernel =
    /^\s+(?:Not tainted|Tainted: ([A-Z](?:[A-Z ]*[A-Z])?)) +(\S+)(?: (.*))?$/
      .exec(text);
  if (kernel !== null) {
    report.taint ??= (kernel[1] ?? "").replaceAll(" ", "");
    report.release ??= kernel[2];
    report.build ??= kernel[3];
    return true;
  }
  return /^(?:Tainted: \[|Code:|Instruction dump:|Dumping ftrace buffer|\s*\(ftrace buffer empty\)|Stack:|Krnl Code:|irq event stamp:|(?:hard|soft)irqs last|Kernel Offset:|Showing all locks|Unloaded tainted modules|Disabling lock debugging|note: .* exited with|Sending NMI|NMI backtrace for cpu|Process .* \(pid|"echo 0 > |Exception stack\(|[0-9a-f]{4}: [0-9a-f ]+$|\s*(?:[0-9a-f]{16} ?){2,4}$)/
    .test(text) ||
    /^\d+ locks? held by |^no locks held by |^\s*#\d+: /.test(text);
}
