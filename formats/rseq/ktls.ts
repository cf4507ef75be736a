/**
 * The thread area whose layout the kernel owns, as it was proposed for rseq in September 2020 (KTLS) and not merged.
 *
 * @module
 */
import { viewOf } from "../base/byte_source.ts";
import { requireBytes } from "./require_bytes.ts";

/** What rseq(2) does there, by its whole `flags` argument. Any other value is EINVAL. */
export const KTLS_ACTION = {
  /** Registers an area, as it always did. */
  REGISTER: 0,
  /** Unregisters it. */
  UNREGISTER: 1,
  /** Fills a {@linkcode KtlsLayout}. */
  GET_LAYOUT: 2,
  /** Takes the offset of the area from the thread pointer, for the process. */
  SET_OFFSET: 4,
  /** Takes the signature, for the process. */
  SET_SIGNATURE: 8,
  /** Registers the calling thread's area by the offset. */
  ENABLE_THREAD: 16,
} as const;

/** `CLONE_RSEQ_KTLS` of clone3(2): a number beyond 32 bits. Needs `CLONE_THREAD` and `CLONE_SETTLS`. */
export const CLONE_RSEQ_KTLS = 0x4_0000_0000;

/** Bytes of {@linkcode KtlsLayout}. */
export const KTLS_LAYOUT_SIZE = 16;

/** What the kernel wants of the area. */
export interface KtlsLayout {
  /** Bytes that the kernel knows: 20 in the proposal. */
  size: number;
  /** Alignment in bytes: 32. */
  alignment: number;
  /** The offset that was set, bytes from the thread pointer; 0 if none was; all 64 bits, signed. */
  offset: bigint;
}

/**
 * Decodes the answer to `GET_LAYOUT`.
 *
 * | offset | size | field |
 * | --- | --- | --- |
 * | 0 | 4 | size |
 * | 4 | 4 | alignment |
 * | 8 | 8 | offset, signed |
 *
 * Source: "rseq: Introduce KTLS" (RFC), linux-kernel mailing list, 25 September 2020.
 *
 * @throws {FormatError} `truncated`
 */
export function decodeKtlsLayout(
  bytes: Uint8Array,
  offset: number,
  littleEndian: boolean,
): KtlsLayout {
  requireBytes(bytes, offset, KTLS_LAYOUT_SIZE, "KTLS layout");
  const view = viewOf(bytes);
  return {
    size: view.getUint32(offset, littleEndian),
    alignment: view.getUint32(offset + 4, littleEndian),
    offset: view.getBigInt64(offset + 8, littleEndian),
  };
}

/** Encodes the answer to `GET_LAYOUT`: 16 bytes. */
export function encodeKtlsLayout(
  layout: KtlsLayout,
  littleEndian: boolean,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(KTLS_LAYOUT_SIZE);
  const view = viewOf(bytes);
  view.setUint32(0, layout.size, littleEndian);
  view.setUint32(4, layout.alignment, littleEndian);
  view.setBigInt64(8, layout.offset, littleEndian);
  return bytes;
}
