/**
 * What a fuzz target is.
 *
 * @module
 */

/** One decoder under fuzzing. Only `FormatError` may escape from {@linkcode FuzzTarget.run}. */
export interface FuzzTarget {
  /** Name of the target, as `run.ts` takes it: the format's folder. */
  name: string;
  /** Good inputs from which mutations start. */
  seeds(): Uint8Array[] | Promise<Uint8Array[]>;
  /** Decodes `input` and drains everything that the decoder offers. */
  run(input: Uint8Array): void | Promise<void>;
  /**
   * Work of the last run in units of the target's choice (bytes read, rows visited), where it counts any. The harness
   * holds it to {@linkcode FuzzTarget.workPerByte} × input size + 2¹⁶.
   */
  work?(): number;
  /** Work allowed per input byte; 64 if absent. */
  workPerByte?: number;
}
