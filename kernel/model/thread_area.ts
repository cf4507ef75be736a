/**
 * The thread area (KTLS).
 *
 * @module
 */
import type { Subsystem } from "./subsystem.ts";

/** A process's registration. */
export interface ThreadAreaState {
  /** Offset of the area from the thread pointer; meaningful if `registered`. */
  offset: number;
  /** Whether the offset is set. */
  registered: boolean;
}

/** The state of a process that has registered nothing. */
export function noThreadArea(): ThreadAreaState {
  return { offset: 0, registered: false };
}

/** The thread area as a part of the kernel. */
export const THREAD_AREA: Subsystem = {};
