/**
 * A thread of the modelled kernel with an area for rseq, a critical section and its code.
 */
import { assertEquals } from "@std/assert";
import {
  Kernel,
  type KernelOptions,
  type Thread,
} from "../../kernel/model/mod.ts";
import { buildElf } from "./elf.ts";

/** Where the area is. */
export const AREA = 0x10000;
/** Where descriptors are. */
export const DESCRIPTOR = 0x11000;
/** First address of the section; the abort handler is at {@linkcode ABORT}. */
export const START = 0x20100;
/** Bytes of the section. */
export const SECTION_SIZE = 0x20;
/** The abort handler, with the signature in front of it. */
export const ABORT = 0x20200;
/** Where a signal handler is. */
export const HANDLER = 0x20400;
/** A stack. */
export const STACK = 0x31000;
/** The signature. */
export const SIGNATURE = 0x53053053;
/** Column of the pc on x86-64. */
export const PC = 16;

/** Fields of a descriptor that are not as they should be. */
export interface Flaws {
  version?: number;
  flags?: number;
  start?: number | bigint;
  size?: number | bigint;
  abort?: number | bigint;
}

/** A kernel with one thread. */
export class Scene {
  readonly kernel: Kernel;
  readonly tid: number;
  readonly little: boolean;

  constructor(options: KernelOptions = {}) {
    this.kernel = new Kernel(options);
    this.little = this.kernel.littleEndian;
    this.tid = this.kernel.spawn("scene").tid;
    assertEquals(this.call("mmap", AREA, 0x2000, 3, 0x30), AREA);
    assertEquals(this.call("mmap", 0x20000, 0x1000, 7, 0x30), 0x20000);
    assertEquals(this.call("mmap", 0x30000, 0x2000, 3, 0x30), 0x30000);
    this.thread.registers[this.kernel.machine.sp] = STACK;
    this.word(ABORT - 4, SIGNATURE);
    this.kernel.takeEvents();
  }

  get thread(): Thread {
    return this.threadOf(this.tid);
  }

  threadOf(tid: number): Thread {
    const thread = this.kernel.threads.get(tid);
    if (thread === undefined) throw new Error(`thread ${tid} is gone`);
    return thread;
  }

  get isAlive(): boolean {
    return this.kernel.threads.has(this.tid);
  }

  call(name: string, ...args: number[]): number {
    return this.kernel.call(this.tid, name, ...args);
  }

  /** Registers the usual area with the given length. */
  register(length = 32, flags = 0): number {
    return this.call("rseq", AREA, length, flags, SIGNATURE);
  }

  write(address: number, bytes: Uint8Array, tid: number = this.tid): void {
    const { memory } = this.kernel.spaceOf(this.threadOf(tid));
    assertEquals(memory.copyOut(address, bytes), true);
  }

  read(address: number, size: number, tid: number = this.tid): Uint8Array {
    const { memory } = this.kernel.spaceOf(this.threadOf(tid));
    return memory.copyIn(address, size)!;
  }

  /** Writes a u32. */
  word(address: number, value: number, tid: number = this.tid): void {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, value, this.little);
    this.write(address, bytes, tid);
  }

  /** Writes a u64. */
  long(address: number, value: number | bigint, tid: number = this.tid): void {
    const bytes = new Uint8Array(8);
    const view = new DataView(bytes.buffer);
    view.setBigUint64(0, BigInt.asUintN(64, BigInt(value)), this.little);
    this.write(address, bytes, tid);
  }

  /** Reads a u32. */
  wordAt(address: number, tid: number = this.tid): number {
    const bytes = this.read(address, 4, tid);
    return new DataView(bytes.buffer).getUint32(0, this.little);
  }

  /** Reads a u64. */
  longAt(address: number, tid: number = this.tid): bigint {
    const bytes = this.read(address, 8, tid);
    return new DataView(bytes.buffer).getBigUint64(0, this.little);
  }

  /** Writes a descriptor, lets the area point to it and puts the thread at `pc`. */
  enter(pc: number, flaws: Flaws = {}, area: number = AREA): void {
    const { version = 0, flags = 0, start = START } = flaws;
    const { size = SECTION_SIZE, abort = ABORT } = flaws;
    this.word(DESCRIPTOR, version);
    this.word(DESCRIPTOR + 4, flags);
    this.long(DESCRIPTOR + 8, start);
    this.long(DESCRIPTOR + 16, size);
    this.long(DESCRIPTOR + 24, abort);
    this.long(area + 8, DESCRIPTOR);
    this.pc = pc;
  }

  /** Runs another program, in which nothing is mapped but its code and its stack. */
  exec(tid: number = this.tid): void {
    const path = "/bin/other";
    const code = { type: 1, flags: 5, address: 0x40_0000 };
    const bytes = buildElf({
      elfClass: 64,
      littleEndian: this.little,
      machine: this.kernel.machine.elfMachine,
      entry: code.address,
      segments: [{ ...code, bytes: new Uint8Array(16) }],
    });
    this.kernel.addFile(path, bytes);
    this.write(AREA + 0xc00, new TextEncoder().encode(`${path}\0`), tid);
    assertEquals(this.kernel.call(tid, "execve", AREA + 0xc00), 0);
    const { pc } = this.kernel.machine;
    assertEquals(this.threadOf(tid).registers[pc], code.address);
  }

  get pc(): number {
    return this.thread.registers[this.kernel.machine.pc]!;
  }

  set pc(value: number) {
    this.thread.registers[this.kernel.machine.pc] = value;
  }

  /** Lets HANDLER handle signal `number`. */
  handle(number: number, handler: number = HANDLER): void {
    const at = AREA + 0x800;
    this.write(at, new Uint8Array(32));
    this.long(at, handler);
    assertEquals(this.call("sigaction", number, at), 0);
  }

  /** The events since this was last called, in short: `rseq aborted 20110 20200`, `signal 11 killed`. */
  happened(): string[] {
    return this.kernel.takeEvents().map((event) => {
      switch (event.kind) {
        case "rseq": {
          const { action, from, to, reason } = event;
          return action === "killed"
            ? `rseq killed: ${reason}`
            : `rseq ${action} ${from.toString(16)} ${to.toString(16)}`;
        }
        case "signal":
          return `signal ${event.signal.number} ${event.fate}`;
        case "fixup":
          return `fixup ${event.from.toString(16)} ${event.to.toString(16)}`;
        case "slice":
          return `slice ${event.action}`;
        case "exit":
          return `exit ${event.signal}`;
        case "report":
          return `report ${event.title}`;
        default:
          return event.kind;
      }
    });
  }
}
