/**
 * A part of the modelled kernel: its system calls, and what it does at the turns of a thread's life.
 *
 * @module
 */
import type { Kernel } from "./kernel.ts";
import type { ProgramImage } from "./program_image.ts";
import type { AddressSpace, Process, Thread } from "./state.ts";

/**
 * A system call: reads its arguments from user memory, returns a value or a negative error number, never throws.
 * `undefined` stands for "the registers are set, leave them alone".
 *
 * @param args As many as the caller gave, filled with zeros to six. Each is an integer that is exact.
 */
export type SystemCall = (
  kernel: Kernel,
  thread: Thread,
  args: readonly number[],
) => number | undefined;

/** One part. Parts are asked in the order of `SUBSYSTEMS`. */
export interface Subsystem {
  /** Its system calls by name. */
  readonly calls?: Readonly<Record<string, SystemCall>>;
  /** A thread was made: in the same process, or (`isFork`) as the first of a new one. `child` starts with the initial state. */
  threadMade?(
    kernel: Kernel,
    parent: Thread,
    child: Thread,
    flags: CloneResult,
  ): void;
  /** `copy` has just been made of `space` by a fork. */
  spaceCopied?(kernel: Kernel, space: AddressSpace, copy: AddressSpace): void;
  /**
   * `thread` is the only one left of its process and its address space is new, with `program` in it; its own state is to
   * be dropped.
   */
  exec?(kernel: Kernel, thread: Thread, program: LoadedProgram): void;
  /** The thread is gone; nothing of it may stay. */
  threadGone?(kernel: Kernel, thread: Thread): void;
  /** The process is gone. */
  processGone?(kernel: Kernel, process: Process): void;
  /** The address space is gone. */
  spaceGone?(kernel: Kernel, space: AddressSpace): void;
  /** `[start, end)` of `space` is no longer what it was: unmapped, or mapped anew. */
  unmapped?(
    kernel: Kernel,
    space: AddressSpace,
    start: number,
    end: number,
  ): void;
  /** The thread makes the call `name`. A number is the call's result, and nothing else is done then. */
  enter?(kernel: Kernel, thread: Thread, name: string): number | undefined;
  /** The thread is about to run user code; `signals` are still to be delivered after this. */
  returnToUser?(kernel: Kernel, thread: Thread): void;
  /** The frame of signal `number` is about to be put on the thread's stack. */
  beforeSignal?(kernel: Kernel, thread: Thread, number: number): void;
}

/** A program that was loaded. */
export interface LoadedProgram {
  /** What its headers say. */
  image: ProgramImage;
  /** Address in the process minus address in the file. */
  bias: number;
}

/** How a thread was made. */
export interface CloneResult {
  /** Whether it has a process of its own. */
  isFork: boolean;
  /** Whether it shares the address space. */
  sharesSpace: boolean;
  /** Flags of the call. */
  flags: number;
}
