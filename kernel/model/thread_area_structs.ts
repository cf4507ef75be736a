/**
 * Structures of the thread area's call.
 *
 * @module
 */
import { readInt64 } from "../../formats/base/address.ts";
import { viewOf } from "../../formats/base/byte_source.ts";
import {
  encodeKtlsLayout,
  KTLS_LAYOUT_SIZE,
  type KtlsLayout,
  RSEQ_FIELD_END,
} from "../../formats/rseq/mod.ts";
import type { UserMemory } from "./user_memory.ts";

/** Bytes of the layout with its features. */
export const LAYOUT_SIZE = 24;
/** Bytes of the offset as it was posted. */
const OFFSET_SIZE = 8;
/** Bytes of the offset with a size. */
const SIZED_OFFSET_SIZE = 16;
/** Longer structures are refused, whatever is in them. */
const STRUCT_LIMIT = 4096;

/** Fields of a thread area, as bits. */
export const AreaFeature = {
  /** `cpu_id_start` and `cpu_id`. */
  CPU_ID: 1,
  /** `rseq_cs` and `flags`. */
  SECTIONS: 2,
  /** `node_id`. */
  NODE_ID: 4,
  /** `mm_cid`. */
  CONCURRENCY_ID: 8,
  /** `slice_ctrl`. */
  SLICES: 16,
  /** The word of the helper function `getuid`. */
  CREDENTIALS: 32,
} as const;

/** Features of a kernel by its feature size of struct rseq. */
export function areaFeatures(
  featureSize: number,
  hasCredentials: boolean,
): number {
  return AreaFeature.CPU_ID | AreaFeature.SECTIONS |
    (featureSize >= RSEQ_FIELD_END.NODE_ID ? AreaFeature.NODE_ID : 0) |
    (featureSize >= RSEQ_FIELD_END.MM_CID ? AreaFeature.CONCURRENCY_ID : 0) |
    (featureSize >= RSEQ_FIELD_END.SLICE_CTRL ? AreaFeature.SLICES : 0) |
    (hasCredentials ? AreaFeature.CREDENTIALS : 0);
}

/** Writes the layout, as much of it as the caller knows and at least what was posted; false if that faults. */
export function writeLayout(
  memory: UserMemory,
  address: number,
  length: number,
  layout: KtlsLayout,
  features: number,
): boolean {
  const bytes = new Uint8Array(LAYOUT_SIZE);
  bytes.set(encodeKtlsLayout(layout, memory.littleEndian));
  const at = memory.littleEndian ? KTLS_LAYOUT_SIZE : KTLS_LAYOUT_SIZE + 4;
  viewOf(bytes).setUint32(at, features, memory.littleEndian);
  const size = length < LAYOUT_SIZE ? KTLS_LAYOUT_SIZE : LAYOUT_SIZE;
  return memory.copyOut(address, bytes.subarray(0, size));
}

/** An offset as a program gives it. */
export interface AreaOffset {
  /** Bytes from the thread pointer to the area; beyond 2^53 not exact. */
  offset: number;
  /** Bytes that the program has reserved, 0 for what the kernel knows. */
  size: number;
  /** Must be 0. */
  reserved: number;
}

/** Reads an offset; `"fault"` if it cannot be read, `"unknown"` if there is more than is known and it is not 0. */
export function readOffset(
  memory: UserMemory,
  address: number,
  length: number,
): AreaOffset | "fault" | "unknown" {
  if (length > STRUCT_LIMIT) return "unknown";
  const isSized = length >= SIZED_OFFSET_SIZE;
  const bytes = memory.copyIn(address, isSized ? length : OFFSET_SIZE);
  if (bytes === undefined) return "fault";
  const view = viewOf(bytes);
  const { littleEndian } = memory;
  const isTailZero = bytes.subarray(SIZED_OFFSET_SIZE).every((b) => b === 0);
  if (!isTailZero) return "unknown";
  return {
    offset: readInt64(view, 0, littleEndian),
    size: isSized ? view.getUint32(8, littleEndian) : 0,
    reserved: isSized ? view.getUint32(12, littleEndian) : 0,
  };
}
