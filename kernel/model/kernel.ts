/**
 * The modelled kernel: processes, their threads and address spaces, and the way into it and out of it.
 *
 * @module
 */
import { type Machine, MACHINES } from "../mod.ts";
import type { ZstdDecompress } from "../../formats/sidecar/mod.ts";
import { ErrorReports } from "../reports/mod.ts";
import type { CodeFollower } from "./code_range.ts";
import { type EntropyState, reseedEntropy, seedEntropy } from "./entropy.ts";
import { Errno } from "./errno.ts";
import { type KernelEvent, MAX_EVENTS } from "./events.ts";
import { finishExterr } from "./exterrctl.ts";
import { fault as raiseFault } from "./fault.ts";
import * as life from "./life.ts";
import { PATH_MAX } from "./memory_calls.ts";
import { type KernelOptions, type KernelSettings, settle } from "./options.ts";
import {
  makeFile,
  type ModelFile,
  type ProgramImage,
} from "./program_image.ts";
import * as rseqEvents from "./rseq_events.ts";
import { deliverSignals, MAX_SIGNAL, sendSignal } from "./signals.ts";
import type { ExtendedError, Site } from "./site.ts";
import type { AddressSpace, ExitStatus, Process, Thread } from "./state.ts";
import type { CloneResult } from "./subsystem.ts";
import { SUBSYSTEMS, SYSTEM_CALLS } from "./subsystems.ts";
import type { Mapping, MappingOptions } from "./user_memory.ts";
import { callVdso } from "./vdso.ts";

/** Arguments of a system call. */
const ARGUMENT_COUNT = 6;
/** Bytes that all address spaces may map: each of thousands may be as large as one is allowed to be. */
const TOTAL_MEMORY = 2 ** 30;
/** Registers in which calls return, by machine; DWARF numbers. */
export const RESULT_REGISTERS: Readonly<Record<Machine["name"], number>> = {
  "x86-64": 0,
  aarch64: 0,
  s390x: 2,
};

/** Six arguments: what is missing is 0, what is no integer below 2^53 is -1. */
export function exactArguments(args: readonly number[]): number[] {
  return Array.from({ length: ARGUMENT_COUNT }, (_, i) => {
    const value = args[i] ?? 0;
    return Number.isSafeInteger(value) ? value + 0 : -1; // no -0
  });
}

/** What the kernel knows beside processes, threads and address spaces: plain data, as theirs is. */
export interface KernelGlobals {
  /** The clock, microseconds; its owner moves it. */
  timeUs: number;
  /** The next number for a thread, process or address space. */
  nextId: number;
  /** What the last failing site told, whether or not the thread wanted it; cleared by each call. */
  failure: ExtendedError | null;
  /** The generator of random bytes. */
  entropy: EntropyState;
  /** What each CPU counted for its last cookie of a deferred walk. */
  cookieCounts: number[];
  /** Events that nobody has taken. */
  events: KernelEvent[];
  /** Events that are gone because nobody took them in time. */
  lostEventCount: number;
}

/**
 * A kernel with everything in it. Nothing in it runs by itself: a thread does what {@linkcode Kernel.call} and the other
 * methods say that it did, one thing after the other.
 *
 * What user space does wrong ends as a negative error number or a signal; no method throws for it.
 */
export class Kernel {
  /** Options with defaults. */
  readonly settings: KernelSettings;
  /** Machine of all programs. */
  readonly machine: Machine;
  /** Byte order of user memory. */
  readonly littleEndian: boolean;
  /** Threads by ID; those that have exited are not in it. */
  readonly threads: Map<number, Thread> = new Map();
  /** Processes by ID, those that have ended included until {@linkcode Kernel.reap}. */
  readonly processes: Map<number, Process> = new Map();
  /** Address spaces by number. */
  readonly spaces: Map<number, AddressSpace> = new Map();
  /** Files that programs can open, by path. */
  readonly files: Map<string, ModelFile> = new Map();
  /** Decompresses parts of sidecars; whoever restores a kernel gives it anew. */
  decompress: ZstdDecompress | undefined = undefined;
  /** Registered code as walks use it, of the address spaces in which something was walked. */
  readonly codeTables: WeakMap<AddressSpace, CodeFollower> = new WeakMap();
  /** Deferred walks that wait for sidecars, by cookie. */
  readonly waitingWalks: Map<bigint, Promise<void>> = new Map();
  /** Error reports. */
  reports: ErrorReports;
  /** What belongs to no process. */
  globals: KernelGlobals;

