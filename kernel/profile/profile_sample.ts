/**
 * What a profile gives for each sample, and who takes it.
 *
 * @module
 */
import { STOP_REASONS, type StopReason } from "../walk/frame_buffer.ts";

/** Frames that one sample can have: a record holds at most 8,191 words of chain and 8,191 of stack. */
const CAPACITY = 16_512;

/** Why the user's part of a stack ends, beyond what {@linkcode STOP_REASONS} has. */
export const SampleStop = {
  /** There were no user registers, or no stack: a kernel thread, or an event that does not sample them. */
  NO_STACK: 9,
  /** The stack goes on behind the part that was copied. */
  CUT: 10,
  /** The frames are the kernel's own call chain of the user's frames. */
  CHAIN: 11,
  /** The registers are of a kind that is not handled: 32-bit programs. */
  UNSUPPORTED: 12,
} as const;

/** Names of the values of {@linkcode ProfileSample.stop}. */
export const SAMPLE_STOPS: readonly (StopReason | SampleStopName)[] = [
  ...STOP_REASONS,
  "no-stack",
  "cut",
  "chain",
  "unsupported",
];

/** Names of {@linkcode SampleStop}. */
export type SampleStopName = "no-stack" | "cut" | "chain" | "unsupported";

/** One sample, in fields that are used again for the next: whoever needs them longer takes copies. */
export class ProfileSample {
  /** Time, nanoseconds of the capture's clock; exact below 2^53 (104 days). */
  time = 0;
  /** Process, or -1. */
  pid: number = -1;
  /** Thread, or -1. */
  tid: number = -1;
  /** Processor, or -1. */
  cpu: number = -1;
  /** Index of the event in the profile's list of events. */
  event = 0;
  /** Events that the sample stands for. */
  period = 1;
  /** Index of the thread's name in the profile's list of names. */
  comm = 0;
  /** Number of the capture, where several make one profile. */
  capture = 0;
  /** Number of frames. */
  count = 0;
  /** How many of them, in front, are the kernel's. */
  kernelCount = 0;
  /** Ids of the frames in the profile's table of frames, innermost first. */
  readonly frames: Int32Array = new Int32Array(CAPACITY);
  /**
   * Addresses of the frames in the process: where the thread was, then for each caller the address in front of its
   * return address.
   */
  readonly addresses: Float64Array = new Float64Array(CAPACITY);
  /**
   * Low words of those addresses that are too large for a Number to hold exactly, as a chain of frame pointers gone astray
   * has them; other entries mean nothing.
   */
  readonly lowWords: Int32Array = new Int32Array(CAPACITY);
  /** Why the user's frames end: an index into {@linkcode SAMPLE_STOPS}. */
  stop = 0;
  /** The unwind tables that gave the user's frames: bit n stands for entry n of `TABLE_NAMES`. */
  tables = 0;
  /** Whether a frame was guessed (by frame pointers, or after a call to nowhere). */
  untrusted = false;

  /** Room for frames; those beyond it are left out. */
  get capacity(): number {
    return CAPACITY;
  }
}

/** Takes the samples of a profile in the order of time. */
export interface SampleSink {
  /**
   * Takes one sample. The object is the same for each, its arrays too.
   *
   * @returns Nothing, but for a sink that has to wait for something (names to be loaded): a promise, before whose end no
   * other sample comes and this one stays as it is.
   */
  sample(sample: ProfileSample): void | Promise<void>;
}
