/**
 * What a thread library does about extended errors: each thread has a record in its control block and registers it for
 * itself; one wrapper gives the text of the last failure.
 *
 * @module
 */
import {
  decodeRecord,
  EXTERRCTL,
  EXTERRCTL_FORCE,
  formatRecord,
  RECORD_SIZE,
  type TextForm,
  VERSION,
} from "../../formats/exterr/mod.ts";
import type { LibC } from "./libc.ts";
import type { Script } from "./script.ts";

/** Where the record is in a control block. */
const RECORD_OFFSET = 0x100;

/** See the module's description. */
export class ThreadLibrary {
  private readonly script: Script;
  private readonly libc: LibC;
  private readonly records: Map<number, number> = new Map();

  /** Over a C library that is started. */
  constructor(script: Script, libc: LibC) {
    this.script = script;
    this.libc = libc;
  }

  /** Takes the main thread over: its record, in place of the C library's own if that is registered. */
  async start(thread: number, pointer: number): Promise<void> {
    await this.register(thread, pointer, EXTERRCTL_FORCE);
  }

  /** Makes a thread, which registers its record first of all. */
  async createThread(
    parent: number,
  ): Promise<{ thread: number; pointer: number }> {
    const made = await this.libc.createThread(parent);
    await this.register(made.thread, made.pointer, 0);
    return made;
  }

  /** The text for the thread's last failure; empty if it had none, or one without an extended error. */
  async errorText(thread: number, form: TextForm = "default"): Promise<string> {
    const at = this.records.get(thread)!;
    const bytes = await this.script.read(thread, at, RECORD_SIZE);
    return formatRecord(decodeRecord(bytes, 0, true), { form });
  }

  /** One thread's record. */
  private async register(
    thread: number,
    pointer: number,
    flags: number,
  ): Promise<void> {
    const record = pointer + RECORD_OFFSET;
    this.records.set(thread, record);
    await this.script.writeWords(thread, record, VERSION.CURRENT);
    await this.script.call(
      thread,
      "exterrctl",
      EXTERRCTL.ENABLE,
      flags,
      record,
    );
  }
}
