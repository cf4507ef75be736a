/**
 * A report as a value. Everything in it was written by a kernel as text: addresses stay the hexadecimal digits that
 * they were (hashed ones, and those that no 48-bit address space has, are common), with `0x` in front.
 *
 * @module
 */
import type { ReportKind } from "./start.ts";

/** A place in code, as far as it was printed. */
export interface CodeLocation {
  /** Name of the function; `undefined` where only an address was printed. */
  symbol: string | undefined;
  /** Bytes behind the function's start. */
  offset: number | undefined;
  /** Size of the function, bytes. */
  size: number | undefined;
  /** The module that it belongs to; `undefined` for the kernel proper. */
  module: string | undefined;
  /** The module's build ID, 40 digits. */
  buildId: string | undefined;
  /** The address. */
  address: string | undefined;
  /** `FILE:LINE`, several with a space between them, where a tool looked them up. */
  source: string | undefined;
}

/** One line of a stack trace. */
export interface KernelFrame extends CodeLocation {
  /** Whether it was found by unwinding; if not, the address merely lay on the stack (`?`). */
  isReliable: boolean;
  /** Whether a tool added it for a function that was inlined. */
  isInline: boolean;
  /** Where it ran: `TASK`, `IRQ`, `SOFTIRQ`, `NMI` ...; `undefined` if the trace does not say. */
  context: string | undefined;
  /** Letters that the kernel put behind the frame, as arm64 does. */
  flags: string | undefined;
}

/** What a stack trace shows. */
export type StackKind =
  /** Where the report was made, or another task or processor that it shows. */
  | "call"
  /** Where the memory was allocated. */
  | "allocated"
  /** Where it was freed. */
  | "freed"
  /** Where work that concerns it was queued. */
  | "related"
  /** An access that took part in a race. */
  | "access"
  /** Where memory that was never written came from. */
  | "origin"
  /** Something else: its title says what. */
  | "other";

/** A stack trace of a report. */
export interface KernelStack {
  /** What it shows. */
  kind: StackKind;
  /** The line above it, without the colon; empty if there is none. */
  title: string;
  /** Process id, where the title or a line above names one. */
  pid: number | undefined;
  /** The processor, likewise. */
  cpu: number | undefined;
  /** When it was, microseconds since boot, where the title says so. */
  timeUs: number | undefined;
  /** The frames, innermost first. */
  frames: KernelFrame[];
}

/** A bad access. */
export interface KernelAccess {
  /** What was done. */
  operation: "read" | "write" | "free" | "execute" | undefined;
  /** Bytes. */
  size: number | undefined;
  /** Where. */
  address: string | undefined;
}

/** Memory that an access should have kept to, or away from. */
export interface KernelObject {
  /** KFENCE's name for it: `kfence-#17`. */
  name: string | undefined;
  /** Where it starts. */
  address: string | undefined;
  /** The slab cache. */
  cache: string | undefined;
  /** Size of an object of that cache, bytes. */
  size: number | undefined;
  /** Where the region that was asked for starts. */
  regionStart: string | undefined;
  /** Behind its end. */
  regionEnd: string | undefined;
  /** Its size, bytes. */
  regionSize: number | undefined;
  /** `allocated` or `freed`, where the report says so. */
  state: string | undefined;
  /** How far the access is from the region, bytes. */
  distance: number | undefined;
  /** In which way: `inside of`, `to the left of`, `to the right of`. */
  relation: string | undefined;
  /** The global variable, where it is one. */
  variable: string | undefined;
}

/** A row of the sanitizer's memory map. */
export interface MemoryRow {
  /** The address that the first byte of the row stands for. */
  address: string;
  /** The bytes of the map. */
  values: number[];
  /** Index of the byte that the report points at; -1 in all rows but one. */
  markedIndex: number;
}

/** The registers at one moment. */
export interface KernelRegisters {
  /** Whose code ran. */
  mode: "kernel" | "user";
  /** Where: RIP, pc, epc, PSW. */
  location: CodeLocation | undefined;
  /** Where it would have returned to, on machines with a register for that. */
  link: CodeLocation | undefined;
  /** Values by name as printed, without `0x`. */
  values: Record<string, string>;
}

/** A report of an error in a kernel. */
export interface KernelReport {
  /** What kind it is. */
  kind: ReportKind;
  /** One line that names the error and is the same whenever it happens: without addresses, ids and times. */
  title: string;
  /** The line that named it, as printed. */
  headline: string;
  /** The detector's word for the error: `slab-out-of-bounds`. */
  type: string | undefined;
  /** Where it happened. */
  location: CodeLocation | undefined;
  /** `FILE:LINE` or `FILE:LINE:COLUMN`, where the headline has it. */
  source: string | undefined;
  /** What else was said about it above the stack. */
  messages: string[];
  /** The access, if it is about one. */
  access: KernelAccess | undefined;
  /** Name of the task. */
  task: string | undefined;
  /** Its process id. */
  pid: number | undefined;
  /** Its user. */
  uid: number | undefined;
  /** The processor. */
  cpu: number | undefined;
  /** Release of the kernel. */
  release: string | undefined;
  /** What follows the release: number and options of the build. */
  build: string | undefined;
  /** Letters of the taint, without spaces; empty for a kernel that is not tainted, `undefined` if not said. */
  taint: string | undefined;
  /** The machine. */
  hardware: string | undefined;
  /** The work that ran, if a workqueue did. */
  workqueue: string | undefined;
  /** Modules that were loaded, as printed. */
  modules: string[];
  /** For how many seconds something was stuck. */
  durationSeconds: number | undefined;
  /** Which oops since boot it is: the number behind `#`. */
  oopsNumber: number | undefined;
  /** Why the kernel gave up, if it did. */
  panic: string | undefined;
  /** All stack traces in order. */
  stacks: KernelStack[];
  /** The registers, as often as they were printed. */
  registers: KernelRegisters[];
  /** The memory in question. */
  object: KernelObject | undefined;
  /** The memory map around it. */
  memory: MemoryRow[];
  /** Microseconds since boot of the first line; `undefined` if the log has no such times. */
  startTimeUs: number | undefined;
  /** And of the last. */
  endTimeUs: number | undefined;
  /** Time of day of the first line, as the log has it. */
  wallTime: string | undefined;
  /** Who printed it, where the log says so: `T` and a thread, `C` and a processor. */
  caller: string | undefined;
  /** Number of its first line in the log, from 1. */
  lineNumber: number;
  /** Its lines, without what stood before their text. */
  lines: string[];
  /** Whether its end was seen. */
  isComplete: boolean;
  /** Whether a limit was reached and lines were left out. */
  isTruncated: boolean;
}

/** An empty report. */
export function emptyReport(
  kind: ReportKind,
  lineNumber: number,
): KernelReport {
  return {
    kind,
    title: "",
    headline: "",
    type: undefined,
    location: undefined,
    source: undefined,
    messages: [],
    access: undefined,
    task: undefined,
    pid: undefined,
    uid: undefined,
    cpu: undefined,
    release: undefined,
    build: undefined,
    taint: undefined,
    hardware: undefined,
    workqueue: undefined,
    modules: [],
    durationSeconds: undefined,
    oopsNumber: undefined,
    panic: undefined,
    stacks: [],
    registers: [],
    object: undefined,
    memory: [],
    startTimeUs: undefined,
    endTimeUs: undefined,
    wallTime: undefined,
    caller: undefined,
    lineNumber,
    lines: [],
    isComplete: false,
    isTruncated: false,
  };
}
