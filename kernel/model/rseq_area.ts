/**
 * What a thread's area can hold, by what the kernel and the registration know.
 *
 * @module
 */
import {
  RSEQ_FEATURE_SIZE,
  RSEQ_FIELD_END,
  RSEQ_OFFSET,
  RSEQ_ORIGINAL_SIZE,
} from "../../formats/rseq/mod.ts";
import type { Kernel } from "./kernel.ts";
import type { RseqState } from "./rseq_state.ts";

/** What AT_RSEQ_ALIGN says: the feature size, rounded up to a power of two. */
export function rseqAlignment(featureSize: number): number {
  const size = Math.max(featureSize, RSEQ_ORIGINAL_SIZE);
  return 2 ** Math.ceil(Math.log2(size));
}

/** Whether the kernel has time slice extensions, and tells versions of registrations apart. */
export function hasSlices({ settings }: Kernel): boolean {
  return settings.rseqFeatureSize >= RSEQ_FEATURE_SIZE.SLICE_CTRL;
}

/** Whether the registration is of version 2: one that leaves the original 32 bytes behind. */
export function isVersion2(kernel: Kernel, { length }: RseqState): boolean {
  return hasSlices(kernel) && length > RSEQ_ORIGINAL_SIZE;
}

/** Where the ID fields end that both sides know: that of the flags if neither `node_id` nor `mm_cid` is there. */
export function idsEnd(kernel: Kernel, { length }: RseqState): number {
  const size = Math.min(kernel.settings.rseqFeatureSize, length);
  if (size >= RSEQ_FIELD_END.MM_CID) return RSEQ_FIELD_END.MM_CID;
  return size >= RSEQ_FIELD_END.NODE_ID
    ? RSEQ_FIELD_END.NODE_ID
    : RSEQ_OFFSET.NODE_ID;
}
