/**
 * Making a sidecar from a section.
 *
 * @module
 */
import { encodeCompact } from "./compact_encode.ts";
import type { SidecarMeta, ZstdCompress } from "./meta.ts";
import { encodeSeekable } from "./seekable_encode.ts";

/** The forms of a sidecar: `zstd` is the section in seekable zstd; `compact` and `compact-zstd` are smaller tables. */
export type SidecarFormat = "zstd" | "compact" | "compact-zstd";

/** All forms. */
export const SIDECAR_FORMATS: readonly SidecarFormat[] = [
  "zstd",
  "compact",
  "compact-zstd",
];

/** How a sidecar is made. */
export interface EncodeSidecarOptions {
  /** Which form. */
  format: SidecarFormat;
  /** Compresses to one zstd frame; level 19 is what the sizes in `FORMAT.md` were measured with. Not for `compact`. */
  compress?: ZstdCompress;
  /** Bytes in one zstd frame, about: less makes lookups read less, more makes the file smaller. Default 16 KiB. */
  frameSize?: number;
}

const DEFAULT_FRAME_SIZE = 16384;

/**
 * Encodes an SFrame section as a sidecar.
 *
 * @param section One section, sorted as linkers write it.
 * @param sectionAddress Its address in the binary's own address space.
 * @param meta The binary.
 * @throws {FormatError} If the section is bad in any part; `unsupported` if it is not sorted or there are several.
 * @throws {TypeError} If the form needs a compressor and none is given.
 *
 * @example A compact table
 * ```ts
 * import { encodeSidecar, type SidecarMeta } from "@framewalk/framewalk/formats/sidecar";
 * // Version 3 for AMD64: one function of four bytes at 0x1000, with one row, CFA = SP + 8.
 * const section = new Uint8Array([
 *   0xe2, 0xde, 3, 5, 3, 0, 0xf8, 0, 1, 0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0,
 *   0xe4, 0xef, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 4, 0, 0, 0, 0, 0, 0, 0,
 *   1, 0, 0, 0, 0, 0, 3, 8,
 * ]);
 * const meta: SidecarMeta = { buildId: "c0ffee", machine: 62, textStart: 0x1000, textEnd: 0x1004 };
 * const sidecar = await encodeSidecar(section, 0x2000, meta, { format: "compact" });
 * console.log(sidecar.length);
 * ```
 */
export async function encodeSidecar(
  section: Uint8Array,
  sectionAddress: number,
  meta: SidecarMeta,
  options: EncodeSidecarOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const { format, compress, frameSize = DEFAULT_FRAME_SIZE } = options;
  if (format !== "compact" && compress === undefined) {
    throw new TypeError(
      `Cannot make a sidecar of form ${format}: no compressor`,
    );
  }
  if (format === "zstd") {
    return await encodeSeekable(
      section,
      sectionAddress,
      meta,
      compress!,
      frameSize,
    );
  }
  const used = format === "compact" ? undefined : compress;
  return await encodeCompact(section, sectionAddress, meta, used, frameSize);
}
