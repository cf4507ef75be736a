/**
 * What codectl keeps of a text range.
 *
 * @module
 */

/** A text range with what was registered for it. */
export interface CodeRange {
  /** First address of the text. */
  start: number;
  /** Address behind it. */
  end: number;
}
