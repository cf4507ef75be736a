/**
 * Exception fixups of DSOs.
 *
 * @module
 */
import type { Subsystem } from "./subsystem.ts";

/** A registered list. */
export interface FixupList {
  /** First address of the text. */
  start: number;
  /** Address behind it. */
  end: number;
}

/** Fixups as a part of the kernel. */
export const FIXUPS: Subsystem = {};
