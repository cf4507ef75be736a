/**
 * How long the area is: what the kernel announces, and what the GNU C library says of its own.
 *
 * @module
 */
import { RSEQ_AT, RSEQ_FEATURE_SIZE, RSEQ_ORIGINAL_SIZE } from "./constants.ts";

/** What a program has to reserve. */
export interface RseqLayout {
  /** Bytes of the area that the kernel knows; a field is in use if it ends there or before. */
  featureSize: number;
  /** Bytes to reserve for each thread, and to name as length when registering. */
  allocationSize: number;
  /** Alignment of the area in bytes. */
  alignment: number;
  /** Whether the kernel announced it; if not, it knows the original fields at most. */
  isAnnounced: boolean;
}

/**
 * What the kernel knows of rseq, by the auxiliary vector: `AT_RSEQ_FEATURE_SIZE` (27) and `AT_RSEQ_ALIGN` (28). Without
 * them it is the original area: 20 bytes in use of 32, aligned to 32. Values that no kernel would announce count as
 * missing.
 *
 * Source: Linux 7.2, Documentation/userspace-api/rseq.rst.
 *
 * @param auxv The auxiliary vector, tag to value.
 */
export function rseqLayout(auxv: ReadonlyMap<number, number>): RseqLayout {
  const size = auxv.get(RSEQ_AT.FEATURE_SIZE) ?? 0;
  const align = auxv.get(RSEQ_AT.ALIGN) ?? 0;
  const isAnnounced = isSize(size) && size >= RSEQ_FEATURE_SIZE.ORIGINAL;
  const featureSize = isAnnounced ? size : RSEQ_FEATURE_SIZE.ORIGINAL;
  return {
    featureSize,
    allocationSize: Math.max(featureSize, RSEQ_ORIGINAL_SIZE),
    alignment: isSize(align) && Math.log2(align) % 1 === 0
      ? Math.max(align, RSEQ_ORIGINAL_SIZE)
      : RSEQ_ORIGINAL_SIZE,
    isAnnounced,
  };
}

/** No area is larger than a page of the largest pages. */
function isSize(value: number): boolean {
  return value > 0 && value <= 1 << 16;
}

/** What `__rseq_size` means. */
export interface GlibcRseqSize {
  /** Whether the C library registered an area. */
  isRegistered: boolean;
  /** Bytes of the area that are in use; 20 if nothing is registered. */
  featureSize: number;
  /** Which releases write such a value, in words. */
  origin: string;
}

/**
 * Reads the GNU C library's `__rseq_size`.
 *
 * | value | meaning |
 * | --- | --- |
 * | 0 | nothing is registered |
 * | 32 | 2.35 and later: registered, of 32 bytes the first 20 are in use |
 * | 20 to 28 | 2.40 and later, and fixed older ones (Debian's 2.36 says 20): bytes in use of an area of 32 |
 * | other | 2.41 and later: bytes in use |
 *
 * No kernel announces 32, because of the second row.
 *
 * Source: GNU C library 2.35 to 2.43, sysdeps/unix/sysv/linux/rseq-internal.h and the manual, "Restartable Sequences".
 */
export function readGlibcRseqSize(size: number): GlibcRseqSize {
  const original = RSEQ_FEATURE_SIZE.ORIGINAL;
  if (size === 0) {
    return {
      isRegistered: false,
      featureSize: original,
      origin: "nothing is registered",
    };
  }
  if (size === RSEQ_ORIGINAL_SIZE) {
    return {
      isRegistered: true,
      featureSize: original,
      origin: "glibc 2.35 to 2.39",
    };
  }
  return {
    isRegistered: true,
    featureSize: Math.max(size, original),
    origin: size <= RSEQ_FEATURE_SIZE.MM_CID
      ? "glibc 2.40 and later, or an older one with its fix"
      : "glibc 2.41 and later",
  };
}
