/**
 * A decoded section: what {@linkcode decodeSFrame} yields. Raw fields stand beside what they mean, so that a section
 * can be written again exactly as it was.
 *
 * @module
 */
import type { FormatError } from "../base/error.ts";
import type { SFrameHeader } from "./header.ts";

/** One row (`FRE`). */
export interface SFrameRow {
  /** Where the row starts, bytes from the function's start; repeating functions: from the start of a repetition. */
  startOffset: number;
  /** `fre_info` as it stands. */
  info: number;
  /** Bytes of each word in the section: 1, 2 or 4. */
  wordSize: number;
  /** The words, signed. Flexible functions: control words are the same bits read as unsigned, {@linkcode controlWord}. */
  words: number[];
  /** Base of the CFA. Without meaning in flexible functions. */
  base: "sp" | "fp";
  /** Whether the return address carries a pointer authentication code. */
  mangledRa: boolean;
}

/** One function (`FDE`), with V3's attributes. */
export interface SFrameFunction {
  /** Position in the table. */
  index: number;
  /** Offset of the descriptor in the bytes. */
  offset: number;
  /** `sfde_func_start_address` as it stands. */
  startField: number;
  /** Address of the first instruction, in the file's own address space. */
  startAddress: number;
  /** `sfde_func_size`, bytes. */
  size: number;
  /** `sfde_func_start_fre_off`: bytes from the start of all rows; V3: to the attribute record. */
  freOffset: number;
  /** `sfde_func_num_fres` as it stands; `rows` has fewer if `error` is set. */
  freCount: number;
  /** `sfde_func_info` as it stands. */
  info: number;
  /** `sfde_func_info2` as it stands; 0 before V3. */
  info2: number;
  /** `sfde_func_rep_size` as it stands; 0 in V1, which has no such field. */
  repSize: number;
  /** `sfde_func_padding2` of V2 as it stands; 0 in the others. */
  padding: number;
  /** Bytes of a row's start: 1, 2 or 4; 0 if the info byte has no valid width. */
  startSize: number;
  /** Whether words have fixed meanings or are pairs with control words. Reserved types count as `default`. */
  type: "default" | "flex";
  /** Whether rows run once from the start (`inc`) or repeat (`mask`). */
  pcType: "inc" | "mask";
  /** Key of pointer authentication; means something on AArch64 only. */
  pauthKey: "A" | "B";
  /** Whether this is a signal trampoline. Always false before V3. */
  signal: boolean;
  /** The rows up to the first bad one. */
  rows: SFrameRow[];
  /** What is wrong with the function or its rows. */
  error?: FormatError;
}

/** A decoded section. */
export interface SFrameSection {
  /** The header. */
  header: SFrameHeader;
  /** Offset of the header in the bytes. */
  offset: number;
  /** Bytes that the section occupies, from its header to the end of its rows. */
  size: number;
  /** Zero bytes behind that: up to the next section, or to the end of the bytes. */
  paddingSize: number;
  /** The auxiliary header, if there is one. No producer writes it. */
  auxHeader?: Uint8Array;
  /** All functions in the order of the table. */
  functions: SFrameFunction[];
  /** The errors of all functions. */
  errors: FormatError[];
}

/** The bits of a word of `size` bytes as the unsigned number that a control word is. */
export function controlWord(word: number, size: number): number {
  if (size === 1) return word & 0xff;
  return size === 2 ? word & 0xffff : word >>> 0;
}
