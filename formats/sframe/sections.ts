/**
 * Several sections one after another: what a linker leaves that does not know the format.
 *
 * @module
 */
import { FormatError } from "../base/error.ts";
import { skipZeros } from "./header.ts";
import { openSFrame, type SFrameOptions, type SFrameTable } from "./table.ts";

/** What {@linkcode openSFrameSections} found. */
export interface SFrameTables {
  /** The sections that are good, in the order of the bytes. */
  tables: SFrameTable[];
  /** Why the bytes behind the last of them could not be read. */
  error?: FormatError;
}

/**
 * Opens all sections that follow each other in `bytes`; zero bytes between and behind them are padding. Where one is
 * bad, those before it still come out, and `error` says what is wrong: behind it, no place to go on is known. Options
 * hold for each of them.
 *
 * @param sectionAddress Address of `bytes[0]`, also for the later sections.
 */
export function openSFrameSections(
  bytes: Uint8Array,
  sectionAddress: number,
  options: SFrameOptions = {},
): SFrameTables {
  const tables: SFrameTable[] = [];
  let offset = options.offset ?? 0;
  try {
    do {
      const table = openSFrame(bytes, sectionAddress, { ...options, offset });
      tables.push(table);
      offset = skipZeros(bytes, offset + table.size);
    } while (offset < bytes.length);
    return { tables };
  } catch (error) {
    if (error instanceof FormatError) return { tables, error };
    throw error;
  }
}
