/**
 * A runtime that goes its own way, as Go does: no C library, its own thread structures, system calls made directly. Each
 * thread registers area and record for itself, at whatever place its structure has.
 *
 * @module
 */
import { viewOf } from "../../formats/base/byte_source.ts";
import {
  decodeRecord,
  EXTERRCTL,
  messageTemplate,
  RECORD_SIZE,
  VERSION,
} from "../../formats/exterr/mod.ts";
import type { Script } from "./script.ts";

/** Bytes of a thread's structure; the stack lies behind it. */
const STRUCTURE_SIZE = 0x1000;
const STACK_SIZE = 0x2000;
/** Where record and area are in it. */
const RECORD_OFFSET = 0x100;
const AREA_OFFSET = 0x400;
const AREA_SIZE = 64;
/** CLONE_VM, CLONE_THREAD: the thread pointer is the runtime's own matter. */
const THREAD_FLAGS = 0x100 + 0x1_0000;
/** Any value will do that the runtime's own abort handlers have in front. */
const SIGNATURE = 0x6f67_6f67;

/** What the runtime knows of a thread. */
export interface BareThread {
  /** Its ID. */
  thread: number;
  /** Its structure. */
  structure: number;
}

/** See the module's description. */
export class BareRuntime {
  private readonly script: Script;

  /** A runtime that is not yet started. */
  constructor(script: Script) {
    this.script = script;
  }

  /** The first thread. */
  async start(thread: number): Promise<BareThread> {
    const structure = await this.reserve(thread);
    return await this.adopt({ thread, structure });
  }

  /** One more thread. */
  async createThread({ thread }: BareThread): Promise<BareThread> {
    const structure = await this.reserve(thread);
    const stack = structure + STRUCTURE_SIZE + STACK_SIZE;
    const made = await this.script.call(thread, "clone", THREAD_FLAGS, stack);
    return await this.adopt({ thread: made, structure });
  }

  /** A system call whose failure the runtime turns into an error of its own: number, site, message. */
  async call(
    { thread, structure }: BareThread,
    name: string,
    ...args: number[]
  ): Promise<{ result: number; failure: string | undefined }> {
    const result = await this.script.call(thread, name, ...args);
    if (result >= 0 || result <= -4096) return { result, failure: undefined };
    const at = structure + RECORD_OFFSET;
    const bytes = await this.script.read(thread, at, RECORD_SIZE);
    const record = decodeRecord(bytes, 0, true);
    const failure = record.error === 0
      ? `errno ${-result}`
      : `errno ${-result} at ${record.category}:${record.sourceLine}: ${
        messageTemplate(record)
      }`;
    return { result, failure };
  }

  /** The CPU of a thread, from its area: no call. */
  async cpu({ thread, structure }: BareThread): Promise<number> {
    const at = structure + AREA_OFFSET + 4;
    return viewOf(await this.script.read(thread, at, 4)).getInt32(0, true);
  }

  /** Memory for a thread. */
  private async reserve(thread: number): Promise<number> {
    return await this.script.reserve(thread, STRUCTURE_SIZE + STACK_SIZE);
  }

  /** What each thread does first. */
  private async adopt(made: BareThread): Promise<BareThread> {
    const { thread, structure } = made;
    const { script } = this;
    const area = structure + AREA_OFFSET;
    const record = structure + RECORD_OFFSET;
    await script.call(thread, "set_thread_pointer", structure);
    await script.call(thread, "rseq", area, AREA_SIZE, 0, SIGNATURE);
    await script.writeWords(thread, record, VERSION.CURRENT);
    await script.call(thread, "exterrctl", EXTERRCTL.ENABLE, 0, record);
    return made;
  }
}
