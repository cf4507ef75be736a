/**
 * Opening a sidecar of either form.
 *
 * @module
 */
import type { ByteSource } from "../base/byte_source.ts";
import { isCompact, readCompact } from "./compact_open.ts";
import { CompactTable } from "./compact_table.ts";
import type { ZstdDecompress } from "./meta.ts";
import { readSeekable } from "./seekable_open.ts";
import { SeekableTable } from "./seekable_table.ts";
import type { SidecarTable } from "./sidecar_table.ts";

/** How a sidecar is read. */
export interface SidecarOptions {
  /** Decompresses zstd frames; without it only an uncompressed compact table can be used. */
  decompress?: ZstdDecompress | undefined;
  /** As in `SFrameOptions`: `"correct"` reads ld's rows of `.plt.got` as they should be. Default `"ld"`. */
  plt?: "ld" | "correct";
}

const HEAD_SIZE = 4096;

/**
 * Opens a sidecar for lookup: reads its tables, and no part of the rows. Lookups answer `NEEDS_DATA` for parts that are
 * not loaded; then `fill()` loads what is missing and the lookup is made again.
 *
 * @throws {FormatError} `truncated`, `bad-magic`, `bad-value`, `out-of-bounds`, `unsupported`, `limit`
 *
 * @example Looking up one address
 * ```ts
 * import {
 *   type ByteSource, Lookup, openSidecar, UnwindRow, type ZstdDecompress,
 * } from "@framewalk/framewalk/formats/sidecar";
 *
 * async function findRow(file: ByteSource, pc: number, decompress: ZstdDecompress) {
 *   const table = await openSidecar(file, { decompress });
 *   const row = new UnwindRow();
 *   let answer = table.lookup(pc, row);
 *   while (answer === Lookup.NEEDS_DATA) {
 *     await table.fill();
 *     answer = table.lookup(pc, row);
 *   }
 *   return answer === Lookup.FOUND ? row : undefined;
 * }
 * ```
 */
export async function openSidecar(
  source: ByteSource,
  options: SidecarOptions = {},
): Promise<SidecarTable> {
  const { decompress, plt = "ld" } = options;
  const head = await source.read(0, Math.min(HEAD_SIZE, source.size));
  if (isCompact(head)) {
    const layout = await readCompact(source, head, decompress);
    return new CompactTable(source, layout, decompress, plt);
  }
  const layout = await readSeekable(source);
  return new SeekableTable(source, layout, decompress, plt);
}
