/**
 * Reports as text.
 *
 * @module
 */
import type {
  CodeLocation,
  KernelFrame,
  KernelReport,
  KernelStack,
} from "../formats/kernel_log/mod.ts";
import { type Palette, printable } from "./plain_text.ts";

/** Frames of a stack that the short form shows. */
const MAX_FRAMES = 8;
/** Functions that print the report: the error lies behind them. */
const PRINTERS =
  /^(?:dump_stack|__dump_stack|show_stack|show_regs|print_|kasan_|__kasan|__asan_|check_memory_region|object_err|ubsan_|__ubsan|handle_overflow|dump_backtrace|unwind_backtrace|__warn|warn_slowpath|report_bug|panic|__die|die|page_fault_oops|exc_|asm_exc|do_error_trap|handle_bug|kmsan_|__msan_|kcsan_|__tsan_|end_report|check_region_inline|sched_show_task|nmi_|lockdep_rcu|check_noncircular|print_circular)/;

/** How reports are shown. */
export interface TextStyle {
  /** Whether to show everything. */
  full: boolean;
  /** Colours. */
  palette: Palette;
}

/** A report in a few lines, or with everything. */
export function reportText(report: KernelReport, style: TextStyle): string {
  const lines = [titleLine(report, style.palette)];
  for (const fact of facts(report, style.full)) lines.push(`  ${fact}`);
  const stacks = style.full ? report.stacks : mainStacks(report);
  for (const stack of stacks) lines.push(...stackLines(stack, style));
  if (style.full) lines.push(...details(report, style.palette));
  return `${lines.join("\n")}\n`;
}

/** `[   12.345678]`, or the time of day. */
export function timeText(report: KernelReport): string {
  const { startTimeUs, wallTime } = report;
  if (startTimeUs !== undefined) {
    return `[${(startTimeUs / 1e6).toFixed(6).padStart(12)}]`;
  }
  return wallTime === undefined ? "" : `[${printable(wallTime)}]`;
}

function titleLine(report: KernelReport, palette: Palette): string {
  const marks = [
    report.isComplete || !expectsEnd(report) ? "" : " (its end is missing)",
    report.isTruncated ? " (cut: it is too long)" : "",
  ];
  const time = timeText(report);
  return (time === "" ? "" : `${palette.dim(time)} `) +
    palette.bold(palette.red(printable(report.title))) + marks.join("");
}

/** Whether reports of this kind have an end mark to be missed. */
function expectsEnd({ kind }: KernelReport): boolean {
  return kind === "kasan" || kind === "kfence" || kind === "kmsan" ||
    kind === "kcsan" || kind === "oops";
}

function facts(report: KernelReport, full: boolean): string[] {
  const lines: string[] = [];
  if (full && report.headline !== "") lines.push(printable(report.headline));
  const messages = full ? report.messages : report.messages.slice(0, 2);
  for (const message of messages) lines.push(printable(message));
  const who = whoText(report);
  const access = accessText(report);
  const first = [access, who].filter((text) => text !== "").join(", ");
  if (first !== "") lines.push(printable(first));
  const memory = objectText(report);
  if (memory !== "") lines.push(printable(memory));
  if (report.panic !== undefined && report.kind !== "panic") {
    lines.push(printable(`then panic: ${report.panic}`));
  }
  if (full) {
    if (report.hardware !== undefined) lines.push(printable(report.hardware));
    if (report.modules.length > 0) {
      lines.push(printable(`modules: ${report.modules.join(" ")}`));
    }
  }
  return lines;
}

function accessText({ access }: KernelReport): string {
  if (access === undefined) return "";
  const size = access.size === undefined
    ? ""
    : ` of ${access.size} ${access.size === 1 ? "byte" : "bytes"}`;
  const at = access.address === undefined ? "" : ` at ${access.address}`;
  return `${access.operation ?? "access"}${size}${at}`;
}

function whoText(report: KernelReport): string {
  const { task, pid, cpu, release, taint, durationSeconds, workqueue } = report;
  const parts: string[] = [];
  if (task !== undefined || pid !== undefined) {
    parts.push(`task ${[task, pid].filter((x) => x !== undefined).join("/")}`);
  }
  if (cpu !== undefined) parts.push(`cpu ${cpu}`);
  if (durationSeconds !== undefined) parts.push(`for ${durationSeconds} s`);
  if (workqueue !== undefined) parts.push(`work ${workqueue}`);
  if (release !== undefined) {
    parts.push(`Linux ${release}${taint ? `, tainted ${taint}` : ""}`);
  }
  return parts.join(", ");
}

