/**
 * How threads, processes and address spaces come and go.
 *
 * @module
 */
import { PF, PT } from "../../formats/elf/mod.ts";
import { noExterr } from "./exterrctl.ts";
import { type Kernel, RESULT_REGISTERS } from "./kernel.ts";
import type { ProgramImage } from "./program_image.ts";
import { noRseq } from "./rseq_state.ts";
import type { AddressSpace, ExitStatus, Process, Thread } from "./state.ts";
import type { CloneResult } from "./subsystem.ts";
import { SUBSYSTEMS } from "./subsystems.ts";
import { noThreadArea } from "./thread_area_state.ts";
import {
  PAGE_SIZE,
  Protection,
  roundToPages,
  USER_END,
  UserMemory,
} from "./user_memory.ts";
import { noUnwind } from "./walk_deferred.ts";

const REGISTER_COUNT = 128;
/** Where programs that can lie anywhere are put. */
const PROGRAM_BASE = 0x5555_5555_4000;
/** Bytes of the first thread's stack. */
const STACK_SIZE = 0x2_0000;

/** A process with one thread and nothing mapped. */
export function spawn(kernel: Kernel, name: string): Thread {
  const space = makeSpace(kernel);
  const process = makeProcess(kernel, name, 0, space.id);
  return makeThread(kernel, process, process.pid);
}

function makeSpace(kernel: Kernel): AddressSpace {
  const { memoryLimit } = kernel.settings;
  const space: AddressSpace = {
    id: kernel.globals.nextId++,
    memory: new UserMemory(kernel.littleEndian, memoryLimit),
    code: [],
    fixups: [],
    vdsoStart: 0,
    concurrencyIds: [],
    hasRseqBarriers: false,
  };
  kernel.spaces.set(space.id, space);
  return space;
}

function makeProcess(
  kernel: Kernel,
  name: string,
  parentPid: number,
  spaceId: number,
): Process {
  const process: Process = {
    pid: kernel.globals.nextId++,
    parentPid,
    spaceId,
    tids: [],
    name,
    actions: {},
    files: [],
    exit: null,
    area: noThreadArea(),
  };
  kernel.processes.set(process.pid, process);
  return process;
}

function makeThread(kernel: Kernel, process: Process, tid: number): Thread {
  const thread: Thread = {
    tid,
    pid: process.pid,
    alive: true,
    registers: new Float64Array(REGISTER_COUNT),
    threadPointer: 0,
    cpu: 0,
    uid: 0,
    pending: [],
    blocked: [0, 0],
    exterr: noExterr(),
    rseq: noRseq(),
    unwind: noUnwind(),
  };
  process.tids.push(tid);
  kernel.threads.set(tid, thread);
  return thread;
}

/** A thread like `parent`, in its process or (`isFork`) a new one; its call returns 0. */
export function cloneThread(
  kernel: Kernel,
  parent: Thread,
  how: CloneResult,
  threadPointer: number,
): Thread {
  const process = how.isFork
    ? copyProcess(kernel, parent, how.sharesSpace)
    : kernel.processOf(parent);
  const tid = how.isFork ? process.pid : kernel.globals.nextId++;
  const child = makeThread(kernel, process, tid);
  child.registers.set(parent.registers);
  child.registers[RESULT_REGISTERS[kernel.machine.name]] = 0;
  child.threadPointer = threadPointer;
  child.cpu = parent.cpu;
  child.uid = parent.uid;
  for (const part of SUBSYSTEMS) part.threadMade?.(kernel, parent, child, how);
  kernel.returnToUser(child);
  return child;
}

function copyProcess(
  kernel: Kernel,
  parent: Thread,
  sharesSpace: boolean,
): Process {
  const old = kernel.processOf(parent);
  const space = sharesSpace
    ? kernel.spaceOf(parent)
    : copySpace(kernel, kernel.spaceOf(parent));
  const process = makeProcess(kernel, old.name, old.pid, space.id);
  process.actions = structuredClone(old.actions);
  process.files = [...old.files];
  process.area = structuredClone(old.area);
  return process;
}

