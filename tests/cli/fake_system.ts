/**
 * A process that is played: the literal program of the builders, in threads of choice.
 *
 * @module
 */
import type { LiveSystem, WaitResult } from "../../cli/live_system.ts";
import { IMAGE, STACK } from "../builders/process.ts";
import { PROGRAM } from "../builders/walk_process.ts";
import { wordBytes } from "../builders/rows.ts";

/** How a thread answers. */
export interface FakeThread {
  tid: number;
  /** Letter of `/proc/PID/stat`; default `S`. */
  state?: string;
  /** Error number of `PTRACE_SEIZE`, negated. */
  seizeError?: number;
  /** Who traces it. */
  tracer?: number;
  /** What `waitpid` says after the interruption, one by one; default that it stopped. The last is said for ever. */
  waits?: (number | "ended")[];
  /** Pointer of its stack; default that of the literal process. */
  stack?: number;
  /** Shown by the list from the second look on. */
  isLate?: boolean;
}

/** What is played. */
export interface FakeProcess {
  pid: number;
  threads: FakeThread[];
  /** Lines of `/proc/PID/maps` behind those of the program and its stack. */
  maps?: string;
  /** Memory besides. */
  memory?: { start: number; bytes: Uint8Array }[];
  /** Text of `/proc/PID/stat` of kernel threads; default a user's. */
  isKernel?: boolean;
  /** Files below /proc that cannot be read, and why. */
  unreadable?: Record<string, string>;
  /** Other files below /proc. */
  files?: Record<string, string>;
  /** User of the process, and of the one who looks. */
  userIds?: [process: number, looker: number];
  /** General registers that are too few. */
  registersSize?: number;
  /** Configuration of rseq by thread. */
  rseq?: Record<number, Uint8Array>;
}

/** `waitpid`'s status of a thread that stopped because it was asked to. */
export const STOPPED: number = 128 << 16 | 5 << 8 | 0x7f;
/** Of one that was about to get SIGUSR1. */
export const SIGNALLED: number = 10 << 8 | 0x7f;
const PAGE = 4096;
const RSP = 19;
const RIP = 16;

/** Notes what is done to the process. */
export class FakeSystem implements LiveSystem {
  readonly machine: string = "x86_64";
  readonly ownPid: number = 999;
  /** All that was asked of the kernel that changes something. */
  readonly calls: string[] = [];
  /** Threads that stand still. */
  readonly stopped: Set<number> = new Set();
  /** Called once, when the process goes on. */
  onResume: (() => void) | undefined;
  private readonly process: FakeProcess;
  private readonly stack: Uint8Array = new Uint8Array(PAGE);
  private listCount = 0;
  private time = 0;

  constructor(process: FakeProcess) {
    this.process = process;
    const words = [IMAGE + 0x818, 0, 0, IMAGE + 0x848, 0, 0];
    this.stack.set(wordBytes(words));
  }

  now(): number {
    return this.time;
  }

  pause(microseconds: number): void {
    this.time += microseconds / 1000;
  }

  readText(path: string): { text: string } | string {
    const file = this.readBytes(path);
    return typeof file === "string"
      ? file
      : { text: new TextDecoder().decode(file) };
  }

  readBytes(path: string): Uint8Array | string {
    const { process } = this;
    const refusal = process.unreadable?.[path];
    if (refusal !== undefined) return refusal;
    const text = process.files?.[path] ?? this.procText(path);
    return text === undefined ? "not found" : new TextEncoder().encode(text);
  }

  names(path: string): string[] | string {
    const { pid, threads } = this.process;
    if (path !== `/proc/${pid}/task`) return "not found";
    const isFirst = this.listCount++ === 0;
    return threads.filter((one) => !one.isLate || !isFirst)
      .map(({ tid }) => `${tid}`);
  }

  identity(): { device: string; inode: number } | undefined {
    return { device: "fe:01", inode: 7 };
  }

  seize(tid: number): number {
    this.calls.push(`seize ${tid}`);
    return this.thread(tid)?.seizeError ?? 0;
  }

