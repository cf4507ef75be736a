/**
 * A process of the modelled kernel with text, a section for it and a stack.
 *
 * @module
 */
import { writeInt64 } from "../../formats/base/address.ts";
import {
  Kernel,
  type KernelOptions,
  type Thread,
} from "../../kernel/model/mod.ts";
import { wordBytes } from "./rows.ts";
import { buildSFrame, type BuiltFunction } from "./sframe.ts";

/** Where the text is; four pages. */
export const TEXT = 0x40_0000;
/** Bytes of text. */
export const TEXT_SIZE = 0x4000;
/** Where sections are; four pages. */
export const SECTION = 0x50_0000;
/** Where the stack is; two pages. */
export const STACK = 0x7000_0000;
/** A page for arguments. */
export const INFO = 0x60_0000;

/** A kernel with one thread and its mappings. */
export interface CodeProcess {
  kernel: Kernel;
  tid: number;
  thread: Thread;
  /** Writes bytes to user memory. */
  write(address: number, bytes: Uint8Array): void;
  /** codectl with info made of 64-bit words. */
  codectl(option: number, words: readonly number[], size?: number): number;
  /** Sets pc, SP and FP. */
  stop(pc: number, sp: number, fp?: number): void;
}

/** Makes the process; `functions` have their addresses in the text. */
export function codeProcess(options: KernelOptions = {}): CodeProcess {
  const kernel = new Kernel(options);
  const { tid } = kernel.spawn("program");
  const thread = kernel.threads.get(tid)!;
  for (
    const [address, size, protection] of [
      [TEXT, TEXT_SIZE, 5],
      [SECTION, 0x4000, 3],
      [STACK, 0x2000, 3],
      [INFO, 0x1000, 3],
    ]
  ) kernel.call(tid, "mmap", address!, size!, protection!, 0x30);
  const write = (address: number, bytes: Uint8Array) => {
    const { memory } = kernel.spaceOf(kernel.threads.get(tid)!);
    if (!memory.copyOut(address, bytes)) throw new Error("cannot write");
  };
  return {
    kernel,
    tid,
    thread,
    write,
    codectl(option, words, size = words.length * 8): number {
      write(INFO, wordBytes(words, kernel.littleEndian));
      return kernel.call(tid, "codectl", option, INFO, size, 0);
    },
    stop(pc, sp, fp = 0): void {
      const { machine } = kernel;
      thread.registers[machine.pc] = pc;
      thread.registers[machine.sp] = sp;
      thread.registers[machine.fp] = fp;
    },
  };
}

/** A function with CFA = SP + 8 at its start and SP + 16 from its fifth byte on; FP is saved there. */
export function leafFunction(start: number, size = 64): BuiltFunction {
  return {
    start,
    size,
    rows: [{ start: 0, words: [8] }, { start: 4, words: [16, -16] }],
  };
}

/** Writes a V3 section of the functions to `address` and returns its size. */
export function writeSection(
  process: CodeProcess,
  functions: readonly BuiltFunction[],
  address: number = SECTION,
): number {
  const bytes = buildSFrame({
    version: 3,
    address,
    functions: [...functions],
  });
  process.write(address, bytes);
  return bytes.length;
}

/** Bytes of a 64-bit word, to be patched in. */
export function wordOf(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  writeInt64(new DataView(bytes.buffer), 0, value, true);
  return bytes;
}
