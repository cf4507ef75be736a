/**
 * ChaCha20 with a nonce of zeros: what Linux makes random bytes of a key with.
 *
 * Source: RFC 8439, section 2.3.
 *
 * @module
 */
import { viewOf } from "../../formats/base/byte_source.ts";

/** Bytes of a key. */
export const CHACHA_KEY_SIZE = 32;
/** Bytes of a block. */
export const CHACHA_BLOCK_SIZE = 64;

/** "expand 32-byte k" as four words. */
const CONSTANTS = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574];
/** The words of each quarter round: columns, then diagonals. */
const QUARTERS = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
] as const;

/** The first `blockCount` blocks of the key's stream, from the block numbered `firstBlock`. */
export function chacha20Blocks(
  key: Uint8Array,
  blockCount: number,
  firstBlock = 0,
): Uint8Array<ArrayBuffer> {
  const initial = new Uint32Array(16);
  initial.set(CONSTANTS);
  const keyView = viewOf(key);
  for (let i = 0; i < 8; i++) initial[4 + i] = keyView.getUint32(4 * i, true);
  const bytes = new Uint8Array(blockCount * CHACHA_BLOCK_SIZE);
  const view = viewOf(bytes);
  const x = new Uint32Array(16);
  for (let block = 0; block < blockCount; block++) {
    initial[12] = firstBlock + block;
    x.set(initial);
    for (let round = 0; round < 10; round++) {
      for (const [a, b, c, d] of QUARTERS) quarterRound(x, a, b, c, d);
    }
    const at = block * CHACHA_BLOCK_SIZE;
    for (let i = 0; i < 16; i++) {
      view.setUint32(at + 4 * i, x[i]! + initial[i]!, true);
    }
  }
  return bytes;
}

function quarterRound(
  x: Uint32Array,
  a: number,
  b: number,
  c: number,
  d: number,
): void {
  x[a] = x[a]! + x[b]!;
  x[d] = rotate(x[d]! ^ x[a]!, 16);
  x[c] = x[c]! + x[d]!;
  x[b] = rotate(x[b]! ^ x[c]!, 12);
  x[a] = x[a]! + x[b]!;
  x[d] = rotate(x[d]! ^ x[a]!, 8);
  x[c] = x[c]! + x[d]!;
  x[b] = rotate(x[b]! ^ x[c]!, 7);
}

function rotate(word: number, count: number): number {
  return word << count | word >>> (32 - count);
}
