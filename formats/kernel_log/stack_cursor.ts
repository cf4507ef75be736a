/**
 * Where a printer is among the stacks of a report.
 *
 * @module
 */
import { parseFrameLine } from "./frame.ts";
import type { KernelReport, KernelStack } from "./report.ts";
import { makeStack, parseStackTitle } from "./sections.ts";

/** Puts frames into stacks. Each printer has its own: processors that are asked for their stacks print at the same time. */
export class StackCursor {
  /** A line that may turn out to be the title of a stack. */
  title: string | undefined = undefined;
  private readonly report: KernelReport;
  private stack: KernelStack | undefined = undefined;
  private context: string | undefined = undefined;
  private cpu: number | undefined = undefined;
  private pid: number | undefined = undefined;

  /** Adds stacks to `report`. */
  constructor(report: KernelReport) {
    this.report = report;
  }

  /** Says whose stacks follow, as far as that is known. */
  setTask(cpu: number | undefined, pid: number | undefined): void {
    this.cpu = cpu;
    this.pid = pid;
  }

  /** Ends the stack at hand: frames that follow belong to another one. */
  endStack(): void {
    this.stack = undefined;
  }

  /** Takes a line of a stack. @returns Whether it is one. */
  takeFrame(text: string): boolean {
    const line = parseFrameLine(text);
    if (line === undefined) return false;
    const { marker, frames } = line;
    if (marker !== undefined) {
      const isEnd = marker.startsWith("/") || /^EO[EI]$/.test(marker);
      this.context = isEnd ? undefined : marker;
    }
    if (frames.length === 0) return true;
    const stack = this.stack ?? this.open(makeStack("call", this.title ?? ""));
    // On arm each line names the caller; the callee is told once more as the caller of the line before.
    const fresh = frames.length === 2 && stack.frames.length > 0
      ? frames.slice(1)
      : frames;
    const { context } = this;
    for (const frame of fresh) stack.frames.push({ ...frame, context });
    return true;
  }

  /** Takes a line that announces a stack, or whose stack follows. @returns Whether it is one. */
  takeTitle(text: string): boolean {
    const stack = parseStackTitle(text);
    if (stack !== undefined) {
      this.open(stack);
      return true;
    }
    const isTitle = /^[\w(].*:$/.test(text) && !/^(?:Modules|Code)/.test(text);
    this.title = isTitle ? text : undefined;
    const cpu = /^NMI backtrace for cpu (\d+)/.exec(text)?.[1];
    if (cpu !== undefined) this.setTask(Number(cpu), undefined);
    const pid = /^task:.* pid: *(\d+)/.exec(text)?.[1];
    if (pid === undefined) return false;
    this.setTask(undefined, Number(pid));
    this.endStack();
    return true;
  }

  /** Begins a stack. */
  private open(stack: KernelStack): KernelStack {
    if (stack.kind === "call") {
      stack.cpu ??= this.cpu;
      stack.pid ??= this.pid;
    }
    this.context = undefined;
    this.stack = stack;
    this.report.stacks.push(stack);
    return stack;
  }
}
