/**
 * What both kinds of opened sidecars offer.
 *
 * @module
 */
import type { FormatError } from "../base/error.ts";
import type { UnwindTable } from "../base/unwind_row.ts";
import type { SidecarMeta } from "./meta.ts";

/** An opened sidecar: a table of which only the parts that lookups touch are read. */
export interface SidecarTable extends UnwindTable {
  /** Always `sidecar`. */
  readonly kind: "sidecar";
  /** Which form it has. */
  readonly format: "zstd" | "compact";
  /** Version of the form. */
  readonly version: number;
  /** The binary to which it belongs. */
  readonly meta: SidecarMeta;
  /** Number of functions. */
  readonly functionCount: number;
  /** Number of parts: zstd frames, or blocks of 32 functions. */
  readonly partCount: number;
  /** Parts that are loaded. */
  readonly loadedCount: number;
  /** What was wrong with the last part that was damaged. */
  readonly error: FormatError | undefined;
  /** Loads what the last lookup that answered `NEEDS_DATA` lacked. A damaged part makes lookups answer `BAD`. */
  fill(): Promise<void>;
  /** Loads every part, so that no lookup lacks anything. */
  fillAll(): Promise<void>;
}
