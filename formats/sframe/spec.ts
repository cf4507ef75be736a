/**
 * What a section is made from: functions and the rules of their rows, without words and widths.
 *
 * @module
 */

/** The CFA: value = base + offset, and with `deref` the 64-bit word that is loaded from there. */
export interface SFrameCfaRule {
  /** SP, FP or the DWARF number of a register. */
  base: "sp" | "fp" | number;
  /** Bytes. */
  offset: number;
  /** Whether the CFA is loaded from base + offset. */
  deref?: boolean;
}

/** RA or FP of the caller: value = base + offset, and with `deref` the 64-bit word that is loaded from there. */
export interface SFrameValueRule {
  /** The CFA or the DWARF number of a register. */
  base: "cfa" | number;
  /** Bytes. */
  offset: number;
  /** Whether the value is loaded from base + offset: "saved at". */
  deref: boolean;
}

/** One row: rules that hold from `startOffset` on. */
export interface SFrameRowSpec {
  /** Where the row starts, bytes from the function's start; repeating functions: from the start of a repetition. */
  startOffset: number;
  /** The CFA; not needed where RA is undefined, as such a row has no rules. */
  cfa?: SFrameCfaRule;
  /**
   * Where RA is. Left out: on AMD64 at CFA - 8, elsewhere still in its register. `"undefined"`: the frame has no caller
   * (not in V1).
   */
  ra?: SFrameValueRule | "undefined";
  /** Where FP is; left out: unchanged. */
  fp?: SFrameValueRule;
  /** AArch64: whether RA carries a pointer authentication code. */
  mangled?: boolean;
}

/** One function. */
export interface SFrameFunctionSpec {
  /** Address of the first instruction. */
  startAddress: number;
  /** Bytes. */
  size: number;
  /** Rows in ascending order. */
  rows: SFrameRowSpec[];
  /** Whether rows run once from the start (default) or repeat every `repSize` bytes. */
  pcType?: "increment" | "mask";
  /** Bytes of a repetition; V1 has no field for it. ld states it in V2 for the first PLT entry too, which does not repeat. */
  repSize?: number;
  /** AArch64: key of pointer authentication, default A. */
  pauthKey?: "A" | "B";
  /** Whether this is a signal trampoline. Only V3 can say so; V1 and V2 leave it out. */
  signal?: boolean;
  /** Whether words are pairs with control words (V3). By default only where a row needs it, as gas does. */
  flex?: boolean;
  /** Least bytes of each word; by default a row's words take as few as its values need. */
  wordSize?: 1 | 2 | 4;
  /** Bytes of each row's start. By default the function's size decides; ld lets that of the whole `.plt` decide. */
  startSize?: 1 | 2 | 4;
}

/** A section. */
export interface SFrameSpec {
  /** Version of the format. */
  version: 1 | 2 | 3;
  /** A value of `SFrameAbi`, which gives the byte order too. */
  abi: number;
  /** Address of the section's first byte. */
  sectionAddress: number;
  /** Whether the table is sorted by address and says so (default), as in a linked file. */
  sorted?: boolean;
  /**
   * Whether the header says that starts are relative to their fields (`FDE_FUNC_START_PCREL`). Default: in V3 yes, in V1
   * and V2 no. V1 and V2 that are neither that nor sorted are what gas before 2.45 wrote, relative all the same.
   */
  pcrel?: boolean;
  /** The functions; sorted ones may come in any order. */
  functions: SFrameFunctionSpec[];
  /** Indexes of `functions` in the order in which their rows shall stand; default: as the functions are given. */
  freOrder?: readonly number[];
}

/** How a section is written. */
export interface SFrameBuildOptions {
  /**
   * Whose habits count where the versions of gas differ: which values take one byte (2.40 and 2.44: -127 to 127; 2.47: -128 to
   * 127). Default: the one that writes the version.
   */
  gas?: "2.40" | "2.44" | "2.47";
  /** Bytes to a multiple of which zeros fill the section up; gas does that in objects for s390x (8). Default 1. */
  alignment?: number;
}
