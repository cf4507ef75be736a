/**
 * Restartable sequences.
 *
 * @module
 */
import type { Subsystem } from "./subsystem.ts";

/** A thread's registration. */
export interface RseqState {
  /** Address of struct rseq, 0 if none is registered. */
  address: number;
}

/** The state of a thread that has registered nothing. */
export function noRseq(): RseqState {
  return { address: 0 };
}

/** Restartable sequences as a part of the kernel. */
export const RSEQ: Subsystem = {};
