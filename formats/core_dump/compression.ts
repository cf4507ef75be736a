/**
 * Recognises compressed files, in which collectors of core dumps keep them.
 *
 * @module
 */

/** Compressions that are recognised. */
export type Compression = "zstd" | "gzip" | "xz" | "lz4";

const MAGICS: readonly (readonly [Compression, readonly number[]])[] = [
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
  ["gzip", [0x1f, 0x8b, 0x08]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ["lz4", [0x04, 0x22, 0x4d, 0x18]],
];

/**
 * Tells by the first bytes how a file is compressed.
 *
 * @param bytes The first bytes, six are enough.
 * @returns The compression, or `undefined` for none that is known. Never throws.
 */
export function isCompressed(bytes: Uint8Array): Compression | undefined {
  for (const [name, magic] of MAGICS) {
    if (magic.every((byte, i) => bytes[i] === byte)) return name;
  }
  return undefined;
}
