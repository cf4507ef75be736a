/**
 * A program of the model, written down while it runs: every step is done, and kept as the event of a scenario with what
 * came of it.
 *
 * @module
 */
import { type KernelOptions, PAGE_SIZE } from "../model/mod.ts";
import {
  type Action,
  type Outcome,
  Replayer,
  type Scenario,
  type ScenarioEvent,
} from "../replay/mod.ts";

/** Flags of a private, anonymous mapping. */
const ANONYMOUS = 0x22;
const READ_WRITE = 3;

/** See the module's description. Threads are named by their IDs. */
export class Script {
  /** System calls so far. */
  callCount = 0;
  /** Bytes that the program has written for the kernel to read. */
  writtenSize = 0;
  private readonly replayer: Replayer;
  private readonly options: KernelOptions;
  private readonly events: ScenarioEvent[] = [];

  /** Starts a kernel with the given options. */
  constructor(options: KernelOptions = {}) {
    this.options = options;
    this.replayer = new Replayer({ kernel: options });
  }

  /** Does something; `note` says why. */
  async step(action: Action, note?: string): Promise<Outcome> {
    const outcome = await this.replayer.apply(action);
    const event: ScenarioEvent = { ...action, expect: { ...outcome } };
    if (note !== undefined) event.note = note;
    this.events.push(event);
    return outcome;
  }

  /** Starts a process; gives its thread. */
  async spawn(name: string): Promise<number> {
    return (await this.step({ do: "spawn", as: name })).result!;
  }

  /** Makes a system call; gives its result. */
  async call(
    thread: number,
    call: string,
    ...args: number[]
  ): Promise<number> {
    this.callCount++;
    const outcome = await this.step({ do: "call", thread, call, args });
    return outcome.result!;
  }

  /** Writes 32-bit words. */
  async writeWords(
    thread: number,
    at: number,
    ...u32: number[]
  ): Promise<void> {
    this.writtenSize += 4 * u32.length;
    await this.step({ do: "write", thread, at, u32 });
  }

  /** Writes 64-bit words. */
  async writeLongs(
    thread: number,
    at: number,
    ...u64: number[]
  ): Promise<void> {
    this.writtenSize += 8 * u64.length;
    await this.step({ do: "write", thread, at, u64 });
  }

  /** Writes bytes. */
  async writeBytes(
    thread: number,
    at: number,
    bytes: Uint8Array,
  ): Promise<void> {
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"));
    await this.step({ do: "write", thread, at, hex: hex.join("") });
  }

  /** Reads bytes that are there. */
  async read(thread: number, at: number, size: number): Promise<Uint8Array> {
    const { bytes = "" } = await this.step({ do: "read", thread, at, size });
    return Uint8Array.from(
      bytes.match(/../g) ?? [],
      (digits) => parseInt(digits, 16),
    );
  }

  /** Maps whole pages of zeros, enough for `size` bytes. */
  async reserve(thread: number, size: number): Promise<number> {
    const length = Math.ceil(size / PAGE_SIZE) * PAGE_SIZE;
    return await this.call(
      thread,
      "mmap",
      0,
      length,
      READ_WRITE,
      ANONYMOUS,
    );
  }

  /** All of it as a scenario. */
  scenario(title: string, source: string): Scenario {
    return { title, source, kernel: this.options, events: this.events };
  }
}