function objectText({ object }: KernelReport): string {
  if (object === undefined) return "";
  const { distance, relation, state, regionSize, cache, regionStart } = object;
  if (object.variable !== undefined) return `variable ${object.variable}`;
  const where = relation === undefined ? "" : `${distance} bytes ${relation} `;
  const region = regionSize === undefined
    ? ""
    : `${where}${state ?? "a"} region of ${regionSize} bytes at ${regionStart}`;
  const from = cache === undefined ? "" : `cache ${cache}`;
  const name = object.name ?? "";
  return [region, from, name].filter((text) => text !== "").join(", ");
}

/** The stacks that tell most: where it happened, and what became of the memory. */
function mainStacks({ stacks }: KernelReport): KernelStack[] {
  const call = stacks.find(({ kind }) => kind === "call");
  const others = stacks.filter(({ kind }) =>
    kind === "allocated" || kind === "freed" || kind === "access" ||
    kind === "origin"
  );
  return call === undefined ? others : [call, ...others];
}

function stackLines(
  stack: KernelStack,
  { full, palette }: TextStyle,
): string[] {
  const { title, frames } = stack;
  const lines: string[] = [];
  if (full || stack.kind !== "call") {
    const name = title === "" ? "Call Trace" : title.trim();
    lines.push(`  ${palette.bold(printable(name))}`);
  }
  if (full) {
    let context: string | undefined;
    for (const frame of frames) {
      if (frame.context !== context && frame.context !== undefined) {
        lines.push(`    ${palette.dim(`<${printable(frame.context)}>`)}`);
      }
      context = frame.context;
      lines.push(`    ${frameText(frame, palette)}`);
    }
    return lines;
  }
  const reliable = frames.filter(({ isReliable }) => isReliable);
  const list = reliable.length > 0 ? reliable : frames;
  const first = list.findIndex(({ symbol }) => !PRINTERS.test(symbol ?? "x"));
  const shown = list.slice(Math.max(0, first));
  for (const frame of shown.slice(0, MAX_FRAMES)) {
    lines.push(`    ${frameText(frame, palette)}`);
  }
  const more = shown.length - MAX_FRAMES;
  if (more > 0) lines.push(`    ${palette.dim(`and ${more} more`)}`);
  return lines;
}

function frameText(frame: KernelFrame, palette: Palette): string {
  const mark = frame.isReliable ? "" : "? ";
  const flags = frame.flags === undefined ? "" : ` (${frame.flags})`;
  const inline = frame.isInline ? " [inline]" : "";
  return `${mark}${locationText(frame, palette)}${flags}${inline}`;
}

/** A place as kernels write it. */
export function locationText(place: CodeLocation, palette: Palette): string {
  const { symbol, offset, size, module, address, source } = place;
  if (symbol === undefined) return address ?? "?";
  const range = offset === undefined
    ? ""
    : `+0x${offset.toString(16)}/0x${size!.toString(16)}`;
  const from = module === undefined ? "" : ` [${printable(module)}]`;
  const line = source === undefined ? "" : ` ${printable(source)}`;
  return `${palette.cyan(printable(symbol))}${range}${from}${line}`;
}

/** Registers and the memory map. */
function details(report: KernelReport, palette: Palette): string[] {
  const lines: string[] = [];
  for (const { mode, location, link, values } of report.registers) {
    const at = location === undefined
      ? ""
      : ` at ${locationText(location, palette)}`;
    const from = link === undefined
      ? ""
      : `, from ${locationText(link, palette)}`;
    lines.push(`  ${palette.bold(`Registers, ${mode}`)}${at}${from}`);
    const pairs = Object.entries(values).map(([name, value]) =>
      `${name}=${value}`
    );
    for (let i = 0; i < pairs.length; i += 4) {
      lines.push(`    ${printable(pairs.slice(i, i + 4).join(" "))}`);
    }
  }
  if (report.memory.length > 0) {
    lines.push(`  ${palette.bold("Memory map")}`);
    for (const { address, values, markedIndex } of report.memory) {
      // The marked byte stands in brackets, which take the place of the spaces around it.
      const bytes = values.map((value, i) => {
        const gap = i === markedIndex
          ? "["
          : i === markedIndex + 1 && i > 0
          ? "]"
          : " ";
        return gap + value.toString(16).padStart(2, "0");
      }).join("");
      const end = markedIndex === values.length - 1 ? "]" : "";
      lines.push(`    ${address}:${bytes}${end}`);
    }
  }
  return lines;
}
