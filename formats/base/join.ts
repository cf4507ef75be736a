/**
 * Chunks in one piece.
 *
 * @module
 */

/** The `size` bytes of all chunks after each other; a single chunk is returned as it is. */
export function joinChunks(
  chunks: readonly Uint8Array[],
  size: number,
): Uint8Array {
  if (chunks.length === 1) return chunks[0]!;
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