  interrupt(tid: number): number {
    this.calls.push(`interrupt ${tid}`);
    return 0;
  }

  wait(tid: number): WaitResult {
    const waits = this.thread(tid)?.waits ?? [STOPPED];
    const status = waits.length > 1 ? waits.shift()! : waits[0]!;
    if (status === "ended") return { tid: -10, status: 0 };
    if (status !== 0) this.stopped.add(tid);
    return { tid: status === 0 ? 0 : tid, status };
  }

  readRegisters(tid: number): Uint8Array | number {
    if (!this.stopped.has(tid)) return -3;
    const words = new Array(27).fill(0);
    words[RIP] = IMAGE + 0x804;
    words[RSP] = this.thread(tid)?.stack ?? STACK;
    return wordBytes(words).subarray(0, this.process.registersSize ?? 216);
  }

  readRseqConfiguration(tid: number): Uint8Array | number {
    return this.process.rseq?.[tid] ?? -5;
  }

  detach(tid: number, signal: number): number {
    this.calls.push(`detach ${tid} ${signal}`);
    this.stopped.delete(tid);
    if (this.stopped.size === 0) this.onResume?.();
    return 0;
  }

  readMemory(_pid: number, address: number, target: Uint8Array): number {
    for (const { start, bytes } of this.memory()) {
      if (address < start || address >= start + bytes.length) continue;
      const at = address - start;
      const part = bytes.subarray(at, at + target.length);
      target.set(part);
      return part.length;
    }
    return -14;
  }

  readRanges(
    pid: number,
    starts: readonly number[],
    sizes: readonly number[],
    target: Uint8Array,
  ): number {
    let filled = 0;
    for (let i = 0; i < starts.length; i++) {
      const part = target.subarray(filled, filled + sizes[i]!);
      const count = Math.max(0, this.readMemory(pid, starts[i]!, part));
      filled += count;
      if (count < part.length) break;
    }
    return filled === 0 ? -14 : filled;
  }

  /** Overwrites the stack, as a process that runs does. */
  scribble(): void {
    this.stack.fill(0xee);
  }

  private memory(): { start: number; bytes: Uint8Array }[] {
    const program = new Uint8Array(PAGE);
    program.set(PROGRAM.subarray(0, PAGE));
    return [
      { start: IMAGE, bytes: program },
      { start: STACK, bytes: this.stack },
      ...this.process.memory ?? [],
    ];
  }

  private thread(tid: number): FakeThread | undefined {
    return this.process.threads.find((one) => one.tid === tid);
  }

  private procText(path: string): string | undefined {
    const { pid, threads, isKernel, maps = "", userIds } = this.process;
    if (path === "/proc/self/status") return `Uid:\t${userIds?.[1] ?? 0}\n`;
    const parts = /^\/proc\/(?:(\d+)\/task\/)?(\d+)\/(\w+)$/.exec(path);
    const thread = this.thread(Number(parts?.[2]));
    if (parts === null || thread === undefined) return undefined;
    const { tid, state = "S", tracer = 0 } = thread;
    switch (parts[3]) {
      case "status":
        return `Name:\tfake\nState:\t${state}\nTgid:\t${pid}\nTracerPid:\t${tracer}\n` +
          `Uid:\t${userIds?.[0] ?? 0}\nThreads:\t${threads.length}\n`;
      case "stat":
        return `${tid} (fake) ${state} 1 1 1 0 -1 ${
          isKernel ? 0x200000 : 0
        } 0\n`;
      case "comm":
        return `name${tid}\n`;
      case "cmdline":
        return "fake\0--option\0";
      case "auxv":
        return "";
      case "maps":
        return `${hex(IMAGE)}-${hex(IMAGE + PAGE)} r-xp 00000000 fe:01 7 ` +
          `/bin/program\n${hex(STACK)}-${hex(STACK + PAGE)} rw-p 00000000 ` +
          `00:00 0 [stack]\n${maps}`;
      default:
        return undefined;
    }
  }
}

function hex(address: number): string {
  return address.toString(16);
}
