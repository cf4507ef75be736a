/**
 * Titles: one line for an error, the same whenever it happens.
 *
 * @module
 */
import type { KernelReport } from "./report.ts";

/** Functions in which a task waits: what it waits for stands behind them. */
const WAITING =
  /^(?:__|_raw_)?(?:schedule|switch_to|context_switch|preempt_schedule|io_schedule|wait_for|wait_on|do_wait|mutex_lock|rwsem|down|down_read|down_write|bit_wait|percpu_rwsem|rt_mutex|schedule_\w+|__schedule|wait_\w+|\w*mutex_lock\w*|rwsem_\w+|down_\w+|out_of_line_\w+|bit_wait\w*|rwbase\w*|ldsem_\w+|folio_wait\w*|do_wait_\w*)(?:\.|$|_)/;
/** Functions that print a report or handle the interrupt in which it is printed. */
const REPORTING =
  /^(?:dump_stack\w*|__dump_stack|show_stack|show_regs|nmi_\w+|arch_trigger\w*|trigger_\w*|rcu_\w+|print_\w+|check_cpu_stall\w*|sched_show_task|watchdog\w*|panic|__warn|warn_slowpath\w*|report_bug|fixup_bug|do_error_trap|invalid_op|ret_from_\w+|asm_\w+|\w*apic_timer_interrupt|unwind_backtrace|dump_backtrace|\w*kmalloc\w*|kmem_\w+|\w*kzalloc\w*|kmemleak_\w+|slab_\w+)(?:\.|$)/;

/** Functions at whose end or in whose midst a processor that gets on is found by chance. */
const HELPER =
  /^(?:__sanitizer_cov|native_|arch_|check_kcov|write_comp|csd_|smp_call)/;

/** Makes the title of a finished report. */
export function makeTitle(report: KernelReport): string {
  const { kind, type, headline } = report;
  switch (kind) {
    case "kasan":
    case "kfence":
    case "kmsan":
      return withPlace(`${kind.toUpperCase()}: ${type ?? "report"}`, report);
    case "kcsan":
      return headline.replace(/^BUG: /, "").replace(/\+0x\w+\/0x\w+/g, "");
    case "ubsan":
      return headline;
    case "warning":
      return warningTitle(report);
    case "hung-task":
      return withPlace(`INFO: task ${report.task ?? "?"} hung`, report);
    case "soft-lockup":
    case "hard-lockup":
      return withPlace(`BUG: ${kind.replace("-", " ")}`, report);
    case "leak":
      return withPlace("BUG: memory leak", report);
    case "rcu-stall":
      return withPlace("INFO: rcu stall", report);
    case "panic":
      return `Kernel panic: ${general(report.panic ?? "")}`;
    case "oops":
      return withPlace(faultName(report), report);
    default:
      return general(headline.replace(/\+0x\w+\/0x\w+/g, ""));
  }
}

/** The function that the report is about; `undefined` if it names none. */
export function findFunction(report: KernelReport): string | undefined {
  const { kind } = report;
  if (report.location?.symbol !== undefined) return report.location.symbol;
  const isStuck = kind === "rcu-stall" || kind.endsWith("lockup");
  if (kind !== "hung-task") {
    const kernel = report.registers.find(({ mode, location }) =>
      mode === "kernel" && location?.symbol !== undefined &&
      !(isStuck && HELPER.test(location.symbol))
    );
    if (kernel !== undefined) return kernel.location!.symbol;
  }
  for (const stack of report.stacks) {
    for (const { symbol, isReliable, context } of stack.frames) {
      if (symbol === undefined || !isReliable) continue;
      if (isStuck && (context === "IRQ" || context === "NMI")) continue;
      if (!WAITING.test(symbol) && !REPORTING.test(symbol)) return symbol;
    }
  }
  return undefined;
}

function withPlace(name: string, report: KernelReport): string {
  const symbol = findFunction(report);
  return symbol === undefined ? name : `${name} in ${symbol}`;
}

function warningTitle(report: KernelReport): string {
  const { source, headline, messages } = report;
  if (source === undefined) {
    return general(
      (headline || messages[0] || "WARNING").replace(/\+0x\w+\/0x\w+/g, ""),
    );
  }
  return `${withPlace("WARNING", report)} at ${source}`;
}

/** `BUG: unable to handle page fault`, `general protection fault`, `kernel BUG at FILE:LINE`. */
function faultName({ headline, source }: KernelReport): string {
  if (source !== undefined) return `kernel BUG at ${source}`;
  const name = headline
    .replace(/^Oops: (?=[a-z])|^traps: /, "")
    .replace(
      /(?:,? (?:for|at|to) (?:virtual )?(?:non-canonical )?address:?|, address:| on (?:read|write) at|,? probably for| at) .*$/,
      "",
    )
    .replace(/:? [0-9a-f]{4,16} (?:ilc:\d )?\[#.*$/, "")
    .replace(/ \[#.*$/, "");
  return general(name);
}

/** Without what differs each time: addresses, process ids, numbers of processors. */
function general(text: string): string {
  return text
    .replace(/\b0x[0-9a-f]+\b|\b[0-9a-f]{8}(?:[0-9a-f]{8})?\b/g, "ADDRESS")
    .replace(/: [^:]*\/\d+\/ADDRESS$/, "")
    .replace(/ in process \S+ +pfn:\w+$/, "")
    .replace(/\S+\/\d+ (?=still )/, "")
    .replace(/ code: .*$/, "")
    .replace(/\b(CPU#?|cpu |pid:? ?|task )\d+/gi, "$1N")
    .replace(/\b\d{3,}\b/g, "N")
    .trim();
}
