/**
 * Repeats on the model what a process did on Linux, and compares.
 *
 * @module
 */
import {
  Kernel,
  type KernelOptions,
  rseqConfiguration,
  type Thread,
} from "../../../kernel/model/mod.ts";
import { buildElf } from "../../builders/elf.ts";
import type { Session, Step, Trace } from "./trace.ts";

const AREAS = 0x1000_0000;
const CODE = 0x1003_0000;
const DESCRIPTORS = 0x1004_0000;
const START = CODE + 0x100;
const ABORT = CODE + 0x204;
const LOW_ABORT = CODE + 0x84;
/** mov eax, 1; ret: a signature, for whoever takes it for one. */
const ABORT_CODE = 0xc3_0000_0001_b8n;
/** Where the model's handlers, stacks and the path of the program are; the real ones are elsewhere. */
const HANDLER = 0x5000_0000;
const STACKS = 0x6000_0000;
const STACK_SIZE = 0x4000;
const STACK_COUNT = 16;
const PATH = 0x5000_0800;
const PROGRAM = "/program";
/** Some code that is in no section. */
const ELSEWHERE = 0x40_0000;
const MM_CID = 24;
const SIGUSR1 = 10;
/** x86-64's registers, by DWARF number. */
const SP = 7;
const PC = 16;

/** The comparison of one session. */
export interface Comparison {
  /** What differs first; `undefined` if nothing does. */
  difference: string | undefined;
  /** Steps compared. */
  steps: number;
  /** Steps whose concurrency ID is another valid one. */
  otherIds: number;
}

/** Options of the model for the kernel that ran. */
export function modelOptions(
  { featureSize, cpus }: Trace,
): KernelOptions {
  return {
    rseqFeatureSize: featureSize === 0 ? 20 : featureSize,
    // the kernels that announce slices are those that look at less
    rseqChecks: featureSize >= 33 ? "lenient" : "strict",
    nodes: new Array(Math.max(...cpus) + 1).fill(0),
  };
}

/** Repeats a session. */
export function compareSession(trace: Trace, session: Session): Comparison {
  const replay = new Replay(trace);
  for (const [index, step] of session.steps.entries()) {
    const difference = replay.compare(step);
    if (difference !== undefined) {
      return {
        difference: `step ${index} ${step.text}: ${difference}`,
        steps: index,
        otherIds: replay.otherIds,
      };
    }
  }
  const signal = replay.finish(session.signal !== 0);
  const difference = signal === session.signal
    ? undefined
    : `killed by signal ${session.signal}, the model by ${signal}`;
  return {
    difference,
    steps: session.steps.length,
    otherIds: replay.otherIds,
  };
}

/** An address as the model takes it: signed, and exact. */
function addressOf(text: string): number {
  const value = Number(BigInt.asIntN(64, BigInt(`0x${text}`)));
  // no address that cannot be exact is one of user space; what matters of it is its alignment
  return Number.isSafeInteger(value)
    ? value
    : -(2 ** 52) + Number(BigInt(`0x${text}`) & 0xfffn);
}

class Replay {
  otherIds = 0;
  private readonly kernel: Kernel;
  private readonly cpus: readonly [number, number];
  /** The first thread, and the child that acts now. */
  private readonly tids: { first: number; child: number };
  /** The program tells that it goes before it does. */
  private isExecDue = false;

  constructor(trace: Trace) {
    this.kernel = new Kernel(modelOptions(trace));
    this.cpus = trace.cpus;
    this.kernel.addFile(
      PROGRAM,
      buildElf({
        elfClass: 64,
        littleEndian: true,
        machine: 62,
        entry: ELSEWHERE,
        segments: [{
          type: 1,
          flags: 5,
          address: ELSEWHERE,
          bytes: new Uint8Array(16),
        }],
      }),
    );
    const { tid } = this.kernel.spawn();
    this.tids = { first: tid, child: 0 };
    this.mapAll(tid);
  }

  /** The signal that killed the process, or 0. One that waits for its child when it is killed was killed by waiting. */
  finish(isKilled: boolean): number {
    if (isKilled && this.tids.child !== 0) this.join(this.tids.first, 0);
    return this.kernel.processes.get(this.tids.first)!.exit?.signal ?? 0;
  }

