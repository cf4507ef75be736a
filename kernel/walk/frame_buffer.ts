/**
 * Frames of one thread in parallel arrays, reused from thread to thread.
 *
 * @module
 */

/** Bits of {@linkcode FrameBuffer.flags}. */
export const FrameFlag = {
  /** A signal trampoline: the next frame was interrupted. */
  SIGNAL: 1,
  /** The pc of this frame was guessed. */
  UNTRUSTED: 2,
  /**
   * The pc is not behind a call (the thread is there, or it is a trampoline's start): names are looked up at pc itself.
   */
  EXACT_PC: 4,
} as const;

/** The source of a step, as {@linkcode FrameBuffer.tables} numbers it; 0 is none. */
export const TABLE_NAMES = [
  null,
  "sframe-v1",
  "sframe-v2",
  "sframe-v3",
  "sidecar",
  "eh_frame",
  "debug_frame",
  "fp",
  "call",
  "jit",
] as const;

/** Name of what gave the next frame. */
export type TableName = Exclude<(typeof TABLE_NAMES)[number], null>;

/** Why a walk ended; `needs-data` means that it can go on. */
export const STOP_REASONS = [
  "end-of-stack",
  "no-module",
  "no-row",
  "unreadable-stack",
  "not-advancing",
  "misaligned",
  "frame-limit",
  "unsupported-row",
  "needs-data",
] as const;

/** Why a walk ended. */
export type StopReason = (typeof STOP_REASONS)[number];

/** Indexes into {@linkcode STOP_REASONS}; `GO_ON` means that there is a next frame. */
export const Stop = {
  GO_ON: -1,
  END_OF_STACK: 0,
  NO_MODULE: 1,
  NO_ROW: 2,
  UNREADABLE_STACK: 3,
  NOT_ADVANCING: 4,
  MISALIGNED: 5,
  FRAME_LIMIT: 6,
  UNSUPPORTED_ROW: 7,
  NEEDS_DATA: 8,
} as const;

/** Frames, innermost first. All arrays run in parallel and hold `count` valid entries. */
export class FrameBuffer {
  /** Number of frames. */
  count = 0;
  /** Program counters: the thread's own for the first frame, return addresses for the others. */
  pcs: Float64Array;
  /** CFA of each frame; NaN where no rule gave one. */
  cfas: Float64Array;
  /** Index of the module that holds the frame's code, or -1. */
  modules: Int32Array;
  /** What gave the next frame: an index into {@linkcode TABLE_NAMES}. */
  tables: Uint8Array;
  /** Bits of {@linkcode FrameFlag}. */
  flags: Uint8Array;

  /** Makes room for `capacity` frames; it grows by itself. */
  constructor(capacity = 256) {
    this.pcs = new Float64Array(capacity);
    this.cfas = new Float64Array(capacity);
    this.modules = new Int32Array(capacity);
    this.tables = new Uint8Array(capacity);
    this.flags = new Uint8Array(capacity);
  }

  /** Adds a frame whose CFA and table are not known yet. */
  push(pc: number, module: number, flags: number): void {
    const index = this.count;
    if (index === this.pcs.length) this.grow();
    this.pcs[index] = pc;
    this.cfas[index] = NaN;
    this.modules[index] = module;
    this.tables[index] = 0;
    this.flags[index] = flags;
    this.count = index + 1;
  }

  /** Doubles the arrays. */
  private grow(): void {
    const capacity = this.pcs.length * 2;
    const extend = <T extends Float64Array | Int32Array | Uint8Array>(
      to: T,
      from: T,
    ): T => {
      to.set(from);
      return to;
    };
    this.pcs = extend(new Float64Array(capacity), this.pcs);
    this.cfas = extend(new Float64Array(capacity), this.cfas);
    this.modules = extend(new Int32Array(capacity), this.modules);
    this.tables = extend(new Uint8Array(capacity), this.tables);
    this.flags = extend(new Uint8Array(capacity), this.flags);
  }
}
