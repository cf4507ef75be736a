/**
 * `perf_event_attr`: what an event counts, and what its samples hold.
 *
 * @module
 */
import { FormatError, TruncatedError } from "../base/error.ts";
import { FORMAT } from "./constants.ts";

/** Smallest published size of the structure. */
const MIN_SIZE = 64;

/** An event, as far as reading its records asks for. */
export interface EventAttr {
  /** Kind: 0 hardware, 1 software, 2 tracepoint, 3 cache, 4 raw, 5 breakpoint, others by PMU. */
  type: number;
  /** Which event of that kind. */
  config: bigint;
  /** Period, or frequency if the flag `FREQ` says so. */
  period: number;
  /** Bits of {@linkcode SampleBit}. */
  sampleType: number;
  /** Bits of {@linkcode ReadBit}. */
  readFormat: number;
  /** Flags 0 to 31, by the numbers of {@linkcode AttrFlag}. */
  flagsLow: number;
  /** Flags 32 to 63. */
  flagsHigh: number;
  /** Which branches are sampled, low word. */
  branchSampleType: number;
  /** User registers 0 to 31 that a sample holds. */
  userRegistersLow: number;
  /** User registers 32 to 63. */
  userRegistersHigh: number;
  /** Bytes of stack that were asked for. */
  stackSize: number;
  /** Registers at the interrupt, 0 to 31. */
  interruptRegistersLow: number;
  /** Registers at the interrupt, 32 to 63. */
  interruptRegistersHigh: number;
}

/**
 * Decodes a `perf_event_attr`. Fields that an older, shorter structure lacks are zero.
 *
 * | offset | size | field |
 * | --- | --- | --- |
 * | 0 | 4 | type |
 * | 4 | 4 | size |
 * | 8 | 8 | config |
 * | 16 | 8 | period or frequency |
 * | 24 | 8 | sample_type |
 * | 32 | 8 | read_format |
 * | 40 | 8 | flags; on big-endian machines numbered from the highest bit |
 * | 72 | 8 | branch_sample_type |
 * | 80 | 8 | sample_regs_user |
 * | 88 | 4 | sample_stack_user |
 * | 96 | 8 | sample_regs_intr |
 *
 * @param size Bytes that are there for it.
 * @throws {FormatError} `truncated`, `bad-value`
 */
export function decodeAttr(
  view: DataView,
  offset: number,
  size: number,
  littleEndian: boolean,
): EventAttr {
  if (size < MIN_SIZE || offset + size > view.byteLength) {
    throw new TruncatedError(
      FORMAT,
      "attr",
      offset,
      MIN_SIZE,
      Math.min(size, view.byteLength - offset),
    );
  }
  const stated = view.getUint32(offset + 4, littleEndian);
  if (stated !== 0 && stated < MIN_SIZE) {
    throw new FormatError({
      code: "bad-value",
      format: FORMAT,
      field: "attr.size",
      offset: offset + 4,
      value: stated,
      expected: `at least ${MIN_SIZE}`,
    });
  }
  const available = stated === 0 ? MIN_SIZE : Math.min(stated, size);
  const word = (at: number): number =>
    at + 4 > available ? 0 : view.getUint32(offset + at, littleEndian);
  const low = (at: number): number => word(littleEndian ? at : at + 4);
  const high = (at: number): number => word(littleEndian ? at + 4 : at);
  const flags = (at: number): number =>
    littleEndian ? word(at) : reverseBits(word(at));
  return {
    type: word(0),
    config: (BigInt(high(8)) << 32n) | BigInt(low(8)),
    period: high(16) * 0x1_0000_0000 + low(16),
    sampleType: low(24),
    readFormat: low(32),
    flagsLow: flags(40),
    flagsHigh: flags(44),
    branchSampleType: low(72),
    userRegistersLow: low(80),
    userRegistersHigh: high(80),
    stackSize: word(88),
    interruptRegistersLow: low(96),
    interruptRegistersHigh: high(96),
  };
}

/** Whether flag `bit`, a value of {@linkcode AttrFlag}, is set. */
export function hasFlag(attr: EventAttr, bit: number): boolean {
  const word = bit < 32 ? attr.flagsLow : attr.flagsHigh;
  return ((word >>> (bit & 31)) & 1) !== 0;
}

/** Number of set bits of a 32-bit word. */
export function countBits(word: number): number {
  let count = 0;
  for (let rest = word >>> 0; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** The first bit becomes the last: C compilers number bit-fields from the other end on big-endian machines. */
function reverseBits(word: number): number {
  let result = 0;
  for (let bit = 0; bit < 32; bit++) {
    if (((word >>> bit) & 1) !== 0) result |= 1 << (31 - bit);
  }
  return result >>> 0;
}
