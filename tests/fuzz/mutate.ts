/**
 * Seeded mutations of bytes: the same seed gives the same bytes on every machine.
 *
 * @module
 */

/** A small seeded generator (mulberry32): not for secrets, only for repeatable choices. */
export class Random {
  private state: number;

  /** Starts the sequence that belongs to `seed`. */
  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** The next 32 bits. */
  u32(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let x = this.state;
    x = Math.imul(x ^ (x >>> 15), x | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return (x ^ (x >>> 14)) >>> 0;
  }

  /** An integer from 0 to `limit` − 1; 0 if `limit` is 0. */
  below(limit: number): number {
    return limit > 0 ? this.u32() % limit : 0;
  }
}

type Mutation = (bytes: Uint8Array, random: Random) => Uint8Array;

const BOUNDARY_BYTES = [0x00, 0xff, 0x7f, 0x80, 0x01];

/** Differences and values on which length checks break. */
const TWEAKS = [1, -1, 4, -4, 8, -8, 16, 0x100, -0x100, 0x1_0000];
const WORDS = [
  0,
  1,
  0xff,
  0x7fff,
  0xffff,
  0x7fff_ffff,
  0x8000_0000,
  0xffff_fff0,
  0xffff_ffff,
];

/** Most fields that decide something lie at the front; half of all mutations go there. */
function somewhere(bytes: Uint8Array, random: Random): number {
  const near = Math.min(bytes.length, 256);
  return random.below(random.u32() & 1 ? near : bytes.length);
}

const MUTATIONS: readonly Mutation[] = [flipBit, setByte, setRun, tweakInteger]
  .concat([setInteger, tweakInteger, setInteger, truncate])
  .concat([duplicateRange, removeRange, copyWithin]);

/**
 * Makes one mutated copy of `seed`: one to four mutations one after another. `others` are inputs whose parts may be
 * spliced in.
 */
export function mutate(
  seed: Uint8Array,
  random: Random,
  others: readonly Uint8Array[] = [],
): Uint8Array {
  let bytes: Uint8Array = seed.slice();
  if (others.length > 0 && random.below(16) === 0) {
    bytes = splice(bytes, others[random.below(others.length)]!, random);
  }
  for (let left = 1 + random.below(4); left > 0; left--) {
    bytes = MUTATIONS[random.below(MUTATIONS.length)]!(bytes, random).slice();
  }
  return bytes;
}

function flipBit(bytes: Uint8Array, random: Random): Uint8Array {
  const at = somewhere(bytes, random);
  if (at < bytes.length) bytes[at]! ^= 1 << random.below(8);
  return bytes;
}

function setByte(bytes: Uint8Array, random: Random): Uint8Array {
  const at = somewhere(bytes, random);
  const value = BOUNDARY_BYTES[random.below(BOUNDARY_BYTES.length)]!;
  if (at < bytes.length) bytes[at] = value;
  return bytes;
}

function setRun(bytes: Uint8Array, random: Random): Uint8Array {
  const at = somewhere(bytes, random);
  const value = BOUNDARY_BYTES[random.below(BOUNDARY_BYTES.length)]!;
  return bytes.fill(value, at, at + 1 + random.below(16));
}

/** An aligned field's offset, size and byte order. */
function pickField(
  bytes: Uint8Array,
  random: Random,
): [offset: number, size: number, littleEndian: boolean] {
  const size = [2, 4, 8][random.below(3)]!;
  const at = somewhere(bytes, random);
  return [at - at % size, size, random.below(4) !== 0];
}

function writeField(
  bytes: Uint8Array,
  field: [offset: number, size: number, littleEndian: boolean],
  low: number,
  high: number,
): Uint8Array {
  const [offset, size, littleEndian] = field;
  if (offset + size > bytes.length) return bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (size === 2) view.setUint16(offset, low, littleEndian);
  else {
    view.setUint32(
      size === 8 && !littleEndian ? offset + 4 : offset,
      low,
      littleEndian,
    );
  }
  if (size === 8) {
    view.setUint32(littleEndian ? offset + 4 : offset, high, littleEndian);
  }
  return bytes;
}

function tweakInteger(bytes: Uint8Array, random: Random): Uint8Array {
  const field = pickField(bytes, random);
  const [offset, size, littleEndian] = field;
  if (offset + size > bytes.length) return bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const at = size === 8 && !littleEndian ? offset + 4 : offset;
  const old = size === 2
    ? view.getUint16(at, littleEndian)
    : view.getUint32(at, littleEndian);
  const high = size === 8
    ? view.getUint32(littleEndian ? offset + 4 : offset, littleEndian)
    : 0;
  return writeField(
    bytes,
    field,
    old + TWEAKS[random.below(TWEAKS.length)]!,
    high,
  );
}

function setInteger(bytes: Uint8Array, random: Random): Uint8Array {
  const low = WORDS[random.below(WORDS.length)]!;
  const high = random.below(3) === 0 ? WORDS[random.below(WORDS.length)]! : 0;
  return writeField(bytes, pickField(bytes, random), low, high);
}

function truncate(bytes: Uint8Array, random: Random): Uint8Array {
  return bytes.subarray(0, random.below(bytes.length + 1));
}

function pickRange(bytes: Uint8Array, random: Random): [number, number] {
  const start = somewhere(bytes, random);
  return [start, Math.min(bytes.length, start + 1 + random.below(128))];
}

function duplicateRange(bytes: Uint8Array, random: Random): Uint8Array {
  const [start, end] = pickRange(bytes, random);
  return concat(
    bytes.subarray(0, end),
    bytes.subarray(start, end),
    bytes.subarray(end),
  );
}

function removeRange(bytes: Uint8Array, random: Random): Uint8Array {
  const [start, end] = pickRange(bytes, random);
  return concat(bytes.subarray(0, start), bytes.subarray(end));
}

function copyWithin(bytes: Uint8Array, random: Random): Uint8Array {
  const [start, end] = pickRange(bytes, random);
  return bytes.copyWithin(random.below(bytes.length), start, end);
}

function splice(
  bytes: Uint8Array,
  other: Uint8Array,
  random: Random,
): Uint8Array {
  const cut = random.below(bytes.length);
  return concat(bytes.subarray(0, cut), other.subarray(cut));
}

function concat(...parts: Uint8Array[]): Uint8Array {
  let size = 0;
  for (const part of parts) size += part.length;
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