  /** Does a step; says what differs. */
  compare(step: Step): string | undefined {
    if (this.isExecDue) this.exec(this.tids.first);
    const tid = step.who === "" ? this.tids.first : this.tids.child;
    if (!this.kernel.threads.has(tid)) return "the model's thread is dead";
    const results = this.perform(tid, step).map(String);
    const thread = this.kernel.threads.get(tid);
    if (step.results === undefined) {
      return thread === undefined ? undefined : "killed, not so the model's";
    }
    if (thread === undefined) return "the model's thread was killed";
    if (`${results}` !== `${step.results}`) {
      return `${step.results}, the model ${results}`;
    }
    return this.compareDump(thread, step.dump);
  }

  private compareDump(thread: Thread, dump: string): string | undefined {
    const { memory } = this.kernel.spaceOf(thread);
    const own = memory.copyIn(AREAS, dump.length / 2)!;
    const real = own.map((_, i) => parseInt(dump.slice(2 * i, 2 * i + 2), 16));
    const view = new DataView(own.buffer);
    const realView = new DataView(real.buffer);
    let isOther = false;
    for (let at = 0; at < own.length; at += 4) {
      const ours = view.getUint32(at, true);
      const theirs = realView.getUint32(at, true);
      if (ours === theirs) continue;
      const isId = at % 32 === MM_CID && theirs <= Math.max(...this.cpus) &&
        ours <= 1;
      if (!isId) {
        const hex = (word: number): string => word.toString(16);
        return `bytes at ${hex(at)} are ${hex(theirs)}, the model's ${
          hex(ours)
        }`;
      }
      isOther = true;
    }
    if (isOther) this.otherIds++;
    return undefined;
  }

  private perform(tid: number, { name, args }: Step): (number | string)[] {
    // the code of a section has returned by now
    this.jump(tid, ELSEWHERE);
    switch (name) {
      case "start":
        return this.start(tid, args);
      case "rseq": {
        const [area, length, flags, signature] = args.map(addressOf);
        return [
          this.kernel.call(tid, "rseq", area!, length!, flags!, signature!),
        ];
      }
      case "write":
        this.put(tid, addressOf(args[0]!), BigInt(`0x${args[1]}`), 8);
        return [0];
      case "protect": {
        const [page, protection] = args.map(addressOf);
        return [this.kernel.call(tid, "mprotect", page!, 4096, protection!)];
      }
      case "section":
        return this.section(tid, args);
      case "event":
        this.cause(tid, args[0]!, ELSEWHERE);
        this.returnFromHandlers(tid);
        return [this.kernel.threads.get(tid)?.cpu ?? -1];
      case "membarrier": {
        const [command, flags, cpu] = args.map((text) =>
          parseInt(text, 16) | 0
        );
        return [this.kernel.call(tid, name, command!, flags!, cpu!)];
      }
      case "ptrace":
        return this.debug(tid, Number(`0x${args[0]}`));
      case "exec":
        this.isExecDue = true;
        return [0];
      case "joined":
        return this.join(tid, Number(args[0]));
      default:
        this.makeChild(tid, name);
        return [0];
    }
  }

  private start(tid: number, [hasHandler, cpu]: string[]): number[] {
    const numbers = [SIGUSR1, 4, 5, ...(hasHandler === "1" ? [11] : [])];
    for (const number of numbers) {
      for (let i = 0; i < 4; i++) this.put(tid, PATH + 8 * i, 0n, 8);
      this.put(tid, PATH, BigInt(HANDLER), 8);
      this.kernel.call(tid, "sigaction", number, PATH);
    }
    this.kernel.migrate(tid, Number(cpu));
    return [0];
  }

  private mapAll(tid: number): void {
    const map = (at: number, size: number, protection: number): void => {
      this.kernel.call(tid, "mmap", at, size, protection, 0x30);
    };
    map(AREAS, 8192, 3);
    map(0x1001_0000, 4096, 1);
    map(CODE, 4096, 7);
    map(DESCRIPTORS, 4096, 3);
    map(HANDLER, 4096, 7);
    map(STACKS, STACK_SIZE * STACK_COUNT, 3);
  }

