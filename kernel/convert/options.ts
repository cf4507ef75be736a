/**
 * What a conversion is told, and what it answers.
 *
 * @module
 */
import type { FormatError } from "../../formats/base/error.ts";
import type { SFrameSpec } from "../../formats/sframe/mod.ts";

/** The binutils release whose rules hold where releases differ. */
export type GasVersion = "2.40" | "2.44" | "2.47";

/** What a conversion may be told. */
export interface ConvertOptions {
  /** Version of the section to write. Default: 3. */
  version?: 1 | 2 | 3;
  /** Whose rules hold where releases differ. Default: the one that wrote the version: 2.40, 2.44 and 2.47. */
  gas?: GasVersion;
  /**
   * Rows of x86-64's `.plt.got`: `ld` writes CFA = SP + 16 there as ld does, which is wrong by 8; `correct` writes what
   * `.eh_frame` says. Default: `ld`.
   */
  plt?: "ld" | "correct";
  /**
   * Where gas is known to write rows that are not what `.eh_frame` says: `gas` writes them too, `correct` writes what
   * `.eh_frame` says. These are registers restored in a function (the cold part of a split one) that starts with them
   * saved, states kept while another is kept, and two changes of the CFA at one place. Default: `gas`.
   */
  rows?: "gas" | "correct";
}

/** The options with their defaults filled in. */
export interface ConvertRules {
  /** Version of the section to write. */
  readonly version: 1 | 2 | 3;
  /** Whose rules hold. */
  readonly gas: GasVersion;
  /** How `.plt.got` is written. */
  readonly plt: "ld" | "correct";
  /** Whether rows are those of gas where it is wrong. */
  readonly rows: "gas" | "correct";
}

/** A function of the input of which the section has no rows. */
export interface DroppedFunction {
  /** Address of its first instruction, in the file's own space. */
  startAddress: number;
  /** Its size, bytes. */
  size: number;
  /** Why, in a few words. */
  reason: string;
  /** Whether the section has the function nevertheless, marked as a signal frame without rows (V3). */
  isListed: boolean;
}

/** The outcome of a conversion. */
export interface Conversion {
  /** The section, for `buildSFrame`. */
  section: SFrameSpec;
  /** Functions without rows, in the order of the input. */
  dropped: DroppedFunction[];
  /** What was wrong with the input; functions that could not be read are missing. */
  errors: readonly FormatError[];
}

const GAS_OF_VERSION = { 1: "2.40", 2: "2.44", 3: "2.47" } as const;

/** Fills in the defaults. */
export function rulesOf(options: ConvertOptions): ConvertRules {
  const version = options.version ?? 3;
  return {
    version,
    gas: options.gas ?? GAS_OF_VERSION[version],
    plt: options.plt ?? "ld",
    rows: options.rows ?? "gas",
  };
}
