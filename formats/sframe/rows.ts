/**
 * Finding a row among those of its function.
 *
 * @module
 */
import {
  type FunctionEntry,
  rowStartSize,
  type Section,
  wordCount,
  wordSize,
} from "./section.ts";

/** Answer of {@linkcode findRow}: no row starts at or before the offset. */
export const NO_ROW = -1;
/** Answer of {@linkcode findRow}: the bytes of a row make no sense. */
export const BAD_ROW = -2;

/** Bytes of a row from its info byte on, by that byte; 0 where it has no valid word size. */
const ROW_SIZES: Uint8Array = Uint8Array.from({ length: 256 }, (_, info) => {
  const size = wordSize(info);
  return size === 0 ? 0 : 1 + wordCount(info) * size;
});

/**
 * Finds the last row that starts at or before `pcOffset`, and stops at the first one behind it. Sets `rowStart` and
 * `nextRowStart` of `entry`. Of rows with the same start the last one wins, as in libsframe.
 *
 * @param pcOffset Bytes from the start of the function, or of the repetition.
 * @returns Offset of the row's info byte, `NO_ROW` or `BAD_ROW`.
 */
export function findRow(
  section: Section,
  entry: FunctionEntry,
  pcOffset: number,
): number {
  const { view, littleEndian, rowsEnd } = section;
  const startSize = rowStartSize(entry.info);
  if (startSize === 0) return BAD_ROW;
  let infoOffset = entry.rowsOffset + startSize;
  let found = NO_ROW;
  let foundStart = 0;
  let nextStart = Infinity;
  for (let left = entry.rowCount; left > 0; left--) {
    if (infoOffset >= rowsEnd) return BAD_ROW;
    const start = startSize === 1
      ? view.getUint8(infoOffset - 1)
      : startSize === 2
      ? view.getUint16(infoOffset - 2, littleEndian)
      : view.getUint32(infoOffset - 4, littleEndian);
    if (start > pcOffset) {
      nextStart = start;
      break;
    }
    const size = ROW_SIZES[view.getUint8(infoOffset)]!;
    if (size === 0) return BAD_ROW;
    found = infoOffset;
    foundStart = start;
    infoOffset += size + startSize;
  }
  entry.rowStart = foundStart;
  entry.nextRowStart = nextStart;
  return found;
}
