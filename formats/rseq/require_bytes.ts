/**
 * The one check of sizes.
 *
 * @module
 */
import { TruncatedError } from "../base/error.ts";
import { RSEQ } from "./constants.ts";

/**
 * Makes sure that `size` bytes are there from `offset` on.
 *
 * @throws {FormatError} `truncated`
 */
export function requireBytes(
  bytes: Uint8Array,
  offset: number,
  size: number,
  field: string,
): void {
  if (offset >= 0 && offset + size <= bytes.length) return;
  throw new TruncatedError(RSEQ, field, offset, size, bytes.length - offset);
}