function copySpace(kernel: Kernel, space: AddressSpace): AddressSpace {
  const copy = makeSpace(kernel);
  copy.memory = space.memory.fork();
  copy.vdsoStart = space.vdsoStart;
  for (const part of SUBSYSTEMS) part.spaceCopied?.(kernel, space, copy);
  return copy;
}

/** Replaces the program of the thread's process: other threads end, the address space is a new one. */
export function exec(
  kernel: Kernel,
  thread: Thread,
  path: string,
  image: ProgramImage,
): void {
  const process = kernel.processOf(thread);
  for (const other of kernel.threadsOf(process)) {
    if (other !== thread) removeThread(kernel, other, process);
  }
  const old = kernel.spaceOf(thread);
  const space = makeSpace(kernel);
  process.spaceId = space.id;
  process.name = path.slice(path.lastIndexOf("/") + 1);
  thread.registers.fill(0);
  thread.threadPointer = 0;
  thread.pending = thread.pending.filter(({ forced }) => !forced);
  dropSpace(kernel, old);
  const bias = image.start === 0 ? PROGRAM_BASE : 0;
  loadImage(kernel, space, path, image, bias);
  const top = USER_END - STACK_SIZE;
  kernel.map(space, top - STACK_SIZE, top, 3, { name: "[stack]" });
  thread.registers[kernel.machine.sp] = top - PAGE_SIZE;
  thread.registers[kernel.machine.pc] = image.entry + bias;
  const program = { image, bias };
  for (const part of SUBSYSTEMS) part.exec?.(kernel, thread, program);
}

function loadImage(
  kernel: Kernel,
  space: AddressSpace,
  path: string,
  { segments }: ProgramImage,
  bias: number,
): void {
  const { bytes } = kernel.files.get(path)!;
  for (let i = 0; i < segments.count; i++) {
    if (segments.types[i] !== PT.LOAD) continue;
    const address = segments.addresses[i]! + bias;
    const start = Math.floor(address / PAGE_SIZE) * PAGE_SIZE;
    const size = roundToPages(address + segments.memorySizes[i]! - start);
    const flags = segments.flags[i]!;
    const protection = ((flags & PF.R) !== 0 ? Protection.READ : 0) |
      ((flags & PF.W) !== 0 ? Protection.WRITE : 0) |
      ((flags & PF.X) !== 0 ? Protection.EXEC : 0);
    const before = address - start;
    const offset = segments.offsets[i]!;
    kernel.map(space, start, start + size, protection, {
      name: path,
      fileOffset: offset - before,
      content: bytes.subarray(
        Math.max(0, offset - before),
        offset + segments.fileSizes[i]!,
      ),
    });
  }
}

/** See {@linkcode Kernel.endThread}. */
export function endThread(
  kernel: Kernel,
  thread: Thread,
  status: ExitStatus,
): void {
  const process = kernel.processOf(thread);
  if (process.tids.length === 1) return endProcess(kernel, process, status);
  removeThread(kernel, thread, process);
}

/** See {@linkcode Kernel.endProcess}. */
export function endProcess(
  kernel: Kernel,
  process: Process,
  status: ExitStatus,
): void {
  for (const thread of kernel.threadsOf(process)) {
    removeThread(kernel, thread, process);
  }
  process.exit = status;
  process.files = [];
  for (const part of SUBSYSTEMS) part.processGone?.(kernel, process);
  kernel.tell({ kind: "exit", pid: process.pid, ...status });
  const space = kernel.spaces.get(process.spaceId);
  if (space !== undefined) dropSpace(kernel, space);
}

function removeThread(kernel: Kernel, thread: Thread, process: Process): void {
  thread.alive = false;
  for (const part of SUBSYSTEMS) part.threadGone?.(kernel, thread);
  thread.pending = [];
  process.tids = process.tids.filter((tid) => tid !== thread.tid);
  kernel.threads.delete(thread.tid);
}

/** Drops an address space that no living process uses. */
function dropSpace(kernel: Kernel, space: AddressSpace): void {
  for (const { spaceId, exit } of kernel.processes.values()) {
    if (spaceId === space.id && exit === null) return;
  }
  for (const part of SUBSYSTEMS) part.spaceGone?.(kernel, space);
  kernel.spaces.delete(space.id);
}