  /** A kernel without processes. */
  constructor(options: KernelOptions = {}) {
    this.settings = settle(options);
    this.machine = MACHINES[this.settings.machine];
    this.littleEndian = this.settings.machine !== "s390x";
    this.globals = {
      timeUs: 0,
      nextId: 1,
      failure: null,
      entropy: seedEntropy(this.settings.seed),
      cookieCounts: [],
      events: [],
      lostEventCount: 0,
    };
    this.reports = new ErrorReports({
      capacity: this.settings.reportCapacity,
      sizeLimit: this.settings.reportSize,
    });
  }

  /** Makes a file that programs can open. */
  addFile(path: string, bytes: Uint8Array): void {
    this.files.set(path, makeFile(bytes));
  }

  /** A process with one thread and an empty address space, as if made by nobody. */
  spawn(name = "program"): Thread {
    return life.spawn(this, name);
  }

  /**
   * A system call of thread `tid`. Arguments that are missing are 0; one that is no integer below 2^53 counts as -1, an
   * address nobody has.
   *
   * @returns What the call returned: a value, or a negative error number. For calls that do not return as others do
   * (exit, execve, sigreturn), 0.
   */
  call(tid: number, name: string, ...args: number[]): number {
    const thread = this.threads.get(tid);
    if (thread === undefined) return -Errno.ESRCH;
    const call = SYSTEM_CALLS.get(name);
    this.globals.failure = null;
    thread.exterr.recorded = null;
    const settled = this.enter(thread, name);
    const result = settled !== undefined || call === undefined
      ? settled ?? -Errno.ENOSYS
      : call(this, thread, exactArguments(args));
    if (result !== undefined && thread.alive) {
      thread.registers[RESULT_REGISTERS[this.machine.name]] = result;
      if (result < 0) finishExterr(this, thread);
    }
    this.returnToUser(thread);
    return result ?? 0;
  }

  /** Each part learns of the call; the first that settles it gives its result. */
  private enter(thread: Thread, name: string): number | undefined {
    let settled: number | undefined;
    for (const part of SUBSYSTEMS) {
      const result = part.enter?.(this, thread, name);
      settled ??= result;
    }
    return settled;
  }

  /** Sends signal `number` to thread `tid` from outside; it is delivered when the thread next returns to user mode. */
  signal(tid: number, number: number): void {
    const thread = this.threads.get(tid);
    if (thread === undefined || !(number >= 1 && number <= MAX_SIGNAL)) return;
    sendSignal(thread, { number, code: 0, address: 0, forced: false });
  }

  /** Sends `thread` a signal for what it did itself; a second one of the same number is not queued. */
  force(thread: Thread, number: number, code: number, address: number): void {
    sendSignal(thread, { number, code, address, forced: true });
  }

  /** The way back to user mode: each part has its say, then signals are delivered. */
  returnToUser(thread: Thread): void {
    for (const part of SUBSYSTEMS) {
      if (!thread.alive) return;
      part.returnToUser?.(this, thread);
    }
    deliverSignals(this, thread);
  }

  /** Each part has its say before a signal frame is built. */
  beforeSignal(thread: Thread, number: number): void {
    for (const part of SUBSYSTEMS) part.beforeSignal?.(this, thread, number);
  }

  /** The thread loses its CPU for a while; see {@linkcode rseqEvents.preempt}. */
  preempt(tid: number): number {
    return rseqEvents.preempt(this, tid);
  }

  /** The thread is moved to another CPU; see {@linkcode rseqEvents.migrate}. */
  migrate(tid: number, cpu: number): number {
    return rseqEvents.migrate(this, tid, cpu);
  }

  /** An interrupt reaches the thread; see {@linkcode rseqEvents.interrupt}. */
  interrupt(tid: number): number {
    return rseqEvents.interrupt(this, tid);
  }

  /** The thread causes a trap at its pc; see {@linkcode raiseFault}. */
  fault(tid: number, trap: number, errorCode = 0, address = 0): number {
    // What is no integer would not outlive a checkpoint.
    const [number, code, at] = exactArguments([trap, errorCode, address]);
    return raiseFault(this, tid, number!, code!, at!);
  }

  /** The thread calls a function of the vDSO; see {@linkcode callVdso}. */
  vdso(tid: number, name: string, ...args: number[]): number {
    return callVdso(this, tid, name, args);
  }

  /** Seeds the generator of random bytes anew: keys in user space are old from now on. */
  reseed(): void {
    reseedEntropy(this.globals.entropy);
  }

