/**
 * What a C library does about the thread area: asks the kernel what it wants, reserves that in front of each thread
 * pointer, says the offset once, and tells applications where the area is.
 *
 * @module
 */
import { CLONE_RSEQ_KTLS, KTLS_ACTION } from "../../formats/rseq/mod.ts";
import { viewOf } from "../../formats/base/byte_source.ts";
import type { Script } from "./script.ts";

/** Bytes of a thread's stack. */
const STACK_SIZE = 0x4000;
/** Bytes from the thread pointer upward that are the library's own. */
const CONTROL_BLOCK_SIZE = 0x400;
/** CLONE_VM, CLONE_THREAD, CLONE_SETTLS. */
const THREAD_FLAGS = 0x100 + 0x1_0000 + 0x8_0000;
/** What stands in front of abort handlers on x86-64. */
const SIGNATURE = 0x5305_3053;
/** Bytes of the layout with its features. */
const LAYOUT_SIZE = 24;

/** How a library registers areas. */
export type AreaMethod =
  /** The offset once, for all threads. */
  | "thread area"
  /** rseq(2) in each thread, on kernels without the thread area. */
  | "rseq";

/** See the module's description. */
export class LibC {
  /** Offset of the area from the thread pointer: what applications ask for, `__rseq_offset`. */
  areaOffset = 0;
  /** Bytes of the area in use, `__rseq_size`. */
  areaSize = 0;
  /** How areas are registered; known after {@linkcode LibC.start}. */
  method: AreaMethod = "thread area";
  private readonly script: Script;

  /** A library that is not yet started. */
  constructor(script: Script) {
    this.script = script;
  }

  /** What runs before main: the layout, the main thread's block, the registration. Gives the thread pointer. */
  async start(thread: number): Promise<number> {
    const { script } = this;
    const scratch = await script.reserve(thread, LAYOUT_SIZE);
    const result = await script.call(
      thread,
      "rseq_ktls",
      scratch,
      LAYOUT_SIZE,
      KTLS_ACTION.GET_LAYOUT,
    );
    let alignment = 32;
    if (result === 0) {
      const view = viewOf(await script.read(thread, scratch, LAYOUT_SIZE));
      this.areaSize = view.getUint32(0, true);
      alignment = view.getUint32(4, true);
    } else {
      this.method = "rseq";
      this.areaSize = 32;
    }
    this.areaOffset = -Math.ceil(this.areaSize / alignment) * alignment;
    const pointer = await this.reserveBlock(thread);
    await script.call(thread, "set_thread_pointer", pointer);
    if (this.method === "rseq") await this.registerAlone(thread, pointer);
    else await this.registerForAll(thread, scratch);
    return pointer;
  }

  /** Makes a thread with a stack and a block of its own; gives its ID and thread pointer. */
  async createThread(
    parent: number,
  ): Promise<{ thread: number; pointer: number }> {
    const pointer = await this.reserveBlock(parent);
    const isKtls = this.method === "thread area";
    const thread = await this.script.call(
      parent,
      "clone",
      THREAD_FLAGS + (isKtls ? CLONE_RSEQ_KTLS : 0),
      pointer + this.areaOffset,
      pointer,
    );
    if (!isKtls) await this.registerAlone(thread, pointer);
    return { thread, pointer };
  }

  /** Stack, area, thread pointer, control block, from low to high. */
  private async reserveBlock(thread: number): Promise<number> {
    const size = STACK_SIZE - this.areaOffset + CONTROL_BLOCK_SIZE;
    const start = await this.script.reserve(thread, size);
    const top = start + Math.ceil(size / 4096) * 4096;
    return top - CONTROL_BLOCK_SIZE;
  }

  /** For the process, from its only thread. */
  private async registerForAll(
    thread: number,
    scratch: number,
  ): Promise<void> {
    const { script } = this;
    const { SET_SIGNATURE, SET_OFFSET } = KTLS_ACTION;
    await script.call(thread, "rseq_ktls", 0, 0, SET_SIGNATURE, SIGNATURE);
    await script.writeLongs(thread, scratch, this.areaOffset, this.areaSize);
    await script.call(thread, "rseq_ktls", scratch, 16, SET_OFFSET);
  }

  /** For one thread. */
  private async registerAlone(thread: number, pointer: number): Promise<void> {
    const area = pointer + this.areaOffset;
    await this.script.call(
      thread,
      "rseq",
      area,
      this.areaSize,
      0,
      SIGNATURE,
    );
  }
}
