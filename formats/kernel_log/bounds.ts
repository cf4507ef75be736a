/**
 * Where reports end, and which lines begin another one.
 *
 * @module
 */
import type { KernelReport } from "./report.ts";
import { barSize, classifyStart, CUT_HERE } from "./start.ts";

const END_TRACE = /^-+\[ end (?:trace|Kernel panic)/;
const DYING = /^(?:Rebooting in \d+ seconds|---\[ end Kernel panic)/;
/** Lines that may follow the end of a report and still belong to it. */
const TAIL =
  /^(?:Kernel panic - not syncing|Kernel Offset:|Rebooting in |---\[ end Kernel panic|Dumping ftrace buffer|\s*\(ftrace buffer empty\)|Disabling lock debugging|note: .* exited with|Shutting down cpus|Modules linked in:|Code:|SMP: |Sending NMI|CPU features:|Memory Limit:|Unloaded tainted)/;
/** The line of an oops that numbers it. */
const OOPS_LINE = /\[#\d+\]|^Internal error: |^Oops[: ]/;
/** The bar of the allocator's report, which old kernels put into that of KASAN. */
const SLUB_BAR_SIZE = 77;

/** Whether `text` may follow the end of a report, as part of it. */
export function isTail(text: string): boolean {
  return TAIL.test(text);
}

/** Whether `text` is the last that a kernel says. */
export function isLastWord(text: string): boolean {
  return DYING.test(text);
}

/** Whether `text` is a mark that ends reports, or a bar. */
export function isMark(text: string): boolean {
  return barSize(text) > 0 || END_TRACE.test(text);
}

/** Whether `text` ends a report that began with a bar of `ownBarSize` equals signs, 0 for none. */
export function isEndMark(
  text: string,
  { kind }: KernelReport,
  ownBarSize: number,
): boolean {
  const size = barSize(text);
  if (size === 0) return END_TRACE.test(text);
  if (kind === "lockdep") return false;
  return ownBarSize === 0 ? size !== SLUB_BAR_SIZE : size === ownBarSize;
}

/** Whether reports like this one have an end mark; `ownBarSize` as in {@linkcode isEndMark}. */
export function hasEndMark(
  { kind, lines }: KernelReport,
  ownBarSize: number,
): boolean {
  switch (kind) {
    case "kasan":
    case "kfence":
    case "kmsan":
    case "kcsan":
    case "oops":
      return true;
    case "lockdep":
      return false;
    default:
      return ownBarSize > 0 || CUT_HERE.test(lines[0] ?? "");
  }
}

/** Whether a report of another error than the one that was named begins with `text`. */
export function beginsAnother(report: KernelReport, text: string): boolean {
  const { kind: mine, stacks, headline } = report;
  const kind = classifyStart(text);
  if (kind === undefined || kind === "panic") return false;
  // Some kernels find fault with a stack while they print it.
  if (text.startsWith("WARNING: kernel stack ")) return false;
  if (mine === "kasan" && /^BUG \S+ \(/.test(text)) return false;
  if (stacks.length > 0) return true;
  if (mine === "leak" || mine === "rcu-stall") return kind !== mine;
  // A fault is told in several lines; the one with its number is always a later one.
  const isLater = OOPS_LINE.test(text) ||
    headline.startsWith("kernel tried to execute");
  return !(kind === "oops" && (mine === "oops" || mine === "bug") && isLater);
}
