/**
 * What a check found.
 *
 * @module
 */
import type { SFrameFunction } from "./decoded.ts";

/**
 * How bad it is: `error` breaks a rule of the format; `warning` is allowed, but unusual, and readers differ on it;
 * `kernel` is refused by the Linux kernel's reader.
 */
export type SFrameSeverity = "error" | "warning" | "kernel";

/** One thing that is not as it should be. */
export interface SFrameFinding {
  /** How bad it is. */
  severity: SFrameSeverity;
  /** Name of the rule, the same for all findings of a kind. */
  rule: string;
  /** Bytes from the start of the bytes that were given. */
  offset: number;
  /** What is wrong. */
  message: string;
  /** Position of the function in the table, if it is about one. */
  functionIndex?: number;
  /** Address of that function. */
  address?: number;
  /** Number of the row in the function, if it is about one. */
  rowIndex?: number;
}

/** A growing list. */
export class Findings {
  /** What was found so far. */
  readonly list: SFrameFinding[] = [];

  /** Adds one about a place. */
  add(
    severity: SFrameSeverity,
    rule: string,
    offset: number,
    message: string,
  ): void {
    this.list.push({ severity, rule, offset, message });
  }

  /** Adds one about a function, or about one of its rows. */
  addFor(
    { index, startAddress, offset }: SFrameFunction,
    severity: SFrameSeverity,
    rule: string,
    message: string,
    rowIndex?: number,
  ): void {
    this.list.push({
      severity,
      rule,
      offset,
      message,
      functionIndex: index,
      address: startAddress,
      ...(rowIndex === undefined ? {} : { rowIndex }),
    });
  }
}
