/**
 * Cores without the untouched part of their stacks.
 *
 * @module
 */

const PAGE = 4096;
const PT_LOAD = 1;

/**
 * Cuts the zero pages at the start of every segment off, so that a core of qemu-user shrinks from 8 MB to some pages.
 * Addresses of what is left stay.
 */
export function compactCore(core: Uint8Array): Uint8Array {
  const littleEndian = core[5] === 1;
  const head = core.slice();
  const view = new DataView(head.buffer);
  const word = (at: number) => Number(view.getBigUint64(at, littleEndian));
  const setWord = (at: number, value: number) =>
    view.setBigUint64(at, BigInt(value), littleEndian);
  const table = word(32);
  const count = view.getUint16(56, littleEndian);
  const parts: Uint8Array[] = [];
  let end = Infinity;
  let size = 0;
  for (let at = table; at < table + count * 56; at += 56) {
    if (view.getUint32(at, littleEndian) !== PT_LOAD) continue;
    const offset = word(at + 8);
    const fileSize = word(at + 32);
    end = Math.min(end, offset);
    let skip = 0;
    while (
      skip + PAGE <= fileSize &&
      core.subarray(offset + skip, offset + skip + PAGE).every((byte) =>
        byte === 0
      )
    ) {
      skip += PAGE;
    }
    parts.push(core.subarray(offset + skip, offset + fileSize));
    setWord(at + 8, size); // made absolute below
    setWord(at + 16, word(at + 16) + skip);
    setWord(at + 32, fileSize - skip);
    setWord(at + 40, word(at + 40) - skip);
    size += Math.ceil((fileSize - skip) / PAGE) * PAGE;
  }
  const result = new Uint8Array(end + size);
  for (let at = table; at < table + count * 56; at += 56) {
    if (view.getUint32(at, littleEndian) === PT_LOAD) {
      setWord(at + 8, end + word(at + 8));
    }
  }
  result.set(head.subarray(0, end));
  let at = end;
  for (const part of parts) {
    result.set(part, at);
    at += Math.ceil(part.length / PAGE) * PAGE;
  }
  return result;
}