  private put(tid: number, at: number, value: bigint, size: 4 | 8): void {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, value, true);
    const { memory } = this.kernel.spaceOf(this.kernel.threads.get(tid)!);
    if (!memory.copyOut(at, bytes.subarray(0, size))) {
      throw new Error(`no memory at ${at.toString(16)}`);
    }
  }

  /** Puts the thread at `pc`, with a stack of its own. */
  private jump(tid: number, pc: number): void {
    const { registers } = this.kernel.threads.get(tid)!;
    registers[PC] = pc;
    registers[SP] = STACKS + STACK_SIZE * (1 + tid % (STACK_COUNT - 1));
  }

  private section(tid: number, args: string[]): (number | string)[] {
    const [area, event, ...rest] = args;
    const [entryText, descriptorText, ...fields] = rest;
    const entry = addressOf(entryText!);
    const descriptor = addressOf(descriptorText!);
    const [version, flags, start, size, abort, signature] = fields.map((text) =>
      BigInt(`0x${text}`)
    ) as [bigint, bigint, bigint, bigint, bigint, bigint];
    this.put(tid, START + 4, signature, 4);
    for (const handler of [ABORT, LOW_ABORT]) {
      this.put(tid, handler - 4, signature, 4);
      this.put(tid, handler, ABORT_CODE, 8);
    }
    if (descriptor >= DESCRIPTORS && descriptor <= DESCRIPTORS + 4096 - 32) {
      this.put(tid, descriptor, version | flags << 32n, 8);
      [start, size, abort].forEach((value, i) =>
        this.put(tid, descriptor + 8 + 8 * i, value, 8)
      );
    }
    this.put(tid, addressOf(area!) + 8, BigInt(`0x${descriptorText}`), 8);
    this.jump(tid, entry);
    this.cause(tid, event!, entry);
    const { handled, savedPc } = this.returnFromHandlers(tid);
    const thread = this.kernel.threads.get(tid);
    if (thread === undefined) return [];
    const pc = thread.registers[PC]!;
    const isAborted = pc === ABORT || pc === LOW_ABORT;
    return [isAborted ? 1 : 0, handled, savedPc.toString(16), thread.cpu];
  }

  /** What the instruction at `pc` does; it is two bytes long. */
  private cause(tid: number, event: string, pc: number): void {
    const { kernel } = this;
    const thread = kernel.threads.get(tid)!;
    kernel.takeEvents();
    if (event === "ud2") kernel.fault(tid, 6);
    else if (event === "int3") {
      thread.registers[PC] = pc + 1;
      kernel.fault(tid, 3);
    } else {
      thread.registers[PC] = pc + 2;
      if (event === "signal") kernel.call(tid, "tkill", tid, SIGUSR1);
      else if (event === "getpid") kernel.call(tid, "getpid");
      else if (event === "migrate") {
        const [first, second] = this.cpus;
        kernel.migrate(tid, thread.cpu === first ? second : first);
      }
    }
  }

  /** Lets each handler return; the last to do so is that of the signal that came first. */
  private returnFromHandlers(
    tid: number,
  ): { handled: number; savedPc: number } {
    const handled =
      this.kernel.takeEvents().filter((event) =>
        event.kind === "signal" && event.fate === "handled"
      ).length;
    let savedPc = 0;
    for (let i = 0; i < handled; i++) {
      const thread = this.kernel.threads.get(tid);
      if (thread === undefined) break;
      // the handler's return has taken the address off the stack
      thread.registers[SP]! += 8;
      this.kernel.call(tid, "sigreturn");
      savedPc = thread.registers[PC]!;
    }
    return { handled, savedPc };
  }

  /** The debugger stops the thread, which is a reason to look at its section when it goes on. */
  private debug(tid: number, size: number): (number | string)[] {
    const bytes = new Uint8Array(32).fill(0xee);
    bytes.set(rseqConfiguration(this.kernel, tid, size)!);
    this.kernel.preempt(tid);
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0"));
    return [24, hex.join("")];
  }

  private exec(tid: number): void {
    this.isExecDue = false;
    const path = new TextEncoder().encode(`${PROGRAM}\0`);
    const { memory } = this.kernel.spaceOf(this.kernel.threads.get(tid)!);
    memory.copyOut(PATH, path);
    this.kernel.call(tid, "execve", PATH);
    this.mapAll(tid);
  }

  private makeChild(tid: number, name: string): void {
    const flags = { fork: 0, vfork: 0x100, thread: 0x10100 }[name];
    if (flags === undefined) throw new Error(`unknown step ${name}`);
    this.tids.child = this.kernel.call(tid, "clone", flags, 0, 0);
  }

  private join(tid: number, signal: number): number[] {
    const { kernel } = this;
    const { child } = this.tids;
    const process = kernel.processes.get(child);
    this.tids.child = 0;
    kernel.call(child, "exit", 0);
    kernel.preempt(tid);
    return [(process?.exit?.signal ?? 0) === signal ? 0 : -1];
  }
}