  /** A call fails at `site`: records what is told of it, and gives the call's result. */
  fail(thread: Thread, site: Site, p1 = 0, p2 = 0): number {
    const result = this.refuse(site, p1, p2);
    if (thread.exterr.registered) {
      thread.exterr.recorded = this.globals.failure;
    }
    return result;
  }

  /** As {@linkcode Kernel.fail}, but the thread gets the error number alone: whoever watches the kernel learns the rest. */
  refuse(site: Site, p1 = 0, p2 = 0): number {
    const { errno, category, line, message } = site;
    this.globals.failure = { errno, category, line, message, p1, p2 };
    return -errno;
  }

  /** Notes an event. */
  tell(event: KernelEvent): void {
    const { events } = this.globals;
    if (events.length >= MAX_EVENTS) {
      events.shift();
      this.globals.lostEventCount++;
    }
    events.push(event);
  }

  /** The events since this was last called. */
  takeEvents(): KernelEvent[] {
    const { events } = this.globals;
    this.globals.events = [];
    return events;
  }

  /** Files an error report on behalf of `thread`, if any. */
  report(
    detector: string,
    title: string,
    text: string,
    thread: Thread | undefined,
  ): void {
    this.reports.report({
      detector,
      title,
      text,
      cpu: thread?.cpu,
      pid: thread?.tid,
      task: thread && this.processOf(thread).name,
      startTimeUs: this.globals.timeUs,
      endTimeUs: this.globals.timeUs,
    });
    this.tell({ kind: "report", title });
  }

  /** The process of `thread`. */
  processOf(thread: Thread): Process {
    return this.processes.get(thread.pid)!;
  }

  /** The address space of `thread`. */
  spaceOf(thread: Thread): AddressSpace {
    return this.spaces.get(this.processOf(thread).spaceId)!;
  }

  /** Living threads of `process`. */
  threadsOf(process: Process): Thread[] {
    return process.tids.map((tid) => this.threads.get(tid)!);
  }

  /** Living threads that run in `space`. */
  threadsIn(space: AddressSpace): Thread[] {
    return [...this.processes.values()]
      .filter(({ spaceId, exit }) => spaceId === space.id && exit === null)
      .flatMap((process) => this.threadsOf(process));
  }

  /** Whether `size` more bytes may be mapped, in `space` or (`undefined`) in one to come. */
  hasRoom(space: AddressSpace | undefined, size: number): boolean {
    let total = size;
    for (const { memory } of this.spaces.values()) total += memory.mappedSize;
    return total <= Math.max(TOTAL_MEMORY, this.settings.memoryLimit) &&
      (space === undefined || space.memory.hasRoom(size));
  }

  /** How many threads live. */
  livingCount(): number {
    return this.threads.size;
  }

  /** Path of the open file `descriptor`. */
  pathOf(thread: Thread, descriptor: number): string | undefined {
    return this.processOf(thread).files[descriptor] ?? undefined;
  }

  /** The path at `address`; `undefined` if it cannot be read or is too long. Bytes that are no UTF-8 become U+FFFD. */
  copyInPath(thread: Thread, address: number): string | undefined {
    const { memory } = this.spaceOf(thread);
    const bytes = memory.copyInString(address, PATH_MAX);
    return bytes && new TextDecoder().decode(bytes);
  }

  /** Maps pages, in place of what is there. */
  map(
    space: AddressSpace,
    start: number,
    end: number,
    protection: number,
    options?: MappingOptions,
  ): Mapping {
    this.unmap(space, start, end);
    return space.memory.map(start, end, protection, options);
  }

  /** Takes pages away, with what was registered for them. */
  unmap(space: AddressSpace, start: number, end: number): void {
    if (!space.memory.unmap(start, end)) return;
    for (const part of SUBSYSTEMS) part.unmapped?.(this, space, start, end);
  }

  /** See {@linkcode life.cloneThread}. */
  cloneThread(
    parent: Thread,
    how: CloneResult,
    threadPointer: number,
  ): Thread {
    return life.cloneThread(this, parent, how, threadPointer);
  }

  /** See {@linkcode life.exec}. */
  exec(thread: Thread, path: string, image: ProgramImage): void {
    life.exec(this, thread, path, image);
  }

  /** The thread is gone; with the last one goes the process. */
  endThread(thread: Thread, status: ExitStatus): void {
    life.endThread(this, thread, status);
  }

  /** All threads of the process are gone, and it with them. */
  endProcess(process: Process, status: ExitStatus): void {
    if (process.exit === null) life.endProcess(this, process, status);
  }

  /** Forgets processes that have ended. */
  reap(): void {
    for (const [pid, { exit }] of this.processes) {
      if (exit !== null) this.processes.delete(pid);
    }
  }
}
